"""Theta swings between two places, so that a probe reads how it moved and nobody keeps a copy.

An optimizer that writes theta beside where it was leaves both to be read. The higher place begins
one piece behind the lower one, and overlaps it otherwise. On the way down the first piece goes to
the room in front, and each of the others to where the one before it was, which has just been read
and is in the cache; on the way up it is the last piece that goes first. Two places that do not
overlap would cost as much as a copy: what has left the cache is written as slowly as it is read.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from gradtui.engine.optimizers import Eye, Rates, Rule, Slots
from gradtui.engine.parameters import Parameters
from gradtui.engine.probe.sums import LINE, lines


def places_of(parameters: Parameters, pieces: Sequence[slice]) -> list[Parameters]:
    """Where theta may lie, the lower place first; a small net stays where it is.

    `pieces` are those that an optimizer moves.
    """
    p = parameters
    if p.flat.device.type != "cpu" or p.small:
        return [p]
    behind = slice(p.n_plain, len(p.flat))
    longest = max(cut.stop - cut.start for cut in (*pieces, behind))
    shift = -(-longest // LINE) * LINE
    room = torch.from_numpy(lines(shift + len(p.flat)))
    room[: len(p.flat)] = p.flat
    return [p.at(room[: len(p.flat)]), p.at(room[shift:])]


def slots_of(places: Sequence[Parameters]) -> tuple[Slots, Slots, Slots]:
    """What moves the weights and biases, the norms' part, and the gates."""
    plain, norm, gate = (
        Slots(places[0].grad[cut], *(place.flat[cut] for place in places)) for cut in places[0].cuts
    )
    return plain, norm, gate


def swing(places: Sequence[Parameters], plain: Slots, rule: Rule, rates: Rates, eye: Eye) -> None:
    """One step of the weights and biases to the other place; what lies behind them comes along."""
    here, there = plain.at, 1 - plain.at
    down, behind = there < here, places[here].n_plain
    if not down:
        places[there].flat[behind:] = places[here].flat[behind:]
    plain.move(rule, rates, eye=eye)
    if down:
        places[there].flat[behind:] = places[here].flat[behind:]
