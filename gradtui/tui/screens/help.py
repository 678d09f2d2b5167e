"""The keys, out of the action table, and how to read the screen."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gradtui.doctor import verdicts
from gradtui.tui.actions import GROUPS, Group, lines
from gradtui.tui.theme import Palette
from gradtui.tui.view import View

WIDE = 104
"""From this many columns on the page has two columns."""
VERDICTS = (
    (verdicts.HEALTHY, "within 2 decades of out"),
    (verdicts.FADING, "2 to 4 decades below"),
    (verdicts.VANISHING, "more than 4 below"),
    (verdicts.GROWING, "2 to 4 above"),
    (verdicts.EXPLODING, "more than 4 above"),
    (verdicts.SATURATED, "more than 90 % flat"),
    (verdicts.DEAD, "all units give 0"),
    (verdicts.NOT_FINITE, "nan or inf"),
)
SIGNS = (
    ("▁▂▃▄▅▆▇", "_.-=*#", "ink", "height: the value, one log axis for all layers"),
    ("▆▆▆▆▆▆▆", "######", "vanishing", "colour: decades away from the output layer"),
    ("⠑⢄⡀", "\\", "ink", "depth profile: a slant decays, a plumb line is well"),
    ("│", "|", "mark", "an intervention; before it, after it"),
    ("⠒⠒", "..", "fork", "grey: what was before it"),
)
PLAIN = {"·": ".", "▿": "v", "▾": "V", "▵": "^", "▴": "A", "×": "X"}


class Help(ModalScreen[None], inherit_bindings=False):
    """A page over the lab; the run goes on below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", show=False),
        Binding("up,k", "roll(-1)", show=False),
        Binding("down,j", "roll(1)", show=False),
        Binding("pageup", "roll(-10)", show=False),
        Binding("pagedown,space", "roll(10)", show=False),
        Binding("home", "roll(-1000)", show=False),
        Binding("end", "roll(1000)", show=False),
    ]
    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help > VerticalScroll {
        width: 104; max-width: 100%; height: auto; max-height: 100%; background: $surface;
        padding: 1 2; scrollbar-size-vertical: 1; scrollbar-color: $primary;
        scrollbar-background: $surface;
    }
    Help.narrow > VerticalScroll { width: 100%; padding: 0 1; }
    Help Static { width: 100%; height: auto; }
    """

    def __init__(self, palette: Palette, view: View) -> None:
        super().__init__()
        self.palette, self.table, self.unicode = palette, view.table, view.unicode
        self._page = Static()
        self._scroller = VerticalScroll(self._page, can_focus=False)

    def compose(self) -> ComposeResult:
        yield self._scroller

    def on_resize(self, event: events.Resize) -> None:
        wide = event.size.width >= WIDE
        self.set_class(not wide, "narrow")
        self._page.update(self._content(wide))

    def action_roll(self, rows: int) -> None:
        """Scroll the page; the ends stop it."""
        self._scroller.scroll_relative(y=rows, animate=False)

    def _content(self, wide: bool) -> Table:
        page = Table.grid(padding=(0, 2))
        page.add_column(ratio=1)
        head = Text("keys", self._bold("key"))
        head.append(
            "   a knob changes the run at the next step; every change is marked",
            self._plain("muted"),
        )
        columns = [self._groups(GROUPS[:2]), self._groups(GROUPS[2:])]
        legend = [self._signs(), self._verdicts()]
        foot = Text("esc", self._plain("key"), justify="right")
        foot.append("  close", self._plain("muted"))
        page.add_row(head)
        page.add_row("")
        for parts in (columns, legend):
            page.add_row(_beside(parts) if wide else _below(parts))
            if parts is columns:
                page.add_row("")
                page.add_row(Text("how to read the screen", self._bold("ink")))
        page.add_row(foot)
        return page

    def _bold(self, role: str) -> Style:
        return self.palette.style(role, "sel", bold=True)

    def _plain(self, role: str) -> Style:
        return self.palette.style(role, "sel")

    def _groups(self, groups: tuple[Group, ...]) -> Table:
        table = _pairs(10)
        for group in groups:
            table.add_row(Text(group, self._bold("ink"), no_wrap=True, overflow="ignore"))
            for keys, text in lines(self.table, group, arrows=self.unicode):
                table.add_row(Text(keys, self._bold("key")), Text(text, self._plain("muted")))
            if group != groups[-1]:
                table.add_row("", "")
        return table

    def _signs(self) -> Table:
        table = _pairs(10)
        for sign, plain, role, text in SIGNS:
            table.add_row(
                Text(sign if self.unicode else plain, self._plain(role)),
                Text(text, self._plain("muted")),
            )
        return table

    def _verdicts(self) -> Table:
        table = _pairs(14)
        for verdict, text in VERDICTS:
            glyph = verdict.glyph if self.unicode else PLAIN.get(verdict.glyph, verdict.glyph)
            table.add_row(
                Text(f"{glyph} {verdict.word}", self._plain(verdict.role)),
                Text(text, self._plain("muted")),
            )
        return table


def _pairs(width: int) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=width)
    table.add_column(ratio=1)
    return table


def _beside(parts: list[Table]) -> Table:
    row = Table.grid(padding=(0, 2), expand=True)
    for _ in parts:
        row.add_column(ratio=1)
    row.add_row(*parts)
    return row


def _below(parts: list[Table]) -> Table:
    column = Table.grid(expand=True)
    for i, part in enumerate(parts):
        if i:
            column.add_row("")
        column.add_row(part)
    return column
