"""Records and commands as JSON, and back. What comes back was checked: a file may be a stranger's.

Floats that are not finite are the words nan, inf and -inf, for JSON has no number for them.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, get_args

from gradtui.core.commands import Command, Pause, Redo, Resume, Set, Step, Stop, Undo
from gradtui.core.records import (
    Applied,
    Branch,
    End,
    Eval,
    Finding,
    Info,
    Notice,
    Record,
    RunWord,
    State,
    Value,
    When,
)
from gradtui.core.text import printable

Reader = Callable[[Any], Any]
MOST = 100_000
"""Entries of a list or a table: more layers than any net here has."""
BIGGEST, LARGEST = 2**62, sys.float_info.max


class UnreadableError(ValueError):
    """A document that is not what it should be."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UnreadableError(f"{value!r:.40} is no text")
    return printable(value)


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) > BIGGEST:
        raise UnreadableError(f"{value!r:.40} is no whole number")
    return value


def _number(value: Any) -> float:
    if value in ("nan", "inf", "-inf"):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise UnreadableError(f"{value!r:.40} is no number")
    return float(value)


def _value(value: Any) -> Value:
    """Of a knob. A number keeps being what it was: 64 is not 64.0 to a knob."""
    if isinstance(value, str):
        return printable(value)
    return _whole(value) if type(value) is int else _number(value)


def _one_of(*words: str) -> Reader:
    def read(value: Any) -> str:
        if value not in words:
            raise UnreadableError(f"{value!r:.40} is none of {', '.join(words)}")
        return str(value)

    return read


def _rows(entry: Reader) -> Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > MOST:
            raise UnreadableError(f"{value!r:.40} is no list")
        return tuple(entry(each) for each in value)

    return read


def _pair(one: Reader, two: Reader) -> Reader:
    def read(value: Any) -> tuple[Any, Any]:
        if not isinstance(value, list) or len(value) != 2:
            raise UnreadableError(f"{value!r:.40} is no pair")
        return one(value[0]), two(value[1])

    return read


def _table(entry: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > MOST:
            raise UnreadableError(f"{value!r:.40} is no table")
        return {printable(name): entry(each) for name, each in value.items()}

    return read


def _or_none(entry: Reader) -> Reader:
    return lambda value: None if value is None else entry(value)


APPLIED: dict[str, Reader] = {"step": _whole, "knob": _text, "old": _value, "value": _value}
FIELDS: dict[type[Record], dict[str, Reader]] = {
    Info: {
        "experiment": _text, "question": _text, "model": _text, "data": _text, "device": _text,
        "seed": _whole, "layers": _rows(_text), "knobs": _table(_value), "classes": _whole,
        "steps_per_epoch": _whole, "rows": _whole, "steps": _whole, "sample_every": _whole,
        "locked": _table(_text), "shapes": _rows(_pair(_whole, _whole)),
        "shows": _text,
    },
    Eval: {
        "step": _whole, "when": _one_of(*get_args(When)), "loss": _number, "accuracy": _number,
        "exact_match": _or_none(_number),
    },
    Applied: APPLIED,
    Branch: {
        "step": _whole, "how": _one_of("undo", "redo"), "parent": _whole, "since": _whole,
        "left": _whole, "knobs": _table(_value),
        "changes": _rows(lambda value: _read(Applied, APPLIED, value)),
    },
    Finding: {
        "name": _text, "step": _whole, "first": _whole, "last": _or_none(_whole),
        "layers": _rows(_text), "evidence": _rows(_text),
        "prescriptions": _rows(_pair(_text, _value)),
        "cured_by": _or_none(lambda value: _read(Applied, APPLIED, value)),
    },
    Notice: {"text": _text, "step": _whole, "refused": _text},
    State: {"word": _one_of(*get_args(RunWord)), "step": _whole, "cause": _text},
    End: {
        "steps": _whole, "accuracy": _number,
        "state": _one_of("finished", "stopped", "failed"), "cause": _text,
    },
}  # fmt: skip
"""The records that are kept as JSON, and what reads each field of theirs."""
KINDS = {kind.__name__.lower(): kind for kind in FIELDS}
COMMON: dict[str, Reader] = {"run": _text, "branch": _whole}
COMMANDS: dict[str, tuple[type, dict[str, Reader]]] = {
    "set": (Set, {"knob": _text, "value": _value}),
    "pause": (Pause, {}),
    "resume": (Resume, {}),
    "step": (Step, {}),
    "undo": (Undo, {}),
    "redo": (Redo, {}),
    "stop": (Stop, {}),
}
"""What can be asked of a run through its file."""


def kind_of(record: Record) -> str:
    """The name under which a record is kept; `KeyError` for one that is not kept as JSON."""
    kind = type(record).__name__.lower()
    if kind not in KINDS:
        raise KeyError(kind)
    return kind


def write_record(record: Record) -> str:
    """A record as JSON."""
    fields = {**COMMON, **FIELDS[type(record)]}
    return write({name: getattr(record, name) for name in fields})


def read_record(kind: str, text: str) -> Record:
    """The record again; `UnreadableError` if it is none."""
    if kind not in KINDS:
        raise UnreadableError(f"unknown record {kind!r:.40}")
    found: Record = _read(KINDS[kind], {**COMMON, **FIELDS[KINDS[kind]]}, read(text))
    return found


def _read(kind: type, fields: Mapping[str, Reader], content: Any) -> Any:
    if not isinstance(content, dict):
        raise UnreadableError(f"{content!r:.40} is no {kind.__name__}")
    try:
        return kind(**{n: reader(content[n]) for n, reader in fields.items() if n in content})
    except TypeError as error:
        raise UnreadableError(f"an incomplete {kind.__name__}") from error


def write_command(command: Command) -> str:
    """A command as JSON; `KeyError` for one that cannot go through a file."""
    name = type(command).__name__.lower()
    fields = COMMANDS[name][1]
    return write({"do": name} | {field: getattr(command, field) for field in fields})


def read_command(text: str) -> Command:
    """The command again; `UnreadableError` if it is none."""
    content = read(text)
    name = content.get("do") if isinstance(content, dict) else None
    if not isinstance(name, str) or name not in COMMANDS:
        raise UnreadableError(f"unknown command {name!r:.40}")
    found: Command = _read(*COMMANDS[name], content)
    return found


def write(content: Any) -> str:
    """Plain values, mappings, sequences and interventions as JSON."""
    return json.dumps(plain(content), ensure_ascii=False, allow_nan=False)


def plain(content: Any) -> Any:
    """The same out of dicts, lists, strings and finite numbers alone."""
    if isinstance(content, float):
        return content if math.isfinite(content) else str(content)
    if isinstance(content, Mapping):
        return {str(name): plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(value) for value in content]
    if isinstance(content, Applied):
        return {name: plain(getattr(content, name)) for name in APPLIED}
    return content


def read(text: Any) -> Any:
    """What a JSON text says; `UnreadableError` if it says nothing."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnreadableError("no JSON") from error


def _refuse(word: str) -> float:
    raise ValueError(word)
