"""A recording in all of its formats, read by somebody else."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from PIL import Image

from gradtui.recording.animated import picture
from gradtui.recording.cast import cast
from gradtui.recording.gif import gif
from gradtui.recording.raster import HIGH, WIDE, Raster
from gradtui.recording.rows import words
from gradtui.recording.screen import Film
from gradtui.recording.text import text
from tests.recording.terminals import Terminal, cells

SVG = "{http://www.w3.org/2000/svg}"


def test_a_cast_draws_every_picture(small: Film) -> None:
    header, *lines = cast(small).decode().splitlines()
    told = json.loads(header)
    assert (told["version"], told["width"], told["height"]) == (2, small.width, small.height)
    assert told["title"] == small.title
    events = [json.loads(line) for line in lines]
    terminal = Terminal(small.width, small.height)
    terminal.feed(events[0][2].encode())
    for (at, kind, data), one in zip(events[1:-1], small.pictures, strict=True):
        terminal.feed(data.encode())
        assert (at, kind) == (round(one.at, 3), "o")
        assert terminal.cells() == cells(small, one)
    assert events[-1][0] == round(small.seconds, 3)


def test_asciinema_plays_the_cast(small: Film, tmp_path: Path) -> None:
    file = tmp_path / "small.cast"
    file.write_bytes(cast(small))
    near, far = pty.openpty()
    player = subprocess.Popen(
        [sys.executable, "-m", "asciinema", "play", "--speed", "1000", str(file)],
        stdin=far, stdout=far, stderr=far, env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )  # fmt: skip
    os.close(far)
    terminal = Terminal(small.width, small.height)
    try:
        while data := os.read(near, 65536):
            terminal.feed(data)
    except OSError:
        pass  # the player has left
    assert player.wait(60) == 0
    os.close(near)
    assert terminal.cells() == cells(small, small.pictures[-1])


def test_a_cast_leaves_the_terminal_of_whoever_plays_it_as_it_was(small: Film) -> None:
    sent = "".join(json.loads(line)[2] for line in cast(small).decode().splitlines()[1:])
    assert set(re.findall(r"\x1b\[[^A-Za-z]*[A-Za-z]", sent)) == {
        found for found in re.findall(r"\x1b\[[^A-Za-z]*[A-Za-z]", sent) if found[-1] in "mHJhl"
    }
    assert set(re.findall(r"\x1b\[\?\d+[hl]", sent)) == {"\x1b[?25l", "\x1b[?25h"}
    assert "\x1b]" not in sent


def test_pillow_opens_the_gif(small: Film) -> None:
    data = gif(small)
    raster = Raster(small)
    palette = np.array(raster.palette, np.uint8)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (small.width * WIDE, small.height * HIGH)
        assert getattr(image, "n_frames", 1) == len(small.pictures)
        assert image.info["loop"] == 0
        lasts = 0
        for number in range(len(small.pictures)):
            image.seek(number)
            lasts += image.info["duration"]
            shown = np.asarray(image.convert("RGB"))
            assert (shown == palette[raster.image(number)]).all()
    assert abs(lasts - 1000 * small.seconds) <= 10


def test_letters_blocks_and_dots_are_in_the_gif(small: Film) -> None:
    """Where the terminal shows a glyph, the picture is not empty; where it shows none, it is."""
    raster, last = Raster(small), small.pictures[-1]
    image = raster.image(len(small.pictures) - 1)
    tiles = image.reshape(small.height, HIGH, small.width, WIDE).transpose(0, 2, 1, 3)
    drawn = (tiles != tiles[:, :, :1, :1]).any(axis=(2, 3))
    full = last.codes == ord("█")
    blank = (last.codes == ord(" ")) | (last.codes == 0x2800)
    assert drawn[~blank & ~full & (last.codes != 0)].mean() > 0.97
    assert not drawn[blank].any()


def test_a_still_svg_holds_its_text(small: Film) -> None:
    last = small.at(99)
    root = ET.fromstring(picture(last))
    lines = ["".join(element.itertext()).rstrip() for element in root.iter(f"{SVG}text")]
    assert lines == [words(last.pictures[0], y) for y in range(small.height)]
    assert not list(root.iter(f"{SVG}animate"))


def test_an_animated_svg_shows_each_row_when_the_terminal_did(small: Film) -> None:
    root = ET.fromstring(picture(small))
    rows = {group.get("id"): group for group in root.iter(f"{SVG}g") if group.get("id")}
    text_of = {
        name: "".join("".join(e.itertext()) for e in group.iter(f"{SVG}text")).rstrip()
        for name, group in rows.items()
    }
    shows: dict[tuple[int, float], str] = {}
    for use in root.iter(f"{SVG}use"):
        y = int(use.get("y", "0")) // 20
        for shown in use.iter(f"{SVG}set"):
            begin = float(shown.get("begin", "")[len("film.begin+") : -1])
            end = begin + float(shown.get("dur", "")[:-1])
            for one in small.pictures:
                if begin - 1e-6 <= one.at < end - 1e-6:
                    assert (y, one.at) not in shows
                    shows[y, one.at] = text_of[use.get("href", "")[1:]]
    for one in small.pictures:
        if one.at < small.seconds:
            assert [shows[y, one.at] for y in range(small.height)] == [
                words(one, y) for y in range(small.height)
            ]


def test_text_frames(small: Film) -> None:
    blocks = re.split(r"^--- ([\d.]+) s ---\n", text(small).decode(), flags=re.MULTILINE)[1:]
    times, screens = blocks[::2], blocks[1::2]
    assert times == [f"{one.at:.2f}" for one in small.pictures]
    for screen, one in zip(screens, small.pictures, strict=True):
        assert screen.splitlines()[: small.height] == [words(one, y) for y in range(small.height)]
    still = text(small.at(0)).decode().splitlines()
    assert still == [words(small.pictures[0], y) for y in range(small.height)]
