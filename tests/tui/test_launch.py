"""Another run in the same screen: the old one ends first, nothing freezes, nothing is left."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable

import pytest
from textual._context import visible_screen_stack
from textual.pilot import Pilot

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.commands import Set
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Record, State
from gradtui.core.spec import Spec
from gradtui.tui.app import GradtuiApp
from gradtui.tui.launch import Launch
from gradtui.tui.screens.lab import Lab
from gradtui.tui.succession import Successor
from tests.tui.fake_source import FakeSource, frame, info, sample
from tests.tui.pilots import settled
from tests.tui.test_app import words

PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
PATIENCE = 120.0


class Slow(FakeSource):
    """Its last step takes as long as the test likes."""

    def __init__(self, experiment: str, layers: int = 16) -> None:
        super().__init__((), info(layers, experiment=experiment))
        self.may_end = threading.Event()
        self.may_end.set()
        self.ended = threading.Event()

    def start(self) -> None:
        super().start()
        layers = len(self.info.layers)
        self.queue += [State(word="training"), frame([0], layers), sample(0, layers)]

    def close(self) -> None:
        self.may_end.wait(PATIENCE)
        super().close()
        self.ended.set()


class Bench:
    """An app whose sources are kept, and what was asked for."""

    def __init__(self, **asked: object) -> None:
        self.first = Slow("vanishing")
        self.specs: list[Spec] = []
        self.sources: list[Slow] = [self.first]
        launch = Launch(Request("vanishing", **asked), self.open)  # type: ignore[arg-type]
        self.app = GradtuiApp(self.first, environ=PLAIN, launch=launch)

    def open(self, spec: Spec) -> Slow:
        self.specs.append(spec)
        self.sources.append(Slow(spec.experiment.name, len(spec.layers())))
        return self.sources[-1]


async def until(pilot: Pilot[int], done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        await pilot.pause(0.01)


async def choose(pilot: Pilot[int], typed: str) -> None:
    await pilot.press("e", *typed, "enter")
    await pilot.pause()


async def test_another_experiment_runs_in_the_same_screen() -> None:
    bench = Bench(seed=3, sets=("lr=0.5",), at=("5:lr=1",), steps=9, sample_every=7)
    app = bench.app
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t", "g", "k", "a", "colon", *"lr", "equals_sign", "1", "enter")
        await pilot.pause(0.1)
        dressed = app.theme
        assert [type(m) for m in app.view.state.markers] == [Applied, Applied]
        await choose(pilot, "softmax")
        await until(pilot, lambda: app.view.state.word == "training")
        assert app.view.state.info.experiment == "softmax"
        assert (app.view.state.markers, app.view.quantity, app.view.selected) == ([], "signal", 0)
        assert app.theme == dressed
        assert app.view.typed == ["lr=1"]
        assert "softmax" in words(app)
        assert bench.specs == [build_spec(Request("softmax", seed=3, sample_every=7))]
        assert (bench.first.closed, bench.sources[1].started) == (1, 1)
        await pilot.press("plus")
        assert bench.sources[1].sent == [Set("lr", 0.03)]


async def test_a_long_last_step_neither_freezes_the_screen_nor_meets_the_new_run() -> None:
    bench = Bench()
    bench.first.may_end.clear()
    app = bench.app
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await choose(pilot, "init")
        await until(pilot, lambda: "ends its last step" in words(app))
        assert not app.importing  # who leaves now waits until the run before is kept
        await pilot.press("g")
        assert app.view.quantity == "grad_norm"
        assert bench.sources[1].started == 0
        assert app.view.state.word == "starting"
        bench.first.may_end.set()
        await until(pilot, lambda: app.view.state.word == "training")
        assert (bench.first.closed, bench.sources[1].started) == (1, 1)


async def test_quick_choices_run_one_after_the_other_and_end_with_the_last() -> None:
    bench = Bench()
    bench.first.may_end.clear()
    app = bench.app
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name in ("init", "keras", "vanishing"):
            await choose(pilot, name)
        bench.first.may_end.set()
        await until(pilot, lambda: app.view.state.word == "training")
        assert [s.info.experiment for s in bench.sources if not s.closed] == ["vanishing"]
        assert len([s for s in bench.sources if s.started]) == 2
    app.source.close()
    assert all(source.closed for source in bench.sources)


async def test_leaving_during_the_change_joins_all_and_starts_nothing() -> None:
    bench = Bench()
    bench.first.may_end.clear()
    app = bench.app
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await choose(pilot, "init")
        await pilot.press("q")
    assert app.return_value == 0
    closer = threading.Thread(target=app.source.close)
    closer.start()
    bench.first.may_end.set()
    closer.join(PATIENCE)
    assert not closer.is_alive()
    assert bench.first.ended.is_set()
    assert [source.started for source in bench.sources] == [1, 0]


@pytest.mark.parametrize("page", [(), ("l",)])
async def test_the_run_that_was_left_is_forgotten(page: tuple[str, ...]) -> None:
    """The page under the chooser goes with it, also where Textual painted it a moment ago."""
    bench = Bench()
    app = bench.app

    async def leave() -> None:
        await pilot.press(*page)
        # As the compositor does when it draws a window; each task that begins here inherits it.
        visible_screen_stack.set(list(app.screen_stack))
        app.begin("init")

    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        left: list[Callable[[], object]] = [weakref.ref(app.view.state), weakref.ref(bench.first)]
        bench.sources.clear()
        del bench.first
        await asyncio.create_task(leave())  # this test's own task lives too long to hold the page
        await until(pilot, lambda: app.view.state.word == "training")
        await pilot.press("g", "e", "escape")
        for _ in range(20):
            await pilot.pause(0.02)
            gc.collect()
            if not any(one() for one in left):
                break
        assert [one() for one in left] == [None, None]
        assert len(app.screen_stack) == 1


async def test_a_screen_without_a_launch_says_so() -> None:
    app = GradtuiApp(FakeSource([State(word="training"), frame([0])]), environ=PLAIN)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await choose(pilot, "init")
        assert isinstance(app.screen, Lab)
        assert "cannot start another" in app.view.message
        assert app.view.state.info.experiment == "vanishing"


async def test_a_run_that_cannot_be_opened_leaves_the_present_one() -> None:
    def refuse(spec: Spec) -> FakeSource:
        raise UsageError("no room for it.")

    first = Slow("vanishing")
    app = GradtuiApp(first, environ=PLAIN, launch=Launch(Request("vanishing"), refuse))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await choose(pilot, "init")
        assert app.view.message == "no room for it."
        assert (first.closed, app.view.state.word) == (0, "training")


def test_a_source_that_raises_at_its_start_is_a_failed_run() -> None:
    class Broken(FakeSource):
        def start(self) -> None:
            raise OSError("no memory")

    successor = Successor(Broken(), FakeSource())
    successor.start()
    told: list[Record] = []
    end = time.monotonic() + PATIENCE
    while not any(isinstance(r, State) and r.word == "failed" for r in told):
        assert time.monotonic() < end
        told += successor.poll()
    successor.close()


@pytest.mark.parametrize("started", [True, False])
def test_closing_a_successor_closes_what_was_before(started: bool) -> None:
    before, after = FakeSource(), FakeSource()
    successor = Successor(after, before)
    if started:
        successor.start()
    successor.close()
    assert (before.closed, after.closed) == (1, 1)
