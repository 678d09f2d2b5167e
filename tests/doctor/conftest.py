"""Run states built from records, as a source would send them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from gradtui.core.records import Applied, Finding, Frame, Info, Sample, Value
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor

KNOBS: dict[str, Value] = {
    "activation": "sigmoid",
    "init": "xavier",
    "norm": "none",
    "clip": "none",
    "optimizer": "sgd",
    "momentum": 0.9,
    "lr": 0.01,
}


class Patient:
    """A run of `layers` rows, ten steps from sample to sample, with a doctor at its bed."""

    def __init__(self, layers: int = 6, **knobs: Value) -> None:
        names = (*(f"fc{i}" for i in range(1, layers)), "out")
        info = Info(
            run="r1", experiment="", question="", model="", data="", device="cpu", seed=0,
            layers=names, knobs={**KNOBS, **knobs}, classes=10, steps_per_epoch=23, steps=600,
        )  # fmt: skip
        self.state = RunState(info)
        self.doctor = Doctor(self.state)
        self.rows = layers
        self.step = 0

    def live(
        self,
        signal: Sequence[float] | np.ndarray,
        *,
        loss: float = 1.0,
        zero: Sequence[int] = (),
        dead: Sequence[int] = (),
        saturated: float = np.nan,
        update: float | Sequence[float] = 1e-3,
        weight: float | Sequence[float] = 1.0,
        in_time: np.ndarray | None = None,
    ) -> list[Finding]:
        """One sample and the ten steps from it on; `zero`, `dead` are layers; what changed."""
        rows = self.rows
        full = np.ones((10, rows))
        shares = np.full(rows, np.nan)
        shares[list(dead)] = 1
        flat = np.full(rows, saturated)
        flat[-1] = np.nan
        sample = Sample(
            step=self.step,
            signal=np.asarray(signal, dtype=np.float64),
            activation_mean=np.zeros(rows),
            activation_std=np.ones(rows),
            dead=shares,
            saturated=flat,
            zero=np.isin(np.arange(rows), list(zero)),
            signal_time=in_time,
        )
        frame = Frame(
            steps=np.arange(self.step, self.step + 10),
            loss=np.full(10, loss),
            accuracy=np.full(10, 0.5),
            penalty=np.zeros(10),
            grad_norm=full,
            weight_norm=full * np.asarray(weight),
            update_ratio=full * np.asarray(update),
            bias_rms=full,
        )
        self.step += 10
        return self.take(sample) + self.take(frame)

    def set(self, knob: str, value: Value) -> list[Finding]:
        """An intervention before the next step."""
        old = self.state.knobs.get(knob, "")
        return self.take(Applied(step=self.step, knob=knob, old=old, value=value))

    def take(self, record: Sample | Frame | Applied) -> list[Finding]:
        self.state.reduce([record])
        changed = self.doctor.examine()
        self.state.reduce(changed)
        return changed


@pytest.fixture
def patient() -> Patient:
    return Patient()


@pytest.fixture
def admit() -> type[Patient]:
    """For runs with other layers or knobs."""
    return Patient
