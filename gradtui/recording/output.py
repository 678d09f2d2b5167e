"""The file that a recording goes to: chosen by its ending, never half-written, never lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from gradtui.core.errors import UsageError
from gradtui.core.frozen import frozen
from gradtui.recording.screen import Film


@frozen
class Format:
    """What an ending stands for."""

    fps: float
    """Pictures a second, at most, unless a person says otherwise."""
    write: Callable[[Film], bytes]
    needs_pillow: bool = False


def _cast(film: Film) -> bytes:
    from gradtui.recording.cast import cast

    return cast(film)


def _gif(film: Film) -> bytes:
    from gradtui.recording.gif import gif

    return gif(film)


def _svg(film: Film) -> bytes:
    from gradtui.recording.animated import picture

    return picture(film)


def _text(film: Film) -> bytes:
    from gradtui.recording.text import text

    return text(film)


FORMATS = {
    ".cast": Format(10, _cast),
    ".gif": Format(10, _gif, needs_pillow=True),
    ".svg": Format(3, _svg),
    ".txt": Format(1, _text),
}


def chosen(file: Path) -> Format:
    """The format of a file; `UsageError` if its ending stands for none, or Pillow is missing."""
    if file.suffix not in FORMATS:
        raise UsageError(
            f"--out {str(file)!r}: the ending says what to make; allowed: {', '.join(FORMATS)}."
        )
    if FORMATS[file.suffix].needs_pillow:
        try:
            import PIL.Image  # noqa: F401
        except ImportError as error:
            raise UsageError(
                "a GIF needs Pillow: pip install 'gradtui[record]'; .cast, .svg and .txt do not."
            ) from error
    return FORMATS[file.suffix]


class Output:
    """A place beside the file, from which it gets its content at once, or not at all.

    `UsageError` at the beginning if there is a file already (unless `force`), or none can be.
    """

    def __init__(self, file: Path, *, force: bool) -> None:
        self.file, self._force = file, force
        self._check()
        try:
            number, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        except OSError as error:
            raise UsageError(f"--out {str(file)!r}: {error.strerror or error}.") from error
        self._beside = Path(name)
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(number, 0o666 & ~mask)
        os.close(number)

    def _check(self) -> None:
        if self.file.is_dir():
            raise UsageError(f"--out {str(self.file)!r} is a folder.")
        if self.file.exists() and not self._force:
            raise UsageError(f"--out {str(self.file)!r} exists; --force writes over it.")

    def write(self, data: bytes) -> None:
        """Give the file its content; a file that came meanwhile stays."""
        try:
            self._beside.write_bytes(data)
            self._check()
            self._beside.replace(self.file)
        except OSError as error:
            raise UsageError(f"--out {str(self.file)!r}: {error.strerror or error}.") from error

    def close(self) -> None:
        """Nothing is left beside the file."""
        self._beside.unlink(missing_ok=True)
