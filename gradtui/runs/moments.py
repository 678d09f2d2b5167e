"""The moments of a run: where each step lies, what stood there, where something happened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from gradtui.core.frames import cut
from gradtui.core.frozen import frozen
from gradtui.core.records import Applied, Finding, Frame, Record
from gradtui.runs import blocks, sampled
from gradtui.runs.blobs import BrokenError
from gradtui.runs.order import Place, merged
from gradtui.runs.overview import Overview, events
from gradtui.runs.reader import RunFile


@frozen
class Block:
    """Rows of frames that lie together: `behind` rows up to its end, steps first to last."""

    behind: int
    count: int
    branch: int
    first: int
    last: int


class Moments:
    """An index of a run file, read once. A moment is a number of rows: all that came before."""

    def __init__(self, file: RunFile) -> None:
        self.file = file
        with file.guarded():
            rows = file.file.execute(
                "SELECT behind, count, branch, first, last FROM frames ORDER BY behind"
            )
            self._blocks = [Block(*row) for row in rows]
            self._starts = [block.behind - block.count for block in self._blocks]
            self._applied, self._found = self._happened()
        self.rows = self._blocks[-1].behind if self._blocks else 0

    def _happened(self) -> tuple[list[int], list[int]]:
        """Where there were interventions; where a finding began to hold, or ceased."""
        applied, found = [], []
        held: set[str] = set()
        for at, record in events(self.file.file, evals=False):
            if isinstance(record, Applied):
                applied.append(at)
            elif isinstance(record, Finding):
                holds = record.last is None
                if holds != (record.name in held):
                    found.append(at)
                (held.add if holds else held.discard)(record.name)
        return sorted(set(applied)), sorted(set(found))

    def row_of(self, step: int) -> int:
        """The moment at which the step with this index has just been made, the last time it was.

        The nearest one there is.
        """
        best = 0
        for block in reversed(self._blocks):
            if block.first <= step <= block.last:
                return block.behind - block.count + self._within(block, step) + 1
            if block.last < step:
                best = max(best, block.behind)
        return best or min(1, self.rows)

    def _within(self, block: Block, step: int) -> int:
        """Steps may be missing where a slow disk had them merged."""
        if block.last - block.first + 1 == block.count:
            return step - block.first
        steps = self._scalars(block).steps
        return min(int(bisect_left(steps.tolist(), step)), block.count - 1)

    def _scalars(self, block: Block) -> Frame:
        with self.file.guarded():
            head, branch, behind, count = self.file.file.execute(
                "SELECT head, branch, behind, count FROM frames WHERE behind >= ?"
                " ORDER BY behind LIMIT 1", (block.behind,),
            ).fetchone()  # fmt: skip
            # Of a run that is still trained, blocks become one while it is played.
            start = block.behind - block.count - (behind - count)
            if start < 0:
                raise BrokenError("it was trained anew while it was played")
            whole = blocks.unpack_scalars(head, branch, count)
            return cut(whole, start, start + block.count)

    def leap(self, row: int, what: str, way: int) -> int | None:
        """The next or previous moment of an intervention, or of a finding; None if there is none.

        The step that shows it has been made then.
        """
        moments = [at + 1 for at in (self._applied if what == "intervention" else self._found)]
        at = bisect_right(moments, row) if way > 0 else bisect_left(moments, row) - 1
        return min(moments[at], self.rows) if 0 <= at < len(moments) else None

    def standing(self, row: int) -> tuple[int, int]:
        """The branch, and the step that was made last; -1 before the first one."""
        if not row:
            return (self._blocks[0].branch if self._blocks else 0), -1
        block = self._blocks[bisect_left([b.behind for b in self._blocks], row)]
        within = row - (block.behind - block.count) - 1
        if block.last - block.first + 1 == block.count:
            return block.branch, block.first + within
        return block.branch, int(self._scalars(block).steps[within])

    def past(self, row: int, most: int | None = None) -> tuple[list[Record], Place]:
        """What a screen needs that begins at this moment, and the place from which to go on.

        `most`: so many cells of the past are enough.
        """
        with self.file.guarded(), self.file.moment():
            place = self._place(row)
            whole = Overview(self.file.file, self.file.info, place, most)
            return list(whole.records()), place

    def _place(self, row: int) -> Place:
        query = "SELECT coalesce(max(id), 0) FROM {} WHERE at <= ?"
        found = [
            self.file.file.execute(query.format(table), (row,)).fetchone()[0]
            for table in ("event", "histograms")
        ]
        return Place(row, self._sampled(row), *found)

    def _sampled(self, row: int) -> int:
        """How many samples had been taken."""
        branch, step = self.standing(row)
        before = 0
        for behind, count, own, at, first, last in self.file.file.execute(
            "SELECT behind, count, branch, at, first, last FROM samples ORDER BY behind"
        ):
            if at >= row or (own == branch and first > step):
                break
            before = behind
            if own == branch and last > step:
                body = self.file.file.execute(
                    "SELECT body FROM samples WHERE behind = ?", (behind,)
                ).fetchone()[0]
                steps, _ = sampled.unpack_rows(body, count, len(self.file.info.layers))
                return int(behind - count + bisect_right(steps.tolist(), step))
        return int(before)

    def onwards(self, place: Place) -> Iterator[Record]:
        """All that came after a place, in order."""
        with self.file.guarded():
            yield from merged(*self.file.streams(place), place.rows)
