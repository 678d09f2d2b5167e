"""A run file as what exporters read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from gradtui.core.records import Info, Record
from gradtui.core.spec import Spec
from gradtui.runs.reader import RunFile


class Recorded:
    """A run file that is open; the caller closes it."""

    def __init__(self, file: RunFile) -> None:
        self.file = file

    @property
    def info(self) -> Info:
        return self.file.info

    @property
    def path(self) -> Path:
        return self.file.path

    @property
    def began(self) -> float:
        """As the id says; of a file with another name, when it was last written."""
        try:
            return time.mktime(time.strptime(self.file.id[:15], "%Y%m%d-%H%M%S"))
        except ValueError:
            return self.file.path.stat().st_mtime

    def spec(self) -> Spec:
        return self.file.spec()

    def records(self) -> Iterator[Record]:
        return self.file.records()
