"""What a person is looking at: the run state, and how they want to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from gradtui.catalog.walk import Walk
from gradtui.core.records import Value
from gradtui.core.state import RunState
from gradtui.tui.actions import ACTIONS, Action
from gradtui.tui.link import Link
from gradtui.tui.prompt import Prompt

QUANTITIES = ("signal", "grad_norm", "update_ratio", "weight_norm", "dead")
"""What the lanes can show, in the order of the key `g`."""

Colors = Literal["truecolor", "256", "16", "none"]
POOR: tuple[Colors, ...] = ("16", "none")
"""No backgrounds: what lies above something else has a frame."""
Window = Literal["all", "recent", "since"]
"""The steps in view: the whole run, the last ones, those since the last intervention."""
Ordinate = Literal["usual", "linear", "log"]
ORDINATES: dict[Ordinate, str] = {
    "usual": "y axes: loss log, accuracy linear",
    "linear": "y axes: loss and accuracy linear",
    "log": "y axes: loss log, accuracy by its error rate, log too: 90, 99, 99.9 %",
}
"""The y axes of the charts, in the order of the key."""

Choice = TypeVar("Choice", bound=str)


def following(choices: Sequence[Choice], present: str) -> Choice:
    """The choice behind the present one, around; the first one if that is none of them."""
    at = [str(choice) for choice in choices].index(present) if present in choices else -1
    return choices[(at + 1) % len(choices)]


@dataclass
class View:
    """The screen's own state; panels read it and the run state, and change neither."""

    state: RunState
    quantity: str = ""
    selected: int = 0
    """Index of the selected layer, 0 at the input."""
    pattern: str = ""
    """Layers whose names match are shown; all where it is empty."""
    order: Literal["depth", "worst"] = "depth"
    opened: list[tuple[int, int]] = field(default_factory=list)
    """Lanes that were opened, each inside the one before: positions in the roster."""
    prompt: Prompt | None = None
    """What takes the keys now, in the place of the finding line."""
    typed: list[str] = field(default_factory=list)
    """What was given to the knob prompt in this session, the oldest first."""
    chart: Literal["loss", "accuracy"] = "loss"
    """The chart that is shown where there is room for one only."""
    asked: Mapping[str, Value] = field(default_factory=dict)
    """What keys asked for and the run has not answered yet; the knob bar says so at once."""
    message: str = ""
    """A sentence for the finding line: why a key did nothing, where a file went."""
    caption: str | None = None
    """What a demo says about the picture; None: there is no demo, and no line for it."""
    window: Window = "all"
    ordinate: Ordinate = "usual"
    cursor: int | None = None
    """The step whose values are read; None without a cursor."""
    hover: tuple[int, int] | None = None
    """The step and the layer under the mouse: read instead of the cursor's."""
    colors: Colors = "truecolor"
    unicode: bool = True
    link: Link | None = None
    """The line to a terminal that is far away; a slow one is spared."""
    prescriptions: list[tuple[str, str | float | int]] = field(default_factory=list)
    """What the keys 1 to 9 would apply, as the doctor panel lists them."""
    walk: Walk | None = None
    """The lesson that is on."""
    table: tuple[Action, ...] = ACTIONS
    """The actions with the keys that this person chose: knob bar and footer name them."""

    def __post_init__(self) -> None:
        self.quantity = self.quantity or self.state.info.shows

    def fresh(self, state: RunState) -> View:
        """The view of another run: on the same terminal, by the same person."""
        return View(
            state, colors=self.colors, unicode=self.unicode, link=self.link, table=self.table,
            typed=self.typed, caption=self.caption,
        )  # fmt: skip

    @property
    def slow(self) -> bool:
        """Whether the line to the terminal is slow."""
        return self.link is not None and self.link.slow
