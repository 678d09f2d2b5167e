"""Which tags become rows, charts and numbers, out of all that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from gradtui.core.frozen import frozen
from gradtui.sources.scalars.tags import NAMES, Meaning, meaning

SHARES = ("dead", "saturated", "bias_rms")
"""A layer may have none of these; all else is shown where every row has it."""
NO_LAYER = "no layer's tag"
"""The row of a run whose tags name no layer."""


@frozen
class Layout:
    """Tags by what is made of them; "" where there is none."""

    layers: tuple[str, ...] = (NO_LAYER,)
    quantities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Quantity -> a tag for each row."""
    loss: str = ""
    accuracy: str = ""
    penalty: str = ""
    test_loss: str = ""
    test_accuracy: str = ""
    lr: str = ""

    @property
    def used(self) -> frozenset[str]:
        rows = {tag for tags in self.quantities.values() for tag in tags}
        scalars = {self.loss, self.accuracy, self.penalty, self.test_loss, self.test_accuracy}
        return frozenset(rows | scalars | {self.lr}) - {""}


def layout(tags: Iterable[str]) -> Layout:
    """The rows are the layers of the quantity that most layers have, as they first appear."""
    found = {tag: meaning(tag) for tag in tags}
    by_layer: dict[str, dict[str, str]] = {}
    for tag, what in found.items():
        if what.kind == "layer":
            by_layer.setdefault(what.quantity, {}).setdefault(what.layer, tag)
    layers, quantities = _rows(by_layer)
    return Layout(
        layers=layers,
        quantities=quantities,
        loss=_plainest(found, "loss", held_out=False),
        accuracy=_plainest(found, "accuracy", held_out=False),
        penalty=_plainest(found, "penalty", held_out=False),
        test_loss=_plainest(found, "loss", held_out=True),
        test_accuracy=_plainest(found, "accuracy", held_out=True),
        lr=_plainest(found, "lr", held_out=False),
    )


def _rows(
    by_layer: Mapping[str, Mapping[str, str]],
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    if not by_layer:
        return (NO_LAYER,), {}
    ranks = [name for name in ("signal", *NAMES) if name in by_layer and name not in SHARES]
    if not ranks:
        return (NO_LAYER,), {}
    main = max(ranks, key=lambda name: len(by_layer[name]))  # the first of several
    layers = in_depth(by_layer[main])
    kept = {}
    for name, tags in by_layer.items():
        named = [layer in tags for layer in layers]
        if all(named) or (name in SHARES and any(named)):
            kept[name] = tuple(tags.get(layer, "") for layer in layers)
    return layers, kept


def in_depth(names: Iterable[str]) -> tuple[str, ...]:
    """As they come, which is as the model was built; what an alphabet sorted, by its numbers."""
    given = tuple(names)
    if list(given) != sorted(given):
        return given
    return tuple(sorted(given, key=_natural))


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """fc2 before fc10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _plainest(found: Mapping[str, Meaning], kind: str, *, held_out: bool) -> str:
    """The tag whose name says least besides; of several the first."""
    those = [t for t, what in found.items() if what.kind == kind and what.held_out == held_out]
    return min(those, key=lambda tag: found[tag].foreign, default="")
