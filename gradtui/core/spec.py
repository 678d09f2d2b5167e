"""A run, fully described before torch is imported."""

from __future__ import annotations

from collections.abc import Mapping

from gradtui.core.entries import Experiment
from gradtui.core.frozen import frozen
from gradtui.core.records import Value


@frozen
class Spec:
    """What `lab` and `train` hand to the engine; two equal specs give the same run, bit by bit."""

    experiment: Experiment
    seed: int
    device: str
    """auto, cpu, cuda, cuda:N or mps."""
    data: str
    """The name of a data set, or the path of a table or of a folder of images."""
    knobs: Mapping[str, Value]
    """A value for every knob that can change in mid-run; an action (rescale, shift_bias) is there
    only if it is to be done before step 0."""
    fixed: Mapping[str, Value]
    """What the architecture reads, adam_eps, zero_init, train_rows."""
    steps: int | None
    epochs: int | None
    """The earlier of steps and epochs wins."""
    script: tuple[tuple[int, str, Value], ...] = ()
    """Interventions (step, knob, value), by step."""
    probe: bool = True
    sample_every: int = 10
    strength_given: bool = False
    """The user named a strength: choosing a regularizer then keeps it."""
    decay_given: bool = False
    """The user named a decay: choosing adamw then keeps it."""

    @property
    def depth(self) -> int:
        """Hidden layers."""
        return int(self.fixed["depth"])

    @property
    def rows(self) -> int | None:
        """Use only so many training rows; None for all."""
        rows = self.fixed.get("train_rows")
        return None if rows is None else int(rows)

    @property
    def data_given(self) -> bool:
        """Whether the data are a person's, not those that the experiment comes with."""
        return self.data != self.experiment.data

    def layers(self) -> tuple[str, ...]:
        """The names of the rows, from the input to the output."""
        return self.experiment.net.layers(self.fixed)

    def rates(self) -> tuple[float, ...]:
        """Of each row, what share of lr it learns at; empty: all at lr."""
        found = self.experiment.net.rates(self.fixed)
        return () if set(found) <= {1.0} else found

    def model_label(self, classes: int) -> str:
        """As the header shows it: `MLP 15×64 + 10`."""
        return self.experiment.net.label(self.fixed, classes)

    def length(self, per_epoch: int) -> int:
        """Steps of the whole run: the earlier of steps and epochs."""
        limits = [self.steps, None if self.epochs is None else self.epochs * per_epoch]
        return min(limit for limit in limits if limit is not None)

    def locked(self) -> dict[str, str]:
        """Knobs that can do nothing for this net, and why."""
        return self.experiment.net.locked(self.fixed)
