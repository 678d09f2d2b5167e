"""The rows of a Transformer, block by block; Vaswani et al. 2017."""

from __future__ import annotations

SELF = ("q", "k", "v", "out")
CROSS = ("xq", "xk", "xv", "xout")
FEED = ("ffn1", "ffn2")


def rows(name: str, depth: int, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """`dec1.q`, `dec1.k`, … of a stack of so many blocks."""
    return tuple(f"{name}{i + 1}.{kind}" for i in range(depth) for kind in kinds)
