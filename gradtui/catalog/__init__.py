"""One file = one thing, found by its file name; nothing else has to be edited to add one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from gradtui.core.entries import Activation, Experiment, Regularizer, Rule
from gradtui.core.errors import unknown
from gradtui.core.lesson import Lesson

HYPHENATED = ("experiments", "lessons")

broken: dict[str, str] = {}
"""Catalog files that could not be loaded, and why: told as a notice, then left out."""


@cache
def names(kind: str) -> tuple[str, ...]:
    """All names of a kind: those of its ORDER first, then the others by alphabet.

    A hyphen of an experiment's or a lesson's name is an underscore in its file's name.
    """
    package = importlib.import_module(f"{__name__}.{kind}")
    found = {module.name for module in pkgutil.iter_modules(package.__path__)}
    if kind in HYPHENATED:
        found = {name.replace("_", "-") for name in found}
    order: tuple[str, ...] = package.ORDER
    listed = [name for name in order if name in found]
    candidates = [*listed, *sorted(found - set(listed))]
    return tuple(name for name in candidates if _load(kind, name) is not None)


@cache
def _load(kind: str, name: str) -> Any:
    try:
        return importlib.import_module(f"{__name__}.{kind}.{name.replace('-', '_')}").entry
    except Exception as error:
        broken[f"{kind}/{name}.py"] = f"{type(error).__name__}: {error}"
        return None


def left_out() -> list[str]:
    """One sentence for each file that could not be loaded, of those that were asked for."""
    return [f"the catalog file {file} was left out: {why}." for file, why in broken.items()]


def _get(kind: str, name: str) -> Any:
    if name not in names(kind):
        raise unknown(kind.removesuffix("s"), name, names(kind))
    return _load(kind, name)


def activation(name: str) -> Activation:
    """The activation of this name; `UsageError` with the nearest one if there is none."""
    entry: Activation = _get("activations", name)
    return entry


def regularizer(name: str) -> Regularizer:
    """The regularizer of this name; `UsageError` with the nearest one if there is none."""
    entry: Regularizer = _get("regularizers", name)
    return entry


def experiment(name: str) -> Experiment:
    """The experiment of this name; `UsageError` with the nearest one if there is none."""
    entry: Experiment = _get("experiments", name)
    return entry


def lesson(name: str) -> Lesson:
    """The lesson of this name; `UsageError` with the nearest one if there is none."""
    entry: Lesson = _get("lessons", name)
    return entry


def all_rules() -> list[Rule]:
    """All rules of the doctor, the gravest first."""
    return [_load("rules", name) for name in names("rules")]
