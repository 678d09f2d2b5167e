"""Layers fold by block: `enc1.q` … `enc1.ffn2` share lanes before any of them meets `enc2.q`."""

from __future__ import annotations

from itertools import pairwise

Group = tuple[int, int]
"""Neighbouring positions that share a lane: (first, behind the last)."""


def block(name: str) -> str:
    """What stands before the last dot of a name; a name without one is a block of its own."""
    return name.rpartition(".")[0] or name


def blocks(names: tuple[str, ...], group: Group) -> list[Group]:
    """The blocks of a group of positions, the lowest first."""
    first, end = group
    edges = [i for i in range(first + 1, end) if block(names[i]) != block(names[i - 1])]
    return list(pairwise([first, *edges, end]))


def fold(names: tuple[str, ...], group: Group, lanes: int) -> tuple[Group, ...]:
    """A group cut into at most so many lanes, the highest first.

    Where there are blocks a lane holds as many layers as any other, but never of two blocks;
    of blocks that are too many for that it holds several whole ones.
    """
    if group[1] <= group[0]:
        return ()
    lanes, found = max(lanes, 1), blocks(names, group)
    if len(found) in (1, group[1] - group[0]):
        return cut(group, -(-(group[1] - group[0]) // lanes))
    if len(found) > lanes:
        whole = cut((0, len(found)), -(-len(found) // lanes))
        return tuple((found[first][0], found[end - 1][1]) for first, end in whole)
    share = 1
    while sum(-(-(end - first) // share) for first, end in found) > lanes:
        share += 1
    return tuple(lane for each in reversed(found) for lane in cut(each, share))


def cut(group: Group, share: int) -> tuple[Group, ...]:
    """Into lanes of so many positions, the last one first."""
    first, end = group
    return tuple((max(behind - share, first), behind) for behind in range(end, first, -share))


def label(names: tuple[str, ...], group: Group) -> str:
    """The name of a lane: `fc10`, `enc1`, `enc1.v–q`, `enc3–1`; of plain layers `10–9`."""
    first, end = group
    top, bottom = names[end - 1], names[first]
    if end - first == 1:
        return top
    upper, lower = block(top), block(bottom)
    if upper == lower:
        inside = (first and block(names[first - 1]) == lower) or (
            end < len(names) and block(names[end]) == upper
        )
        return f"{top}–{bottom[len(lower) + 1 :]}" if inside else upper
    if (upper, lower) == (top, bottom):
        return f"{_number(top)}–{_number(bottom)}"
    same = upper.rstrip("0123456789") == lower.rstrip("0123456789")
    return f"{upper}–{_number(lower) if same else lower}"


def _number(name: str) -> str:
    """The digits that a name ends in, for rows of layers have their letters in common."""
    return name[len(name.rstrip("0123456789")) :] or name
