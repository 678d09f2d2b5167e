"""What a person must see at once, and what may wait for its turn."""

from __future__ import annotations

from gradtui.core.records import Applied, Branch, End, Eval, Info, Notice, Record, State
from gradtui.core.specimen import Specimen


def is_urgent(record: Record, shown: Specimen | None) -> bool:
    """Words, knobs and what a person chose are seen at once; measurements wait for their turn."""
    match record:
        case Eval(when=when):
            return when in ("before", "after", "end")
        case Specimen(layer=layer, weight=weight, ahead=ahead):
            return ahead or shown is None or (shown.layer, shown.weight) != (layer, weight)
    return isinstance(record, Applied | Branch | State | Notice | End | Info)
