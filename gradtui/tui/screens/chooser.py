"""The experiments: what each one asks, what it runs, what to try."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from gradtui import catalog
from gradtui.catalog.specs import Request, build_spec
from gradtui.core.entries import Experiment
from gradtui.core.language import mark, tr
from gradtui.core.wide import filled
from gradtui.tui import numbers
from gradtui.tui.dashboard import Painter
from gradtui.tui.grid import Spans, cells, wrap
from gradtui.tui.screens.finder import Finder
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.window import keys

LABEL = 6


class Chooser(Finder[Experiment]):
    """Dismissed with the experiment to run, or None."""

    WIDTH = 86
    TITLE_WORD = "experiment"
    EMPTY = mark("no experiment matches")

    def __init__(self, lab: Lab, below: Painter, stays: str) -> None:
        """`stays` says what of the command line the next run keeps."""
        self.stays = stays
        self.present = lab.view.state.info.experiment
        names = catalog.names("experiments")
        super().__init__(lab, below, names.index(self.present) if self.present in names else 0)

    def entries(self, typed: str) -> Sequence[Experiment]:
        return [catalog.experiment(name) for name in catalog.names("experiments")]

    def texts(self, entry: Experiment) -> Sequence[str]:
        return (entry.name, tr(entry.question), *recipe(entry.name), tr(entry.try_this))

    def listed(self, entry: Experiment, width: int, *, chosen: bool) -> Spans:
        now = "  now" if entry.name == self.present else ""
        return [
            (f"{entry.name:<{_widest()}}  ", "ink", chosen), (tr(entry.question), "muted", False),
            (now, "key", False),
        ]  # fmt: skip

    def details(self, entry: Experiment, width: int) -> list[Spans]:
        lines: list[Spans] = [[]]
        question = tr(entry.question)
        now = cells("  now") if entry.name == self.present else 0
        if _widest() + 4 + cells(question) + now > width:  # the list has cut it
            lines += [[(f"  {line}", "ink", False)] for line in wrap(question, max(width - 2, 8))]
        told = (tr(entry.try_this), *recipe(entry.name))
        for label, text in zip((tr("try"), "net", "by", "on"), told, strict=True):
            wrapped = wrap(text, max(width - LABEL - 2, 8))
            for i, line in enumerate(wrapped):
                head = filled("" if i else label, LABEL)
                lines.append([(f"  {head}", "muted", False), (line, "ink", False)])
        return lines

    def foot(self) -> list[Spans]:
        stays: list[Spans] = [[(f"  {self.stays}", "faint", False)]] if self.stays else []
        return [[], *stays, keys(("enter", tr("run it here")), ("esc", tr("close")))]


@cache
def _widest() -> int:
    """Cells that a name takes."""
    return max(map(cells, catalog.names("experiments")))


@cache
def recipe(name: str) -> tuple[str, str, str]:
    """What an experiment runs: the net, the optimizer, the data."""
    spec = build_spec(Request(name))
    knobs = {name: numbers.knob(value) for name, value in spec.knobs.items()}
    shown = [spec.model_label(0)]
    if len(spec.layers()) > 1:
        shown += [knobs["activation"], f"{knobs['init']} init"]
    if knobs["regularizer"] != "none":
        shown.append(f"{knobs['regularizer']} {knobs['strength']}")
    by = f"{knobs['optimizer']}, lr {knobs['lr']}"
    if knobs["momentum"] != "0":
        by += f", momentum {knobs['momentum']}"
    rows = f"{spec.rows} rows of " if spec.rows else ""
    length = f"{spec.steps} steps" if spec.steps else f"{spec.epochs} epochs"
    return ", ".join(shown), f"{by}, batch {knobs['batch_size']}", f"{rows}{spec.data}, {length}"
