"""A run as a file tells of it, held against what a person may ask for: it may be anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradtui.catalog import specs
from gradtui.catalog.knobs import KNOBS, knob, whole
from gradtui.core.errors import UsageError
from gradtui.core.records import Value
from gradtui.core.spec import Spec


def vet(spec: Spec) -> None:
    """`UsageError` for a run that no command could have begun."""
    for name, low, high in (
        ("steps", 1, specs.MAX_STEPS),
        ("epochs", 1, specs.MAX_STEPS),
        ("seed", 0, specs.MAX_SEED),
        ("sample_every", 1, specs.MAX_STEPS),
    ):
        given = getattr(spec, name)
        if given is not None:
            whole(name, low, high)(f"{given}")
    if spec.steps is None and spec.epochs is None:
        raise UsageError("it has no length")
    specs.device(spec.device)
    vet_knobs(spec.knobs)
    _vet_fixed(spec)
    spec.experiment.net.check(spec.fixed)
    vet_script(spec.script)
    specs.check_layers(spec)
    specs.check_locked(spec)


def vet_script(script: Iterable[tuple[int, str, Value]]) -> None:
    """`UsageError` for an intervention that cannot be."""
    for step, name, value in script:
        whole("step", 0, specs.MAX_STEPS)(f"{step}")
        _vet_value(name, value)
        if knob(name).fixed:
            raise UsageError(f"{name} is fixed at the start")


def vet_knobs(knobs: Mapping[str, Value]) -> None:
    """`UsageError` for values that the knobs of a run cannot have."""
    changing = {each.name for each in KNOBS.values() if not (each.fixed or each.action)}
    actions = {each.name for each in KNOBS.values() if each.action}
    for name in changing - {*knobs}:
        raise UsageError(f"it has no {name}")
    for name, value in knobs.items():
        if name not in changing | actions:
            raise UsageError(f"{name!r:.40} is no knob")
        _vet_value(name, value)


def _vet_fixed(spec: Spec) -> None:
    """What only a recipe can set must be as the recipe has it."""
    own = dict(spec.experiment.fixed)
    wanted = {each.name: each.default for each in KNOBS.values() if each.fixed} | own
    wanted.pop("sigma_w")  # another name for init
    for name in {*wanted} - {*spec.fixed}:
        raise UsageError(f"it has no {name}")
    for name, value in spec.fixed.items():
        if name not in wanted:
            raise UsageError(f"{name!r:.40} is no setting of {spec.experiment.name}")
        if name in KNOBS:
            _vet_value(name, value)
        elif value != own[name]:
            raise UsageError(f"{name} is {value!r:.40}, not {own[name]!r}")


def _vet_value(name: str, value: Value) -> None:
    """The value must be what its own words are read as: 64 where a knob takes 64, not 64.0."""
    read = knob(name).read(str(value))
    if read != value or isinstance(read, str) != isinstance(value, str):
        raise UsageError(f"{name} is {value!r:.40}")
