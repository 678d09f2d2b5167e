"""One word a layer: right at the first sample, steady afterwards, blind to absolute size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradtui.core.records import Info
from gradtui.doctor.verdicts import verdicts

if TYPE_CHECKING:
    from tests.doctor.conftest import Patient


def words(patient: Patient) -> list[str]:
    return [verdict.word for verdict in verdicts(patient.state)]


def from_output(*decades: float, out: float = 1e-2) -> np.ndarray:
    """The signal that lies so many decades from the output layer's."""
    return out * 10.0 ** np.array([*decades, 0.0])


def test_before_the_first_sample_nothing_is_said(patient: Patient) -> None:
    assert words(patient) == ["–"] * 6


def test_the_classes_lie_at_two_and_four_decades(patient: Patient) -> None:
    patient.live(from_output(-4.1, -3.9, -1.9, 1.9, 3.9))
    assert words(patient) == ["vanishing", "fading", "healthy", "healthy", "growing", "healthy"]
    patient.live(from_output(4.1, 0, 0, 0, 2.1))


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_a_rescaled_loss_changes_no_word(admit: type[Patient], size: float) -> None:
    patient = admit()
    patient.live(size * from_output(-5, -3, 0, 3, 5))
    assert words(patient) == ["vanishing", "fading", "healthy", "growing", "exploding", "healthy"]


def test_one_noisy_sample_flips_no_word(patient: Patient) -> None:
    sick, well = from_output(-5, -5, -5, -5, -5), from_output(0, 0, 0, 0, 0)
    for signal in (well, well, well, sick):
        patient.live(signal)
    assert words(patient) == ["healthy"] * 6
    for signal in (sick, sick, sick, sick, well):
        patient.live(signal)
    assert words(patient) == ["vanishing"] * 5 + ["healthy"]


def test_an_intervention_starts_the_judgement_anew(patient: Patient) -> None:
    for _ in range(5):
        patient.live(from_output(-5, -5, -5, -5, -5))
    patient.set("activation", "tanh")
    assert words(patient)[0] == "vanishing", "known until measured anew"
    patient.live(from_output(0, 0, 0, 0, 0))
    assert words(patient) == ["healthy"] * 6


def test_dead_and_no_signal_come_at_once(patient: Patient) -> None:
    for _ in range(5):
        patient.live(from_output(0, 0, 0, 0, 0))
    patient.live([0, 0, 0, 1e-3, 1e-2, 1e-2], zero=[2])
    assert words(patient) == ["no signal", "no signal", "dead", "healthy", "healthy", "healthy"]


def test_a_layer_that_is_off_but_learns_is_not_dead(patient: Patient) -> None:
    """Zero-initialised layers give 0; leaky units lie below 0 on the whole batch."""
    patient.live(from_output(0, 0, 0, 0, 0), zero=[1, 5], dead=[2])
    assert words(patient) == ["healthy"] * 6


def test_a_perfect_loss_is_healthy(patient: Patient) -> None:
    patient.live(np.zeros(6))
    assert words(patient) == ["healthy"] * 6


def test_gradients_that_round_to_zero_beside_a_tiny_output_are_healthy(patient: Patient) -> None:
    patient.live([0, 0, 1e-45, 1e-44, 1e-42, 1e-38])
    assert words(patient) == ["healthy"] * 6


def test_a_softmax_regression_is_healthy(admit: type[Patient]) -> None:
    patient = admit(1)
    patient.live([0.09], zero=[0], update=np.inf)
    assert words(patient) == ["healthy"]


def test_saturated_is_worse_than_fading_and_milder_than_vanishing(patient: Patient) -> None:
    patient.live(from_output(-5, -3, 0, 0, 0), saturated=0.95)
    expected = ["vanishing", "saturated", "saturated", "saturated", "saturated", "healthy"]
    assert words(patient) == expected


def test_at_most_nine_tenths_is_not_saturated(patient: Patient) -> None:
    patient.live(from_output(0, 0, 0, 0, 0), saturated=0.9)
    assert words(patient) == ["healthy"] * 6


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_beats_everything_at_once(patient: Patient, value: float) -> None:
    for _ in range(5):
        patient.live(from_output(0, 0, 0, 0, 0))
    patient.live([0, 0, value, 1, 1, 1], zero=[0])
    assert words(patient) == ["dead", "no signal", "not finite", "healthy", "healthy", "healthy"]


def test_a_frame_can_be_the_first_to_say_not_finite(patient: Patient) -> None:
    patient.live(from_output(0, 0, 0, 0, 0), weight=[1, np.inf, 1, 1, 1, 1])
    assert words(patient)[1] == "not finite"


def test_a_sample_of_another_net_is_not_read(patient: Patient) -> None:
    patient.live(from_output(0, 0, 0, 0, 0))
    info = patient.state.info
    patient.state.reduce([Info(**{**vars(info), "layers": ("fc1", "out")})])
    patient.state.now.clear()
    assert words(patient) == ["–", "–"]
