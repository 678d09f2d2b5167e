"""What several Pilot tests do."""

from __future__ import annotations

from textual.pilot import Pilot

from gradtui.tui.app import GradtuiApp
from tests.tui.fake_source import FakeSource


async def settled(pilot: Pilot[int]) -> None:
    """Wait until the run has begun and all that was put in was heard, however slow the machine."""
    app = pilot.app
    assert isinstance(app, GradtuiApp)
    assert isinstance(app.source, FakeSource)
    for _ in range(500):
        await pilot.pause(0.01)
        if app.source.started and not app.source.queue:
            break
    await pilot.pause(0.05)
