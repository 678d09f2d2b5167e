"""Files that appear under their names when they are whole, all of them or none."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TextIO

from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.text import printable

STDOUT = Path("-")


class Staging:
    """Use as a context: at its end the files get their names; after an error there are none.

    Raises `UsageError` for a file that exists already, unless `force`, and for a place that
    nobody can write to; `GradtuiError` when the disk gives up in the middle.
    """

    def __init__(self, *, force: bool = False) -> None:
        self._force = force
        self._parts: dict[Path, Path] = {}
        """The name that a file will get -> the one that it has."""
        self._open: list[BinaryIO] = []
        self._texts: list[TextIO] = []
        self._made: list[Path] = []

    def binary(self, path: Path) -> BinaryIO:
        """A new file; `-` is the standard output."""
        if path == STDOUT:
            return sys.stdout.buffer
        self.check(path)
        part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
        try:
            file = part.open("xb")
        except OSError as error:
            raise UsageError(f"{_told(path)} cannot be written: {error.strerror}.") from None
        self._parts[path] = part
        self._open.append(file)
        return file

    def text(self, path: Path) -> TextIO:
        """The same for text: UTF-8 in a file, newlines as they are written."""
        if path == STDOUT:
            return sys.stdout
        text = io.TextIOWrapper(self.binary(path), "utf-8", "backslashreplace", newline="")
        self._texts.append(text)
        return text

    def folder(self, path: Path) -> None:
        """Make a folder, unless it is there."""
        if path.is_dir():
            return
        try:
            path.mkdir()
        except OSError as error:
            raise UsageError(f"{_told(path)} cannot be made: {error.strerror}.") from None
        self._made.append(path)

    def check(self, path: Path) -> None:
        """`UsageError` if this file must not be written."""
        if path.is_dir():
            raise UsageError(f"{_told(path)} is a folder; name a file.")
        if os.path.lexists(path) and not self._force:
            raise UsageError(f"{_told(path)} exists; --force replaces it.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._commit()
        except OSError as fault:
            raise GradtuiError(f"the export broke off: {fault.strerror}.") from None
        finally:
            self._clear()
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise GradtuiError(f"the export broke off: {error.strerror or error}.") from None

    def _commit(self) -> None:
        for text in self._texts:
            text.flush()
        for file in self._open:
            file.flush()
            os.fsync(file.fileno())
            file.close()
        for path, part in self._parts.items():
            part.replace(path)
        self._parts.clear()
        self._made.clear()

    def _clear(self) -> None:
        for file in self._open:
            with contextlib.suppress(OSError):
                file.close()
        for part in self._parts.values():
            with contextlib.suppress(OSError):
                part.unlink()
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _told(path: Path) -> str:
    return printable(str(path))
