"""A run, fully described before torch is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradtui.core.entries import Experiment
from gradtui.core.records import Value


@dataclass(frozen=True)
class Spec:
    """What `lab` and `train` hand to the engine; two equal specs give the same run, bit by bit."""

    experiment: Experiment
    seed: int
    device: str
    """auto, cpu, cuda, cuda:N or mps."""
    data: str
    """digits, clusters, digits100, or the path of a .npz or .csv file."""
    knobs: Mapping[str, Value]
    """A value for every knob that can change in mid-run."""
    fixed: Mapping[str, Value]
    """depth, width, adam_eps, zero_init, train_rows."""
    steps: int | None
    epochs: int | None
    """The earlier of steps and epochs wins."""
    script: tuple[tuple[int, str, Value], ...] = ()
    """Interventions (step, knob, value), by step."""
    probe: bool = True
    sample_every: int = 10
    strength_given: bool = field(default=False)
    """The user named a strength: choosing a regularizer then keeps it."""
