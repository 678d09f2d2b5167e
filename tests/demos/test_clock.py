"""The time of a demo passes only when nothing is left to do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

from gradtui.core import clock
from gradtui.demos.clock import DemoClock, DemoLoop
from gradtui.tui.performance import on_clock


def run(made: DemoClock, what: Callable[[], Awaitable[object]]) -> None:
    async def main() -> None:
        await what()

    with asyncio.Runner(loop_factory=lambda: DemoLoop(made)) as runner:
        runner.run(main())


def test_sleep_takes_its_seconds_of_the_demo_and_no_others() -> None:
    made, marks = DemoClock(None), list[tuple[str, float]]()

    async def sleeper(name: str, seconds: float, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(seconds)
            marks.append((name, round(made.now(), 6)))

    began = time.thread_time()
    run(made, lambda: asyncio.gather(sleeper("a", 40.0, 3), sleeper("b", 100.0, 1)))
    assert marks == [("a", 40), ("a", 80), ("b", 100), ("a", 120)]
    assert made.now() == 120
    assert time.thread_time() - began < 60  # of two minutes


def test_a_hold_stops_the_time_until_another_thread_releases_it() -> None:
    made, seen = DemoClock(None), list[float]()
    done = threading.Event()

    async def main() -> None:
        made.hold()
        late = asyncio.get_running_loop().call_later(5, lambda: seen.append(made.now()))
        threading.Thread(target=work).start()
        await asyncio.sleep(10)
        assert not late.cancelled()

    def work() -> None:
        time.sleep(0.2)
        seen.append(made.now())
        done.set()
        made.release()

    run(made, main)
    assert done.is_set()
    assert seen == [0, 5]
    assert not made.held


def test_work_in_a_thread_takes_no_time() -> None:
    made, seen = DemoClock(None), list[float]()

    async def main() -> None:
        ticks = asyncio.get_running_loop().call_later(0.001, lambda: seen.append(made.now()))
        await asyncio.to_thread(time.sleep, 0.1)
        seen.append(-made.now())
        await asyncio.sleep(0.01)
        ticks.cancel()

    run(made, main)
    assert seen[0] == 0  # minus nothing: the thread was done at second 0
    assert len(seen) == 2


def test_at_a_pace_the_machine_waits_with_the_demo() -> None:
    made = DemoClock(100.0)
    began = time.monotonic()
    run(made, lambda: asyncio.sleep(30))
    assert time.monotonic() - began >= 0.29
    assert abs(made.now() - 30) < 1e-6


def test_what_falls_behind_lets_the_rest_go() -> None:
    made = DemoClock(1.0)

    async def main() -> None:
        await asyncio.sleep(0.01)
        time.sleep(0.5)  # noqa: ASYNC251  # a step that takes long
        late = time.monotonic()
        await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        seen.append(time.monotonic() - late)

    seen: list[float] = []
    run(made, main)
    assert seen[0] >= 0.19  # the half second is not caught up with


def test_the_process_goes_by_the_clock_of_the_demo_while_it_is_played() -> None:
    from textual import _time

    before = (clock.now, _time.get_time)
    with on_clock(lambda: 7.0):
        assert (clock.now(), clock.spent(), _time.get_time()) == (7.0, 0.0, 7.0)
    assert clock.now() > 0
    assert (clock.now, _time.get_time) == before
