"""A spec as JSON, so that the same run can be trained again; the recipe goes by its name."""

from __future__ import annotations

import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

from gradtui import __version__, catalog
from gradtui.catalog.vetting import vet
from gradtui.core.architecture import NAMED
from gradtui.core.errors import UsageError
from gradtui.core.records import Value
from gradtui.core.spec import Spec
from gradtui.core.text import printable
from gradtui.runs.documents import UnreadableError

PLAIN = (
    "seed", "device", "data", "steps", "epochs", "probe", "sample_every", "strength_given",
    "decay_given",
)  # fmt: skip


def document(spec: Spec) -> dict[str, Any]:
    """Everything of a spec; data of a file by its absolute path."""
    content = {name: getattr(spec, name) for name in PLAIN}
    if spec.data not in NAMED and Path(spec.data).exists():
        content["data"] = str(Path(spec.data).absolute())
    return content | {
        "experiment": spec.experiment.name,
        "knobs": dict(spec.knobs),
        "fixed": dict(spec.fixed),
        "script": [list(item) for item in spec.script],
    }


def versions() -> dict[str, str]:
    """What trains the run, without importing torch for it."""
    from importlib.metadata import PackageNotFoundError, version  # a viewer needs none of it

    found = {"gradtui": __version__, "python": platform.python_version()}
    for name in ("numpy", "torch"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def spec(content: Any) -> Spec:
    """The spec again; `UnreadableError` if it is none, `UsageError` if it cannot be trained."""
    if not isinstance(content, dict):
        raise UnreadableError("no spec")
    try:
        name = _of(content, "experiment", str)
        found = Spec(
            experiment=catalog.experiment(name),
            seed=_of(content, "seed", int),
            device=_of(content, "device", str),
            data=_of(content, "data", str),
            knobs=knobs(content["knobs"]),
            fixed=knobs(content["fixed"]),
            steps=_of(content, "steps", int, None),
            epochs=_of(content, "epochs", int, None),
            script=script(content["script"]),
            probe=_of(content, "probe", bool),
            sample_every=_of(content, "sample_every", int),
            strength_given=_of(content, "strength_given", bool),
            decay_given=_of(content, "decay_given", bool),
        )
        vet(found)
        return found
    except KeyError as error:
        raise UnreadableError(f"a spec without {error}") from error
    except UsageError as error:
        raise UsageError(f"its experiment cannot be made: {printable(str(error))}") from error


def _of(content: dict[str, Any], name: str, *kinds: type | None) -> Any:
    value = content[name]
    if not any(value is None if kind is None else type(value) is kind for kind in kinds):
        raise UnreadableError(f"{name} of the spec is {value!r:.40}")
    return value


def knobs(content: Any) -> dict[str, Value]:
    """Names and values; `UnreadableError` if it is no table of such."""
    if not isinstance(content, dict):
        raise UnreadableError("knobs that are no table")
    return {str(name): _value(value) for name, value in content.items()}


def script(content: Any) -> tuple[tuple[int, str, Value], ...]:
    """Interventions; `UnreadableError` if they are none."""
    if not isinstance(content, list):
        raise UnreadableError("a script that is no list")
    return tuple(_script(item) for item in content)


def _value(value: Any) -> Value:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnreadableError(f"{value!r:.40} is no value of a knob")
    return value


def _script(item: Any) -> tuple[int, str, Value]:
    if not (isinstance(item, list) and len(item) == 3 and type(item[0]) is int):
        raise UnreadableError(f"{item!r:.40} is no intervention")
    return item[0], str(item[1]), _value(item[2])
