"""What a person does in a lab, as a script that does it again."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from gradtui.catalog.specs import Request
from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.state import RunState
from gradtui.demos import made
from gradtui.demos.script import EVERY, RATE, WITHIN
from gradtui.tui.keymap import RESERVED

TOGETHER = 0.6
"""Seconds between two keys that belong to one scene."""
LEAVES = ("q", "Q")
HINT = '# caption = "…" in a scene is what the line above the footer says.\n'


@dataclass
class Deed:
    """Keys that came one after the other, and when."""

    run: int
    step: int | None
    """The newest step, as the person saw it at the first of the keys."""
    began: float
    ended: float
    keys: list[str] = field(default_factory=list)


class Notebook:
    """Takes keys down; the file is a whole script after every one of them.

    `UsageError` at the beginning if there is a file already, or none can be.
    """

    def __init__(self, file: Path, request: Request, now: float) -> None:
        self.file, self._request, self._began = file, request, now
        self._deeds: list[Deed] = []
        self._steps, self._seconds = 0, 0.0
        self._seen: tuple[RunState, int, float] | None = None
        self._runs: list[RunState] = []
        self._fault: OSError | None = None
        self._made = False
        """The file is there: with the first key, for who leaves before leaves nothing behind."""
        try:
            file.touch(exist_ok=False)
            file.unlink()
        except FileExistsError as error:
            raise UsageError(f"--record {str(file)!r} exists; another name keeps both.") from error
        except OSError as error:
            raise UsageError(f"--record {str(file)!r}: {error.strerror or error}.") from error

    def heard(self, key: str, state: RunState, now: float) -> None:
        """A key was pressed while the run was in this state."""
        self._pace(state, now)
        if key in RESERVED:
            return
        if not self._runs or self._runs[-1] is not state:
            self._runs.append(state)
        run, last = len(self._runs), self._deeds[-1] if self._deeds else None
        if last is not None and last.run == run and now - last.ended < TOGETHER:
            last.ended = now
            last.keys.append(key)
        else:
            self._deeds.append(Deed(run, state.step, now, now, [key]))
        self._save(now)

    def close(self, state: RunState, now: float) -> str:
        """The person has left; a sentence about what was taken down.

        `GradtuiError` if the file could not be written; `script` still has it all.
        """
        self._pace(state, now)
        if self._deeds and self._deeds[-1].keys[-1] in LEAVES:
            self._deeds[-1].keys.pop()
            if not self._deeds[-1].keys:
                self._deeds.pop()
        self._save(now)
        if self._fault is not None:
            raise GradtuiError(f"{self.file}: {self._fault.strerror or self._fault}.")
        count = sum(len(deed.keys) for deed in self._deeds)
        return f"{self.file}: {count} keys, {now - self._began:.0f} s; gradtui demo plays it."

    def _pace(self, state: RunState, now: float) -> None:
        """How many steps the run makes a second, by all the time that it trained."""
        step = -1 if state.step is None else state.step
        if self._seen is not None and self._seen[0] is state and step > self._seen[1] >= 0:
            self._steps += step - self._seen[1]
            self._seconds += now - self._seen[2]
        self._seen = (state, step, now)

    def script(self, now: float) -> str:
        """The script so far."""
        rate = self._steps / self._seconds if self._seconds > 0 else RATE
        text = HINT + made.head(
            f"What was done in {self._request.experiment}.", self._request, float(f"{rate:.3g}")
        )
        before = Deed(1, None, self._began, self._began)
        for deed, behind in zip([before, *self._deeds], [*self._deeds, None], strict=True):
            text += self._scene(deed, behind, now)
        return text

    def _scene(self, deed: Deed, behind: Deed | None, now: float) -> str:
        """The keys of a deed, and what there is to wait for until the next one."""
        gaps = len(deed.keys) - 1
        every = round((deed.ended - deed.began) / gaps, 2) if gaps > 0 else EVERY
        entries: dict[str, object] = {
            "press": " ".join(deed.keys) or None, "every": every if gaps > 0 else None,
        }  # fmt: skip
        gone = (now if behind is None else behind.began) - deed.ended
        moved = behind is not None and behind.step is not None and (
            behind.run != deed.run or deed.step is None or behind.step > deed.step
        )  # fmt: skip
        if moved and behind is not None:
            entries |= {"until": f"step {behind.step}", "within": max(WITHIN, round(4 * gone))}
        else:
            entries["wait"] = round(max(gone, 0.0), 2)
        return made.scene(**entries)

    def _save(self, now: float) -> None:
        """A full disk must not end the lab; it is told at the end."""
        beside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            beside.write_text(self.script(now), encoding="utf-8")
            if not self._made:
                self.file.touch(exist_ok=False)  # another's that came meanwhile stays
                self._made = True
            beside.replace(self.file)
            self._fault = None
        except OSError as error:
            self._fault = error
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
