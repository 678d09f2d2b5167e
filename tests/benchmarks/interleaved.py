"""Timing several ways of doing the same, in turns, so that noise hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Times:
    """Seconds a call, one row a round: {name: [rounds]}."""

    seconds: Mapping[str, np.ndarray]

    def median(self, name: str) -> float:
        return float(np.median(self.seconds[name]))

    def ratio(self, name: str, base: str) -> float:
        """Median over the rounds of the ratio within a round."""
        return float(np.median(self.seconds[name] / self.seconds[base]))


def interleave(
    ways: Mapping[str, Callable[[], object]],
    *,
    calls: int,
    rounds: int = 21,
    warm_up: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """Time `calls` calls of each way a round; the order turns with every round."""
    for way in ways.values():
        for _ in range(warm_up):
            way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            way = ways[name]
            began = clock()
            for _ in range(calls):
                way()
            seconds[name].append((clock() - began) / calls)
    return Times({name: np.array(taken) for name, taken in seconds.items()})
