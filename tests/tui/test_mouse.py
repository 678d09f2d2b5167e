"""The mouse: what lies under it, and what it does there."""

from __future__ import annotations

import pytest

from gradtui.core.commands import Set
from gradtui.tui.composer import Composer
from gradtui.tui.hits import Hit, hit
from gradtui.tui.panels.picture import Picture
from tests.tui import scenes
from tests.tui.pilots import settled
from tests.tui.test_keys import lab


def picture(width: int = 160, height: int = 45) -> tuple[Picture, list[str]]:
    composer = Composer()
    lines = composer.paint(scenes.vanished(), width, height).lines()
    assert composer.picture is not None
    return composer.picture, lines


def under(word: str, width: int = 160, height: int = 45) -> Hit | None:
    """What lies at the first letter of a word on the screen."""
    shown, lines = picture(width, height)
    y = next(y for y, line in enumerate(lines) if word in line)
    return hit(shown, lines[y].index(word), y)


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
def test_words_are_what_they_say(size: tuple[int, int]) -> None:
    assert under("fc15", *size) == Hit("name", 1)
    assert under("lr 0.01", *size) == Hit("knob", name="lr")
    assert under("sgd 0.9", *size) == Hit("knob", name="optimizer")
    assert under("? help", *size) == Hit("key", name="help")
    assert under("quit", *size) == Hit("key", name="quit")


def test_cells_are_lanes_and_charts() -> None:
    shown, _ = picture()
    assert hit(shown, 10, 5) == Hit("lane", 0, 0)
    assert hit(shown, 87, 20) == Hit("lane", 15, 77)
    assert hit(shown, 95, 6) == Hit("profile", 1)
    assert hit(shown, 146, 6) == Hit("values", 1)
    assert hit(shown, 12, 25) == Hit("loss", None, 2, 1)
    assert hit(shown, 10, 41) == Hit("accuracy", None, 0, 7)
    assert hit(shown, 30, 42) == Hit("axis", None, 20)
    assert hit(shown, 60, 43) is None
    assert hit(shown, 500, 500) is None


def test_a_prescription_is_its_number_or_its_words() -> None:
    assert under("activation → tanh") == Hit("prescription", name="1")
    assert under("2  norm") == Hit("prescription", name="2")
    assert under("1 tanh", 80, 24) == Hit("prescription", name="1")
    assert under("doctor") is None


async def test_clicks_and_the_wheel_turn_knobs_and_select() -> None:
    app, source = lab()
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)

        def at(word: str) -> tuple[int, int]:
            lines = Composer().paint(app.view, 160, 45).lines()  # undo appears once it can
            y = next(y for y, line in enumerate(lines) if word in line)
            return lines[y].index(word), y

        await pilot.click(offset=at("fc7"))
        assert app.view.selected == 6
        await pilot.click(offset=at("activation"))
        await pilot.click(offset=at("activation"), button=3)
        await pilot.click(offset=at("lr 0.01"), shift=True)
        await pilot.click(offset=at("g quantity"))
        await pilot.pause()
        assert source.sent == [
            Set("activation", "tanh"), Set("activation", "sigmoid"), Set("lr", 0.003)
        ]  # fmt: skip
        assert app.view.quantity == "grad_norm"
        await pilot.click(offset=at("q quit"))
    assert app.return_value == 0
