"""Themes: the shipped ones, a person's own, and broken ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.color import Color

from gradtui.core.errors import UsageError
from gradtui.core.paths import shipped_themes
from gradtui.tui import theme
from gradtui.tui.themefile import HEX, ROLES

Array = NDArray[np.float64]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person's folder of themes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    themes = tmp_path / "gradtui" / "themes"
    themes.mkdir(parents=True)
    theme._found.cache_clear()
    yield themes
    theme._found.cache_clear()


SHIPPED = ("dark", "contrast", "deutan", "film", "light", "mono", "river", "tritan")
VERDICTS = (
    "healthy", "fading", "vanishing", "growing", "exploding", "saturated", "dead", "nan", "ok",
)  # fmt: skip
MACHADO = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""What the colour-blind see, in linear RGB, severity 1: Machado, Oliveira, Fernandes 2009."""


def linear(color: str) -> Array:
    """sRGB `#rrggbb` to linear RGB, IEC 61966-2-1."""
    channels = np.array(list(bytes.fromhex(color[1:]))) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: ratio of the relative luminances, 1 to 21."""
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: Array) -> Array:
    """CIE L*a*b* of linear RGB, D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_eight_themes_are_shipped_dark_first(folder: Path) -> None:
    assert theme.names() == SHIPPED
    assert theme.load("dark").dark
    assert not theme.load("light").dark
    assert theme.problems() == ()


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("role", [*VERDICTS, "ink", "muted", "key", "mark", "train", "test"])
def test_words_stand_out_from_what_they_are_written_on(folder: Path, name: str, role: str) -> None:
    palette = theme.load(name)
    for back in theme.BACKGROUNDS:
        assert contrast(palette.color(role), palette.color(back)) >= 3


@pytest.mark.parametrize(
    ("name", "sight"), [("deutan", "deutan"), ("deutan", "protan"), ("tritan", "tritan")]
)
def test_the_colour_blind_tell_the_verdicts_apart(folder: Path, name: str, sight: str) -> None:
    """Glyph and word are always there; here the colours alone do it."""
    palette = theme.load(name)
    seen = [lab(np.array(MACHADO[sight]) @ linear(palette.color(role))) for role in VERDICTS[:-1]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 14


def test_every_role_and_every_decade_has_a_colour(folder: Path) -> None:
    palette = theme.load("dark")
    roles = [*ROLES, *(theme.ramp_role(decades) for decades in theme.RAMP)]
    assert all(HEX.fullmatch(palette.color(role)) for role in roles)


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
    assert theme.names() == (*SHIPPED, "neon")
    assert theme.load("neon").color("key") == "#00ff00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("roles = [", "Unclosed"),
        ("", "lacks the role 'bg'"),
        ("roles = 3", "roles must be a table"),
        ("dark = 'no'", "dark must be true or false"),
        ("bass = 'dark'", "unknown entry 'bass'; did you mean base?"),
        ("base = 'drak'", "unknown base 'drak'; allowed: dark, contrast"),
        ("base = 'drak'", "Did you mean dark?"),
        ("base = 'mine'", "its bases go in a circle: mine → mine."),
        ("base = 'dark'\n[roles]\nvanshing = '#aabbcc'", "'vanshing'; did you mean vanishing?"),
        ("base = 'dark'\n[roles]\nq = '#aabbcc'", "unknown role 'q'; allowed: bg, ink, "),
        ("base = 'dark'\n[roles]\nink = '#abc'", "ink = '#abc' is no colour like '#d8dcd6'."),
        ("base = 'dark'\n[ramp]\n1.5 = '#aabbcc'", 'needs quotes: "1.5".'),
        ("base = 'dark'\n[ramp]\nfar = '#aabbcc'", "decades such as -6"),
        ("base = 'dark'\n[ramp]\ninf = '#aabbcc'", "all finite"),
        ('[roles]\nbg = "#000000"', "it lacks the role 'ink'; a line base = \"dark\" gives"),
    ],
)
def test_a_broken_theme_is_left_out_with_one_sentence(folder: Path, text: str, reason: str) -> None:
    (folder / "mine.toml").write_text(text)
    (folder / "notes.txt").write_text("no theme")
    assert theme.names() == SHIPPED
    (problem,) = theme.problems()
    assert "mine.toml" in problem
    assert problem.endswith((".", "?"))
    assert "\n" not in problem
    if reason != "Unclosed":
        assert reason in problem


def write(folder: Path, **themes: str) -> None:
    for name, text in themes.items():
        (folder / f"{name}.toml").write_text(text)


def test_a_theme_says_only_what_differs_from_its_base(folder: Path) -> None:
    write(folder, mine='base = "light"\n[roles]\nkey = "#00ff00"\n[ramp]\n"0.0" = "#123456"')
    mine, light = theme.load("mine"), theme.load("light")
    differ = {role for role in light.roles if mine.color(role) != light.color(role)}
    assert differ == {"key", "ramp-1", "ramp+0", "ramp+1"}  # a stop bends the ramp beside it
    assert mine.color("ramp+0") == "#123456"
    assert not mine.dark
    assert mine.about == "Your own, after light."
    assert theme.problems() == ()


def test_a_base_may_be_the_users_own_and_have_a_base_itself(folder: Path) -> None:
    write(
        folder,
        a='base = "b"\nabout = "For\\ntests."\n[roles]\nink = "#000001"',
        b='base = "z"\ndark = false\n[roles]\nink = "#000002"\nkey = "#000003"',
        z='base = "dark"\n[roles]\nkey = "#000004"\nmark = "#000005"',
    )
    a = theme.load("a")
    assert [a.color(role) for role in ("ink", "key", "mark")] == ["#000001", "#000003", "#000005"]
    assert (a.dark, a.about) == (False, "For tests.")


def test_a_theme_may_change_the_shipped_one_of_its_name(folder: Path) -> None:
    shipped = theme.load("dark").color("ink")
    theme._found.cache_clear()
    write(folder, dark='base = "dark"\n[roles]\nkey = "#00ff00"', mine='base = "dark"')
    for name in ("dark", "mine"):
        assert theme.load(name).color("key") == "#00ff00"
        assert theme.load(name).color("ink") == shipped
    assert theme.names() == (*SHIPPED, "mine")


def test_a_circle_and_what_stands_on_it_are_left_out(folder: Path) -> None:
    write(folder, a='base = "b"', b='base = "a"', c='base = "a"', d='base = "e"', e="roles = 3")
    assert theme.names() == SHIPPED
    reasons = [problem.partition(" was left out: ")[2] for problem in theme.problems()]
    assert reasons == [
        "its bases go in a circle: a → b → a.",
        "its bases go in a circle: b → a → b.",
        "its bases go in a circle: c → a → b → a.",
        "its base e was left out.",
        "roles must be a table.",
    ]


def test_every_shipped_theme_says_what_it_is_for(folder: Path) -> None:
    told = [theme.load(name).about for name in SHIPPED]
    assert len(set(told)) == len(SHIPPED)
    assert all(text.endswith(".") and len(text) <= 95 for text in told)
    assert not any("Your own" in text for text in told)


def test_a_broken_theme_that_is_asked_for_says_why(folder: Path) -> None:
    (folder / "mine.toml").write_text("roles = 3")
    with pytest.raises(UsageError, match=r"mine\.toml was left out: .*must be a table"):
        theme.load("mine")


def test_a_colour_that_is_none_is_named(folder: Path) -> None:
    text = (shipped_themes() / "dark.toml").read_text().replace('"#d8dcd6"', '"white"')
    (folder / "mine.toml").write_text(text)
    assert "ink = 'white' is no colour like '#d8dcd6'" in "".join(theme.problems())


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


@pytest.mark.parametrize("name", SHIPPED)
def test_of_256_colours_every_role_gets_the_nearest_one(folder: Path, name: str) -> None:
    whole, fewer = theme.load(name), theme.load(name).limited("256")
    shown = {role: Color.parse(color).get_truecolor().hex for role, color in fewer.roles.items()}
    cube = [Color.from_ansi(number).get_truecolor().hex for number in range(16, 256)]
    for role in ("bg", "ink", "vanishing", "ramp-6", "ramp+3"):
        away = [np.linalg.norm(lab(linear(whole.roles[role])) - lab(linear(c))) for c in cube]
        mine = np.linalg.norm(lab(linear(whole.roles[role])) - lab(linear(shown[role])))
        assert mine == pytest.approx(min(away))
    assert len({shown["bg"], shown["sel"]}) == 2
    for role in VERDICTS:
        assert contrast(shown[role], shown["bg"]) >= 3
