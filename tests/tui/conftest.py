"""What all tests of the screen share."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from gradtui.tui.bridge import Bridge


@pytest.fixture(autouse=True)
def _shots_go_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a random sequence may take a screenshot."""
    monkeypatch.setenv("GRADTUI_SHOTS", str(tmp_path / "shots"))


@pytest.fixture(autouse=True)
def _the_screen_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the doctor: how long both rest hangs on what they cost, on this machine."""
    monkeypatch.setattr("gradtui.tui.app.Bridge", partial(Bridge, spent=lambda: 0.0))
