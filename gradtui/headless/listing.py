"""What there is to choose from: the tables and the JSON of `gradtui list`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS
from gradtui.core import text
from gradtui.core.language import tr
from gradtui.headless.table import fitted, room

Row = dict[str, str | float]
"""Field name -> value; all rows of a kind have the same fields, the name first."""
PROSE = ("question", "try", "about", "source", "finds", "takes", "for", "does")
"""Fields that may be wrapped where a line has no room; formulas and names stay whole."""


def show(kinds: Sequence[str], *, as_json: bool, one: bool) -> None:
    """Print these kinds, each under its heading; with `one` the only kind, without heading.

    What cannot be loaded is named on stderr and left out.
    """
    tables = {kind: LISTINGS[kind]() for kind in kinds}
    if as_json:
        content = tables[kinds[0]] if one else tables
        told = json.dumps(content, ensure_ascii=False, indent=2)
    else:
        told = "\n\n".join(_block(None if one else kind, rows) for kind, rows in tables.items())
        told += _where(kinds)
    sys.stdout.write(told + "\n")
    sys.stdout.flush()
    for sentence in _faults(kinds):
        sys.stderr.write(f"gradtui: {sentence}\n")


def _block(heading: str | None, rows: list[Row]) -> str:
    title = [] if heading is None else [heading]
    if not rows:
        return "\n".join([*title, "  none"])
    cells = [[*rows[0]], *([_cell(value) for value in row.values()] for row in rows)]
    prose = [at for at, field in enumerate(rows[0]) if field in PROSE]
    return "\n".join([*title, fitted(cells, prose, room(), indent="  " if title else "")])


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def experiments() -> list[Row]:
    found = [catalog.experiment(name) for name in catalog.names("experiments")]
    return [
        {"name": e.name, "data": e.data, "question": tr(e.question), "try": tr(e.try_this)}
        for e in found
    ]


def activations() -> list[Row]:
    found = [catalog.activation(name) for name in catalog.names("activations")]
    return [
        {"name": a.name, "f(z)": a.formula, "f'(z)": a.derivative, "bound": a.bound,
         "source": a.source} for a in found
    ]  # fmt: skip


def regularizers() -> list[Row]:
    found = [catalog.regularizer(name) for name in catalog.names("regularizers")]
    return [
        {"name": r.name, "formula": r.formula, "strength": r.strength, "source": r.source}
        for r in found
    ]


def rules() -> list[Row]:
    return [
        {"name": rule.name, "finds": tr(rule.sentence), "source": rule.source}
        for rule in catalog.all_rules()
    ]


def knobs() -> list[Row]:
    return [
        {"name": knob.name, "takes": tr(knob.allowed), "default": _default(knob.default),
         "changes": tr("at the start") if knob.fixed else tr("at any time")}
        for knob in KNOBS.values()
    ]  # fmt: skip


def _default(value: str | float) -> str:
    return text.plain(value) if value == 0 else str(value)


def lessons() -> list[Row]:
    found = [catalog.lesson(name) for name in catalog.names("lessons")]
    return [
        {"name": one.name, "question": tr(catalog.experiment(one.experiment).question),
         "about": tr(one.about), "source": one.source} for one in found
    ]  # fmt: skip


def themes() -> list[Row]:
    from gradtui.tui import theme

    found = [theme.load(name) for name in theme.names()]
    return [
        {"name": t.name, "background": "dark" if t.dark else "light", "for": tr(t.about)}
        for t in found
    ]


def keys() -> list[Row]:
    from gradtui.tui import keymap
    from gradtui.tui.actions import rows

    return [dict(row) for row in rows(keymap.load(keymap.path()).table)]


def demos() -> list[Row]:
    from gradtui.demos import library

    return [{"name": name, "about": library.find(name).about} for name in library.names()]


def _where(kinds: Sequence[str]) -> str:
    """Below the tables: where a person's own themes and keys lie, and what stands in them."""
    from gradtui.core.paths import user_themes
    from gradtui.tui import keymap

    places = {
        "themes": (user_themes(), 'files such as mine.toml, that begin with base = "dark"'),
        "keys": (keymap.path(), f"lines such as {keymap.EXAMPLE}"),
    }
    asked = [(kind, *place) for kind, place in places.items() if kind in kinds]
    return "".join(f"\n\nYour own {k}: {path}\n{hint}" for k, path, hint in asked if path)


def _faults(kinds: Sequence[str]) -> list[str]:
    """One sentence for each file that could not be used, of what was asked for."""
    faults = catalog.left_out()
    if "themes" in kinds:
        from gradtui.tui import theme

        faults += theme.problems()
    if "keys" in kinds:
        from gradtui.tui import keymap

        faults += keymap.load(keymap.path()).faults
    return faults


LISTINGS: dict[str, Callable[[], list[Row]]] = {
    "experiments": experiments,
    "activations": activations,
    "regularizers": regularizers,
    "rules": rules,
    "knobs": knobs,
    "lessons": lessons,
    "themes": themes,
    "keys": keys,
    "demos": demos,
}
