"""The rules through time: the slopes that recurrent nets are known for, sick and well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradtui.core.records import Finding
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor
from tests.doctor.conftest import Patient

EVEN = np.full(3, 3e-3)
NAMES = ("W_xh", "W_hh", "out")


def admitted(model: str = "RNN 64 + 8", **knobs: str) -> Patient:
    patient = Patient(3, **{"activation": "tanh", "init": "torch"} | knobs)
    info = replace(patient.state.info, layers=NAMES, classes=8, model=model)
    patient.state = RunState(info)
    patient.doctor = Doctor(patient.state)
    return patient


def profile(slope: float, steps: int = 50, top: float = 0.05) -> np.ndarray:
    """Loses so many decades a step back."""
    return np.asarray(top * 10.0 ** (-slope * np.arange(steps)[::-1]))


def live(patient: Patient, slope: float, steps: int = 50, loss: float = 1.0) -> list[Finding]:
    return patient.live(EVEN, loss=loss, in_time=profile(slope, steps))


@pytest.mark.parametrize("slope", [0.17, 0.19, 0.22, 0.29])
def test_what_default_cells_lose_is_a_finding_at_once(slope: float) -> None:
    (found,) = live(admitted(), slope)
    assert (found.name, found.first, found.layers) == ("vanishing in time", 0, ("W_hh",))
    assert found.prescriptions == (("init", "orthogonal"),)
    assert found.evidence[0] == f"W_hh passes on ×{10**-slope:.2f} a time step:"


@pytest.mark.parametrize("slope", [-0.02, -0.01, 0, 0.01, 0.02, 0.045, 0.055, 0.08])
def test_what_rotations_and_open_gates_lose_is_none(slope: float) -> None:
    patient = admitted()
    assert not any(live(patient, slope) for _ in range(6))


def test_it_says_how_far_it_reaches_and_what_else_helps() -> None:
    (found,) = live(admitted(), 0.23, 60)
    assert found.evidence[1:] == (
        "5.0e-2 at t = 60, 1.3e-15 at t = 1.",
        "It reaches 14 of 60 steps back.",
        "Or start with cell=lstm forget_bias=3.",
    )


def test_of_gated_cells_the_gates_are_opened() -> None:
    (found,) = live(admitted("LSTM 64 + 8"), 0.2)
    assert found.evidence[0] == "The gates pass on ×0.63 a time step:"
    assert found.prescriptions == (("shift_bias", "forget:3"),)


@pytest.mark.parametrize(("activation", "init"), [("relu", "he"), ("sigmoid", "orthogonal")])
def test_the_matrix_fits_the_activation(activation: str, init: str) -> None:
    (found,) = live(admitted(activation=activation), 0.2)
    assert found.prescriptions[-1] == ("init", init)
    assert (("activation", "tanh") in found.prescriptions) == (activation == "sigmoid")


def test_exploding_in_time_wants_a_clip() -> None:
    (found,) = live(admitted(), -0.18)
    assert found.name == "exploding in time"
    assert found.prescriptions == (("init", "orthogonal"), ("clip", "norm:1"))
    (found,) = live(admitted(clip="norm:5"), -0.18)
    assert found.prescriptions == (("init", "orthogonal"),)


def test_an_intervention_ends_it() -> None:
    patient = admitted()
    live(patient, 0.23)
    patient.set("init", "orthogonal")
    (found,) = live(patient, 0.03)
    assert (found.name, found.last) == ("vanishing in time", 0)
    assert found.cured_by is not None
    assert found.cured_by.value == "orthogonal"


def test_a_slope_at_the_border_does_not_flap() -> None:
    patient = admitted()
    assert not live(patient, 3.9 / 49)
    for slope in (4.2, 4.2, 3.9, 3.8, 3.9):
        live(patient, slope / 49)
    assert patient.state.findings["vanishing in time"].last is None


def test_short_sequences_padding_and_a_loss_of_nothing_are_no_finding() -> None:
    assert not live(admitted(), 0.9, 8)
    padded = np.r_[profile(0.02), np.zeros(10)]
    assert not admitted().live(EVEN, in_time=padded)
    assert not admitted().live(EVEN * 1e-38, in_time=profile(0.2, top=1e-37))
    assert not admitted().live(EVEN, in_time=np.zeros(50))


def test_steps_that_underflow_are_lost_not_missing() -> None:
    steps = profile(0.3, 200)
    (found,) = admitted().live(EVEN, in_time=np.where(steps < 1e-45, 0, steps))
    assert found.evidence[1] == "5.0e-2 at t = 200, 0 at t = 1."


def test_every_line_fits_the_panel() -> None:
    for model in ("RNN 64 + 8", "LSTM 64 + 8"):
        patient = admitted(model)
        patient.state.info = replace(patient.state.info, layers=("lstm10.x", "lstm10.h", "out"))
        for _ in range(12):
            live(patient, 0.2234, 200, loss=np.log(8))
        (found,) = patient.state.findings.values()
        assert all(0 < len(line) <= 40 for line in found.evidence), found.evidence
        assert "Loss stays at ln 8: pure guessing." in found.evidence
