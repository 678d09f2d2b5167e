"""What the doctor says, and when: opened, changed, ended, cured; and a rule that breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradtui.catalog.rules import vanishing
from gradtui.core.entries import Rule
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor

if TYPE_CHECKING:
    from tests.doctor.conftest import Patient

EVEN = np.full(6, 3e-3)
DYING = 4.7e-3 * 10.0 ** np.array([-10, -8, -6, -4.5, -1.0, 0])


def test_a_finding_is_told_once_while_nothing_changes(patient: Patient) -> None:
    assert len(patient.live(DYING)) == 1
    assert not any(patient.live(DYING) for _ in range(20))
    assert patient.doctor.examine() == []


def test_changed_numbers_are_told_now_and_then_and_ever_more_rarely(patient: Patient) -> None:
    rng = np.random.default_rng(0)
    told = [bool(patient.live(DYING * rng.uniform(0.8, 1.2))) for _ in range(400)]
    at = np.flatnonzero(told)
    assert at[0] == 0
    assert (np.diff(at) >= 5).all()
    assert np.diff(at)[-1] > 20
    assert len(at) > 10


def test_a_cure_ends_the_finding_and_names_the_intervention(patient: Patient) -> None:
    for _ in range(3):
        patient.live(DYING)
    patient.set("lr", 0.03)
    patient.set("activation", "tanh")
    (found,) = patient.live(EVEN)
    assert (found.name, found.first, found.last) == ("vanishing", 0, 20)
    assert found.cured_by is not None
    assert (found.cured_by.knob, found.cured_by.value) == ("activation", "tanh")
    assert patient.state.findings["vanishing"] == found
    assert not patient.live(EVEN)


def test_an_intervention_without_effect_cures_nothing(patient: Patient) -> None:
    patient.live(DYING)
    patient.set("lr", 0.03)
    patient.live(DYING)
    assert patient.state.findings["vanishing"].last is None


def test_what_heals_by_itself_has_no_cure(patient: Patient) -> None:
    patient.set("lr", 0.03)
    patient.live(DYING)
    changed = [finding for _ in range(5) for finding in patient.live(EVEN)]
    assert changed[-1].last is not None
    assert changed[-1].cured_by is None


def test_an_illness_that_returns_is_a_new_finding(patient: Patient) -> None:
    patient.live(DYING)
    patient.set("activation", "tanh")
    patient.live(EVEN)
    patient.set("activation", "sigmoid")
    (found,) = patient.live(DYING)
    assert (found.first, found.last, found.cured_by) == (20, None, None)


def test_a_signal_at_the_threshold_does_not_flap(patient: Patient) -> None:
    near = np.array([-4.0, -1, -1, -1, -1, 0])
    told = [
        finding
        for i in range(40)
        for finding in patient.live(10.0 ** (near + 0.2 * (-1) ** (i // 5) * near / 4))
    ]
    assert told
    assert all(finding.last is None for finding in told)


def test_a_rule_that_raises_is_told_once_and_left_out(patient: Patient) -> None:
    def check(state: RunState) -> None:
        raise ZeroDivisionError("by nothing")

    broken = Rule(name="broken", sentence="", source="", check=check)
    patient.doctor = Doctor(patient.state, [broken, vanishing.entry])
    assert [finding.name for finding in patient.live(DYING)] == ["vanishing"]
    patient.live(EVEN)
    (notice,) = patient.doctor.notices
    assert "'broken'" in notice.text
    assert "ZeroDivisionError: by nothing" in notice.text
