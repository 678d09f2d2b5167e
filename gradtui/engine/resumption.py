"""How a run goes on from a checkpoint of another process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradtui.core.frozen import frozen
from gradtui.engine.checkpoint import FAULTS, Checkpoint, misfit, restore
from gradtui.engine.undo import Past

if TYPE_CHECKING:
    from gradtui.engine.training import Training


@frozen
class Resumption:
    """The newest state of a run, and those before interventions that undo may go back to."""

    state: Checkpoint
    longer: bool = False
    """The length is that of the spec now, not that of the state."""
    pasts: tuple[Past, ...] = ()


def resume(training: Training, resumption: Resumption) -> None:
    """Put a fresh run where the other one was; `UsageError` if the state does not fit."""
    state, document = resumption.state, resumption.state.document
    length, pasts = training.length, resumption.pasts
    restore(training, state)
    if resumption.longer:
        training.length = training.end = length
        pasts = tuple(_of_length(past, length) for past in pasts)
    try:
        training.branches = int(document["branches"])
        training.outbox.branch = int(document["branch"])
        numbers = [int(number) for number in document["undos"]]
    except FAULTS as error:
        raise misfit(error) from error
    training.undos.again({past.number: past for past in pasts}, numbers)


def _of_length(past: Past, length: int) -> Past:
    """Undo leaves the length as it is now."""
    document = past.before.document | {"length": length, "end": length}
    return replace(past, before=replace(past.before, document=document))
