"""The windows: what they show at every size and in every terminal, and what they do."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from gradtui import catalog
from gradtui.catalog.specs import Request
from gradtui.core.commands import Seek, Set
from gradtui.core.records import Record, State
from gradtui.core.source import Source
from gradtui.core.spec import Spec
from gradtui.tui.actions import ACTIONS, GROUPS, RECORDED, key_names
from gradtui.tui.app import GradtuiApp
from gradtui.tui.grid import Area, length
from gradtui.tui.launch import Launch
from gradtui.tui.screens.chooser import Chooser, recipe
from gradtui.tui.screens.commands import Commands
from gradtui.tui.screens.detail import Detail
from gradtui.tui.screens.help import page
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.window import Window
from gradtui.tui.search import ranked
from tests.tui.fake_source import FakeSource, frame, info, sample
from tests.tui.pilots import settled
from tests.tui.test_app import words
from tests.tui.test_pictures import compare

TRAINING: tuple[Record, ...] = (State(word="training"), frame([0]), sample(0))
TERMINALS = {
    "160x45": ((160, 45), {"TERM": "xterm-256color", "COLORTERM": "truecolor"}),
    "80x24": ((80, 24), {"TERM": "xterm-256color", "COLORTERM": "truecolor"}),
    "16-80x24": ((80, 24), {"TERM": "xterm"}),
    "ascii-40x12": ((40, 12), {"TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C"}),
}
WINDOWS = {
    "chooser": ["e", "down"],
    "palette": ["ctrl+p"],
    "palette-found": ["ctrl+p", *"tan"],
    "help": ["question_mark"],
    "init": ["i"],
    "knob": ["colon"],
    "knob-value": ["colon", *"activation", "equals_sign", "tab", "tab"],
    "knob-wrong": ["colon", *"activation", "equals_sign", *"tahn", "enter"],
}


def nothing(spec: Spec) -> Source:
    raise AssertionError(spec)


def lab(environ: dict[str, str], **asked: object) -> tuple[GradtuiApp, FakeSource]:
    source = FakeSource(TRAINING)
    launch = Launch(Request("vanishing", **asked), nothing)  # type: ignore[arg-type]
    return GradtuiApp(source, environ=environ, launch=launch), source


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("terminal", TERMINALS)
async def test_the_window_is_the_picture(window: str, terminal: str) -> None:
    size, environ = TERMINALS[terminal]
    app, _ = lab(environ, seed=3, sets=("lr=0.02",))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press(*WINDOWS[window])
        await pilot.pause()
        shown = words(app)
        screen = app.screen
    area = screen.area if isinstance(screen, Window) else Area(0, size[1] - 11, 78, 11)
    lines = shown.split("\n")[area.y : area.y + area.height]
    lines = [line[area.x : area.x + area.width].rstrip() for line in lines]
    compare(f"{window}-{terminal}", "\n".join(lines) + "\n")
    assert shown.isascii() or "ascii" not in terminal


@pytest.mark.parametrize("width", [30, 36, 74, 88, 106])
@pytest.mark.parametrize("unicode", [True, False])
def test_help_says_all_and_overflows_nowhere(width: int, unicode: bool) -> None:
    for groups in (GROUPS, RECORDED):
        lines = page(ACTIONS, width, groups, unicode=unicode)
        assert max(map(length, lines)) <= width
        text = "\n".join("".join(word for word, _, _ in line) for line in lines)
        for action in ACTIONS:
            first = (action.line or action.sentence).split()[0]
            said = first in text or action.label in text or key_names(action)[0] in text
            assert action.group not in groups or said
        for title in (*groups, "how to read the screen"):
            assert title in text


async def test_search_finds_by_name_question_and_recipe() -> None:
    app, _ = lab({"TERM": "xterm"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for typed, found in (("over", "overfit"), ("convex", "softmax"), ("adam keras", "keras")):
            await pilot.press("e", *("space" if c == " " else c for c in typed))
            chooser = app.screen
            assert isinstance(chooser, Chooser)
            assert chooser.chosen is not None
            assert chooser.chosen.name == found
            await pilot.press("escape")
        await pilot.press("e", *"xyz", "enter")
        assert isinstance(app.screen, Chooser)
        assert "no experiment matches" in words(app)


@pytest.mark.parametrize("name", catalog.names("experiments"))
def test_the_recipe_names_what_runs(name: str) -> None:
    entry = catalog.experiment(name)
    net, by, on = recipe(name)
    assert str(entry.knobs["optimizer"]) in by
    assert entry.data in on
    assert net


def test_the_window_says_what_of_the_command_line_stays() -> None:
    def stays(**asked: object) -> str:
        return Launch(Request("init", **asked), nothing).stays()  # type: ignore[arg-type]

    assert stays() == ""
    assert stays(seed=3) == "seed 3 stays"
    assert stays(seed=3, device="cuda") == "seed 3 and device cuda stay"
    assert stays(at=("3:lr=1",), steps=9) == "--at, --steps were for the first run"


async def test_the_palette_offers_everything() -> None:
    app, source = lab({"TERM": "xterm"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.view.prescriptions = [("activation", "tanh")]
        await pilot.press("ctrl+p")
        palette = app.screen
        assert isinstance(palette, Commands)
        names = {command.name for command in palette.entries("x")}
        shown = [action for action in ACTIONS if action.group in GROUPS]
        actions = {a.sentence for a in shown if "prescription" not in a.id and a.id != "palette"}
        assert actions <= names
        assert {"activation → tanh", "norm layer", "experiment overfit", "theme light"} <= names
        await pilot.press(*"layernorm")
        assert not palette.found
        await pilot.press("ctrl+u", *"norm", "space", *"la", "enter")
        await pilot.pause(0.1)
        assert source.sent == [Set("norm", "layer")]
        assert isinstance(app.screen, Lab)


async def test_a_locked_knob_is_told_in_the_palette() -> None:
    app = GradtuiApp(
        FakeSource(TRAINING, info(locked={"norm": "it has none"})), environ={"TERM": "xterm"}
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p", *"norm")
        assert "it has none" in words(app)


async def test_the_mouse_takes_a_line_and_the_wheel_moves() -> None:
    app, source = lab({"TERM": "xterm-256color"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("i")
        row = next(y for y, line in enumerate(words(app).split("\n")) if "orthogonal" in line)
        await pilot.click(offset=(30, row))
        await pilot.pause(0.1)
        assert source.sent == [Set("init", "orthogonal")]
        await pilot.press("question_mark")
        top = words(app)
        await wheel(pilot)
        assert words(app) != top


async def wheel(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app.screen, Window)
    app.screen.wheel(3)
    app.screen._dashboard.repaint()
    await pilot.pause()


async def test_windows_open_one_at_a_time_and_survive_any_size() -> None:
    app, _ = lab({"TERM": "xterm"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for window in ("chooser", "palette", "help", "knob-wrong"):
            await pilot.press(*WINDOWS[window])
            for size in ((1, 1), (20, 5), (39, 80), (80, 24)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
                lines = words(app).split("\n")
                assert {cell_len(line) for line in lines} == {size[0]}
            await pilot.press("escape")
            assert isinstance(app.screen, Lab)
        assert not [n for n in app.view.state.notices if "stumbled" in n.text]


def test_ranking() -> None:
    entries = [("optimizer adam", ""), ("activation: next", "a"), ("theme light", "adam")]
    assert ranked("", entries) == [0, 1, 2]
    assert ranked("adam", entries) == [0, 2]
    assert ranked("next act", entries) == [1]
    assert ranked("lgt", entries) == [2]
    assert ranked("nothing here", entries) == []


@pytest.mark.parametrize(
    ("typed", "recording", "said"),
    [("whose names match", False, "layers by name"), ("any knob", True, "a step to go to")],
)
async def test_no_prompt_opens_on_the_main_screen_below_a_page(
    typed: str, recording: bool, said: str
) -> None:
    source = FakeSource(TRAINING, info(recording=recording))
    app = GradtuiApp(source, environ={"TERM": "xterm"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        chosen = ["ctrl+p", *("space" if c == " " else c for c in typed), "enter"]
        await pilot.press("enter", *chosen)
        await pilot.pause(0.1)
        assert isinstance(app.screen, Detail)
        assert app.view.prompt is None
        assert app.view.message == f"{said}: on the main screen; esc leads there."
        await pilot.press("escape", *chosen)
        await pilot.pause(0.1)
        assert app.view.prompt is not None


async def test_a_wrong_step_of_a_recording_stays_in_its_line_and_is_told() -> None:
    source = FakeSource(TRAINING, info(recording=True))
    app = GradtuiApp(source, environ={"TERM": "xterm"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("colon", *"4x", "enter")
        await pilot.pause()
        assert "'4x' is no step: steps are whole numbers from 0." in words(app)
        await pilot.press("backspace")
        await pilot.pause()
        assert "is no step" not in words(app)
        await pilot.press("enter")
        await pilot.pause()
        assert (source.sent, app.view.prompt) == ([Seek(4)], None)
