"""The picture and the script that the README shows."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from gradtui.demos import library
from gradtui.demos.script import read
from gradtui.recording.raster import HIGH, WIDE
from tests.cli.processes import ROOT
from tests.demos.plays import Played, shipped

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"`gradtui record --force --out (\S+\.gif) demo (\w+)`")


@pytest.fixture(scope="module")
def picture() -> tuple[str, str]:
    """The file of the picture, and the demo that it shows."""
    ((file, demo),) = COMMAND.findall(README)
    assert f"]({file})" in README
    return file, demo


def test_the_picture_is_small_and_of_the_default_size(picture: tuple[str, str]) -> None:
    file = ROOT / picture[0]
    assert file.stat().st_size <= 2e6
    with Image.open(file) as image:
        assert image.size == (120 * WIDE, 36 * HIGH)
        assert getattr(image, "n_frames", 1) > 50


def test_the_picture_lasts_as_long_as_the_demo(picture: tuple[str, str]) -> None:
    lasts = 0
    with Image.open(ROOT / picture[0]) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            lasts += image.info["duration"]
    played = shipped(picture[1])
    assert played.app.over
    assert abs(lasts / 1000 - played.seconds) < 1.0


def test_the_script_plays() -> None:
    (text,) = (t for t in re.findall(r"```toml\n(.+?)```", README, re.DOTALL) if "scene" in t)
    played = Played(read("README.md", text))
    assert played.app.fault is None
    assert played.app.over


def test_all_demos_are_listed_by_the_program_and_the_default_is_said() -> None:
    assert f"gradtui demo                             # {library.FIRST};" in README
