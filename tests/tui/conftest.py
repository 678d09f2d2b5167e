"""What all tests of the screen share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _shots_go_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a random sequence may take a screenshot."""
    monkeypatch.setenv("GRADTUI_SHOTS", str(tmp_path / "shots"))
