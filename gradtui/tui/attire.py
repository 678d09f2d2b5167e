"""A palette for what Textual itself draws."""

from __future__ import annotations

from textual.theme import Theme

from gradtui.tui.theme import Palette


def textual_theme(palette: Palette) -> Theme:
    """What Textual draws by itself in the colours of the instrument."""
    color = palette.color
    return Theme(
        name=f"gradtui-{palette.name}",
        primary=color("key"),
        accent=color("key"),
        foreground=color("ink"),
        background=color("bg"),
        surface=color("sel"),
        panel=color("sel"),
        dark=palette.dark,
    )
