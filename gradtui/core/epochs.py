"""How many times a run has seen its training rows, also when the batch size changes."""

from __future__ import annotations

from dataclasses import replace

from gradtui.core.frozen import frozen
from gradtui.core.records import Value


@frozen
class Epochs:
    """Counts from a step on, with one batch size; the last, smaller batch of an epoch is kept."""

    rows: int
    size: int
    start: int = 0
    """The first step with this size."""
    whole: int = 0
    """Epochs that were full at `start`, and rows of the next one that were seen."""
    seen: int = 0

    @classmethod
    def begin(cls, rows: int, batch_size: Value) -> Epochs:
        """Before the first step; `full` is a batch of all rows."""
        return cls(rows, _size(rows, batch_size))

    def _place(self, steps: int) -> tuple[int, int]:
        """(whole epochs, rows of the next one) after so many steps of the run."""
        made = steps - self.start
        first = -(-(self.rows - self.seen) // self.size)  # batches to the end of the present one
        if made < first:
            return self.whole, self.seen + made * self.size
        more, rest = divmod(made - first, -(-self.rows // self.size))
        return self.whole + 1 + more, rest * self.size

    def after(self, steps: int) -> float:
        """Epochs after so many steps of the run, as a decimal number."""
        whole, seen = self._place(steps)
        return whole + seen / self.rows

    def resized(self, step: int, batch_size: Value) -> Epochs:
        """From the step with this index on, batches have another size."""
        whole, seen = self._place(step)
        size = _size(self.rows, batch_size)
        return replace(self, size=size, start=step, whole=whole, seen=seen)


def _size(rows: int, batch_size: Value) -> int:
    return rows if batch_size == "full" else max(1, min(int(batch_size), rows))
