"""A folder of event files: which run is in it, and what its files say that is new.

Reading them needs the package tensorboard, of the extra `gradtui[tensorboard]`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradtui.core.errors import UsageError
from gradtui.core.text import printable
from gradtui.sources.scalars.tags import HELD_OUT, TRAIN

MARK = "tfevents"
"""What the name of an event file holds."""
PARTS = TRAIN | HELD_OUT
"""Folders of these names are parts of one run, as Keras writes them."""
NAMED = 5
STRING = 7
"""DT_STRING of tensorflow's types.proto."""

Point = tuple[str, int, float, float]
"""Tag, step, value, wall time."""


class Folder:
    """The event files of one run."""

    def __init__(self, path: Path) -> None:
        """`UsageError` where there are none, or those of several runs, or no tensorboard."""
        self.path = path
        self._load = _loader()
        self.parts = _parts(path)
        """Folder -> what its tags begin with."""
        self._open: dict[Path, Any] = {}
        self._broken: set[Path] = set()

    def files(self) -> Iterator[tuple[Path, str]]:
        """The files as they were begun, and what their tags begin with."""
        for part, prefix in self.parts.items():
            for file in sorted(part.glob(f"*{MARK}*")):
                if file not in self._broken and file.is_file():
                    yield file, prefix

    def changed(self) -> float:
        """Wall time of the last write to any of them."""
        times = [file.stat().st_mtime for file, _ in self.files()]
        return max(times, default=0.0)

    def points(self) -> Iterator[Point]:
        """What came since the last call. A file that cannot be read is left alone from then on."""
        for file, prefix in list(self.files()):
            try:
                yield from self._of(file, prefix)
            except Exception:  # whatever a stranger's bytes do to protobuf
                self._broken.add(file)
                self._open.pop(file, None)

    def _of(self, file: Path, prefix: str) -> Iterator[Point]:
        if file not in self._open:
            self._open[file] = self._load(str(file))
        for event in self._open[file].Load():
            for value in event.summary.value:
                number = scalar(value)
                if number is not None and value.tag:
                    yield f"{prefix}{value.tag}", event.step, number, event.wall_time


def scalar(value: Any) -> float | None:
    """The number of a Summary.Value; None if it holds something else."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or value.tensor.dtype == STRING:
        return None
    tensor = value.tensor
    if any(dim.size != 1 for dim in tensor.tensor_shape.dim):
        return None
    for numbers in (tensor.float_val, tensor.double_val, tensor.int_val, tensor.int64_val):
        if len(numbers) == 1:
            return float(numbers[0])
    from tensorboard.util import tensor_util

    found = tensor_util.make_ndarray(tensor)
    return float(found.item()) if found.size == 1 and found.dtype.kind in "fiu" else None


def _parts(path: Path) -> dict[Path, str]:
    """The folders of the run, and what the tags of each begin with."""
    told = printable(str(path))
    if not path.is_dir():
        raise UsageError(f"there is no folder {told!r}.")
    found = sorted({file.parent for file in path.rglob(f"*{MARK}*")})
    if not found:
        raise UsageError(f"{told} holds no TensorBoard event files (events.out.tfevents.…).")
    if path in found or len(found) == 1:
        return {path if path in found else found[0]: ""}
    if all(part.parent == found[0].parent and part.name.lower() in PARTS for part in found):
        return {part: f"{part.name}/" for part in found}
    names = [printable(str(part.relative_to(path))) for part in found]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    raise UsageError(
        f"{told} holds {len(names)} runs, and one fits a screen: name the folder of one, "
        f"{', '.join(names[:NAMED])}{more}."
    )


def _loader() -> Any:
    """The class that reads one file, from where it was left."""
    try:
        from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
    except ImportError:
        raise UsageError(
            "event files are read with tensorboard: pip install 'gradtui[tensorboard]'."
        ) from None
    # It would write on the screen.
    logging.getLogger("tensorboard").setLevel(logging.CRITICAL)
    return LegacyEventFileLoader
