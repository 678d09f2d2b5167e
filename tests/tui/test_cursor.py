"""The cursor reads what the run sent, keeps its step, and covers no data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradtui.core.records import Applied, Eval, Record
from gradtui.core.state import RunState
from gradtui.core.text import GAP
from gradtui.tui import cursor, shot
from gradtui.tui.app import GradtuiApp
from gradtui.tui.composer import Composer
from gradtui.tui.draw.lanes import Lanes
from gradtui.tui.grid import Area, Grid
from gradtui.tui.layout import arrange
from gradtui.tui.panels.cursor import exact
from gradtui.tui.panels.picture import Picture
from gradtui.tui.panels.reading import Reading, read
from gradtui.tui.roster import roster
from gradtui.tui.screens import inputs
from gradtui.tui.timeline import timeline
from gradtui.tui.view import Colors, View
from gradtui.tui.window import axis
from tests.tui import scenes
from tests.tui.fake_source import FakeSource, frame, sample
from tests.tui.pilots import settled

ENVIRON = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def picture(view: View, width: int = 160, height: int = 45) -> Picture:
    layout = arrange(width, height, roster(view))
    assert layout is not None
    return Picture(view, layout, axis(view, layout.lanes.width), Lanes(), roster(view))


def at(view: View, step: int) -> Reading:
    found = read(picture(view), step, view.selected)
    assert found is not None
    return found


def run(losses: list[float], signals: dict[int, float], more: list[Record]) -> View:
    """One layer and an output; an accuracy that is the loss through 10."""
    state = RunState(scenes.info(2))
    records: list[Record] = []
    for step, loss in enumerate(losses):
        records += [r for r in more if getattr(r, "step", None) == step]
        if step in signals:
            records.append(scenes.sample(step, np.array([signals[step], 1.0])))
        one = np.array([loss])
        records.append(scenes.frame(step, one, one / 10, np.ones(2)))
    state.reduce(records)
    return View(state)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.01, 9) | st.sampled_from([np.nan, np.inf]), min_size=1, max_size=300),
    st.lists(st.integers(1, 299), max_size=4, unique=True), st.integers(0, 299),
)  # fmt: skip
def test_it_reads_what_was_sent(losses: list[float], marks: list[int], where: int) -> None:
    marks = sorted(step for step in marks if step < len(losses))
    more: list[Record] = [
        Applied(step=step, knob="lr", old=0.1, value=float(step)) for step in marks
    ]
    view = run(losses, {step: 10.0**-step for step in range(0, len(losses), 10)}, more)
    where = min(where, len(losses) - 1)
    found = at(view, where)
    assert found.first <= where <= found.last
    raw = np.array(losses[found.first : found.last + 1])
    if np.isfinite(raw).all():
        for spread, factor in ((found.loss, 1), (found.accuracy, 10)):
            told = np.array([spread.mean, spread.low, spread.high]) * factor
            np.testing.assert_allclose(told, [raw.mean(), raw.min(), raw.max()], rtol=1e-5)
    else:
        assert not np.isfinite(found.loss.mean)
        assert np.isnan(found.loss.mean) == np.isnan(raw).any()
        assert np.isnan(found.accuracy.mean)
    passed = [step for step in marks if step <= found.first]
    assert found.knobs["lr"] == (passed[-1] if passed else 0.01)
    assert not [step for step in marks if found.first < step <= found.last]
    since = passed[-1] if passed else 0
    sampled = [step for step in range(0, len(losses), 10) if since <= step <= found.last]
    inside = [step for step in sampled if step >= found.first]
    if inside:
        np.testing.assert_allclose(np.log10(found.value), -np.mean(inside), rtol=1e-5)
        assert found.measured is None
    elif sampled:
        np.testing.assert_allclose(np.log10(found.value), -sampled[-1], rtol=1e-5)
        assert found.measured == sampled[-1]
    else:
        assert np.isnan(found.value)


def test_an_evaluation_before_an_intervention_belongs_to_the_steps_before_it() -> None:
    evals: list[Record] = [
        Eval(step=0, when="start", loss=3.0, accuracy=0.1),
        Eval(step=20, when="before", loss=2.0, accuracy=0.2),
        Applied(step=20, knob="lr", old=0.1, value=1.0),
        Eval(step=20, when="after", loss=9.0, accuracy=0.3),
    ]
    view = run([1.0] * 40, {}, evals)
    tests = [found.loss for step in (5, 19, 20, 39) if (found := at(view, step).test)]
    assert tests == [3.0, 2.0, 9.0, 9.0]


def test_it_stays_on_its_step_when_the_run_folds() -> None:
    view = replace(scenes.vanished(last=60), cursor=41)
    assert at(view, 41).first == 41
    view.state.reduce(scenes._chance(61, 899, 16))
    assert picture(view).timeline.spc == 12
    found = at(view, 41)
    assert (found.first, found.last) == (36, 47)
    assert view.cursor == 41


def test_moving_skips_the_columns_of_interventions_and_stops_at_the_ends() -> None:
    view = View(RunState(scenes.info()))
    steps = timeline(78, 599, [300])
    seen = []
    cursor.move(view, steps, 0)
    assert view.cursor == 596
    for _ in range(90):
        assert view.cursor is not None
        seen.append(view.cursor)
        cursor.move(view, steps, -1)
    assert view.cursor == 0
    assert seen[:76] == [*range(596, 299, -8), *range(296, -1, -8)]
    cursor.move(view, steps, 10)
    assert view.cursor == 80
    cursor.move(view, steps, 10**6)
    assert view.cursor == 596


def test_a_cursor_before_the_window_is_read_at_its_edge_and_comes_back() -> None:
    view = replace(scenes.cured(), cursor=100, window="since")
    assert at(view, 100).first == 300
    view.window = "all"
    assert at(view, 100).first <= 100


@pytest.mark.parametrize("size", [(160, 45), (130, 30), (80, 24), (60, 20), (40, 12)])
@pytest.mark.parametrize("scene", scenes.SCENES)
def test_it_covers_no_data_anywhere(scene: str, size: tuple[int, int]) -> None:
    view = scenes.SCENES[scene](16)
    bare = Composer().paint(view, *size)
    layout = arrange(*size, roster(view))
    assert layout is not None
    steps = axis(view, layout.lanes.width)
    for step, read_by in ((0, "x"), (120, "x"), (299, "mouse"), (10**6, "x"), (10**6, "mouse")):
        how = {"cursor": step} if read_by == "x" else {"hover": (step, 0)}
        lit = Composer().paint(replace(view, **how), *size)
        x = layout.lanes.x + steps.column(cursor.in_view(step, steps))
        bottom = layout.bottom - (layout.axis is not None)
        area = Area(layout.lanes.x, layout.lanes.y, layout.lanes.width, bottom - layout.lanes.y)
        before, after = bare.at(area), lit.at(area)
        assert "panel" not in "".join(lit.lines())
        changed = np.argwhere(before.code != after.code)
        assert {int(column) for _, column in changed} <= {x - layout.lanes.x}
        assert {chr(before.code[row, column]) for row, column in changed} <= {" "}
        if view.state.step is not None:
            assert_marked(after, x - layout.lanes.x, lit, step)


def assert_marked(time: Grid, column: int, screen: Grid, step: int) -> None:
    """Some cell of the column shows that the cursor is there."""
    assert (time.style[:, column] != time.style[:, column - 1]).any() or column == 0
    assert "step" in "".join(screen.lines()), step


async def test_the_keys_move_it_and_leave_it() -> None:
    source = FakeSource([source_word(), *(frame([step]) for step in range(40)), sample(0)])
    app = GradtuiApp(source, environ=ENVIRON)
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        view = app.view
        for keys, step in (
            ("x", 39), ("left", 38), ("shift+left", 28), ("right", 29), ("home", 0),
            ("shift+right", 10), ("end", 39), ("escape", None), ("left", 38), ("x", None),
        ):  # fmt: skip
            await pilot.press(keys)
            assert view.cursor == step, keys
        assert not source.sent


async def test_window_and_axes_are_told_in_the_finding_line() -> None:
    source = FakeSource([source_word(), *(frame([step]) for step in range(40)), sample(0)])
    source.step = 40
    app = GradtuiApp(source, environ=ENVIRON)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        told = []
        for key in "wwwyyy":
            await pilot.press(key)
            told.append(app.view.message)
        assert (app.view.window, app.view.ordinate) == ("all", "usual")
        assert told[:3] == [
            "window: the last 50 steps, once there are more",
            "window: since the last intervention; there is none yet", "window: the whole run",
        ]  # fmt: skip
        assert len(set(told[3:])) == 3
        assert all(sentence.startswith("y axes: ") for sentence in told[3:])


def source_word() -> Record:
    return FakeSource().word("training")


async def test_the_mouse_reads_what_lies_under_it_and_moves_no_cursor() -> None:
    source = FakeSource([source_word(), *(frame([step]) for step in range(40)), sample(0)])
    app = GradtuiApp(source, environ=ENVIRON)
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("x", "home")
        app.view.message = "stays"
        for offset, hover in (
            ((10 + 20, 30), (20, 0)),  # the loss
            ((10 + 7, 5), (7, 15)),  # the lane of the output layer
            ((10 + 60, 30), None),  # no step was made yet
            ((10 + 39, 42), (39, 0)),  # the step axis
            ((20, 44), None),  # the footer
        ):
            await pilot.hover(offset=offset)
            await pilot.pause(0.1)
            assert app.view.hover == hover
            lines = [strip.text for strip in shot.shown(app)]
            read_step = 0 if hover is None else hover[0]
            assert f"step  {read_step} " in "".join(lines)
            told = [line[91:97] for line in lines[24:42]]
            assert ("out   " in told, "fc1   " in told) == (hover == (7, 15), hover != (7, 15))
        assert (app.view.cursor, app.view.message, source.sent) == (0, "stays", [])


@pytest.mark.parametrize("colors", ["truecolor", "none"])
def test_the_column_under_the_mouse_is_marked_until_it_goes_away(colors: Colors) -> None:
    view = replace(scenes.cured(), colors=colors)
    composer = Composer()
    bare = composer.paint(view, 160, 45)
    for step in (7, 300, 599):
        view.hover = (step, 3)
        marked = composer.paint(view, 160, 45)
        layout = arrange(160, 45, roster(view))
        assert layout is not None
        x = layout.lanes.x + axis(view, layout.lanes.width).column(step)
        changed = (bare.code != marked.code) | (bare.style != marked.style)
        time = changed[layout.lanes.y : layout.bottom - 1, layout.lanes.x : layout.lanes.x + 78]
        assert set(np.flatnonzero(time.any(axis=0)).tolist()) == {x - layout.lanes.x}
        again = composer.paint(view, 160, 45, numbers=False)  # what has not moved costs nothing
        assert (again.code == marked.code).all()
        assert (again.style == marked.style).all()
    view.hover = None
    gone = composer.paint(view, 160, 45, numbers=False)
    assert (gone.code == bare.code).all()
    assert (gone.style == bare.style).all()


async def test_a_mouse_that_lies_still_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "HOVER_REST", 0.02)
    source = FakeSource([source_word(), *(frame([step]) for step in range(40)), sample(0)])
    app = GradtuiApp(source, environ=ENVIRON)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        seen = []
        monkeypatch.setattr(app.screen, "_repaint", lambda numbers: seen.append(app.view.hover))
        await pilot.hover(offset=(10, 10))
        for _ in range(200):
            await pilot.pause(0.01)
            if seen and seen[-1] is None:
                break
        assert app.view.hover is None


@pytest.mark.parametrize(
    ("loss", "word"),
    [(2.3026, "2.303"), (0.048, "0.0480"), (0.00812, "0.00812"), (8.1e-4, "8.1e-4"), (0.0, "0.000"),
     (np.nan, "nan"), (206_770.0, f"206{GAP}770")],
)  # fmt: skip
def test_small_losses_keep_their_digits(loss: float, word: str) -> None:
    assert exact(loss) == word
