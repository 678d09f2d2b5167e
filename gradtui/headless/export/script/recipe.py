"""What a script must know of a run: the knobs as they last stood, checked anew."""

from __future__ import annotations

from collections.abc import Mapping

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS
from gradtui.core.entries import Experiment
from gradtui.core.errors import UsageError
from gradtui.core.frozen import frozen
from gradtui.core.records import Applied, End, Frame, Info, Value
from gradtui.core.spec import Spec
from gradtui.headless.export.recording import Recording, followed, newest_info

NETS = ("mlp", "cnn", "recurrent", "transformer", "decoder", "seq2seq-rnn")
REGULARIZERS = ("none", "l1", "l2", "elastic_net", "max_norm")


@frozen
class Recipe:
    """A run to be written down."""

    experiment: Experiment
    spec: Spec
    info: Info
    knobs: Mapping[str, Value]
    """As they last stood."""
    steps: int
    """As many as the run has made; its whole length, if it has made none."""
    changes: tuple[Applied, ...]
    """What changed on the way."""

    @property
    def net(self) -> str:
        return self.experiment.net.name

    @property
    def depth(self) -> int:
        return int(self.spec.fixed["depth"])

    @property
    def width(self) -> int:
        return int(self.spec.fixed["width"])

    @property
    def speaks(self) -> bool:
        """Each row has a target at every place."""
        return self.net in ("transformer", "decoder", "seq2seq-rnn")

    @property
    def warmup(self) -> int:
        """Steps until the rate is LR; 0 where it is LR all the time."""
        return int(self.spec.fixed.get("warmup", 0))

    @property
    def rates(self) -> tuple[float, ...]:
        """Of each row, what share of LR it learns at; empty: all at LR."""
        return self.spec.rates()

    @property
    def on_cpu(self) -> bool:
        return self.info.device.startswith(("cpu", "auto"))

    @property
    def regularizer(self) -> str:
        """`none` where its strength is 0, for that changes nothing; 0 of max_norm does."""
        name = str(self.knobs["regularizer"])
        return name if self.number("strength") or name == "max_norm" else "none"

    def number(self, knob: str) -> float:
        return float(self.knobs[knob])

    def word(self, knob: str) -> str:
        """`norm:1` is `norm`."""
        return str(self.knobs[knob]).partition(":")[0]

    def amount(self, knob: str) -> float:
        """`norm:1` is 1."""
        return float(str(self.knobs[knob]).partition(":")[2])


def recipe_of(recording: Recording) -> Recipe:
    """Raises `UsageError` for a run that no script can repeat."""
    spec, info = recording.spec(), newest_info(recording)
    knobs, steps = dict(spec.knobs), 0
    changes = [
        Applied(step=0, knob=name, old="", value=value)
        for name, value in knobs.items()
        if name in KNOBS and KNOBS[name].action
    ]
    for record in followed(recording):
        match record:
            case Frame():
                steps = int(record.steps[-1]) + 1
            case End() if record.state != "failed":
                steps = record.steps
            case Applied():
                changes.append(record)
                knobs[record.knob] = record.value
    read = {name: KNOBS[name].read(str(value)) for name, value in knobs.items() if name in KNOBS}
    recipe = Recipe(spec.experiment, spec, info, read, steps or info.steps, tuple(changes))
    _check(recipe)
    return recipe


def _check(recipe: Recipe) -> None:
    name = recipe.experiment.name
    if recipe.net not in NETS:
        raise UsageError(f"{name} trains a {recipe.net} net; a script can hold {_listed(NETS)}.")
    if recipe.knobs["regularizer"] not in REGULARIZERS:
        raise UsageError(
            f"the regularizer {recipe.knobs['regularizer']} is not torch's; "
            f"a script can hold {_listed(REGULARIZERS)}."
        )
    activation_code(recipe)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def activation_code(recipe: Recipe) -> str:
    """How torch calls the activation: `torch.relu`, `F.gelu`; "" for identity."""
    name = str(recipe.knobs["activation"])
    if name == "identity":
        return ""
    import torch
    import torch.nn.functional as F

    function = catalog.activation(name).function()
    called = getattr(function, "__name__", "")
    for module, alias in ((torch, "torch"), (F, "F")):
        if getattr(module, called, None) is function:
            return f"{alias}.{called}"
    raise UsageError(f"the activation {name} is not torch's own: a script cannot call it.")
