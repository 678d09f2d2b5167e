"""Putting code together: lines that may be absent, and text that must not become code."""

from __future__ import annotations

from textwrap import dedent, fill, indent

from gradtui.core.text import printable

WIDTH = 88


def block(*parts: str | None) -> str:
    """Lines without those that are None; several at once begin with a newline, at any depth."""
    return "\n".join(
        dedent(part).strip("\n") if part.startswith("\n") else part
        for part in parts
        if part is not None
    )


def inner(text: str, levels: int = 1) -> str:
    """The same text, deeper."""
    return indent(text, "    " * levels)


def prose(text: str) -> str:
    """For a comment or a docstring: nothing in it ends the string, or the line."""
    return printable(text).replace("\\", "\\\\").replace('"', "'")


def wrapped(text: str, lead: str = "") -> str:
    return fill(
        prose(text), WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False
    )


def number(value: float) -> str:
    """As a person writes it: `0.01`, `3`, `1e-05`."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
