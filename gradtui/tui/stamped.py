"""What is written to the terminal, and when: a recording needs both."""

from __future__ import annotations

import os
from typing import ClassVar

from gradtui.core import clock
from gradtui.tui.awake import Awake

END = "end"


class Stamped(Awake):
    """Tells a descriptor the second and the size of every write, in lines `SECONDS BYTES`.

    It writes at once, where Textual's driver leaves that to a thread that knows no clock.
    """

    stamps: ClassVar[int]

    def write(self, data: str) -> None:
        file = self._file
        assert file is not None
        file.write(data)
        file.flush()
        size = len(data.encode(file.encoding, "replace"))
        os.write(self.stamps, f"{clock.now():.6f} {size}\n".encode())


def stamped(descriptor: int) -> type[Stamped]:
    """The driver that tells this descriptor."""
    return type("Stamped", (Stamped,), {"stamps": descriptor})


def tell_end(descriptor: int) -> None:
    """The script is over: what is written from now on only gives the terminal back."""
    os.write(descriptor, f"{clock.now():.6f} {END}\n".encode())
