"""Undo and redo on the screen: drawn from the record that comes back, the left branch dimmed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradtui.core.commands import Redo, Set, Undo
from gradtui.core.records import Applied, Branch, Notice, Record, State
from gradtui.tui.app import GradtuiApp
from gradtui.tui.composer import Composer
from gradtui.tui.inks import INKS
from gradtui.tui.view import View
from tests.tui import scenes
from tests.tui.fake_source import FakeSource, frame, sample
from tests.tui.pilots import settled
from tests.tui.test_keys import NO_HOME, TRAINING
from tests.tui.test_pictures import SIZES, colours, compare, picture

TANH = Applied(step=300, knob="activation", old="sigmoid", value="tanh")


def back(view: View, *, branch: int = 1, left: int = 600) -> Branch:
    knobs = {**view.state.knobs, "activation": "sigmoid"}
    return Branch(
        branch=branch, step=300, how="undo", parent=branch - 1, since=300, left=left, knobs=knobs,
        changes=(TANH,),
    )  # fmt: skip


def undone(layers: int = 16, last: int = 359) -> View:
    """tanh at step 300, undone at step 600; then on without it."""
    view = scenes.cured(layers)
    view.state.reduce([back(view), *scenes._chance(300, last, layers)])
    view.state.reduce([State(word="training", step=last + 1)])
    view.message = "undone: activation sigmoid → tanh; back at step 300"
    return view


def just_undone(layers: int = 16) -> View:
    """The moment after: nothing has come of the new branch."""
    view = scenes.cured(layers)
    view.state.reduce([back(view), State(word="paused", step=300)])
    return view


def changed_again(layers: int = 16) -> View:
    """Another intervention where the first one was undone."""
    view = undone(layers, 299)
    relu = Applied(branch=1, step=300, knob="activation", old="sigmoid", value="relu")
    view.state.reduce([relu, *scenes._learning(300, 459, layers)])
    return view


def blown_up(layers: int = 16) -> View:
    """What is undone was not finite."""
    view = scenes.vanished(layers)
    rise = Applied(step=300, knob="lr", old=0.01, value=100.0)
    nan = np.full(layers, np.nan)
    bad = scenes.frame(300, np.array([1e30, *[np.nan] * 9]), np.full(10, 0.1), nan)
    branch = Branch(branch=1, step=300, how="undo", parent=0, since=300, left=310,
                    knobs=dict(view.state.knobs), changes=(rise,))  # fmt: skip
    view.state.reduce([rise, scenes.sample(300, nan), bad, State(word="not finite", step=310)])
    view.state.reduce([branch, *scenes._chance(300, 329, layers), State(word="training")])
    return view


SCENES: dict[str, Callable[[int], View]] = {
    "undone": undone, "just_undone": just_undone, "changed_again": changed_again,
    "blown_up": blown_up,
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_the_scene_is_the_picture(scene: str, size: tuple[int, int]) -> None:
    compare(f"{scene}-{size[0]}x{size[1]}", picture(SCENES[scene](16), *size))


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_branch_that_was_left_is_dimmed(size: tuple[int, int]) -> None:
    view = undone()
    view.colors = "16"
    compare(f"sixteen-undone-{size[0]}x{size[1]}", colours(view, *size))


def test_without_colour_the_left_branch_is_dotted() -> None:
    view = undone()
    view.colors = "none"
    compare("undone-mono-160x45", picture(view, 160, 45))


def test_the_left_branch_is_not_drawn_before_it_began() -> None:
    view, composer = undone(), Composer()
    grid = composer.paint(view, 160, 45)
    axis, shown = composer.timeline, composer.picture
    assert axis is not None
    assert shown is not None
    (lines,) = shown.left
    for line in lines:
        drawn = np.flatnonzero(np.isfinite(line)) // 2
        assert drawn.min() >= axis.column(300)
        assert drawn.max() == axis.column(599)
    roles = np.array([one.role for one in INKS])[grid.style[24:42]]
    assert (roles == "fork").any()


def test_lanes_forget_what_was_undone_at_once() -> None:
    """The same painter before and after: it paints new columns only."""
    composer, view = Composer(), scenes.cured()
    composer.paint(view, 160, 45)
    view.state.reduce([back(view), *scenes._chance(300, 359, 16)])
    view.message = "x"
    painted = composer.paint(view, 160, 45)
    fresh = Composer().paint(view, 160, 45)
    np.testing.assert_array_equal(painted.code[:40], fresh.code[:40])
    np.testing.assert_array_equal(painted.style[:40], fresh.style[:40])


def lab(records: tuple[Record, ...] = TRAINING) -> tuple[GradtuiApp, FakeSource]:
    source = FakeSource(records)
    return GradtuiApp(source, environ=NO_HOME), source


@pytest.mark.parametrize(("key", "command"), [("u", Undo()), ("U", Redo())])
async def test_a_key_sends_its_command(key: str, command: object) -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(key)
        assert source.sent == [command]


async def test_undone_is_said_when_the_record_comes_and_not_before() -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a")
        source.queue.append(frame([1, 2, 3]))
        await pilot.pause(0.1)
        await pilot.press("u")
        await pilot.pause(0.1)
        assert "undone" not in app.view.message
        assert app.view.state.knobs["activation"] == "tanh"
        knobs = {**app.view.state.knobs, "activation": "sigmoid"}
        change = Applied(step=0, knob="activation", old="sigmoid", value="tanh")
        source.queue.append(
            Branch(branch=1, step=1, how="undo", parent=0, since=1, left=4, knobs=knobs,
                   changes=(change,))
        )  # fmt: skip
        await pilot.pause(0.2)
        assert app.view.message == "undone: activation sigmoid → tanh; back at step 1"
        assert app.view.state.knobs["activation"] == "sigmoid"
        assert app.view.state.step == 0
        await pilot.press("a")  # a turn starts from the value that came back
        assert source.sent[-1] == Set("activation", "tanh")


async def test_why_nothing_was_undone() -> None:
    app, source = lab((*TRAINING, sample(0)))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("u")
        text = "nothing to undo: no intervention was made."
        source.queue.append(Notice(text=text, refused="undo"))
        await pilot.pause(0.2)
        assert app.view.message == text
