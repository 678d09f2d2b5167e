"""The one table of commands: bindings, footer, help, palette and `gradtui list keys` read it.

Nothing here imports Textual, so that a command line without a screen can list the keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby, zip_longest
from typing import Literal

from gradtui.core.frozen import frozen
from gradtui.core.language import tr

Group = Literal["the run", "knobs", "look", "understand", "a recording"]
GROUPS: tuple[Group, ...] = ("the run", "knobs", "look", "understand")
RECORDED: tuple[Group, ...] = ("a recording", "the run", "look", "understand")
"""What the help has of a recording, where no knob can be turned."""


@frozen
class Turn:
    """Sends `Set`: the next value of a knob (the previous one if not `up`)."""

    knob: str
    up: bool = True


@frozen
class Call:
    """Calls `do_<name>` of the main screen; it looks, or sends a command that changes no knob."""

    name: str
    number: int | None = None


@frozen
class Action:
    """Something that a key does."""

    id: str
    """Users rebind by it: `activation.next = "a"` in keys.toml."""
    keys: str
    """Textual's names of the keys, with commas between them."""
    label: str
    """The word beside the key in the footer; actions with one label share a line of the help."""
    sentence: str
    """What it does, for the palette and `gradtui list keys`."""
    group: Group
    does: Turn | Call
    line: str = ""
    """What the help says for all actions of this label; the sentence where it is empty."""
    footer: bool = False


FAR = 10**6
"""More columns than any screen has."""


def _pair(key: str, back: str, knob: str, word: str, up: str, down: str, line: str) -> list[Action]:
    """Two actions that turn one knob both ways."""
    return [
        Action(f"{knob}.{up}", key, knob, f"{word}: {up}", "knobs", Turn(knob), line),
        Action(f"{knob}.{down}", back, knob, f"{word}: {down}", "knobs", Turn(knob, up=False)),
    ]


ACTIONS: tuple[Action, ...] = (
    Action("pause", "space", "pause", "pause, go on", "the run", Call("pause"), footer=True),
    Action("step", ".", "step", "one step", "the run", Call("step"), footer=True),
    Action("undo", "u", "undo", "undo: back to before the last intervention", "the run",
           Call("travel", -1), "undo the last intervention, redo it", footer=True),
    Action("redo", "U", "undo", "redo: forward to where the last undo left", "the run",
           Call("travel", 1)),
    Action("experiment", "e", "experiment", "choose an experiment", "the run", Call("experiment"),
           footer=True),
    Action("quit", "q", "quit", "quit", "the run", Call("quit"),
           "quit; quit, and leave it training", footer=True),
    Action("background", "Q", "quit", "close the screen; the run goes on without it", "the run",
           Call("background")),
    *_pair("a", "A", "activation", "activation", "next", "previous", "activation, next, previous"),
    *_pair("r", "R", "regularizer", "regularizer", "next", "previous", "regularizer"),
    *_pair("]", "[", "strength", "strength", "up", "down", "strength up, down"),
    *_pair("+,=", "-", "lr", "learning rate", "up", "down", "learning rate up, down"),
    Action("clip", "c", "clip", "gradient clipping", "knobs", Turn("clip")),
    Action("norm", "n", "norm", "normalisation", "knobs", Turn("norm")),
    Action("optimizer", "o", "optimizer", "optimizer", "knobs", Turn("optimizer")),
    Action("init", "i", "init", "re-initialise the weights", "knobs", Call("init"), footer=True),
    Action("knob", ":", "knob", "any knob: KNOB=VALUE", "knobs", Call("knob"), footer=True),
    Action(
        "quantity", "g", "quantity", "next quantity of the lanes", "look", Call("quantity"),
        "signal, grad norm, update ratio, weight norm, dead share", footer=True,
    ),
    Action(
        "layer.up", "up,k", "layer", "select the layer above", "look", Call("select", 1),
        "select a layer", footer=True,
    ),
    Action("layer.down", "down,j", "layer", "select the layer below", "look", Call("select", -1)),
    Action(
        "lane.open", "z", "open lane", "open the lane: its layers get most of the rows", "look",
        Call("lane", 1), "open, fold a lane of several layers",
    ),
    Action("lane.close", "Z", "open lane", "fold the lane that was opened last", "look",
           Call("lane", -1)),
    Action("filter", "/", "filter", "show the layers whose names match", "look", Call("filter"),
           "layers by name: part of it, or * and ?"),
    Action("order", "b", "order", "layers by depth, or the worst first", "look", Call("order")),
    Action(
        "detail", "enter", "detail", "the selected layer in detail", "look", Call("detail"),
        "the layer: histograms, statistics, neighbours", footer=True,
    ),
    Action(
        "histograms", "h", "histograms", "histograms of the layer over time", "look",
        Call("detail", 1), "its histograms over time",
    ),
    Action("time", "v", "view", "next view: what the net says, the gradient through time", "look",
           Call("time"), "what a net says, gradient through time"),
    Action(
        "chart", "tab", "chart", "loss or accuracy", "look", Call("chart"),
        "the other chart, where there is room for one",
    ),
    Action(
        "cursor", "x", "cursor", "cursor: exact values at a step", "look", Call("cursor"),
        "a cursor: exact values at a step", footer=True,
    ),
    *(
        Action(f"cursor.{name}", keys, "move", f"cursor: {word}", "look", Call("move", columns),
               "move it, by ten, to the ends")
        for name, keys, word, columns in (
            ("left", "left", "one column back", -1),
            ("right", "right", "one column on", 1),
            ("back", "shift+left", "ten columns back", -10),
            ("on", "shift+right", "ten columns on", 10),
            ("first", "home", "to the first column", -FAR),
            ("last", "end", "to the newest column", FAR),
        )
    ),
    Action("back", "escape", "back", "back: leave the cursor, an open lane, the filter, the order",
           "look", Call("back"), "leave the cursor, an open lane, the filter, the order"),
    Action(
        "window", "w", "window", "window: all steps, the last ones, those since the intervention",
        "look", Call("window"), "all steps, the last, since the last marker",
    ),
    Action(
        "ordinate", "y", "log y", "y axes: log or linear", "look", Call("ordinate"),
        "y axes: log or linear",
    ),
    Action(
        "screenshot", "s", "screenshot", "screenshot: SVG and text, in files", "look",
        Call("screenshot"), "SVG and text; ctrl+s in windows",
    ),
    Action("theme", "t", "theme", "next theme", "look", Call("theme"), footer=True),
    *(
        Action(
            f"prescription.{n}", str(n), "prescription", f"apply prescription {n}", "understand",
            Call("prescription", n), "apply a prescription of the doctor",
        )
        for n in range(1, 10)
    ),
    Action(
        "lesson", "l", "lesson", "lesson: the formulas with this run's numbers", "understand",
        Call("lesson"), footer=True,
    ),
    Action(
        "guide", "L", "guide", "the page of this experiment's lesson", "understand", Call("guide"),
    ),
    Action(
        "help", "?", "help", "the keys, and how to read the screen", "understand", Call("help"),
        footer=True,
    ),
    Action("palette", "ctrl+p", "commands", "all commands", "understand", Call("palette")),
    Action("replay.back", "comma", "step back", "one step back", "a recording",
           Call("move_by", -1), "a step back, 100 back, 100 on"),
    Action("replay.far_back", "left_curly_bracket", "step back", "100 steps back",
           "a recording", Call("move_by", -100)),
    Action("replay.far_on", "right_curly_bracket", "step back", "100 steps on", "a recording",
           Call("move_by", 100)),
    Action("replay.slower", "less_than_sign", "speed", "half as fast", "a recording",
           Call("pace", -1), "speed: slower, faster"),
    Action("replay.faster", "greater_than_sign", "speed", "twice as fast", "a recording",
           Call("pace", 1)),
    Action("replay.marker", "right_parenthesis", "leap", "leap to the next intervention",
           "a recording", Call("leap_marker", 1), "leap to the next intervention, the one before"),
    Action("replay.marker_back", "left_parenthesis", "leap", "leap to the intervention before",
           "a recording", Call("leap_marker", -1)),
    Action("replay.finding", "quotation_mark", "finding", "to the next finding",
           "a recording", Call("leap_finding", 1), "to the next finding, the one before"),
    Action("replay.finding_back", "apostrophe", "finding", "to the finding before",
           "a recording", Call("leap_finding", -1)),
)  # fmt: skip

SHOWN = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
SPELT = {
    "full_stop": ".", "right_square_bracket": "]", "left_square_bracket": "[", "plus": "+",
    "minus": "-", "equals_sign": "=", "question_mark": "?", "comma": ",", "colon": ":",
    "slash": "/", "left_curly_bracket": "{", "right_curly_bracket": "}", "less_than_sign": "<",
    "greater_than_sign": ">", "left_parenthesis": "(", "right_parenthesis": ")",
    "quotation_mark": '"', "apostrophe": "'",
}  # fmt: skip


def rebound(keymap: Mapping[str, str]) -> tuple[Action, ...]:
    """The table with the keys that a person chose, by action id."""
    return tuple(replace(action, keys=keymap.get(action.id, action.keys)) for action in ACTIONS)


def key_names(action: Action, *, arrows: bool = True) -> list[str]:
    """The keys of an action as people write them: `↑`, `k` (without `arrows`: `up`, `k`)."""
    return list(_written(action.keys, arrows))


@cache
def _written(keys: str, arrows: bool) -> tuple[str, ...]:
    spelt = [SPELT.get(key.strip(), key.strip()) for key in keys.split(",") if key]
    return tuple(SHOWN.get(key, key) for key in spelt) if arrows else tuple(spelt)


def key_of(action: Action | None) -> str:
    """The first key of an action, as people write it; nothing without one."""
    return next(iter(_written(action.keys, True)), "") if action else ""


def lines(
    table: tuple[Action, ...], group: Group, *, arrows: bool = True
) -> Iterator[tuple[str, str]]:
    """The help lines of a group: (keys, what they do), one for each label."""
    chosen = [action for action in table if action.group == group]
    for _, run in groupby(chosen, key=lambda action: action.label):
        actions = list(run)
        every = [key_names(action, arrows=arrows) for action in actions]
        names = [keys for keys in every if keys]
        if not names:
            keys = "–" if arrows else "-"
        elif len(names) > 2:
            keys = f"{names[0][0]} … {names[-1][0]}" if arrows else f"{names[0][0]}-{names[-1][0]}"
        else:  # `=` is `+` without the shift key: it goes without saying
            turns = [key for turn in zip_longest(*names) for key in turn if key not in (None, "=")]
            keys = " ".join(str(key) for key in turns)
        yield keys, tr(actions[0].line or actions[0].sentence)


def rows(table: tuple[Action, ...] = ACTIONS) -> list[dict[str, str]]:
    """What `gradtui list keys` shows: the keys, id and sentence of every action."""
    return [
        {"keys": " ".join(key_names(a, arrows=False)) or "none", "id": a.id, "does": tr(a.sentence)}
        for a in table
    ]
