"""What the net says: its page, its part of the main screen, its key, the lanes of its blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradtui.core.records import Applied, Eval, Info, Record
from gradtui.core.state import RunState
from gradtui.core.texts import Text, Texts
from gradtui.tui import blocks
from gradtui.tui.app import GradtuiApp
from gradtui.tui.composer import Composer
from gradtui.tui.panels.says import compared
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.speech import SpeechScreen
from gradtui.tui.screens.through_time import TimeScreen
from gradtui.tui.speech.page import Spoken
from gradtui.tui.view import View
from tests.tui.fake_source import FakeSource, frame, info, sample
from tests.tui.pilots import settled
from tests.tui.test_pictures import SIZES, colours_of, compare

BLOCK = ("q", "k", "v", "out", "ffn1", "ffn2")
NAMES = (
    "embed",
    *(f"{part}{i}.{row}" for part in ("enc", "dec") for i in (1, 2) for row in BLOCK),
    "logits",
)
DATES = (
    ("3 March 2021", "2021-03-03", "2021-03-03"),
    ("September 30, 1999", "1999-09-30", "1999-06-3"),
    ("12 Jan 1935", "1935-01-12", "1935-01-122"),
    ("7 May 2077", "2077-05-07", ""),
)


def about() -> Info:
    return replace(info(len(NAMES)), experiment="seq2seq-transformer", layers=NAMES, classes=42)


def records() -> list[Record]:
    """A net that learns until an intervention ruins it for a while."""
    told: list[Record] = []
    for i, step in enumerate(range(0, 120, 10)):
        if step == 60:
            told.append(Applied(step=60, knob="lr", old=0.01, value=1.0))
        share = i / 6 if step < 60 else (i - 6) / 6
        told += [sample(step, len(NAMES)), frame(range(step, step + 10), len(NAMES))]
        told.append(Eval(step=step, when="epoch", loss=0.1, accuracy=0.9, exact_match=share))
    return [*told, Texts(step=119, texts=tuple(Text(*each) for each in DATES))]


def view_of(told: list[Record] | None = None) -> View:
    state = RunState(about())
    state.reduce(records() if told is None else told)
    return View(state)


def passages(said: str = "the rabbit-hole\nwent straight on") -> Texts:
    return Texts(step=40, texts=tuple(Text(f"Alice {i} ", "", said) for i in range(3)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_page_is_the_picture(size: tuple[int, int]) -> None:
    compare(f"speech-{size[0]}x{size[1]}", colours_of(Spoken().paint(view_of(), *size)))


def test_a_text_goes_on_line_by_line() -> None:
    view = view_of([sample(0, len(NAMES)), frame(range(10), len(NAMES)), passages()])
    compare("passages-80x24", colours_of(Spoken().paint(view, 80, 24)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_main_screen_shows_some_where_the_doctor_leaves_room(size: tuple[int, int]) -> None:
    grid = Composer().paint(view_of(), *size)
    text = "\n".join(line.rstrip() for line in grid.lines()) + "\n"
    compare(f"translating-{size[0]}x{size[1]}", text)
    assert ("3 March 2021        2021-03-03 ✓" in text) == (size == (160, 45))


def test_without_unicode_the_page_is_ascii() -> None:
    view = view_of()
    view.unicode = False
    assert "\n".join(Spoken().paint(view, 80, 24).lines()).isascii()


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=40), st.sampled_from(SIZES))
def test_no_text_reaches_the_terminal_raw(said: str, size: tuple[int, int]) -> None:
    view = view_of([frame(range(10), len(NAMES)), passages(said + "\x1b[31m[bold]")])
    for grid in (Spoken().paint(view, *size), Composer().paint(view, *size)):
        assert not any(char < " " or char == "\x7f" for line in grid.lines() for char in line)


def test_wrong_and_missing_symbols_are_marked() -> None:
    assert compared("1x3", "1234") == [
        ("1", "healthy", False), ("x", "exploding", True), ("3", "healthy", False),
        ("_", "exploding", True),
    ]  # fmt: skip
    assert [role for _, role, _ in compared("12", "1")] == ["healthy", "exploding"]


async def test_v_goes_from_view_to_view_and_back() -> None:
    told = records()
    told.insert(0, replace(sample(0, len(NAMES)), signal_time=np.ones(12)))
    app = GradtuiApp(FakeSource(told, about()), environ={})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for screen in (SpeechScreen, TimeScreen, Lab, SpeechScreen):
            await pilot.press("v")
            await pilot.pause()
            assert isinstance(app.screen, screen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Lab)


async def test_the_palette_goes_from_view_to_view_as_v_does() -> None:
    told = records()
    told.insert(0, replace(sample(0, len(NAMES)), signal_time=np.ones(12)))
    app = GradtuiApp(FakeSource(told, about()), environ={})
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for screen in (SpeechScreen, TimeScreen, Lab):
            await pilot.press("ctrl+p", *"next", "space", *"view", "enter")
            await pilot.pause(0.1)
            assert isinstance(app.screen, screen)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 30))
def test_no_lane_holds_layers_of_two_blocks_unless_whole_ones(depth: int, lanes: int) -> None:
    names = ("embed", *(f"enc{i}.{row}" for i in range(depth) for row in BLOCK), "logits")
    groups = blocks.fold(names, (0, len(names)), lanes)
    assert len(groups) <= lanes
    held = [i for first, end in groups for i in reversed(range(first, end))]
    assert held == [*reversed(range(len(names)))]
    for first, end in groups:
        inside = {blocks.block(name) for name in names[first:end]}
        outside = {blocks.block(name) for name in names[:first] + names[end:]}
        assert len(inside) == 1 or not inside & outside


@pytest.mark.parametrize(
    ("lanes", "labels"),
    [
        (6, ["logits", "dec2", "dec1", "enc2", "enc1", "embed"]),
        (3, ["logits–dec2", "dec1–enc2", "enc1–embed"]),
        (14, ["logits", "dec2.ffn2–ffn1", "dec2.out–v", "dec2.k–q"]),
    ],
)
def test_lanes_are_called_after_their_blocks(lanes: int, labels: list[str]) -> None:
    found = [blocks.label(NAMES, group) for group in blocks.fold(NAMES, (0, len(NAMES)), lanes)]
    assert found[: len(labels)] == labels
    if lanes == 3:
        assert len(found) == 3


def test_blocks_of_one_kind_share_their_letters() -> None:
    names = tuple(f"enc{i}.{row}" for i in (1, 2, 3) for row in BLOCK)
    assert blocks.label(names, (0, len(names))) == "enc3–1"
