"""The pictures are those that a whole terminal would show."""

from __future__ import annotations

import pytest

from gradtui.core.errors import GradtuiError
from gradtui.recording.screen import Film, Screen, film
from gradtui.recording.take import Take, Write, cut
from tests.recording.terminals import Terminal, cells, wide


def test_every_picture_is_what_pyte_shows(take: Take) -> None:
    pictures = iter((made := film(take)).pictures)
    terminal = Terminal(take.width, take.height)
    upcoming = next(pictures)
    seen = 0
    for write in take.drawing().writes:
        terminal.feed(write.data)
        if terminal.cells() == cells(made, upcoming):
            seen += 1
            upcoming = next(pictures, upcoming)
    assert seen == len(made.pictures) > 10


def test_it_shows_what_it_should(small: Film) -> None:
    text = "\n".join(
        "".join(glyph for glyph, *_ in row)
        for picture in small.pictures
        for row in cells(small, picture)
    )
    for words in (
        "softmax",
        "A caption, with → and 手 in it.",
        "training",
        "weights",
        "pause, go on",
    ):
        assert words in text
    assert wide(text)


@pytest.mark.parametrize("data", ["\x1b[5A", "\x1b]0;title\x07", "\x07", "\x1b[1;2r", "\x1bM"])
def test_what_it_does_not_know_is_not_passed_over(data: str) -> None:
    with pytest.raises(GradtuiError, match="no picture needs"):
        Screen(10, 3).feed(data)


def test_frames_are_bounded_and_pauses_cut() -> None:
    writes = [Write(n / 100, b"x") for n in range(100)] + [Write(9.0, b"y")]
    made = Take(40, 12, tuple(writes), 20.0).bounded(5, 2)
    assert [write.at for write in made.writes] == [1.0, 3.0]  # one burst; 8 s became 2
    assert made.seconds == 5.0  # and 11 s at the end
    spaced = Take(40, 12, tuple(Write(n / 10, b"x") for n in range(30)), 3.0).bounded(5, 2)
    assert len(spaced.writes) == 16
    assert b"".join(write.data for write in spaced.writes) == b"x" * 30


def test_a_screen_that_is_emptied_and_filled_at_once_is_one_moment() -> None:
    writes = (Write(0.29, b"lanes"), Write(0.51, b"empty"), Write(0.53, b"full"))
    (_, one) = Take(40, 12, writes, 1.0).bounded(5, 2).writes
    assert (one.at, one.data) == (0.6, b"emptyfull")


def test_stamps_cut_what_was_sent() -> None:
    assert cut(b"abcdef", "0.5 2\n0.75 3\n1.25 end\n1.25 1\n") == (
        (Write(0.5, b"ab"), Write(0.75, b"cde")), 1.25
    )  # fmt: skip
    assert cut(b"ab", "0.5 2\n")[1] is None
