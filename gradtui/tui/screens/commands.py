"""The command palette: every action, every value of a knob, every experiment, every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from gradtui import catalog
from gradtui.core.frozen import frozen
from gradtui.core.language import mark, tr
from gradtui.tui import numbers, theme
from gradtui.tui.actions import Action, Call, Turn, key_names
from gradtui.tui.completion import formula
from gradtui.tui.draw.plate import cut, right
from gradtui.tui.grid import Spans, cells
from gradtui.tui.panels.findings import change
from gradtui.tui.screens.finder import Finder
from gradtui.tui.screens.lab import Lab
from gradtui.tui.steering import CHOICES

NAMES, KEY = (46, 32), 12
"""Columns of the name, in a wide and a narrow window, and of the key; the note is between."""
WIDE, WITH_NOTES = 80, 66


@frozen
class Command:
    """Something that the palette can do."""

    name: str
    note: str
    key: str
    deed: Callable[[], None]
    idle: bool = False
    """It can do nothing here; the note says why."""


class Commands(Finder[Command]):
    """Actions while nothing is typed; a search goes through values and names as well."""

    WIDTH = 84
    TITLE_WORD = "command"
    EMPTY = mark("no command matches")

    def entries(self, typed: str) -> Sequence[Command]:
        found = list(_actions(self.lab))
        if typed.strip():
            found += [*_values(self.lab), *_experiments(self.lab), *_themes(self.lab)]
        return found

    def texts(self, entry: Command) -> Sequence[str]:
        return (entry.name, entry.note)

    def listed(self, entry: Command, width: int, *, chosen: bool) -> Spans:
        line: Spans = [(entry.name, "faint" if entry.idle else "ink", chosen)]
        at = NAMES[width < WIDE]
        short = cells(entry.name) < at and width >= WITH_NOTES
        if short or entry.idle:
            gap = at - cells(entry.name) if short else 2
            line = cut([*line, (" " * gap + entry.note, "muted", False)], width - KEY)
        return right(line, [(entry.key, "key", True)], width)


def _actions(lab: Lab) -> Iterator[Command]:
    listed = lab.view.prescriptions
    for action in lab.view.table:
        does = action.does
        elsewhere = action.group == "a recording" and not lab.view.state.info.recording
        if action.id == "palette" or elsewhere:
            continue
        name, note = tr(action.sentence), tr(action.group)
        if isinstance(does, Call) and does.name == "prescription" and does.number:
            if does.number > len(listed):
                continue
            name, note = change(*listed[does.number - 1]), tr("the doctor's prescription")
        why = _locked(lab, action)
        keys = " ".join(key_names(action, arrows=lab.view.unicode))
        yield Command(name, why or note, keys, partial(lab.action_perform, action.id), bool(why))


def _locked(lab: Lab, action: Action) -> str:
    does = action.does
    return lab.view.state.info.locked.get(does.knob, "") if isinstance(does, Turn) else ""


def _values(lab: Lab) -> Iterator[Command]:
    knobs, locked = lab.view.state.knobs, lab.view.state.info.locked
    for knob, values in CHOICES.items():
        if knob not in knobs:
            continue
        for value in values():
            now = "now" if value == numbers.knob(knobs[knob]) else formula(knob, value)
            deed = partial(lab.choose, knob, value)
            yield Command(f"{knob} {value}", locked.get(knob, now), "", deed, knob in locked)


def _experiments(lab: Lab) -> Iterator[Command]:
    for name in catalog.names("experiments"):
        deed = partial(lab.guarded, partial(lab.begin, name))
        yield Command(f"experiment {name}", tr(catalog.experiment(name).question), "", deed)


def _themes(lab: Lab) -> Iterator[Command]:
    for name in theme.names():
        worn = "now" if name == lab.palette.name else ""
        yield Command(f"theme {name}", worn, "", partial(lab.guarded, partial(lab.wear, name)))
