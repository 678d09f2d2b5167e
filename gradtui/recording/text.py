"""Plain text: every picture under a line with its second."""

from __future__ import annotations

from gradtui.recording.rows import words
from gradtui.recording.screen import Film


def text(film: Film) -> bytes:
    """The film as text; of a still, the picture alone."""
    blocks = []
    for picture in film.pictures:
        head = [] if film.still else [f"--- {picture.at:.2f} s ---"]
        blocks.append("\n".join([*head, *(words(picture, y) for y in range(film.height)), ""]))
    return "\n".join(blocks).encode()
