"""JSON Lines from records that a test made: order, thinning, values that are not finite."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest

from gradtui.core.prediction import Prediction
from gradtui.core.records import Applied, End, Finding, Frame, Info, Record, Sample
from gradtui.core.state import RunState
from gradtui.headless.jsonl import Lines
from tests.cli.processes import of_type, records

INFO = Info(
    experiment="e", question="?", model="m", data="d", device="cpu", seed=0, layers=("fc1", "out"),
    knobs={"lr": 0.1}, classes=2, steps_per_epoch=5, steps=9,
)  # fmt: skip
ROW = np.array([0.1, 0.2])


def frame(*steps: int, **values: Any) -> Frame:
    columns = {name: np.tile(ROW, (len(steps), 1)) for name in ("grad_norm", "bias_rms")}
    scalars = {name: np.full(len(steps), 0.5) for name in ("loss", "accuracy", "penalty")}
    return Frame(steps=np.array(steps), **(columns | scalars | values))


def sample(step: int, **values: Any) -> Sample:
    named = dict.fromkeys(("activation_mean", "activation_std", "dead", "saturated"), ROW)
    return Sample(step=step, **({"signal": ROW, **named, "zero": ROW > 1} | values))


def finding(step: int) -> Finding:
    return Finding(name="f", step=step, first=0, last=None, layers=("fc1",), evidence=("why",))


def written(*given: Record, every: int = 1) -> list[dict[str, Any]]:
    out = io.StringIO()
    lines = Lines(RunState(INFO), out, every)
    for record in given:
        lines.take(record)
    lines.close()
    return records(out.getvalue())


@pytest.mark.parametrize(
    "order",
    [(sample(1), frame(0, 1), frame(2)), (frame(0, 1), sample(1), frame(2))],
    ids=["before", "after"],
)
def test_a_sample_joins_its_step(order: tuple[Record, ...]) -> None:
    steps = of_type("step", written(*order))
    assert [step["step"] for step in steps] == [0, 1, 2]
    assert [step["signal"] for step in steps] == [None, [0.1, 0.2], None]


def test_thinning_keeps_sampled_steps() -> None:
    told = written(sample(4), frame(*range(10)), every=3)
    assert [step["step"] for step in of_type("step", told)] == [0, 3, 4, 6, 9]


def test_a_finding_waits_for_the_step_that_it_is_about() -> None:
    told = written(finding(3), frame(0, 1, 2), frame(3, 4), frame(5))
    order = [record.get("step") for record in told[1:]]
    assert [record["type"] for record in told].index("finding") == 6
    assert order == [0, 1, 2, 3, 4, 3, 5]


def test_a_finding_beyond_the_last_step_comes_before_the_end() -> None:
    end = End(steps=2, accuracy=0.5, state="stopped")
    assert [r["type"] for r in written(frame(0, 1), finding(2), end)][-2:] == ["finding", "end"]


def test_values_that_json_does_not_know_are_words() -> None:
    rows = np.array([[math.nan, math.inf]])
    told = written(frame(0, loss=np.array([-math.inf]), grad_norm=rows))
    assert told[1]["grad_norm"] == ["nan", "inf"]
    assert told[1]["loss"] == "-inf"


def test_what_is_not_defined_is_null() -> None:
    dead = np.array([math.nan, 0.5])
    told = written(sample(0, dead=dead), frame(0, no_bias=np.array([True, False])))
    assert told[1]["dead"] == [None, 0.5]
    assert told[1]["bias_rms"] == [None, 0.2]


def test_every_digit_of_a_float_is_written() -> None:
    value = 0.1 + 0.2
    assert written(frame(0, loss=np.array([value])))[1]["loss"] == value


def test_an_intervention_follows_the_steps_before_it() -> None:
    applied = Applied(step=2, knob="lr", old=0.1, value=0.2)
    told = written(frame(0, 1), applied, frame(2))
    assert [r["type"] for r in told] == ["run", "step", "step", "applied", "step"]
    assert told[3] == {"type": "applied", "step": 2, "knob": "lr", "old": 0.1, "value": 0.2}


def test_chi_stands_beside_the_signal_where_there_is_a_theory() -> None:
    signal = np.array([0.01, 0.1, 1.0])
    told = Prediction(signal=signal**2, limit=math.nan, sigma_w=1.5, sigma_b=0.0)
    (step,) = of_type("step", written(sample(0, theory=told, signal=signal), frame(0)))
    assert step["chi"] == {
        "predicted": pytest.approx(1e-4), "measured": pytest.approx(1e-2), "limit": None,
        "phase": "ordered", "sigma_w": 1.5, "sigma_b": 0.0,
    }  # fmt: skip
    (bare,) = of_type("step", written(sample(0), frame(0)))
    assert "chi" not in bare
