"""ASCII for terminals without Unicode: every glyph of the screen has a plain one."""

from __future__ import annotations

import re

import numpy as np

from gradtui.tui.grid import TAIL, Grid

PLAIN = {
    "▸": ">", "▏": "|", "─": "-", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
    "▾": "v", "▿": "v", "▴": "^", "▵": "^", "●": "*", "○": "o", "‖": "=", "■": "#",
    "×": "x", "·": ".", "–": "-", "−": "-", "→": ">", "←": "<", "↑": "^", "↓": "v", "…": ".",
    "✓": "+", "Σ": "S", "∂": "d", "Δ": "D", "│": "|", "┊": ":", "\u202f": " ", "≤": "<",
    "≥": ">", "‹": "<", "┃": "!", "∞": "!", "▁": "_", "▆": "#", "▇": "#",
    "ᶻ": "z", "⁻": "-", "²": "2", "₁": "1", "₀": "0", "σ": "s", "Φ": "P", "φ": "p", "±": "~",
    "é": "e", "ü": "u", "′": "'",
}  # fmt: skip
_CODES = {ord(glyph): ord(plain) for glyph, plain in PLAIN.items()}


_RAISED = re.compile("[⁻ᶻ²]+")


def spelt(formula: str) -> str:
    """`e⁻ᶻ` as `e^⁻ᶻ`: a glyph for a glyph would make `e-z` of it."""
    return _RAISED.sub(lambda found: f"^{found[0]}", formula)


def plain(grid: Grid) -> None:
    """Replace what is not ASCII, in place; what has no plain glyph becomes `?`."""
    for code in np.unique(grid.code):
        if code > 126:
            grid.code[grid.code == code] = _CODES.get(int(code), ord("?"))
    grid.code[grid.code == TAIL] = ord(" ")
