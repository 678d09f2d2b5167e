"""Every demo comes to its end: all of its conditions were met in their time."""

from __future__ import annotations

import pytest

from gradtui.demos import library
from tests.demos.plays import shipped

NAMES = library.names()
LONGEST = {"tour": 60.0}
"""Seconds that a demo may last; half a minute unless it is here."""


def test_the_demos_that_there_are() -> None:
    assert set(NAMES) >= {"cure", "explode", "dead-relu", "l1-l2", "tour"}
    assert library.FIRST in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_plays_to_its_end(name: str) -> None:
    played = shipped(name)
    assert played.app.fault is None
    assert played.app.over
    assert 5 < played.seconds <= LONGEST.get(name, 30.0)
    assert not [notice.text for notice in played.state.notices]


@pytest.mark.parametrize("name", NAMES)
def test_its_captions_fit_the_smallest_screen_that_is_first_class(name: str) -> None:
    long = [scene.caption for scene in library.find(name).scenes
            if scene.caption is not None and len(scene.caption) > 80]  # fmt: skip
    assert not long
