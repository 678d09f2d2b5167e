"""What a net is before torch is there: the names of its rows, and the knobs that it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradtui.core.frozen import frozen
from gradtui.core.records import Value

Fixed = Mapping[str, Value]
"""The knobs that are fixed at the start."""

SEQUENCES = ("recall", "reverse", "dates", "alice")
"""Data sets of symbols in time; every other one is a table of features."""

NAMED = ("digits", "digits100", "clusters", "mnist", "fashion-mnist", "cifar10", *SEQUENCES)
"""All data sets that go by a name; whatever else is asked for is a path."""

TEXTS = ".txt"
"""How the name of a text ends; every other file is a table."""


@frozen
class Architecture:
    """A kind of net; the engine builds it by its name."""

    name: str
    layers: Callable[[Fixed], tuple[str, ...]]
    """The rows from the input to the output."""
    label: Callable[[Fixed, int], str]
    """(fixed knobs, classes or 0) -> as the header shows it."""
    locked: Callable[[Fixed], dict[str, str]]
    """Knobs that can do nothing for such a net, and why."""
    knobs: tuple[str, ...] = ()
    """The knobs of its start."""
    data: tuple[str, ...] = ()
    """The only data sets that it reads; empty: any table of features."""
    files: tuple[str, ...] = ()
    """How the names of files end that it reads beside them."""
    gated: Callable[[Fixed], bool] = lambda fixed: False
    """Whether gates decide what its state forgets."""
    rates: Callable[[Fixed], tuple[float, ...]] = lambda fixed: ()
    """Of each row, what share of lr it learns at; empty: all at lr."""
    check: Callable[[Fixed], None] = lambda fixed: None
    """`UsageError` for knobs of the start that do not go together."""


def _layers(kind: str, fixed: Fixed) -> tuple[str, ...]:
    return (*(f"{kind}{i + 1}" for i in range(int(fixed["depth"]))), "out")


def _label(kind: str, fixed: Fixed, classes: int) -> str:
    if not fixed["depth"]:
        return "softmax regression"
    logits = f" + {classes}" if classes else ""
    return f"{kind} {fixed['depth']}×{fixed['width']}{logits}"


def _locked(fixed: Fixed) -> dict[str, str]:
    if fixed["depth"]:
        return {}
    reason = "this net has no hidden layer"
    return dict.fromkeys(("activation", "norm", "dropout", "residual", "rescale"), reason)


def _chain(name: str, row: str) -> Architecture:
    kind = name.upper()
    return Architecture(
        name,
        layers=lambda fixed: _layers(row, fixed),
        label=lambda fixed, classes: _label(kind, fixed, classes),
        locked=_locked,
        knobs=("depth", "width", "sigma_w", "sigma_b"),
    )


MLP, CNN = _chain("mlp", "fc"), _chain("cnn", "conv")
