"""Errors that a person can act on: one sentence, no traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GradtuiError(Exception):
    """A failure with a sentence for the person at the terminal (exit status 1)."""


class UsageError(GradtuiError):
    """Wrong input: names the wrong thing, what is allowed, the nearest match (exit status 2)."""


def nearest(given: str, names: Iterable[str]) -> str | None:
    """The name that `given` is a slip of, if there is one."""
    near = difflib.get_close_matches(given.lower(), list(names), n=1, cutoff=0.5)
    return near[0] if near else None


def unknown(kind: str, given: str, allowed: Iterable[str], meant: str = "") -> UsageError:
    """The sentence for a name that does not exist, with the nearest one that does.

    `meant` is what `given` stands for, where letters do not tell.
    """
    names = list(allowed)
    near = nearest(meant or given, names)
    hint = f" Did you mean {near}?" if near else ""
    return UsageError(f"unknown {kind} {given!r}; allowed: {', '.join(names)}.{hint}")
