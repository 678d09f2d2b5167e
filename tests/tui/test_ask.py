"""The line for any knob: editing, completion, what was typed before, and what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS
from gradtui.core.commands import Set
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied
from gradtui.core.state import RunState
from gradtui.tui.ask import Ask
from gradtui.tui.completion import offers
from gradtui.tui.grid import length
from gradtui.tui.line import Line
from gradtui.tui.steering import Steering
from tests.tui.fake_source import info


def press(ask: Ask, *keys: str) -> bool:
    """Press keys, letters as themselves; true while the line is open."""
    return [ask.key(key, key if len(key) == 1 else None) for key in keys][-1]


@pytest.fixture
def given_lines() -> list[str]:
    return []


@pytest.fixture
def ask(given_lines: list[str]) -> Ask:
    state = RunState(info())
    steering = Steering(state)

    def give(line: str) -> None:
        steering.assign(line)
        given_lines.append(line)

    return Ask(state, [], give)


def words(ask: Ask) -> list[str]:
    return [offer.word for offer in ask.offers]


def test_a_knob_is_completed_then_its_value(ask: Ask, given_lines: list[str]) -> None:
    press(ask, "a", "c", "tab")
    assert ask.text == "activation="
    assert tuple(words(ask)) == catalog.names("activations")
    press(ask, "t")
    assert words(ask)[0] == "tanh"
    assert ask.ghost == "anh"
    press(ask, "right")
    assert ask.text == "activation=tanh"
    assert not press(ask, "enter")
    assert given_lines == ["activation=tanh"]


def test_tab_goes_through_the_values_and_back(ask: Ask) -> None:
    press(ask, *"norm=", "tab")
    assert (ask.text, ask.chosen) == ("norm=none", ask.offers[0])
    press(ask, "tab", "tab")
    assert ask.text == "norm=batch"
    press(ask, "tab")
    assert ask.text == "norm=none"
    press(ask, "shift+tab")
    assert ask.text == "norm=batch"


def test_what_begins_so_comes_before_what_contains_it(ask: Ask) -> None:
    press(ask, *"re")
    assert words(ask) == ["regularizer", "residual", "rescale", "strength"]
    press(ask, "backspace", "backspace", *"rm")
    assert words(ask) == ["norm"]


def test_up_and_down_bring_back_earlier_lines_and_the_draft(ask: Ask) -> None:
    for line in ("lr=0.1", "norm=layer", "lr=0.1"):
        ask.line.put(line)
        assert not press(ask, "enter")
    ask.line.put("cli")
    press(ask, "up")
    assert ask.text == "lr=0.1"
    press(ask, "up", "up", "up")
    assert ask.text == "norm=layer"
    press(ask, "down", "down", "down")
    assert ask.text == "cli"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("activaton=tanh", "Did you mean activation?"),
        ("activation=tahn", "Did you mean tanh?"),
        ("lr=fast", "above 0"),
        ("lr", "KNOB=VALUE"),
        ("clip=norm:-1", "above 0"),
        ("depth=3", "--set depth=3"),
        ("shift_bias=99:1", "0 to 15"),
    ],
)
def test_a_wrong_line_stays_and_says_why(
    ask: Ask, given_lines: list[str], line: str, said: str
) -> None:
    ask.line.put(line)
    assert press(ask, "enter")
    assert said in ask.fault
    assert (ask.text, given_lines) == (line, [])
    press(ask, "backspace")
    assert ask.fault == ""


@pytest.mark.parametrize("line", ["rescale=critical", "shift_bias=0:-10", "init=gain:0.7"])
def test_actions_and_any_value_go_through(ask: Ask, given_lines: list[str], line: str) -> None:
    ask.line.put(line)
    assert not press(ask, "enter")
    assert given_lines == [line]


def test_an_empty_line_and_escape_do_nothing(ask: Ask, given_lines: list[str]) -> None:
    assert not press(ask, "enter")
    assert not press(ask, "escape")
    assert given_lines == []


def test_a_locked_knob_says_why_in_the_list_and_at_enter() -> None:
    about = info(locked={"norm": "it has none"})
    state = RunState(about)
    assert offers("norm", about, state.knobs)[0].note == "it has none"
    with pytest.raises(UsageError, match="it has none"):
        Steering(state).assign("norm=layer")


def test_an_assignment_waits_for_its_answer_as_a_turn_does() -> None:
    steering = Steering(RunState(info()))
    assert steering.assign(" lr = 0.5 ") == Set("lr", 0.5)
    assert steering.wanted("lr") == 0.5
    steering.heard(Applied(step=0, knob="lr", old=0.01, value=0.5))
    assert not steering.waiting


@pytest.mark.parametrize("name", KNOBS)
def test_every_value_that_is_offered_is_allowed(name: str) -> None:
    assert KNOBS[name].fixed or KNOBS[name].offers()
    for word in KNOBS[name].offers():
        KNOBS[name].read(word)


@given(st.text(max_size=30))
def test_any_text_can_be_completed(text: str) -> None:
    state = RunState(info())
    for offer in offers(text, state.info, state.knobs):
        assert offer.text.startswith(text.partition("=")[0].strip().lower()[:0])
        assert offer.word in offer.text


def test_a_line_is_edited_like_a_shell() -> None:
    line = Line()
    for key in [*"norm", "equals_sign", *"layer"]:
        line.key(key, "=" if key == "equals_sign" else key)
    assert line.text == "norm=layer"
    line.key("ctrl+w", None)
    assert line.text == "norm="
    line.key("home", None)
    line.key("delete", None)
    line.key("end", None)
    line.key("backspace", None)
    assert (line.text, line.at) == ("orm", 3)
    line.key("left", None)
    line.key("ctrl+k", None)
    line.key("ctrl+u", None)
    assert (line.text, line.at) == ("", 0)
    assert not line.key("f5", None)
    line.insert("a\nb\x1b[c")
    assert line.text == "ab[c"


keys = st.sampled_from(
    ["left", "right", "home", "end", "backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k", "名", "a"]
)


@given(st.lists(keys, max_size=40), st.integers(1, 30))
def test_a_line_fits_its_room_and_shows_its_cursor(pressed: list[str], room: int) -> None:
    line = Line()
    for key in pressed:
        line.key(key, key if len(key) == 1 else None)
        assert 0 <= line.at <= len(line.text)
    spans = line.spans(room, "ghost")
    assert length(spans) <= max(room, 1)
    assert spans[1][0]
