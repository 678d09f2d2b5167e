"""From what a person asked for to a run that is fully described: everything is checked here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gradtui import catalog
from gradtui.catalog.knobs import ADAMW_DECAY, FORGET, KNOBS, knob, whole
from gradtui.core.architecture import SEQUENCES, TEXTS, Architecture
from gradtui.core.entries import Experiment
from gradtui.core.errors import UsageError, unknown
from gradtui.core.frozen import frozen
from gradtui.core.records import Value
from gradtui.core.spec import Spec

NICKNAMES = {"gpu": "cuda", "nvidia": "cuda", "metal": "mps"}
"""What people call a device, and its name."""
DEVICES = ("auto", "cpu", "cuda", "cuda:N", "mps")
MAX_STEPS = 10**9
MAX_SEED = 2**63 - 1

Intervention = tuple[int, str, Value]
Rows = Callable[[str, int | None], int]
"""(data, at most so many) -> the training rows; `UsageError` if the data cannot be used."""


@frozen
class Request:
    """A run as a person asks for it; what is left out comes from the experiment."""

    experiment: str = "vanishing"
    sets: tuple[str, ...] = ()
    """`KNOB=VALUE`, before step 0; of two for one knob the last wins."""
    at: tuple[str, ...] = ()
    """`STEP:KNOB=VALUE`, before the step with that index."""
    steps: int | None = None
    epochs: int | None = None
    seed: int = 0
    device: str = "auto"
    data: str | None = None
    probe: bool = True
    sample_every: int = 10


def build_spec(request: Request, rows: Rows | None = None) -> Spec:
    """The run that `request` describes; `UsageError` names whatever is wrong with it.

    `rows` reads the data set: a person's own, which may be at fault, and any where `at` must lie
    within a run of so many epochs. Without `rows` nobody asks for either.
    """
    recipe = catalog.experiment(request.experiment)
    for name, low, high in (
        ("steps", 1, MAX_STEPS),
        ("epochs", 1, MAX_STEPS),
        ("seed", 0, MAX_SEED),
        ("sample_every", 1, MAX_STEPS),
    ):
        given = getattr(request, name)
        if given is not None:
            whole(f"--{name.replace('_', '-')}", low, high)(str(given))
    chosen = dict(assignment(text) for text in request.sets)
    _check_net(recipe, chosen, request.data)
    knobs, fixed = _knobs(recipe, chosen)
    data = _data(recipe, chosen, fixed, request.data)
    recipe.net.check(fixed)
    own_length = request.steps is None and request.epochs is None
    spec = Spec(
        experiment=recipe,
        seed=request.seed,
        device=device(request.device),
        data=data,
        knobs=knobs,
        fixed=fixed,
        steps=recipe.steps if own_length else request.steps,
        epochs=recipe.epochs if own_length else request.epochs,
        script=_script(recipe, request.at),
        probe=request.probe,
        sample_every=request.sample_every,
        strength_given="strength" in chosen,
        decay_given="decay" in chosen,
    )
    _check(spec, request, rows)
    return spec


def _check(spec: Spec, request: Request, rows: Rows | None) -> None:
    check_layers(spec)
    check_locked(spec)
    # Reading takes 40 ms, for which the first picture would have to wait.
    if rows is not None and (request.at or spec.data_given):
        _check_script(request.at, spec.length(_per_epoch(spec, rows)))


def _per_epoch(spec: Spec, rows: Rows) -> int:
    """Steps of an epoch; reads the data whatever the batch size is, so that a fault shows."""
    n, size = rows(spec.data, spec.rows), spec.knobs["batch_size"]
    return 1 if size == "full" else -(-n // int(size))


def assignment(text: str) -> tuple[str, Value]:
    """The knob's name and its value in `KNOB=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r} is not KNOB=VALUE, such as activation=tanh.")
    return name.strip(), knob(name.strip()).read(value)


def intervention(text: str) -> Intervention:
    """The step, the knob and its value in `STEP:KNOB=VALUE`."""
    step, colon, rest = text.partition(":")
    if not colon or "=" not in rest or "=" in step:
        raise UsageError(f"--at {text!r} is not STEP:KNOB=VALUE, such as 300:activation=tanh.")
    at = whole(f"--at {text!r}: step", 0, MAX_STEPS)(step.strip())
    name, value = assignment(rest)
    if knob(name).fixed:
        raise UsageError(f"--at {text!r}: {name} is fixed at the start; use --set {rest.strip()}.")
    return int(at), name, value


def device(text: str) -> str:
    """`text` if it can name a device; whether this machine has it, only torch can tell."""
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9][0-9]?))?|mps", text):
        raise unknown("device", text, DEVICES, NICKNAMES.get(text.lower(), text))
    return text


def _check_net(recipe: Experiment, chosen: Iterable[str], data: str | None) -> None:
    """No knob of another kind of net, and no data that this one cannot read."""
    net, name = recipe.net, recipe.name
    known = (*net.knobs, "adam_eps")
    for given in chosen:
        if KNOBS[given].fixed and given not in known:
            raise UsageError(f"{given} is no knob of {name}; it has {', '.join(known)}.")
    if data is None or _reads(net, data):
        return
    names = ", ".join((*net.data, *(f"FILE{end}" for end in net.files)))
    reads = f"it reads {names}" if net.data else "it reads tables of features"
    raise UsageError(f"--data {data!r} does not fit {name}: {reads}.")


def _reads(net: Architecture, data: str) -> bool:
    if net.data:
        return data in net.data or data.lower().endswith(net.files or ("\0",))
    return data not in SEQUENCES and not data.lower().endswith(TEXTS)


def _knobs(
    recipe: Experiment, chosen: dict[str, Value]
) -> tuple[dict[str, Value], dict[str, Value]]:
    """The values at step 0: of the knobs that can change, and of those that cannot.

    An action is there only if it was asked for.
    """
    changing = {k.name: k.default for k in KNOBS.values() if not (k.fixed or k.action)}
    knobs = changing | dict(recipe.knobs)
    fixed = {k.name: k.default for k in KNOBS.values() if k.fixed}
    fixed |= {"depth": recipe.depth, "width": recipe.width} | dict(recipe.fixed)
    before = dict(knobs)
    for name, value in chosen.items():
        (fixed if KNOBS[name].fixed else knobs)[name] = value
    _draw(knobs, fixed, chosen)
    if knobs["regularizer"] != before["regularizer"] and "strength" not in chosen:
        knobs["strength"] = catalog.regularizer(str(knobs["regularizer"])).strength
    if knobs["optimizer"] != before["optimizer"] and "decay" not in chosen:
        knobs["decay"] = ADAMW_DECAY if knobs["optimizer"] == "adamw" else before["decay"]
    return knobs, fixed


def _data(
    recipe: Experiment, chosen: Iterable[str], fixed: dict[str, Value], given: str | None
) -> str:
    """The data set; where a knob `task` chooses it, `--data` is another name for that."""
    if "task" not in recipe.net.knobs:
        return recipe.data if given is None else given
    if given is not None and "task" not in chosen:
        fixed["task"] = given
    if given is not None and given != fixed["task"]:
        raise UsageError(f"task={fixed['task']} and --data {given!r} differ: name one of them.")
    return str(fixed["task"])


def _draw(knobs: dict[str, Value], fixed: dict[str, Value], chosen: dict[str, Value]) -> None:
    """`sigma_w` is another name for `init=gain:X`: of the two the person's own counts."""
    if "sigma_w" in chosen and "init" in chosen:
        raise UsageError("sigma_w and init both say how the weights are drawn: set one of them.")
    sigma_w = fixed.pop("sigma_w")
    if sigma_w != "" and "init" not in chosen:
        knobs["init"] = f"gain:{sigma_w:g}"


def _script(recipe: Experiment, at: Iterable[str]) -> tuple[Intervention, ...]:
    """The experiment's own interventions and the person's, by step; within one step in order."""
    return tuple(sorted([*recipe.script, *map(intervention, at)], key=lambda item: item[0]))


def check_layers(spec: Spec) -> None:
    """No shift of a layer that the net does not have."""
    shifts = [value for _, name, value in spec.script if name == "shift_bias"]
    if "shift_bias" in spec.knobs:
        shifts.append(spec.knobs["shift_bias"])
    for value in shifts:
        check_shift(value, len(spec.layers()) - 1)
        if str(value).startswith(FORGET) and not spec.experiment.net.gated(spec.fixed):
            raise UsageError(f"shift_bias {value!r}: this net has no forget gates.")


def check_locked(spec: Spec) -> None:
    """No knob that can do nothing for this net, unless it gets the value that it has anyway."""
    own = {k.name: k.default for k in KNOBS.values()} | dict(spec.experiment.knobs)
    asked = [(name, value) for name, value in spec.knobs.items() if value != own[name]]
    asked += [(name, value) for _, name, value in spec.script]
    for name, value in asked:
        check_unlocked(spec, name, value, own[name])


def check_unlocked(spec: Spec, name: str, value: Value, present: Value) -> None:
    """`UsageError` if the net locks this knob, and it would change."""
    why = spec.locked().get(name)
    if why is not None and value != present:
        raise UsageError(f"{name} cannot be {value}: {why}.")


def check_shift(value: Value, last: int) -> None:
    """`UsageError` if a value of `shift_bias` names a layer beyond the last one."""
    layer = str(value).partition(":")[0]
    if layer != FORGET and int(layer) > last:
        raise UsageError(
            f"shift_bias {value!r}: no layer {layer}; this net has the layers 0 to {last}."
        )


def _check_script(at: Iterable[str], steps: int) -> None:
    """No intervention that the run would never reach; one of the experiment's own may be cut."""
    for text in at:
        if intervention(text)[0] >= steps:
            raise UsageError(
                f"--at {text!r} lies beyond the end: the run has {steps} steps, 0 to {steps - 1}."
            )
