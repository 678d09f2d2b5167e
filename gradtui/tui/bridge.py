"""From the source to the screen: poll, reduce, examine, repaint, and leave the run its speed.

One callback does it all, and says when it wants to be called again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Protocol

from gradtui.core.clock import now, spent
from gradtui.core.commands import Command
from gradtui.core.records import Applied, Branch, Finding, Frame, Notice, Record, Sample
from gradtui.core.source import Punctual, Source
from gradtui.tui.returns import went
from gradtui.tui.steering import Steering
from gradtui.tui.tempo import Tempo
from gradtui.tui.urgency import is_urgent
from gradtui.tui.view import View

IDLE, MODEST, QUICK = 0.05, 0.1, 0.005
"""Seconds between two polls: of a lab, at least of a viewer, and while a command is unanswered."""
PATIENCE = 0.5
"""Seconds after a command that the quick polls go on."""
LOOKING = 0.01
"""The doctor takes so much of the time at most, but for what a person did and for a run's end."""
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
        answer: Callable[[], bool] = lambda: False,
        fps: int | None = None,
        doctor: Callable[[], Examiner] | None = None,
        opening: str = IMPORTING,
        crowded: Callable[[], bool] | None = None,
        clock: Callable[[], float] = now,
        spent: Callable[[], float] = spent,
    ) -> None:
        """`repaint(numbers)` draws; `answer()` draws at once the little that answers a key, and
        says whether it did; `doctor()` makes an examiner, at the first record.

        `spent()` says how many seconds the screen's thread has worked so far.
        `opening` is said until the run has left its first state. `crowded()` says whether others
        wait for the cores: of a viewer, whose run is trained elsewhere and goes first.
        """
        self.source, self.view, self.steering = source, view, Steering(view.state)
        self._repaint, self._answer = repaint, answer
        self._doctor, self._clock, self._spent = doctor, clock, spent
        self._answered = False
        """What is urgent was answered, and the rest of it is not painted yet."""
        self._tempo = Tempo(view.state.revision, fps, spent=spent, crowded=crowded)
        self._modest = crowded is not None
        self._punctual = source if isinstance(source, Punctual) else None
        self.on_news: Callable[[], object] = lambda: None
        """Told by any thread that there is something to poll, by sources that know it."""
        self._examiner: Examiner | None = None
        self._quick_until = self._message_at = -1e9
        self._opening = opening
        self._look_at, self._unseen = -1e9, False
        """When the doctor may look again unasked; something came that he has not looked at."""
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
        """Hand a command to the source, say what was asked for, look for the answer at once."""
        self._quick_until = self._clock() + PATIENCE
        self.source.send(command)
        if self._asks():
            self._answer()

    def _asks(self) -> bool:
        """Show what is asked for now; true if that is something else than before."""
        asked, self.view.asked = self.view.asked, self.steering.asked
        return asked != self.view.asked

    def say(self, sentence: str) -> None:
        """A sentence for the finding line; the next key or twelve seconds wipe it."""
        self.view.message, self._message_at = sentence, self._clock()

    def tick(self) -> float:
        """Do what is due; returns the seconds until the next call."""
        now = self._clock()
        urgent = self._take(self._poll())
        urgent = self._asks() or urgent
        if (
            self.view.message not in ("", self._opening)
            and now - self._message_at > MESSAGE_SECONDS
        ):
            self.view.message, urgent = "", True
        if urgent and not self._answered and self._answer():
            self._answered = True
            return QUICK
        self._paint(now, urgent or self._answered)
        self._answered = False
        if self.steering.waiting and now < self._quick_until:
            return QUICK
        # What comes sooner than it may be painted is all taken in at once.
        rest = self._tempo.rest(self._clock()) if self._modest else 0.0
        if self._punctual is not None:
            self._punctual.expect(rest, self.on_news)
            return rest + MODEST
        return max(rest, MODEST) if self._modest else IDLE

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
                    looked, self._look_at = False, -1e9
                urgent = is_urgent(record, self.view.state.specimen) or urgent
                self._reduce([record])
                if isinstance(record, Finding | Branch):
                    self._prescribe()
                if isinstance(record, Notice):
                    self.say(record.text)
                elif isinstance(record, Branch):
                    self.say(went(record))
                elif self.view.message == self._opening and self.view.state.word != "starting":
                    self.view.message = ""
        self._unseen = self._unseen or bool(records)
        if self._unseen and (urgent or self._clock() >= self._look_at):
            self._examine()
        return self._teach() or urgent

    def _measured(self, records: list[Record], *, looked: bool) -> bool:
        """Reduce frames and samples, all at once; true if the doctor has looked at a sample.

        A finding begins where it begins, not where a poll ends: the first sample is looked at.
        """
        first = next((i for i, r in enumerate(records, 1) if isinstance(r, Sample)), None)
        first = None if looked or self._clock() < self._look_at else first
        self._reduce(records[:first])
        if first is not None:
            self._examine()
            self._reduce(records[first:])
        return looked or first is not None

    def _reduce(self, records: list[Record]) -> None:
        """One that cannot be taken in costs no other."""
        for record in records:
            try:
                self.view.state.reduce([record])
                self.steering.heard(record)
            except Exception as error:
                self._bug(f"a {type(record).__name__} record", error)

    def _examine(self) -> None:
        """Let the doctor look at all that came."""
        state, began, self._unseen = self.view.state, self._spent(), False
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
        self._look_at = self._clock() + (self._spent() - began) / LOOKING

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
        kind = f"gradtui stumbled over {where}: {type(error).__name__}"
        if kind not in self._told:
            self._told.add(kind)
            self.say(f"{kind}: {error}")
            told = Notice(text=self.view.message, step=self.view.state.step or 0)
            self.view.state.reduce([told])
