"""A thrifty writing shows what the other one shows, as a terminal sees it."""

from __future__ import annotations

import random

import pyte
import pytest
from rich.color import Color
from rich.console import Console
from rich.style import Style

from gradtui.tui.thrift import thrifty

TEXTS = ("▇▇▇", "a", "loss 0.1", " ", "⣀⡠", "漢字", "→", "10⁻¹²")
COLORS = ("default", "red", "bright_black", "color(123)", "#102030", "#ffffff")


def written(choice: random.Random, pieces: int) -> str:
    """What Textual writes: moves, styled pieces, ends of lines."""
    console = Console(color_system="truecolor", force_terminal=True, legacy_windows=False)
    out: list[str] = []
    row, column = 1, 1
    for _ in range(pieces):
        elsewhere = not out or choice.random() < 0.4 or column > 60  # never past the edge
        if elsewhere:
            row, column = choice.randint(1, 22), choice.randint(1, 60)
        if elsewhere or choice.random() < 0.7:
            out.append(f"\x1b[{row};{column}H")
        text = choice.choice(TEXTS)
        style = Style(
            color=Color.parse(choice.choice(COLORS)), bgcolor=Color.parse(choice.choice(COLORS)),
            bold=choice.random() < 0.4, reverse=choice.random() < 0.2,
        )  # fmt: skip
        out.append(style.render(text, color_system=console._color_system))
        column += sum(2 if char in "漢字" else 1 for char in text)
        if choice.random() < 0.2 and row < 23:  # nor below the last row
            out.append("\n")
            row += 1
    return "".join([*out, "\x1b[5;7H"])


def shown(*writings: str) -> tuple[object, ...]:
    """Every cell and the cursor after these writings, and how the next letter would look."""
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    for writing in writings:
        stream.feed(writing)
    cells = [[screen.buffer[row][column] for column in range(80)] for row in range(24)]
    return cells, screen.cursor.x, screen.cursor.y, screen.cursor.attrs


@pytest.mark.parametrize("seed", range(40))
def test_it_shows_the_same_in_fewer_bytes(seed: int) -> None:
    choice = random.Random(seed)
    writings = [written(choice, choice.randint(1, 60)) for _ in range(3)]
    sparing = [thrifty(writing) for writing in writings]
    assert shown(*sparing) == shown(*writings)
    assert sum(map(len, sparing)) < 0.8 * sum(map(len, writings))


@pytest.mark.parametrize(
    ("writing", "sparing"),
    [
        ("\x1b[1;1H\x1b[32;49mab\x1b[0m\x1b[1;3H\x1b[32;49mc\x1b[0m", "\x1b[1;1H\x1b[32mabc\x1b[m"),
        ("\x1b[1;1Ha\x1b[1;5Hb", "\x1b[1;1Ha\x1b[1;5Hb"),
        ("\x1b[1;31mx\x1b[0m\x1b[31my\x1b[0m", "\x1b[1;31mx\x1b[0;31my\x1b[m"),
        ("\x1b[2;1H漢\x1b[2;3H字", "\x1b[2;1H漢字"),
        ("a\nb", "a\nb"),
        ("a\n\x1b[4;4Hb", "a\x1b[4;4Hb"),
        ("\x1b[?25l\x1b[2J", "\x1b[?25l\x1b[2J"),
        ("", ""),
    ],
)
def test_what_is_said_twice_is_left_out(writing: str, sparing: str) -> None:
    assert thrifty(writing) == sparing
