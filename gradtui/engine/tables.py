"""A user's own table, from .npz, .csv or .parquet: read, checked, and refused in one sentence."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import numpy as np
from numpy.typing import NDArray

from gradtui.core.errors import UsageError
from gradtui.core.paths import expand

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
Place = Callable[[int, int | None], str]
"""(row, column or None for the label) -> how a person finds that cell in the file."""

SUFFIXES = (".npz", ".csv", ".parquet")
MIN_ROWS = 20
LARGEST = 1e100
"""Squares of larger values would overflow float64 in the standard deviation."""


def is_path(text: str) -> bool:
    """Whether `text` means a file, not the name of a data set that ships with gradtui."""
    return text.lower().endswith(SUFFIXES) or any(sep in text for sep in "/\\.~")


def short_name(path: str) -> str:
    """The file's own name, for the header."""
    return Path(path).name


def read(path: str) -> tuple[Matrix, Labels]:
    """X float64 [n, features], y int64 [n] of a .npz (arrays X, y), .csv or .parquet (label last).

    Labels are 0…C-1, each used, C >= 2; at least 20 rows. Raises `UsageError` otherwise.
    """
    real = expand(path)
    suffix = real.suffix.lower()
    if suffix not in SUFFIXES:
        raise _refuse(path, "is no " + " or ".join(SUFFIXES), "a data file is one of these")
    try:
        x, y, place = READERS[suffix](path, real)
    except FileNotFoundError:
        raise _refuse(path, "does not exist", "name a data file or a folder of images") from None
    except PermissionError:
        raise _refuse(path, "may not be read", "give yourself read permission") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refuse(path, "cannot be read", reason) from None
    _check_values(path, x, place)
    return x, _labels(path, y, place)


def _refuse(path: str, wrong: str, allowed: str) -> UsageError:
    return UsageError(f"data file {path!r} {wrong}: {allowed}.")


def _npz(path: str, real: Path) -> tuple[Matrix, Matrix, Place]:
    with real.open("rb") as file:
        if not file.read(1):
            raise _refuse(path, "is empty", "a .npz holds the arrays X and y")
        file.seek(0)
        arrays = _unpack(path, file)
    x, y = arrays["X"], arrays["y"]
    if x.ndim < 2 or 0 in x.shape[1:]:
        raise _refuse(path, f"has X of shape {x.shape}", "X is [rows, features…]")
    if y.ndim != 1:
        raise _refuse(path, f"has y of shape {y.shape}", "y is [rows], one label a row")
    if len(x) != len(y):
        raise _refuse(path, f"has {len(x)} rows in X but {len(y)} labels in y", "one label a row")
    flat = x.reshape(len(x), int(np.prod(x.shape[1:]))).astype(np.float64)

    def place(row: int, column: int | None) -> str:
        if column is None:
            return f"y[{row}]"
        cell = np.unravel_index(row * flat.shape[1] + column, x.shape)
        return f"X[{', '.join(str(i) for i in cell)}]"

    return flat, y.astype(np.float64), place


def _unpack(path: str, file: BinaryIO) -> dict[str, NDArray[np.generic]]:
    """X and y of the archive, numeric, without running any pickle in it."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            found = {name: np.asarray(archive[name]) for name in ("X", "y") if name in archive}
            held = ", ".join(archive) or "nothing"
    except Exception as error:  # zipfile, zlib and numpy raise a dozen types on damaged files
        if isinstance(error, ValueError) and "Object arrays" in str(error):
            raise _refuse(path, "holds Python objects", "X and y are numeric arrays") from None
        raise _refuse(path, "is no readable .npz", "it is malformed or cut off") from None
    for name in ("X", "y"):
        if name not in found:
            raise _refuse(path, f"has no array {name}", f"it needs X and y, and holds {held}")
        if found[name].dtype.kind not in "biuf":
            kind = f"{name} of type {found[name].dtype}"
            raise _refuse(path, f"has {kind}", f"{name} is an array of numbers")
    return found


def _csv(path: str, real: Path) -> tuple[Matrix, Matrix, Place]:
    cells, lines, width = array("d"), array("q"), 0
    try:
        with real.open(encoding="utf-8-sig", newline="") as file:
            for line, row in _rows(file):
                if not width:
                    width = len(row)
                    if width < 2:
                        raise _refuse(
                            path,
                            f"has one column in line {line}",
                            "it takes features and, last, the label, with commas between",
                        )
                    if _is_header(row):
                        continue
                if len(row) != width:
                    wrong = f"has {len(row)} column{'s' * (len(row) > 1)} in line {line}"
                    raise _refuse(path, wrong, f"every line has as many as the first, {width}")
                cells.extend(_numbers(path, line, row))
                lines.append(line)
    except UnicodeDecodeError as error:
        raise _refuse(path, "is not UTF-8 text", f"byte {error.object[error.start]:#04x}") from None
    except csv.Error as error:
        raise _refuse(path, "is no readable .csv", str(error)) from None
    if not lines:
        raise _refuse(path, "has no rows" if width else "is empty", "it needs rows of numbers")
    table = np.frombuffer(cells, dtype=np.float64).reshape(len(lines), width)

    def place(row: int, column: int | None) -> str:
        return f"line {lines[row]}, column {width if column is None else column + 1}"

    return table[:, :-1], table[:, -1], place


def _parquet(path: str, real: Path) -> tuple[Matrix, Matrix, Place]:
    with real.open("rb") as file:
        try:
            from pyarrow import ArrowException, parquet
        except ImportError:
            raise _refuse(path, "needs pyarrow", "pip install 'gradtui[parquet]'") from None
        try:
            table = parquet.read_table(file)
        except ArrowException as error:
            reason = str(error).partition("\n")[0]
            raise _refuse(path, "is no readable .parquet", reason) from None
    names = [str(name) for name in table.column_names]
    if len(names) < 2:
        raise _refuse(path, f"has {len(names)} column", "features and, last, the label")
    numbers = np.empty((table.num_rows, len(names)))
    for i, name in enumerate(names):
        try:
            numbers[:, i] = table.column(i).to_numpy()
        except (TypeError, ValueError, ArrowException):
            kind = f"has column {name!r} of type {table.schema.types[i]}"
            raise _refuse(path, kind, "every column is of numbers") from None

    def place(row: int, column: int | None) -> str:
        return f"row {row}, column {names[-1 if column is None else column]!r}"

    return numbers[:, :-1], numbers[:, -1], place


def _rows(file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, each with the number of the line it ends on."""
    reader = csv.reader(file)
    for row in reader:
        if any(cell.strip() for cell in row):
            yield reader.line_num, row


def _is_header(row: list[str]) -> bool:
    """A first line whose label is no number."""
    return not _is_number(row[-1])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(path: str, line: int, row: list[str]) -> list[float]:
    try:
        return list(map(float, row))
    except ValueError:
        column, cell = next((i, c) for i, c in enumerate(row, 1) if not _is_number(c))
        wrong = f"has {cell[:40]!r} in line {line}, column {column}"
        raise _refuse(path, wrong, "every cell below the header is a number") from None


def _check_values(path: str, x: Matrix, place: Place) -> None:
    if len(x) < MIN_ROWS:
        raise _refuse(path, f"has {len(x)} rows", f"at least {MIN_ROWS}")
    bad = ~(np.abs(x) <= LARGEST)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        wrong = f"has {x[row, column]:g} at {place(row, column)}"
        raise _refuse(path, wrong, f"features are finite numbers up to {LARGEST:g}")


def _labels(path: str, y: Matrix, place: Place) -> Labels:
    """y as int64, where it is 0…C-1 with every class in use."""
    bad = ~((y >= 0) & (y < 2**53) & (y == np.floor(y)))
    allowed = "labels are the whole numbers 0 to C-1, each of them used"
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise _refuse(path, f"has the label {y[row]:g} at {place(row, None)}", allowed)
    used = np.unique(y).astype(np.int64)
    if len(used) < 2:
        raise _refuse(path, f"has the single label {used[0]}", "at least two classes, 0 and 1")
    missing = np.flatnonzero(used != np.arange(len(used)))
    if len(missing):
        wrong = f"has labels up to {used[-1]} but none is {missing[0]}"
        raise _refuse(path, wrong, allowed)
    return y.astype(np.int64)


READERS = {".npz": _npz, ".csv": _csv, ".parquet": _parquet}
