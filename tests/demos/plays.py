"""Demos, played in this process: the whole app, without a terminal and without waiting."""

from __future__ import annotations

import asyncio
from functools import cache

from gradtui.commandline.options import spec_of
from gradtui.core.spec import Spec
from gradtui.demos import library
from gradtui.demos.clock import DemoClock, DemoLoop
from gradtui.demos.player import play
from gradtui.demos.script import RATE, Script
from gradtui.sources.lockstep import LockstepSource
from gradtui.tui.launch import Launch
from gradtui.tui.performance import Performance, on_clock


@cache
def shipped(name: str) -> Played:
    """A demo of the package, played once for all tests."""
    return Played(library.find(name))


class Played:
    """A demo that has come to its end, or broken off."""

    def __init__(self, script: Script, size: tuple[int, int] = (80, 24)) -> None:
        self.clock = DemoClock(None)

        def source(spec: Spec) -> LockstepSource:
            return LockstepSource(spec, self.clock, script.rate or RATE)

        with on_clock(self.clock.now):
            self.app = Performance(
                source(spec_of(script.request)),
                script=lambda stage: play(script, stage),
                captions=True,
                stamps=None,
                launch=Launch(script.request, source),
                fps=2,  # what is painted is another test's business
            )
            with asyncio.Runner(loop_factory=lambda: DemoLoop(self.clock)) as runner:
                runner.run(self.app.run_async(headless=True, size=size))
        self.app.source.close()
        self.seconds = self.clock.now()
        self.state = self.app.view.state
