"""Many steps at once: what a history keeps of them, for a screen that comes late to a run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.records import Record

Floats32 = NDArray[np.float32]
Counts = NDArray[np.int32]


@frozen
class Cells:
    """One quantity over n spans of steps, [n, L]; magnitudes as log10, as histories have them."""

    mean: Floats32
    """Of the finite values; nan where there is none."""
    low: Floats32
    high: Floats32
    last: Floats32
    zeros: Counts | None = None
    """How many values were 0, inf, nan; None: nowhere one."""
    infs: Counts | None = None
    nans: Counts | None = None

    def flaws(self) -> tuple[Counts | None, Counts | None, Counts | None]:
        """In the order in which buckets keep them."""
        return self.zeros, self.infs, self.nans


@frozen(kw_only=True)
class Folded(Record):
    """Layer statistics of a run's past. It spans no intervention; steps rise from one to the next.

    A cell holds the steps that have one quotient by `width`, counted from the last intervention.
    """

    width: int
    first: NDArray[np.int64]
    """[n] The first step of each cell."""
    rows: Counts
    """[n] How many steps each one holds."""
    quantities: Mapping[str, Cells]


@frozen(kw_only=True)
class Rewound(Record):
    """All that was told is void: what follows is the same run from its start, up to a step."""
