"""JSON Lines: exactly the records that `gradtui train --json` writes."""

from __future__ import annotations

from pathlib import Path

from gradtui.core.state import RunState
from gradtui.headless.export.format import Format
from gradtui.headless.export.recording import Recording, followed, newest_info
from gradtui.headless.export.staging import Staging
from gradtui.headless.jsonl import Lines


def write(recording: Recording, path: Path, staging: Staging, every: int) -> None:
    # The first line is of a run whose data and device are known, as train's is.
    state = RunState(newest_info(recording))
    lines = Lines(state, staging.text(path), every, recording.path)
    lines.take(state.info)
    for record in followed(recording):
        lines.take(record)
    lines.close()


entry = Format(
    name="jsonl",
    sentence="the records of `gradtui train --json`, one a line",
    ending=".jsonl",
    write=write,
)
