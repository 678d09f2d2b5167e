"""A monospaced font of this machine, for the letters of a GIF; nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

PLACES = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf",
    "/usr/share/fonts/TTF/DejaVuSansMono{}.ttf",
    "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono{}.ttf",
    "/usr/share/fonts/dejavu/DejaVuSansMono{}.ttf",
    "/System/Library/Fonts/Menlo.ttc",
)
"""Where DejaVu Sans Mono, or Menlo, which was drawn after it, may lie; {} is empty or -Bold."""
FAMILIES = ("DejaVu Sans Mono", "monospace")


@cache
def font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font at so many pixels; where there is none, the one that Pillow brings along."""
    from PIL import ImageFont

    for file in _files(bold):
        try:
            return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _files(bold: bool) -> list[str]:
    found = [place.format("-Bold" if bold else "") for place in PLACES]
    known = [file for file in found if Path(file).is_file()]
    return known or [file for family in FAMILIES if (file := _matched(family, bold))]


def _matched(family: str, bold: bool) -> str:
    """What fontconfig has for a family; nothing without fontconfig."""
    if shutil.which("fc-match") is None:
        return ""
    style = ":bold" if bold else ""
    asked = ["fc-match", "--format", "%{file}", f"{family}:spacing=mono{style}"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout
