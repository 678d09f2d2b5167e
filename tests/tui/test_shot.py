"""Screenshots: the SVG says what the screen says, in its colours; no file is written over."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gradtui.core.errors import UsageError
from gradtui.core.state import RunState
from gradtui.tui import shot, svg, theme
from gradtui.tui.app import GradtuiApp
from gradtui.tui.composer import Composer
from gradtui.tui.grid import TAIL, Grid
from gradtui.tui.inks import INKS
from gradtui.tui.screens.commands import Commands
from gradtui.tui.theme import Palette
from gradtui.tui.view import Colors
from tests.tui import scenes
from tests.tui.fake_source import FakeSource, frame, info, sample
from tests.tui.pilots import settled

SPACE = "{http://www.w3.org/2000/svg}"
BOX = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z")
LOWER = {chr(0x2580 + n): n / 8 for n in range(1, 9)}
ENVIRON = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def rows(grid: Grid, palette: Palette) -> list[Strip]:
    """A cell a segment: the slow way of the dashboard."""
    found = []
    for codes, styles in zip(grid.code.tolist(), grid.style.tolist(), strict=True):
        inks = [INKS[number] for number in styles]
        cells = [
            Segment(chr(code), palette.style(i.role, i.back, bold=i.bold, reverse=i.reverse))
            for code, i in zip(codes, inks, strict=True)
            if code != TAIL
        ]
        found.append(Strip(cells))
    return found


def areas(tree: ET.Element) -> Counter[str]:
    """How many cells' worth of rectangles each colour has."""
    found: Counter[str] = Counter()
    for path in tree.iter(f"{SPACE}path"):
        for box in BOX.finditer(path.get("d", "")):
            found[path.get("fill", "")] += round(float(box[3]) * float(box[4]))
    return found


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("scene", ["cured", "not_finite", "dead"])
def test_text_shapes_and_colours_are_those_of_the_screen(scene: str, name: str) -> None:
    palette = theme.load(name)
    grid = Composer().paint(scenes.SCENES[scene](16), 160, 45)
    picture = svg.svg(rows(grid, palette), "a & b")
    tree = ET.fromstring(picture)
    texts = ["".join(text.itertext()) for text in tree.iter(f"{SPACE}text")]
    assert texts == grid.lines()
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")

    fills: dict[tuple[int, int], str] = {}
    for y, text in enumerate(tree.iter(f"{SPACE}text")):
        for word in text:
            at = int(float(word.get("x", "nan"))) // svg.WIDE - svg.PAD // svg.WIDE
            for x, glyph in enumerate(word.text or "", start=at):
                if glyph != " ":
                    fills[y, x] = word.get("fill", "")
    expected, dots = Counter[str](), Counter[str]()
    for y in range(grid.height):
        for x in range(grid.width):
            ink, glyph = INKS[int(grid.style[y, x])], chr(grid.code[y, x])
            front, back = palette.color(ink.role), palette.color(ink.back)
            front, back = (back, front) if ink.reverse else (front, back)
            if back != palette.color("bg"):
                expected[back] += svg.WIDE * svg.HIGH
            if glyph in LOWER:
                expected[front] += round(LOWER[glyph] * svg.WIDE * svg.HIGH)
            elif "\u2800" < glyph <= "\u28ff":
                dots[front] += (ord(glyph) - 0x2800).bit_count()
            elif glyph not in "│┊┃─ ":
                assert fills[y, x] == front, (y, x, glyph)
    found = areas(tree)
    thin = {palette.color(role) for role in ("markline", "rule")}
    for color in expected.keys() - thin:
        assert abs(found[color] - expected[color]) <= 0.02 * expected[color], color
    drawn = {path.get("stroke"): path.get("d", "").count("h0") for path in tree.iter(f"{SPACE}path")
             if path.get("stroke")}  # fmt: skip
    assert drawn == dict(dots)


@pytest.mark.parametrize("colors", ["16", "none"])
def test_a_poor_terminal_gives_a_picture_too(colors: Colors) -> None:
    view = scenes.cured()
    view.colors = colors
    grid = Composer().paint(view, 80, 24)
    tree = ET.fromstring(svg.svg(rows(grid, theme.load("dark").limited(colors)), "x"))
    assert ["".join(text.itertext()) for text in tree.iter(f"{SPACE}text")] == grid.lines()
    colours = {element.get("fill") for element in tree.iter()} - {None}
    assert (len(colours) > 6) == (colors == "16")


def test_wide_characters_keep_the_cells_behind_them() -> None:
    row = [Segment("層1 ", Style(color="#ff0000")), Segment("a\x1b<&", Style(color="#00ff00"))]
    tree = ET.fromstring(svg.svg([row], "x"))
    words = [(word.get("x"), word.text) for word in tree.iter(f"{SPACE}tspan")]
    assert words == [("10", "層1 "), ("50", "a "), ("70", "<&")]
    assert svg.plain([row]) == "層1 a <&\n"


def strips(*lines: str) -> list[Strip]:
    return [Strip([Segment(line)]) for line in lines]


def test_files_are_numbered_and_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    first = shot.save(strips("one"), folder, "run")
    (folder / "run-2.txt").write_text("mine")
    second = shot.save(strips("two"), folder, "run")
    assert (first.name, second.name) == ("run.svg", "run-3.svg")
    assert (folder / "run.txt").read_text() == "one\n"
    assert (folder / "run-2.txt").read_text() == "mine"
    assert sorted(file.name for file in folder.iterdir()) == [
        "run-2.txt", "run-3.svg", "run-3.txt", "run.svg", "run.txt",
    ]  # fmt: skip


def test_a_folder_that_takes_no_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match=r"no screenshot: .*file.*GRADTUI_SHOTS") as caught:
        shot.save(strips("one"), file, "run")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("experiment", "stem"),
    [("vanishing", "vanishing"), ("../my run.py", "my-run.py"), ("…", "run"), ("層", "層")],
)
def test_the_name_is_a_file_name(experiment: str, stem: str) -> None:
    state = RunState(info(experiment=experiment))
    assert shot.stem(state) == f"gradtui-{stem}-start"
    state.reduce([frame([41])])
    assert shot.stem(state) == f"gradtui-{stem}-step41"


async def test_the_key_writes_what_is_shown_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADTUI_SHOTS", str(tmp_path))
    records = [FakeSource().word("paused"), frame([0]), sample(0)]
    app = GradtuiApp(FakeSource(records), environ=ENVIRON)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s")
        await app.workers.wait_for_complete()
        assert app.view.message == f"screenshot: {tmp_path}/gradtui-vanishing-step0.svg and .txt"
        text = (tmp_path / "gradtui-vanishing-step0.txt").read_text(encoding="utf-8")
        lines = text.splitlines()
        assert len(lines) == 24
        assert "‖ paused" in lines[0]
        shown = [strip.text.rstrip() for strip in shot.shown(app)]
        assert [a for a, b in zip(lines, shown, strict=True) if a != b] == [lines[22]]
        tree = ET.parse(tmp_path / "gradtui-vanishing-step0.svg").getroot()
        assert ["".join(t.itertext()).rstrip() for t in tree.iter(f"{SPACE}text")] == lines
        dark = theme.load("dark")
        fills = {element.get("fill") for element in tree.iter()}
        assert {dark.color(role) for role in ("bg", "sel", "key", "ink", "muted")} <= fills

        await pilot.press("ctrl+p", *"sig")
        assert isinstance(app.screen, Commands)
        await pilot.press("ctrl+s")
        await app.workers.wait_for_complete([w for w in app.workers if w.name == "_shoot"])
        window = (tmp_path / "gradtui-vanishing-step0-2.txt").read_text(encoding="utf-8")
        assert "sig" in window.splitlines()[2]
        await pilot.press("escape")


async def test_a_screenshot_that_fails_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRADTUI_SHOTS", str(tmp_path / "file"))
    app = GradtuiApp(FakeSource([frame([0])]), environ=ENVIRON)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s")
        await app.workers.wait_for_complete()
        assert app.view.message.startswith("no screenshot: ")
        assert app.return_value is None


async def test_a_screenshot_where_the_folder_is_gone_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.delenv("GRADTUI_SHOTS")
    monkeypatch.chdir(gone)
    app = GradtuiApp(FakeSource([frame([0])]), environ=ENVIRON)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        gone.rmdir()
        await pilot.press("s")
        await app.workers.wait_for_complete()
        assert app.view.message.startswith("no screenshot: the present folder is gone: ")
        assert app.return_value is None


async def test_a_screenshot_that_cannot_be_drawn_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*given: object) -> str:
        raise RuntimeError("out of ink")

    monkeypatch.setattr(svg, "svg", broken)
    app = GradtuiApp(FakeSource([frame([0])]), environ=ENVIRON)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s")
        await app.workers.wait_for_complete()
        assert app.view.message == "that did not work: RuntimeError: out of ink"
        assert app.return_value is None
