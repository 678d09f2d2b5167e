"""What the net says, above the lab."""

from __future__ import annotations

from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.sideways import Sideways
from gradtui.tui.speech.page import Spoken


class SpeechScreen(Sideways):
    """One of the views of the key `v`."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, Spoken())
