"""The plate below: the keys that the knob bar does not show."""

from __future__ import annotations

from gradtui.tui.actions import key_of
from gradtui.tui.grid import Area, Grid, Spans, length
from gradtui.tui.panels.picture import Picture

IDS = (
    "pause", "step", "undo", "quantity", "layer.up", "chart", "cursor", "init", "knob",
    "experiment", "theme", "lesson", "help", "quit",
)  # fmt: skip
RECORDED = (
    "pause", "replay.back", "step", "replay.slower", "replay.faster", "replay.marker",
    "replay.finding", "knob", "quantity", "layer.up", "chart", "cursor", "theme", "help", "quit",
)  # fmt: skip
"""Of a recording."""
GOES = (
    "filter", "lane.open", "replay.slower", "cursor", "theme", "quantity", "lesson", "step", "undo",
    "init", "layer.up", "knob", "chart", "experiment",
)  # fmt: skip
"""What goes first where columns are few."""


def paint(grid: Grid, picture: Picture) -> None:
    """Key in brass, word beside it."""
    grid = grid.at(Area(0, picture.layout.footer, grid.width, 1))
    for x, spans, _ in places(picture):
        grid.spans(x, 0, spans)
    grid.paper("sel")


def keys_of(picture: Picture) -> object:
    """What the plate depends on."""
    state = picture.state
    steered = bool(state.markers or state.left)
    return picture.view.table, state.info.recording, steered, picture.layout


def places(picture: Picture) -> list[tuple[int, Spans, str]]:
    """Where each key stands in the plate: x, its words, the id of its action."""
    table = {action.id: action for action in picture.view.table if action.keys}
    recording = picture.state.info.recording
    ids = [name for name in (RECORDED if recording else IDS) if name in table]
    if "undo" in ids and not picture.state.markers and not picture.state.left:
        ids.remove("undo")
    both = picture.layout.loss is not None and picture.layout.accuracy is not None
    if both and "chart" in ids:
        ids.remove("chart")
    if any(end - first > 1 for first, end in picture.layout.groups):
        at = ids.index("layer.up") + 1 if "layer.up" in ids else len(ids)
        ids[at:at] = [name for name in ("lane.open", "filter") if name in table]
    if picture.layout.knobs is None and "activation.next" in table:
        ids.insert(1, "activation.next")
    gap, margin = (2, 0) if picture.layout.compact else (3, 1)

    def spans(name: str) -> Spans:
        action = table[name]
        keys = key_of(action)
        if name == "layer.up" and "layer.down" in table:
            keys += key_of(table["layer.down"])
        label = "next act" if name == "activation.next" else action.label
        label = "go to step" if recording and name == "knob" else label
        return [(keys, "key", True), (f" {label}", "muted", False)]

    room = picture.layout.width - 2 * margin
    for name in GOES:
        if sum(length(spans(i)) + gap for i in ids) - gap <= room:
            break
        if name in ids:
            ids.remove(name)
    x, found = margin, []
    for name in ids:
        found.append((x, spans(name), name))
        x += length(spans(name)) + gap
    return found
