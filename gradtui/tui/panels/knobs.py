"""The knob bar: key, name and present value of what a key can turn."""

from __future__ import annotations

from gradtui.core.frozen import frozen
from gradtui.tui import numbers
from gradtui.tui.actions import Action, key_of
from gradtui.tui.grid import Grid, Spans, length
from gradtui.tui.panels.picture import Picture

OFF = ("none", numbers.UNKNOWN)
ASKED = "…"
"""Behind a value that was asked for and is not applied yet."""


@frozen
class Item:
    """A knob in the bar: its actions by id, and its short name ("" if the value names itself)."""

    knob: str
    actions: tuple[str, ...]
    short: str


ITEMS = (
    Item("activation", ("activation.next",), ""),
    Item("regularizer", ("regularizer.next",), "reg"),
    Item("strength", ("strength.down", "strength.up"), "strength"),
    Item("lr", ("lr.up", "lr.down"), "lr"),
    Item("clip", ("clip",), "clip"),
    Item("norm", ("norm",), "norm"),
    Item("optimizer", ("optimizer",), ""),
)


def paint(grid: Grid, picture: Picture) -> None:
    """The longest form that fits; the last knobs go first."""
    y = picture.layout.knobs
    for x, spans, _ in places(picture) if y is not None else ():
        grid.spans(x, y or 0, spans)


def values_of(picture: Picture) -> object:
    """What the bar depends on."""
    view, state = picture.view, picture.state
    changed = {marker.knob for marker in state.markers if not marker.undone}
    return (
        view.table, {**state.knobs}, {**view.asked}, state.info.locked, changed, picture.layout,
    )  # fmt: skip


def places(picture: Picture) -> list[tuple[int, Spans, Item]]:
    """Where each knob stands in its row: x, its words, the knob."""
    margin = picture.layout.columns.margin
    room = picture.layout.width - 2 * margin
    table = {action.id: action for action in picture.view.table}
    long = [(_spans(picture, item, table, long=True), item) for item in ITEMS]
    off = picture.state.knobs.get("regularizer", "none") == "none"
    kept = [item for item in ITEMS if not (off and item.knob == "strength")]
    short = [(_spans(picture, item, table, long=False), item) for item in kept]
    forms = [(long, 4), (long, 3), (short, 3), (short, 2)]
    if picture.layout.compact:
        forms = forms[-1:]
    parts, gap = next(((p, g) for p, g in forms if _width(p, g) <= room), forms[-1])
    x, found = margin, []
    for spans, item in parts:
        if x + length(spans) > margin + room:
            break
        found.append((x, spans, item))
        x += length(spans) + gap
    return found


def _width(parts: list[tuple[Spans, Item]], gap: int) -> int:
    return sum(length(spans) for spans, _ in parts) + gap * (len(parts) - 1)


def _spans(picture: Picture, item: Item, table: dict[str, Action], *, long: bool) -> Spans:
    keys = "".join(key_of(table.get(name)) for name in item.actions)
    locked = item.knob in picture.state.info.locked
    asked = item.knob in picture.view.asked
    value = shown(picture, item.knob)
    changed = any(
        marker.knob == item.knob and not marker.undone for marker in picture.state.markers
    )
    name = item.knob if long else item.short
    role = "faint" if locked or value in OFF else "mark" if changed or asked else "ink"
    if asked:
        value += ASKED
    return [
        (keys, "faint" if locked else "key", not locked),
        (f" {name} " if name else " ", "faint" if locked else "muted", False),
        (value, role, role != "faint"),
    ]


def shown(picture: Picture, knob: str) -> str:
    """A knob's value, or the one asked for: `sgd 0.9`, `1e-4`, `–` where it is not in use."""
    knobs = {**picture.state.knobs, **picture.view.asked}
    if knob not in knobs or (knob == "strength" and knobs.get("regularizer", "none") == "none"):
        return numbers.UNKNOWN
    text = numbers.knob(knobs[knob])
    momentum = knobs.get("momentum", 0)
    if knob == "optimizer" and momentum and text in ("sgd", "rmsprop"):
        return f"{text} {numbers.knob(momentum)}"
    return text
