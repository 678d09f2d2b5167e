"""A demo, read from TOML: the run, and the scenes that are played on it. All is checked here.

```toml
about = "A deep sigmoid net does not learn; tanh cures it."
experiment = "vanishing"     # with seed, set, at, steps … as options of `lab`
rate = 60                    # steps a second

[[scene]]                    # in this order: caption, keys, until, wait
caption = "Fifteen sigmoid layers."
until = "step 120"
within = 10                  # seconds
[[scene]]
press = "a"                  # keys, with blanks between them
wait = 2                     # seconds
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from gradtui.catalog import experiment
from gradtui.catalog.knobs import knob
from gradtui.catalog.specs import Request, assignment, build_spec, intervention
from gradtui.core.errors import UsageError, unknown
from gradtui.core.frozen import frozen
from gradtui.demos.conditions import Condition, condition
from gradtui.demos.lines import line_of
from gradtui.tui.keymap import key

RATE = 60.0
"""Steps a second, unless the script says otherwise."""
WITHIN, EVERY = 30.0, 0.15
"""Seconds that a condition has, and between two keys of one scene."""
LONGEST = 3600.0
NUMBERS = {"rate": (0.1, 10_000), "within": (0.0, LONGEST), "wait": (0.0, LONGEST),
           "every": (0.0, 10.0)}  # fmt: skip
WHOLES = {"seed": 0, "steps": 1, "epochs": 1, "sample_every": 1}
"""Entries that are whole numbers, and the least of them."""
TRAINED = ("experiment", "seed", "set", "at", "steps", "epochs", "data", "sample_every")
RUN = ("about", "replay", *TRAINED, "rate", "scene")
SCENE = ("caption", "press", "type", "set", "every", "until", "within", "wait")


@frozen
class Scene:
    """A caption, then keys, then what to wait for."""

    line: int
    """Of its head in the script."""
    caption: str | None = None
    """None: the one before stays."""
    keys: tuple[str, ...] = ()
    every: float = EVERY
    """Seconds from key to key."""
    until: Condition | None = None
    within: float = WITHIN
    """Seconds that the condition has."""
    wait: float = 0.0
    """Seconds after all that."""


@frozen
class Script:
    """A demo as it will be played."""

    label: str
    """What a person calls it: a name, or the path of a file."""
    about: str
    request: Request
    scenes: tuple[Scene, ...]
    rate: float | None = None
    """Steps a second; None: RATE, or what a recorded run is played at."""
    replay: str = ""
    """The file of a recorded run that is played, instead of one that is trained."""
    text: str = field(default="", repr=False)


def read(label: str, text: str) -> Script:
    """The demo of a TOML text; `UsageError` names the line and what is wrong there."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{label}: {error}.") from error
    return _Reader(label, text).script(table)


def load(label: str, file: Path) -> Script:
    """The demo of a file."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no text in UTF-8.") from error
    return read(label, text)


class _Reader:
    """Knows where in the text the values stand that it reads."""

    def __init__(self, label: str, text: str) -> None:
        self.label, self.text = label, text

    def script(self, table: Mapping[str, Any]) -> Script:
        self._known(table, RUN, ())
        scenes = table.get("scene", [])
        if not isinstance(scenes, list) or not all(isinstance(one, dict) for one in scenes):
            self._wrong(("scene",), "scenes are tables, each under a line [[scene]].")
        if not scenes:
            raise UsageError(f"{self.label}: it has no [[scene]], so nothing happens in it.")
        about = self._word(table, "about", ())
        return Script(
            self.label,
            about or "A demo without a description.",
            self._request(table),
            tuple(self._scene(one, i) for i, one in enumerate(scenes)),
            self._number(table, "rate", (), RATE) if "rate" in table else None,
            self._replay(table),
            self.text,
        )

    def _replay(self, table: Mapping[str, Any]) -> str:
        file = self._word(table, "replay", ()) or ""
        if "replay" in table:
            for name in TRAINED:
                if name in table:
                    self._wrong((name,), f"{name} is for a run that is trained, not for a replay.")
        return file

    def _request(self, table: Mapping[str, Any]) -> Request:
        name = self._word(table, "experiment", ()) or "vanishing"
        self._try(("experiment",), "", lambda: experiment(name))
        sets = self._words(table, "set", assignment)
        at = self._words(table, "at", intervention)
        whole = {key: self._whole(table, key, least) for key, least in WHOLES.items()}
        request = Request(
            name, sets, at, whole["steps"], whole["epochs"], whole["seed"] or 0, "cpu",
            self._word(table, "data", ()), sample_every=whole["sample_every"] or 10,
        )  # fmt: skip
        self._try(("set",) if sets else ("experiment",), "", lambda: build_spec(request))
        return request

    def _scene(self, scene: Mapping[str, Any], number: int) -> Scene:
        path: tuple[str | int, ...] = ("scene", number)
        self._known(scene, SCENE, path)
        until = self._word(scene, "until", path)
        if until is None and "within" in scene:
            self._wrong((*path, "within"), "within is the time limit of an until; there is none.")
        return Scene(
            line=line_of(self.text, path),
            caption=self._word(scene, "caption", path),
            keys=self._keys(scene, path),
            every=self._number(scene, "every", path, EVERY),
            until=None
            if until is None
            else self._try((*path, "until"), "", lambda: condition(until)),
            within=self._number(scene, "within", path, WITHIN),
            wait=self._number(scene, "wait", path, 0.0),
        )

    def _keys(self, scene: Mapping[str, Any], path: tuple[str | int, ...]) -> tuple[str, ...]:
        """Those of press, then the letters of type, then what gives a knob its value."""
        pressed = (self._word(scene, "press", path) or "").split()
        keys: list[str] = [
            self._try((*path, "press"), "", partial(key, "press", name)) for name in pressed
        ]
        typed = self._word(scene, "type", path) or ""
        if not typed.isprintable():
            self._wrong((*path, "type"), "type takes letters that can be shown; press takes keys.")
        keys += typed
        given = self._word(scene, "set", path)
        if given is not None:
            name, _ = self._try((*path, "set"), "", lambda: assignment(given))
            if knob(name).fixed:
                self._wrong((*path, "set"), f"{name} is fixed at the start of a run.")
            keys += [":", *given, "enter"]
        return tuple("space" if one == " " else one for one in keys)

    def _known(self, table: Mapping[str, Any], names: tuple[str, ...], path: Any) -> None:
        for name in table:
            if name not in names:
                error = unknown("entry", name, names)
                self._wrong((*path, name), str(error))

    def _word(self, table: Mapping[str, Any], name: str, path: Any) -> str | None:
        value = table.get(name)
        if value is not None and not isinstance(value, str):
            self._wrong((*path, name), f'{name} takes a text in quotes, such as "…".')
        return value

    def _words(
        self, table: Mapping[str, Any], name: str, check: Callable[[str], object]
    ) -> tuple[str, ...]:
        listed = table.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            self._wrong((name,), f"{name} takes a list of texts in quotes.")
        for word in listed:
            self._try((name,), word, partial(check, word))
        return tuple(listed)

    def _number(self, table: Mapping[str, Any], name: str, path: Any, default: float) -> float:
        value, (low, high) = table.get(name, default), NUMBERS[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            self._wrong((*path, name), f"{name} takes a number from {low:g} to {high:g}.")
        return float(value)

    def _whole(self, table: Mapping[str, Any], name: str, least: int) -> int | None:
        value = table.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self._wrong((name,), f"{name} takes a whole number from {least} on.")
        return int(value)

    def _try(self, path: Any, word: str, deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except UsageError as error:
            self._wrong(path, str(error), word)

    def _wrong(self, path: Any, sentence: str, word: str = "") -> NoReturn:
        line = line_of(self.text, path, word)
        raise UsageError(f"{self.label}, line {line}: {sentence}")
