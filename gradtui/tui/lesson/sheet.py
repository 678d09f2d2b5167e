"""What the parts of the lesson are written on: a grid as high as they need."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradtui.core.language import tr
from gradtui.core.specimen import Specimen
from gradtui.core.state import RunState
from gradtui.tui.grid import Area, Grid, Spans, cells, length
from gradtui.tui.lesson.formula import plain
from gradtui.tui.view import View

WIDE, MIDDLE = 100, 60
"""Columns from which numbers stand far beside their formulas, and beside them at all."""
EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass
class Sheet:
    """Writes by role, in ASCII where the terminal has nothing else."""

    view: View
    specimen: Specimen | None
    grid: Grid
    starts: list[int] = field(default_factory=list)
    """First row of each part."""

    @property
    def state(self) -> RunState:
        return self.view.state

    @property
    def width(self) -> int:
        return int(self.grid.width)

    @property
    def margin(self) -> int:
        """Where the numbers of the parts stand."""
        return 2 if self.width >= WIDE else 1 if self.width >= MIDDLE else 0

    @property
    def indent(self) -> int:
        """Where the formulas begin."""
        return 5 if self.width >= MIDDLE else 2

    @property
    def right(self) -> int:
        """Where the numbers begin, if they stand beside."""
        return max(self.width // 2 - 4, 52) if self.width >= WIDE else 32

    @property
    def edge(self) -> int:
        """The column behind the last one."""
        return self.width - self.margin

    def words(self, spans: Spans) -> Spans:
        """As this terminal can show them."""
        if self.view.unicode:
            return spans
        return [(plain(word), role, bold) for word, role, bold in spans]

    def put(self, x: int, y: int, spans: Spans) -> int:
        """Write pieces one behind the other; returns the x behind the last."""
        return self.grid.spans(x, y, self.words(spans))

    def text(self, x: int, y: int, word: str, role: str = "ink", *, bold: bool = False) -> int:
        return self.put(x, y, [(word, role, bold)])

    def ending(self, end: int, y: int, word: str, role: str = "ink", *, bold: bool = False) -> None:
        """Write so that the text ends before x = `end`."""
        spans = self.words([(word, role, bold)])
        self.grid.spans(end - length(spans), y, spans)

    def title(self, y: int, number: int, name: str, sentence: str, end: int | None = None) -> None:
        """`1  softmax   scores become probabilities`, as much of it as ends before `end`."""
        sentence = tr(sentence)
        self.text(self.margin, y, str(number), "key", bold=True)
        x = self.text(self.indent, y, name, "ink", bold=True) + 3
        if x + cells(sentence) <= (end or self.edge):
            self.text(x, y, sentence, "muted")

    def wrapped(self, x: int, y: int, spans: Spans, room: int) -> int:
        """Write pieces in lines of at most `room`, cut between pieces only; returns the next y."""
        line: list[tuple[str, str, bool]] = []
        for word, role, bold in self.words(spans):
            if line and length(line) + cells(word) > room:
                self.grid.spans(x, y, line)
                line, y = [], y + 1
            line.append((word if line else word.lstrip(), role, bold))
        self.grid.spans(x, y, line)
        return y + 1

    def rule(self, y: int) -> None:
        """A thin line across the page."""
        self.text(self.margin, y, "─" * (self.edge - self.margin), "rule")

    def plate(self, x: int, y: int) -> None:
        """The background of a row that is meant."""
        self.grid.at(Area(x, y, self.edge - x, 1)).paper("sel")

    def bar(self, x: int, y: int, cells: float, role: str) -> None:
        """To the right from x, in eighths of a cell."""
        whole, part = divmod(round(8 * cells), 8)
        if not self.view.unicode:
            self.text(x, y, "#" * round(cells), role)
        else:
            self.text(x, y, "█" * whole + EIGHTHS[part].strip(), role)

    def bar_left(self, x: int, y: int, cells: float, role: str) -> None:
        """To the left, ending before x, in halves of a cell."""
        whole, half = divmod(round(2 * cells), 2)
        word = "#" * round(cells) if not self.view.unicode else "▐" * half + "█" * whole
        self.grid.text(x - len(word), y, word, role)
