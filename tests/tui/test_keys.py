"""Every key does what the table says, drawn from what was applied; nothing leads out by chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import get_args

import pytest
from textual.events import Key

from gradtui.catalog.specs import Request
from gradtui.core.commands import Pause, Resume, Set, Step
from gradtui.core.records import Finding, Record, RunWord, State
from gradtui.core.spec import Spec
from gradtui.tui import dashboard, theme
from gradtui.tui.app import GradtuiApp
from gradtui.tui.launch import Launch
from gradtui.tui.screens.commands import Commands
from gradtui.tui.screens.help import Help
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.menu import Menu
from gradtui.tui.serve import INTERRUPTED
from gradtui.tui.view import QUANTITIES
from tests.tui.fake_source import FakeSource, frame, info, sample
from tests.tui.pilots import settled

TRAINING: tuple[Record, ...] = (State(word="training"), frame([0]), sample(0))
NO_HOME = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def lab(records: Sequence[Record] = TRAINING) -> tuple[GradtuiApp, FakeSource]:
    source = FakeSource(records)
    return GradtuiApp(source, environ=NO_HOME), source


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ("space", Pause()),
        ("full_stop", Step()),
        ("a", Set("activation", "tanh")),
        ("A", Set("activation", "identity")),
        ("r", Set("regularizer", "l1")),
        ("R", Set("regularizer", "max_norm")),
        ("plus", Set("lr", 0.03)),
        ("equals_sign", Set("lr", 0.03)),
        ("minus", Set("lr", 0.003)),
        ("c", Set("clip", "norm:1")),
        ("n", Set("norm", "layer")),
        ("o", Set("optimizer", "adam")),
    ],
)
async def test_a_key_sends_its_command(keys: str, command: object) -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(keys)
        assert source.sent == [command]
        await pilot.pause(0.1)
        if isinstance(command, Set):
            assert app.view.state.knobs[command.knob] == command.value


async def test_the_strength_follows_the_regularizer() -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("right_square_bracket")
        assert not source.sent
        assert "needs a regularizer" in app.view.message
        await pilot.press("r", "right_square_bracket", "right_square_bracket")
        assert source.sent[1:] == [Set("strength", 1e-4), Set("strength", 3e-4)]


async def test_pressing_twice_before_the_answer_goes_two_forward() -> None:
    app, source = lab()
    source.answering = False
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "a", "A", "space", "space")
        assert source.sent == [
            Set("activation", "tanh"), Set("activation", "relu"), Set("activation", "tanh"),
            Pause(), Resume(),
        ]  # fmt: skip
        assert app.view.state.knobs["activation"] == "sigmoid"


async def test_the_view_keys() -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        view = app.view
        await pilot.press("g")
        assert view.quantity == QUANTITIES[1]
        await pilot.press(*"g" * (len(QUANTITIES) - 1), "down", "up", "k", "up", "j", "tab")
        assert (view.quantity, view.selected, view.chart) == (QUANTITIES[0], 2, "accuracy")
        await pilot.press(*["up"] * 30, "tab")
        assert (view.selected, view.chart) == (15, "loss")
        await pilot.press(*["j"] * 30)
        assert view.selected == 0
        assert not source.sent


async def test_the_theme_changes_and_comes_back() -> None:
    app, _ = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, Lab)
        await pilot.press("t")
        seen = [screen.palette.name]
        while True:
            await pilot.press("t")
            assert screen.palette.name in app.theme
            if screen.palette.name == seen[0]:
                break
            seen.append(screen.palette.name)
        assert tuple(seen) == (*theme.names()[1:], theme.names()[0])


async def test_the_init_menu_takes_and_closes() -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        for closing in ("escape", "q"):
            await pilot.press("i")
            assert isinstance(app.screen, Menu)
            await pilot.press("j", closing)
            assert isinstance(app.screen, Lab)
        await pilot.press("i", "j", "enter")
        await pilot.press("i", "7")
        await pilot.pause(0.1)
        assert source.sent == [Set("init", "he"), Set("init", "gain:1")]


async def test_a_prescription_is_applied_by_its_number() -> None:
    found = Finding(
        name="vanishing", step=0, first=0, last=None, layers=("fc1",), evidence=("",),
        prescriptions=(("activation", "tanh"), ("init", "he")),
    )  # fmt: skip
    app, source = lab((*TRAINING, found))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.pause(0.2)
        app.view.prescriptions = list(found.prescriptions)
        await pilot.press("2")
        assert source.sent == [Set("init", "he")]
        await pilot.press("3")
        assert "no prescription 3" in app.view.message


async def test_a_locked_knob_sends_nothing_and_says_why() -> None:
    locked = {"activation": "a softmax has no hidden layer", "init": "it has none"}
    source = FakeSource(TRAINING, about=info(locked=locked))
    app = GradtuiApp(source, environ=NO_HOME)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a")
        assert "a softmax has no hidden layer" in app.view.message
        await pilot.press("i")
        assert isinstance(app.screen, Lab)
        assert "it has none" in app.view.message
        assert not source.sent


@pytest.mark.parametrize("key", [*"fd", "escape", "ctrl+z", "ctrl+d", "f1"])
async def test_keys_that_are_not_built_do_nothing(key: str) -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(key)
        assert isinstance(app.screen, Lab)
        assert (source.sent, app.view.message) == ([], app.view.message)
        assert app.return_value is None


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", INTERRUPTED)])
async def test_the_ways_out(key: str, status: int) -> None:
    app, _ = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(key)
    assert app.return_value == status


@pytest.mark.parametrize("window", ["question_mark", "i", "ctrl+p", "e"])
async def test_ctrl_c_leads_out_of_every_window(window: str) -> None:
    app, _ = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press(window)
        await pilot.pause()
        assert not isinstance(app.screen, Lab)
        await pilot.press("ctrl+c")
    assert app.return_value == INTERRUPTED


async def test_help_closes_with_q_and_only_then_q_quits() -> None:
    app, _ = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        await pilot.press("q")
        assert isinstance(app.screen, Lab)
        assert app.return_value is None


@pytest.mark.parametrize("typed", ["relu", "activation relu"])
async def test_the_palette_sets_values_by_name(typed: str) -> None:
    app, source = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, Commands)
        await pilot.press(*("space" if c == " " else c for c in typed), "enter")
        await pilot.pause(0.2)
        assert [c.knob for c in source.sent if isinstance(c, Set)] == ["activation"]


async def test_the_palette_quits() -> None:
    app, _ = lab()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.press(*"quit", "enter")
        await pilot.pause(0.2)
    assert app.return_value == 0


KEYS = [
    *"aArRcnoigjktufdlesU123456789wxyze=", "plus", "minus", "equals_sign", "full_stop", "colon",
    "question_mark", "left_square_bracket", "right_square_bracket", "space", "up", "down", "left",
    "right", "tab", "shift+tab", "enter", "escape", "backspace", "delete", "home", "end", "pageup",
    "pagedown", "shift+left", "shift+right", "f1", "f5", "ctrl+p", "ctrl+a", "ctrl+z",
    "ctrl+d", "ctrl+l", "ctrl+s", "ctrl+w", "alt+x",
]  # fmt: skip
SIZES = [(160, 45), (80, 24), (40, 12), (20, 5), (3, 2), (1, 1), (200, 60), (81, 7), (39, 80)]


def weather(choice: random.Random, step: int, layers: int) -> list[Record]:
    """Something that a run may say: words, healthy frames, and numbers that are not finite."""
    norm = choice.choice([1e-3, 0.0, float("nan"), float("inf"), 1e-44, 1e38])
    word = choice.choice(get_args(RunWord))
    return choice.choice(
        [
            [frame([step, step + 1], layers, norm)],
            [sample(step, layers, norm)],
            [State(word=word)],
            [],
        ]
    )


@pytest.mark.parametrize("seed", range(4))
async def test_no_sequence_of_keys_leads_out_or_breaks(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice, failures = random.Random(seed), list[str]()

    def printable(text: str) -> str:
        failures.append(text)
        return text

    monkeypatch.setattr(dashboard, "printable", printable)
    sources = [FakeSource(TRAINING)]

    def another(spec: Spec) -> FakeSource:
        about = info(len(spec.layers()), experiment=spec.experiment.name)
        sources.append(FakeSource([State(word="training")], about))
        return sources[-1]

    app = GradtuiApp(sources[0], environ=NO_HOME, launch=Launch(Request(), another))
    async with app.run_test(size=choice.choice(SIZES)) as pilot:
        for turn in range(100):
            layers = len(sources[-1].info.layers)
            sources[-1].queue += weather(choice, 2 * turn, layers)
            if choice.random() < 0.1:
                await pilot.resize_terminal(*choice.choice(SIZES))
            keys = choice.choices(KEYS, k=10)
            if choice.random() < 0.1:
                keys += ["escape", "escape", "e", "down", "enter"]
            for key in keys:  # faster than pilot.press, which waits for each
                app.post_message(Key(key, key if len(key) == 1 else None))
                if choice.random() < 0.2:
                    await pilot.pause()
                if isinstance(app.screen, Commands):  # its list holds quit: that is meant
                    await pilot.press("escape", "escape")
        await pilot.pause()
        assert app.return_value is None
        assert not failures
        assert not [n.text for n in app.view.state.notices if "stumbled" in n.text]
        assert len(sources) > 1


class Typed(GradtuiApp):
    """Somebody types before there is a screen."""

    typed: Sequence[str] = ("a",)

    def on_load(self) -> None:
        for key in self.typed:
            self.post_message(typed(key))


def typed(key: str) -> Key:
    character = {"colon": ":", "equals_sign": "=", "question_mark": "?"}.get(key, key)
    return Key(key, character if len(character) == 1 else None)


async def test_a_key_that_is_typed_before_the_lab_stands_waits_for_it() -> None:
    source = FakeSource(TRAINING)
    app = Typed(source, environ=NO_HOME)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert source.sent == [Set("activation", "tanh")]


@pytest.mark.parametrize("early", [False, True])
async def test_keys_that_come_in_one_piece_reach_what_the_key_before_opened(early: bool) -> None:
    source = FakeSource(TRAINING)
    app = Typed(source, environ=NO_HOME)
    keys = ("colon", *"lr", "equals_sign", "5", "ctrl+j" if early else "enter", "question_mark",
            "escape", "a")  # fmt: skip
    app.typed = keys if early else ()
    async with app.run_test() as pilot:
        await settled(pilot)
        for key in () if early else keys:
            app.post_message(typed(key))
        for _ in range(500):
            if len(source.sent) > 1:
                break
            await pilot.pause(0.01)
        assert source.sent == [Set("lr", 5.0), Set("activation", "tanh")]
        assert isinstance(app.screen, Lab)


async def test_the_way_out_needs_no_lab() -> None:
    app = Typed(FakeSource(TRAINING), environ=NO_HOME)
    app.typed = ("a", "ctrl+c")
    async with app.run_test() as pilot:
        await pilot.pause(0.1)
    assert app.return_value == INTERRUPTED
