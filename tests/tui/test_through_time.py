"""The gradient through time: its pictures, its numbers, its key."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradtui.core.cells import Cell, Cells
from gradtui.core.commands import Compare, Set
from gradtui.core.in_time import reach
from gradtui.core.records import Applied, Floats, Info, Record
from gradtui.core.state import RunState
from gradtui.tui.app import GradtuiApp
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.through_time import TimeScreen
from gradtui.tui.through_time.page import ThroughTime
from gradtui.tui.view import View
from tests.tui.fake_source import FakeSource, frame, info, sample
from tests.tui.pilots import settled
from tests.tui.test_pictures import SIZES, compare

NAMES = ("W_xh", "W_hh", "out")


def about() -> Info:
    knobs = dict(info().knobs) | {"init": "torch"}
    return replace(info(3), experiment="rnn", layers=NAMES, knobs=knobs)


def records(length: int = 60) -> list[Record]:
    """A tanh net that loses 0.23 decades a step, until it is made orthogonal at step 60."""
    told: list[Record] = []
    for step in range(0, 120, 10):
        if step == 60:
            told.append(Applied(step=60, knob="init", old="torch", value="orthogonal"))
        lost = 0.23 if step < 60 else 0.03
        norms: Floats = np.power(10.0, -lost * np.arange(length)[::-1] - 2.0)
        told.append(replace(sample(step, 3), signal_time=norms))
        told.append(frame(range(step, step + 10), 3))
    return told


def view_of() -> View:
    state = RunState(about())
    state.reduce(records())
    return View(state)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_page_is_the_picture(size: tuple[int, int]) -> None:
    grid = ThroughTime().paint(view_of(), *size)
    text = "\n".join(line.rstrip() for line in grid.lines()) + "\n"
    compare(f"through-time-{size[0]}x{size[1]}", text)
    steps = " steps" if size[0] < 80 else ""  # where nothing stands beside it
    assert f"REACH 60 of 60{steps}   slope +0.030" in text


def test_reach_counts_back_from_the_loss_to_the_first_gap() -> None:
    assert reach(10 ** (-0.23 * np.arange(60.0)[::-1])) == 14  # 13 * 0.23 < 3 < 14 * 0.23
    assert reach(np.array([1.0, 1e-9, 1.0, 1.0])) == 2
    assert reach(np.array([1.0, np.nan, 1.0])) == 1
    assert reach(np.ones(5)) == 5


def cells(length: int = 60) -> Cells:
    """Slopes as they were measured."""
    back = np.arange(length)[::-1]
    lost = {"rnn tanh": 0.22, "rnn orthogonal": 0.035, "lstm": 0.2, "lstm forget 3": -0.005,
            "gru": 0.19, "gru forget 3": 0.019}  # fmt: skip
    told = [Cell(name, (), np.power(10.0, -slope * back - 1)) for name, slope in lost.items()]
    return Cells(step=119, rows=32, cells=tuple(told))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_other_cells_stand_beside_it(size: tuple[int, int]) -> None:
    view = view_of()
    view.state.reduce([cells()])
    grid = ThroughTime().paint(view, *size)
    text = "\n".join(line.rstrip() for line in grid.lines()) + "\n"
    compare(f"cells-{size[0]}x{size[1]}", text)
    if size[0] >= 80:
        assert "14 of 60" in text  # as it was before it was made orthogonal
        assert "step 50" in text


def test_of_sequences_of_another_length_nothing_is_compared() -> None:
    view = view_of()
    view.state.reduce([cells(50)])
    assert "untrained" not in "\n".join(ThroughTime().paint(view, 160, 45).lines())


def test_a_profile_shows_what_is_no_number() -> None:
    view = view_of()
    signal = np.r_[np.nan, np.zeros(29), np.full(30, 1e-3)]
    view.state.reduce([Cells(step=0, rows=32, cells=(Cell("gru", (), signal),))])
    lines = ThroughTime().paint(view, 160, 68).lines()
    column = lines[1].index("gru")
    bars = [line[column] for line in lines[4:64]]
    assert bars == ["▆"] * 30 + ["_"] * 29 + ["×"]


def test_an_intervention_never_shares_a_bucket_with_what_was_before() -> None:
    history = view_of().state.through_time
    assert history is not None
    assert history.layers == 60
    assert 60 in history.segments


@pytest.mark.parametrize("recurrent", [True, False])
async def test_v_opens_and_closes_it_and_says_why_not(recurrent: bool) -> None:
    told = records() if recurrent else [frame([0])]
    source = FakeSource(told, about() if recurrent else None)
    app = GradtuiApp(source, environ={})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("v")
        await pilot.pause()
        assert isinstance(app.screen, TimeScreen) == recurrent
        if recurrent:
            assert isinstance(app.screen, TimeScreen)
            app.screen.lab.view.prescriptions = [("init", "orthogonal")]
            await pilot.press("1")
            assert source.sent[-1] == Set("init", "orthogonal")
            assert [c for c in source.sent if isinstance(c, Compare)] == [Compare()]
            await pilot.press("v")
            await pilot.pause()
        assert isinstance(app.screen, Lab)
        assert ("recurrent net" in app.screen.view.message) != recurrent
