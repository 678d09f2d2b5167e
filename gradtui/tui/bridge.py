"""From the source to the screen: poll, reduce, examine, repaint, and leave the run its speed.

One callback does it all, and says when it wants to be called again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Protocol

from gradtui.core.clock import now, spent
from gradtui.core.commands import Command
from gradtui.core.records import (
    Applied,
    Branch,
    End,
    Eval,
    Finding,
    Frame,
    Info,
    Notice,
    Record,
    Sample,
    State,
)
from gradtui.core.source import Source
from gradtui.core.specimen import Specimen
from gradtui.tui.returns import went
from gradtui.tui.steering import Steering
from gradtui.tui.tempo import Tempo
from gradtui.tui.view import View

IDLE, MODEST, QUICK = 0.05, 0.1, 0.005
"""Seconds between two polls: of a lab, of a viewer, and while a command is unanswered."""
PATIENCE = 0.5
"""Seconds after a command that the quick polls go on."""
MESSAGE_SECONDS = 12.0
PRESCRIPTIONS = 9
IMPORTING = "importing torch; the first step comes in a few seconds"


class Examiner(Protocol):
    """A doctor over one run state; its notices tell of rules that were left out."""

    notices: list[Notice]

    def examine(self) -> list[Finding]:
        """Findings that are new, have changed or have ended."""


class Bridge:
    """Moves records from a source into a view's run state, and tells when to repaint."""

    def __init__(
        self,
        source: Source,
        view: View,
        repaint: Callable[[bool], None],
        *,
        fps: int | None = None,
        doctor: Callable[[], Examiner] | None = None,
        opening: str = IMPORTING,
        modest: bool = False,
        clock: Callable[[], float] = now,
        spent: Callable[[], float] = spent,
    ) -> None:
        """`repaint(numbers)` draws; `doctor()` makes an examiner, at the first record.

        `spent()` says how many seconds the screen's thread has worked so far.
        `opening` is said until the run has left its first state. `modest`: the run is trained
        elsewhere, and this is one of its viewers.
        """
        self.source, self.view, self.steering = source, view, Steering(view.state)
        self._repaint, self._doctor, self._clock = repaint, doctor, clock
        self._tempo = Tempo(view.state.revision, fps, modest=modest, spent=spent)
        self._idle = MODEST if modest else IDLE
        self._examiner: Examiner | None = None
        self._quick_until = self._message_at = -1e9
        self._opening = opening
        self._told: set[str] = set()
        self._heard_notices = 0

    def start(self) -> None:
        """Begin the run, behind a line that says what takes so long, or what went before."""
        self.say(self.view.message or self._opening)
        self._repaint(True)
        try:
            self.source.start()
        except Exception as error:
            self._bug("starting the run", error)

    def send(self, command: Command) -> None:
        """Hand a command to the source and look for its answer at once."""
        self._quick_until = self._clock() + PATIENCE
        self.source.send(command)

    def say(self, sentence: str) -> None:
        """A sentence for the finding line; the next key or twelve seconds wipe it."""
        self.view.message, self._message_at = sentence, self._clock()

    def tick(self) -> float:
        """Do what is due; returns the seconds until the next call."""
        now = self._clock()
        urgent = self._take(self._poll())
        if (
            self.view.message not in ("", self._opening)
            and now - self._message_at > MESSAGE_SECONDS
        ):
            self.view.message, urgent = "", True
        self._paint(now, urgent)
        quick = self.steering.waiting and now < self._quick_until
        return QUICK if quick else self._idle

    def _poll(self) -> list[Record]:
        try:
            return self.source.poll()
        except Exception as error:
            self._bug("reading the run", error)
            return []

    def _take(self, records: list[Record]) -> bool:
        """Reduce records; true if one of them must be seen at once."""
        urgent, looked = False, False
        for measured, group in groupby(records, lambda record: isinstance(record, Frame | Sample)):
            if measured:
                looked = self._measured(list(group), looked=looked)
                continue
            for record in group:
                if isinstance(record, Applied | Branch):
                    self._examine()  # what held until now ends here
                    self._teach()
                    looked = False
                urgent = _is_urgent(record, self.view.state.specimen) or urgent
                self._reduce([record])
                if isinstance(record, Finding | Branch):
                    self._prescribe()
                if isinstance(record, Notice):
                    self.say(record.text)
                elif isinstance(record, Branch):
                    self.say(went(record))
                elif self.view.message == self._opening and self.view.state.word != "starting":
                    self.view.message = ""
        if records:
            self._examine()
        return self._teach() or urgent

    def _measured(self, records: list[Record], *, looked: bool) -> bool:
        """Reduce frames and samples, all at once; true if the doctor has looked at a sample.

        A finding begins where it begins, not where a poll ends: the first sample is looked at.
        """
        first = next((i for i, r in enumerate(records, 1) if isinstance(r, Sample)), None)
        if looked or first is None:
            self._reduce(records)
            return looked
        self._reduce(records[:first])
        self._examine()
        self._reduce(records[first:])
        return True

    def _reduce(self, records: list[Record]) -> None:
        try:
            self.view.state.reduce(records)
            for record in records:
                self.steering.heard(record)
        except Exception as error:
            self._bug(f"a {type(records[0]).__name__} record", error)

    def _examine(self) -> None:
        """Let the doctor look: a few times a poll, for its half millisecond makes keys late."""
        state = self.view.state
        if self._doctor is None:
            return
        try:
            self._examiner = self._examiner or self._doctor()
            findings = self._examiner.examine()
            told = self._examiner.notices[self._heard_notices :]
        except Exception as error:
            self._bug("the doctor", error)
            return
        self._heard_notices += len(told)
        state.reduce([*findings, *told])
        if findings or told:
            self.source.keep([*findings, *told])
        for notice in told:
            self.say(notice.text)
        if findings:
            self._prescribe()

    def _teach(self) -> bool:
        """Let a lesson look at the run; true if it ticked something off."""
        lesson = self.view.walk
        try:
            return lesson is not None and lesson.follow(self.view.state)
        except Exception as error:
            self._bug("the lesson", error)
            return False

    def _prescribe(self) -> None:
        """What the keys 1 to 9 apply: the prescriptions of the findings that hold."""
        held = (f for f in self.view.state.findings.values() if f.last is None)
        listed = dict.fromkeys(p for finding in held for p in finding.prescriptions)
        self.view.prescriptions = list(listed)[:PRESCRIPTIONS]

    def _paint(self, now: float, urgent: bool) -> None:
        link = self.view.link
        slow = link is not None and link.slow
        if link is not None and slow and not urgent and not link.rested:
            return
        numbers = self._tempo.due(now, self.view.state.revision, urgent=urgent, slow=slow)
        if numbers is not None:
            self._repaint(numbers)

    def _bug(self, where: str, error: Exception) -> None:
        """One notice for each kind of bug; the run goes on."""
        text = f"gradtui stumbled over {where}: {type(error).__name__}: {error}"
        if text not in self._told:
            self._told.add(text)
            self.view.state.reduce([Notice(text=text, step=self.view.state.step or 0)])
            self.say(text)


def _is_urgent(record: Record, shown: Specimen | None) -> bool:
    """Words, knobs and what a person chose are seen at once; measurements wait for their turn."""
    match record:
        case Eval(when=when):
            return when in ("before", "after", "end")
        case Specimen(layer=layer, weight=weight, ahead=ahead):
            return ahead or shown is None or (shown.layer, shown.weight) != (layer, weight)
    return isinstance(record, Applied | Branch | State | Notice | End | Info)
