"""What calls the lab's tick: its timer, or another thread that has news for it."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

from gradtui.tui.pulse import Pulse

PATIENCE = 60.0
WHERE: ContextVar[str] = ContextVar("WHERE", default="")


def test_it_beats_when_it_is_asked_to_in_one_thread_and_one_context() -> None:
    beats: list[tuple[str, bool]] = []
    faults: list[Exception] = []

    async def lab() -> None:
        beaten, home = asyncio.Event(), threading.get_ident()

        def beat() -> None:
            beats.append((WHERE.get(), threading.get_ident() == home))
            beaten.set()
            if len(beats) == 3:
                raise ValueError("a bug")

        async def one_more(count: int) -> None:
            await asyncio.wait_for(beaten.wait(), PATIENCE)
            beaten.clear()
            assert len(beats) == count

        pulse = Pulse(beat, faults.append)
        pulse.after(0)  # it has not begun
        WHERE.set("lab")
        pulse.begin()
        await one_more(1)
        WHERE.set("elsewhere")
        threading.Thread(target=pulse.soon).start()
        await one_more(2)
        pulse.after(PATIENCE)
        pulse.after(0.0)  # instead of that one
        await one_more(3)
        pulse.soon()
        pulse.stop()
        pulse.after(0.0)
        await asyncio.sleep(0.05)
        assert len(beats) == 3

    asyncio.run(lab())
    assert beats == [("lab", True)] * 3
    assert [str(fault) for fault in faults] == ["a bug"]


def test_who_has_news_when_all_is_over_is_not_bothered() -> None:
    pulse = Pulse(lambda: None, lambda error: None)
    pulse.soon()

    async def lab() -> None:
        pulse.begin()

    asyncio.run(lab())
    pulse.soon()
