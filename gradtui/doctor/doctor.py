"""The doctor: runs the rules over a run state, and says what changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from gradtui import catalog
from gradtui.catalog import evidence
from gradtui.core.entries import Rule
from gradtui.core.records import Finding, Notice
from gradtui.core.state import HOLD, RunState


class Doctor:
    """Call `examine` after every `RunState.reduce`, and reduce what it gives.

    A rule that raises is told once in `notices` and left out from then on: a broken rule takes
    neither the screen nor the training down. `rules` are those of the catalog unless given, in
    the order of their gravity.
    """

    def __init__(self, state: RunState, rules: Iterable[Rule] | None = None) -> None:
        self.state = state
        self._rules = list(catalog.all_rules() if rules is None else rules)
        self.notices: list[Notice] = []
        """What went wrong with rules, the oldest first."""
        self._told: dict[str, Finding] = {}
        """The findings that hold, by rule, as they were last told."""
        self._held: dict[str, int] = {}
        """The last step at which each of them held."""
        self._seen: tuple[object, ...] = ()
        self._samples = 0
        self._told_at: dict[str, int] = {}
        """How many samples there were when each was last told."""
        self._branch = state.branch
        self._go_back()

    def examine(self) -> list[Finding]:
        """Findings that opened, ended, or whose evidence changed; nothing most of the time.

        Costs a comparison unless a sample, a state word, an intervention or a nan came.
        """
        state = self.state
        if state.branch != self._branch:
            self._go_back()
        framed = evidence.framed(state)
        seen = (id(state.sample), state.word, len(state.markers), framed, np.isfinite(state.loss))
        if seen == self._seen:
            return []
        self._samples += seen[:1] != self._seen[:1]
        self._seen = seen
        changed = []
        for rule in list(self._rules):
            told = self._told.get(rule.name)
            found = self._check(rule)
            news = self._ended(rule, told) if found is None else self._holds(rule, told, found)
            if news is not None:
                changed.append(news)
        return changed

    def _go_back(self) -> None:
        """The run went to where it was once: what held there holds, since when it held there."""
        self._branch, self._seen = self.state.branch, ()
        held = {f.name: f for f in self.state.findings.values() if f.last is None}
        self._told = {rule.name: held[rule.name] for rule in self._rules if rule.name in held}
        self._held = dict.fromkeys(self._told, self._step())
        self._told_at = dict.fromkeys(self._told, self._samples)

    def _check(self, rule: Rule) -> Finding | None:
        try:
            return rule.check(self.state)
        except Exception as error:
            self._rules.remove(rule)
            reason = f"{type(error).__name__}: {error}"
            text = f"The rule {rule.name!r} failed and is left out ({reason})."
            self.notices.append(Notice(run=self.state.info.run, text=text, step=self._step()))
            return None

    def _holds(self, rule: Rule, told: Finding | None, found: Finding) -> Finding | None:
        """The finding, if it is new, touches other layers, says more, or was told a while ago.

        A while grows with the run, so that a long one does not fill with repeated findings.
        """
        self._held[rule.name] = found.step
        if told is not None:
            found = dataclasses.replace(found, first=told.first)
            same = (found.layers, found.prescriptions) == (told.layers, told.prescriptions)
            wait = max(HOLD, self._samples // 10)
            fresh = self._samples - self._told_at[rule.name] < wait
            alike = fresh and len(found.evidence) == len(told.evidence)
            if same and (found.evidence == told.evidence or alike):
                return None
        self._told[rule.name] = found
        self._told_at[rule.name] = self._samples
        return found

    def _ended(self, rule: Rule, told: Finding | None) -> Finding | None:
        """The finding's last word: cured by an intervention, if one came since it began.

        What ends because the numbers stopped being finite was not cured.
        """
        if told is None:
            return None
        del self._told[rule.name]
        made = (applied for applied in self.state.markers if not applied.undone)
        since = [applied for applied in made if applied.step > told.first]
        lost = evidence.not_finite(self.state).any()
        return dataclasses.replace(
            told,
            step=self._step(),
            last=max(told.first, self._held[rule.name]),
            cured_by=since[-1] if since and not lost else None,
        )

    def _step(self) -> int:
        return self.state.step or 0
