"""Each rule: fires with live numbers and a cure, and stays silent where nothing is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradtui import catalog
from gradtui.core.records import Finding

if TYPE_CHECKING:
    from tests.doctor.conftest import Patient

LN_10 = 2.302585
EVEN = np.full(6, 3e-3)
DYING = 4.7e-3 * 10.0 ** np.array([-10, -8, -6, -4.5, -1.0, 0])
GROWING = DYING[-1] ** 2 / DYING


def only(changed: list[Finding]) -> Finding:
    assert len({finding.name for finding in changed}) == 1
    return changed[-1]


def test_all_are_there_the_gravest_first() -> None:
    names = catalog.names("rules")
    assert names == (
        "not_finite", "exploding", "exploding_in_time", "vanishing", "vanishing_in_time", "dead",
        "saturated",
    )  # fmt: skip


def test_vanishing_is_named_at_step_0_with_its_numbers(patient: Patient) -> None:
    found = only(patient.live(DYING, update=[0, 0, 1e-9, 1e-7, 1e-4, 1e-3]))
    assert (found.name, found.first, found.last) == ("vanishing", 0, None)
    assert found.layers == ("fc1", "fc2", "fc3", "fc4")
    assert "4.7e-3 at out, 4.7e-13 at fc1." in found.evidence
    assert "fc1 and fc2 stand still: update ratio 0" in found.evidence
    assert found.evidence[0] == "A layer passes on ×0.01 of the signal:"
    assert found.prescriptions[0] == ("activation", "tanh")


def test_vanishing_tells_of_a_loss_at_chance_only_when_it_stayed(patient: Patient) -> None:
    changed = [finding for _ in range(10) for finding in patient.live(DYING, loss=LN_10)]
    assert "Loss stays at ln 10: pure guessing." in changed[-1].evidence


def test_vanishing_under_relu_wants_he(admit: type[Patient]) -> None:
    patient = admit(activation="relu")
    assert only(patient.live(DYING)).prescriptions[0] == ("init", "he")


def test_a_signal_that_underflows_to_zero_vanished(patient: Patient) -> None:
    found = only(patient.live([0, 0, 0, 1e-40, 1e-20, 1e-2]))
    assert found.name == "vanishing"
    assert "1.0e-2 at out, 0 at fc1." in found.evidence


def test_exploding(admit: type[Patient]) -> None:
    patient = admit(activation="relu", init="gain:3")
    found = only(patient.live(GROWING, loss=206770.0))
    assert found.name == "exploding"
    assert found.layers == ("fc1", "fc2", "fc3", "fc4")
    assert "4.7e-3 at out, 4.7e7 at fc1." in found.evidence
    assert "Loss 206 770; a guess has 2.303." in found.evidence
    assert found.prescriptions[:3] == (("init", "he"), ("clip", "norm:1"), ("norm", "layer"))


def test_not_finite_names_the_loss_before_it(admit: type[Patient]) -> None:
    patient = admit(activation="relu", init="gain:3")
    patient.live(EVEN, loss=206770.0)
    found = only(patient.live(np.full(6, np.nan), loss=np.nan, weight=1e9))
    assert (found.name, found.first) == ("not finite", 10)
    assert found.layers == patient.state.info.layers
    assert found.evidence[0] == "Loss 206 770, then nan at step 10."
    assert found.evidence[1] == "The weights of fc1 grew ×1.0e9:"
    assert found.prescriptions[0] == ("init", "he")


def test_new_weights_cure_nan_even_with_the_same_init(admit: type[Patient]) -> None:
    patient = admit(activation="relu", init="he")
    found = only(patient.live(np.full(6, np.nan), loss=np.nan, update=np.nan))
    assert found.prescriptions[0] == ("init", "he")
    assert "nan weights stay nan: draw new ones." in found.evidence


def test_an_explosion_that_ends_in_nan_was_not_cured(patient: Patient) -> None:
    patient.live(GROWING)
    patient.set("lr", 0.1)
    changed = {f.name: f for f in patient.live(np.full(6, np.nan), loss=np.nan)}
    assert changed["exploding"].last == 0
    assert changed["exploding"].cured_by is None
    assert changed["not finite"].last is None


def test_dead_names_the_intervention_and_what_lies_below(admit: type[Patient]) -> None:
    patient = admit(activation="relu", init="he")
    patient.live(EVEN)
    patient.set("shift_bias", "2:-10")
    found = only(patient.live([0, 0, 0, 1e-3, 1e-3, 1e-3], zero=[2], dead=[2]))
    assert (found.name, found.layers, found.first) == ("dead", ("fc3",), 10)
    assert "No signal passes below." in found.evidence
    assert "What still moves there is momentum." in found.evidence
    assert "Since shift_bias → 2:-10 at step 10." in found.evidence
    expected = (
        ("activation", "leaky_relu"), ("shift_bias", "2:10"), ("norm", "layer"), ("init", "he"),
    )  # fmt: skip
    assert found.prescriptions == expected


def test_a_later_intervention_is_not_blamed_for_a_death(admit: type[Patient]) -> None:
    patient = admit(activation="relu")
    dead = [0, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3]
    patient.live(dead, zero=[0])
    patient.set("lr", 0.1)
    patient.live(dead, zero=[0])
    assert not any("lr" in line for line in patient.state.findings["dead"].evidence)


def test_saturated(admit: type[Patient]) -> None:
    patient = admit(activation="tanh", init="gain:8")
    found = only(patient.live(EVEN, saturated=0.958))
    assert found.name == "saturated"
    assert found.evidence[:2] == ("95.8 % of the outputs of fc1", "lie where tanh is flat.")
    assert ("init", "xavier") in found.prescriptions


@pytest.mark.parametrize("size", [1e-30, 1e-12, 1.0, 1e20])
def test_an_even_signal_of_any_size_is_healthy(admit: type[Patient], size: float) -> None:
    """A converged net, a rescaled loss."""
    patient = admit()
    assert not any(patient.live(size * EVEN, loss=size) for _ in range(7))


def test_perfect_frozen_and_warming_nets_are_healthy(admit: type[Patient]) -> None:
    assert not admit().live(np.zeros(6), loss=0.0)
    assert not admit().live(EVEN, update=[0, 0, 0, 0, 1e-3, 1e-3])
    assert not admit().live(EVEN, update=0.0)
    assert not admit(1).live([0.09], zero=[0], update=np.inf)


@pytest.mark.parametrize("noise", [DYING, GROWING])
def test_one_noisy_sample_opens_nothing(patient: Patient, noise: np.ndarray) -> None:
    for signal in (EVEN, EVEN, EVEN, noise, EVEN):
        assert not patient.live(signal)


@pytest.mark.parametrize(
    ("signal", "options"),
    [
        (DYING, {"update": 0.0}),
        (DYING, {"update": [0, 0, 0, 0, 0, 1e-3], "loss": LN_10}),
        (GROWING, {"loss": 1e30}),
        (np.full(6, np.nan), {"loss": np.nan, "weight": np.nan}),
        ([0, 0, 0, 0, 0, 1e-3], {"zero": [4]}),
        (EVEN, {"saturated": 1.0}),
    ],
)
def test_evidence_fits_the_panel_and_prescriptions_are_news(
    admit: type[Patient], signal: np.ndarray, options: dict[str, Any]
) -> None:
    patient = admit(norm="layer", clip="norm:2")
    patient.set("shift_bias", "4:-12345678.5")
    for _ in range(7):
        patient.live(signal, **options)
    assert patient.state.findings
    for found in patient.state.findings.values():
        assert 1 <= len(found.evidence) <= 4
        assert all(0 < len(line) <= 40 for line in found.evidence), found.evidence
        assert found.prescriptions
        assert all(knob not in ("norm", "clip") for knob, _ in found.prescriptions)


def test_a_locked_knob_is_not_prescribed(admit: type[Patient]) -> None:
    patient = admit()
    patient.state.info.__dict__["locked"] = {"activation": "a script owns it"}
    assert all(knob != "activation" for knob, _ in only(patient.live(DYING)).prescriptions)
