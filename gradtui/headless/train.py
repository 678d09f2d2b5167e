"""`gradtui train`: a run from its start to its end, and the exit status that it deserves."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gradtui.core.errors import GradtuiError
from gradtui.core.records import Record
from gradtui.core.source import Source
from gradtui.core.state import RunState
from gradtui.headless.follow import Sink, caught_signals, follow
from gradtui.headless.jsonl import Lines
from gradtui.headless.report import Report


def train(
    source: Source,
    *,
    as_json: bool,
    every: int,
    path: Path | None = None,
    past: Iterable[Record] = (),
    more: Mapping[str, Any] | None = None,
) -> int:
    """Write the run as JSON Lines, or a progress bar and a summary; gives the exit status.

    0, or 128+n after signal n. A run that failed is a `GradtuiError` with its cause, raised
    when everything is written. `path` is the run file, if there is one. `past`: what was before
    a run that goes on; `more` stands in the first record of JSON.
    """
    state = RunState(source.info)
    state.reduce(past)
    sink: Sink
    if as_json:
        sink = Lines(state, sys.stdout, every, path, more)
    else:
        sink = Report(state, sys.stdout, sys.stderr, path)
    with caught_signals() as caught:
        follow(source, state, sink, caught)
    if caught:
        return 128 + caught[0]
    if state.end is not None and state.end.state == "failed":
        raise GradtuiError(f"the run failed: {state.end.cause}")
    return 0
