"""What a line `KNOB=VALUE` could become."""

from __future__ import annotations

from collections.abc import Mapping

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS, Knob
from gradtui.core.language import tr
from gradtui.core.records import Info, Value
from gradtui.tui import numbers
from gradtui.tui.prompt import Offer


def offers(text: str, info: Info, knobs: Mapping[str, Value]) -> list[Offer]:
    """Completions of a line: knobs until there is a `=`, then values of that knob.

    `knobs` holds the present values; a knob of which it knows nothing is no knob of this run.
    Those that begin as the line does come first, then those that contain it.
    """
    name, equals, value = text.partition("=")
    if not equals:
        return _knobs(name.strip(), info, knobs)
    knob = KNOBS.get(name.strip())
    if knob is None or knob.fixed:
        return []
    present = numbers.knob(knobs[knob.name]) if knob.name in knobs else ""
    return [
        Offer(f"{knob.name}={word}", word, "now" if word == present else formula(knob.name, word))
        for word in _matching(knob.offers(), value.strip())
    ]


def _knobs(typed: str, info: Info, knobs: Mapping[str, Value]) -> list[Offer]:
    found = []
    usable = [k.name for k in KNOBS.values() if k.action or (k.name in knobs and not k.fixed)]
    for name in _matching(usable, typed):
        present = "once" if KNOBS[name].action else numbers.knob(knobs[name])
        why = info.locked.get(name)
        note = why or f"{present}   {takes(KNOBS[name])}"
        found.append(Offer(f"{name}=", name, note))
    return found


def takes(knob: Knob) -> str:
    """What a knob accepts, in words; where that is a list of the catalog, its names."""
    return ", ".join(knob.offers()) if "`" in knob.allowed else tr(knob.allowed)


def _matching(words: list[str] | tuple[str, ...], typed: str) -> list[str]:
    typed = typed.lower()
    first = [word for word in words if word.startswith(typed)]
    return [*first, *(word for word in words if typed in word and word not in first)]


def formula(knob: str, word: str) -> str:
    """What an activation or a regularizer computes; nothing for other values."""
    if knob == "activation":
        return catalog.activation(word).formula
    return catalog.regularizer(word).formula if knob == "regularizer" else ""
