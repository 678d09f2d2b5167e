"""A folder of images, one sub-folder a class: read, checked, and refused in one sentence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from gradtui.core.errors import UsageError
from gradtui.engine import pictures
from gradtui.engine.dataset import Dataset, Labels
from gradtui.engine.pictures import Bytes

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
T = TypeVar("T")
GREY = ("1", "L", "LA", "I;16")
SIDE = 32
"""Images of several sizes, or of a larger one, are scaled to so many pixels square."""
LARGEST = 64
"""Side up to which images of one size stay as they are."""
MIN_IMAGES = 20


def read(path: str, real: Path) -> Dataset:
    """Classes by the alphabet of their sub-folders; grey if all images are, else RGB.

    Needs Pillow. Raises `UsageError` for what is not two classes and 20 readable images.
    """
    files, labels, classes = _listed(path, real)
    if len(classes) < 2:
        held = f"one class, {classes[0]!r}" if classes else "no sub-folder with images"
        raise _refuse(path, f"has {held}", "one sub-folder a class, at least two")
    if len(files) < MIN_IMAGES:
        raise _refuse(path, f"has {len(files)} images", f"at least {MIN_IMAGES}")
    return pictures.split(real.resolve().name, _decoded(path, files), labels)


def _listed(path: str, real: Path) -> tuple[list[Path], Labels, list[str]]:
    files: list[Path] = []
    labels: list[int] = []
    classes: list[str] = []
    try:
        for folder in sorted(real.iterdir()):
            if not folder.is_dir() or folder.name.startswith("."):
                continue
            found = sorted(f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES)
            if found:
                labels += [len(classes)] * len(found)
                classes.append(folder.name)
                files += found
    except OSError as error:
        raise _refuse(path, "cannot be read", error.strerror or str(error)) from None
    return files, np.array(labels, np.int64), classes


def _decoded(path: str, files: list[Path]) -> Bytes:
    """[n, channels, height, width]; each file is open only while it is read."""
    heads = [_opened(path, file, lambda image: (image.size, image.mode)) for file in files]
    (width, height), *others = {size for size, _ in heads}
    if others or max(width, height) > LARGEST:
        width = height = SIDE
    mode = "L" if all(mode in GREY for _, mode in heads) else "RGB"
    images = np.empty((len(files), len(mode), height, width), np.uint8)
    for image, file in zip(images, files, strict=True):
        pixels = _opened(path, file, lambda found: _pixels(found, mode, (width, height)))
        image[:] = pixels.reshape(height, width, len(mode)).transpose(2, 0, 1)
    return images


def _opened(path: str, file: Path, read: Callable[[Image], T]) -> T:
    """What `read` makes of the image."""
    try:
        import PIL.Image
    except ImportError:
        raise _refuse(path, "needs Pillow", "pip install 'gradtui[vision]'") from None
    try:
        # Pillow warns of images that would unpack to hundreds of megapixels.
        bomb = PIL.Image.DecompressionBombWarning
        with warnings.catch_warnings(action="error", category=bomb), PIL.Image.open(file) as image:
            return read(image)
    except Exception as error:  # a decoder may raise anything on damaged bytes
        name = str(file.relative_to(file.parents[1]))
        reason = f"{type(error).__name__}: {error}"[:80]
        raise _refuse(path, f"has an image that cannot be read, {name!r}", reason) from None


def _pixels(image: Image, mode: str, size: tuple[int, int]) -> Bytes:
    """Sixteen-bit grey is brought to eight bits; convert() would cut it off at 255."""
    if image.mode.startswith("I;16"):
        from PIL.Image import fromarray

        image = fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image = image.convert(mode)
    return np.asarray(image if image.size == size else image.resize(size), np.uint8)


def _refuse(path: str, wrong: str, allowed: str) -> UsageError:
    return UsageError(f"data folder {path!r} {wrong}: {allowed}.")
