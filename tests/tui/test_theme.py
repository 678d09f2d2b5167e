"""Themes: the shipped ones, a person's own, and broken ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gradtui.core.errors import UsageError
from gradtui.core.paths import shipped_themes
from gradtui.tui import theme


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person's folder of themes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    themes = tmp_path / "gradtui" / "themes"
    themes.mkdir(parents=True)
    theme._found.cache_clear()
    yield themes
    theme._found.cache_clear()


def test_dark_and_light_are_shipped(folder: Path) -> None:
    assert theme.names() == ("dark", "light")
    assert theme.load("dark").dark
    assert not theme.load("light").dark
    assert theme.problems() == ()


def test_every_role_and_every_decade_has_a_colour(folder: Path) -> None:
    palette = theme.load("dark")
    roles = [*theme.ROLES, *(theme.ramp_role(decades) for decades in theme.RAMP)]
    assert all(theme.HEX.fullmatch(palette.color(role)) for role in roles)


def test_the_ramp_is_linear_between_its_stops(folder: Path) -> None:
    palette = theme.load("dark")
    assert palette.color("ramp-12") == "#35426e"
    assert palette.color("ramp+0") == "#5c8a6c"
    assert palette.color("ramp-1") == "#538979"  # half way from #4a8886 to #5c8a6c
    assert theme.ramp_role(-40) == "ramp-12"
    assert theme.ramp_role(99) == "ramp+8"


def test_a_persons_theme_is_found(folder: Path) -> None:
    text = (shipped_themes() / "dark.toml").read_text().replace("#d9bd7a", "#00ff00")
    (folder / "neon.toml").write_text(text)
    assert theme.names() == ("dark", "light", "neon")
    assert theme.load("neon").color("key") == "#00ff00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("roles = [", "Unclosed"),
        ("", "lacks the role 'bg'"),
        ("roles = 3", "must be tables"),
        ('[roles]\nbg = "red"', "lacks"),
    ],
)
def test_a_broken_theme_is_left_out_with_one_sentence(folder: Path, text: str, reason: str) -> None:
    (folder / "mine.toml").write_text(text)
    (folder / "notes.txt").write_text("no theme")
    assert theme.names() == ("dark", "light")
    (problem,) = theme.problems()
    assert "mine.toml" in problem
    assert problem.endswith(".")
    assert "\n" not in problem
    if reason != "Unclosed":
        assert reason in problem


def test_a_broken_theme_that_is_asked_for_says_why(folder: Path) -> None:
    (folder / "mine.toml").write_text("roles = 3")
    with pytest.raises(UsageError, match=r"mine\.toml was left out: .*must be tables"):
        theme.load("mine")


def test_a_colour_that_is_none_is_named(folder: Path) -> None:
    text = (shipped_themes() / "dark.toml").read_text().replace('"#d8dcd6"', '"white"')
    (folder / "mine.toml").write_text(text)
    assert "ink = 'white' is no colour like '#d8dcd6'" in "".join(theme._found()[1])


def test_an_unknown_theme_gets_the_nearest_name(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown theme 'drak'.*Did you mean dark\?"):
        theme.load("drak")


def test_sixteen_colours_have_no_background_and_five_classes(folder: Path) -> None:
    palette = theme.load("dark").limited("16")
    ramp = {palette.color(theme.ramp_role(decades)) for decades in theme.RAMP}
    assert ramp == {"bright_blue", "cyan", "green", "yellow", "bright_red"}
    style = palette.style("ink", "sel")
    assert style.bgcolor is not None
    assert style.bgcolor.is_default


def test_without_colour_bold_and_reverse_are_left(folder: Path) -> None:
    palette = theme.load("light").limited("none")
    assert palette.style("healthy", "sel").color is None
    assert palette.style("key").bold
    assert palette.style("nan", reverse=True).reverse
