"""Words for findings, which the doctor panel and the finding line share."""

from __future__ import annotations

from gradtui.core.language import tr
from gradtui.core.records import Finding, Value
from gradtui.core.state import RunState
from gradtui.doctor import verdicts
from gradtui.tui import numbers
from gradtui.tui.grid import fit

SIGNS = {
    verdict.word: (verdict.glyph, verdict.role)
    for verdict in vars(verdicts).values()
    if isinstance(verdict, verdicts.Verdict)
}
LONGEST = 14
"""Cells that a layer's name takes in a sentence."""
OTHER = ("!", "growing")
"""Glyph and role of a finding that is no verdict on layers."""


def sign(finding: Finding) -> tuple[str, str]:
    """Glyph and role."""
    return SIGNS.get(_word(finding), OTHER)


def _word(finding: Finding) -> str:
    """The verdict of which it is a kind."""
    return finding.name.removesuffix(" in time")


def held(state: RunState) -> list[Finding]:
    """The findings that hold, the gravest first."""
    grades = {v.word: v.grade for v in vars(verdicts).values() if isinstance(v, verdicts.Verdict)}
    holding = [finding for finding in state.findings.values() if finding.last is None]
    return sorted(holding, key=lambda finding: -grades.get(_word(finding), 0))


def cured(state: RunState) -> Finding | None:
    """The finding that an intervention ended last."""
    ended = [f for f in state.findings.values() if f.last is not None and f.cured_by is not None]
    return max(ended, key=lambda finding: finding.last or 0, default=None)


def where(finding: Finding, layers: tuple[str, ...]) -> str:
    """`fc1 to fc10`, `fc1 and fc2`, `every layer`."""
    found = [fit(name, LONGEST) for name in finding.layers]
    if len(found) == len(layers) > 1:
        return tr("every layer")
    if len(found) <= 2:
        return tr(" and ").join(found)
    at = [layers.index(name) for name in finding.layers if name in layers]
    if len(at) == len(found) == max(at) - min(at) + 1:
        return tr("{first} to {last}").format(first=found[0], last=found[-1])
    return tr("{count} layers").format(count=len(found))


def since(finding: Finding) -> str:
    """`since step 0`; when it is over `steps 0 to 299`."""
    if finding.last is None:
        return tr("since step {step}").format(step=finding.first)
    if finding.last == finding.first:
        return tr("at step {step}").format(step=finding.first)
    return tr("steps {first} to {last}").format(first=finding.first, last=finding.last)


def change(knob: str, value: Value) -> str:
    """A prescription in full: `activation → tanh`."""
    return f"{knob} → {numbers.knob(value)}"


def brief(knob: str, value: Value) -> str:
    """A prescription where room is short: `tanh`, `layer norm`, `init he`, `rescale`."""
    word = numbers.knob(value)
    if knob in ("activation", "regularizer", "optimizer"):
        return word
    if knob == "norm" and word != "none":
        return f"{word} norm"
    return knob if word in ("", "critical") else f"{knob} {word}"
