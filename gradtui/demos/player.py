"""Plays a script on a stage: captions, keys and conditions, in the order of the scenes."""

from __future__ import annotations

import asyncio
from typing import Protocol

from gradtui.core.errors import GradtuiError
from gradtui.core.state import RunState
from gradtui.demos.script import Scene, Script

LOOK = 0.05
"""Seconds between two looks at a condition: as often as the screen polls the run."""
SETTLE = 0.05
"""Seconds after the last key of a scene, for the run to hear of it before it is asked about."""


class Stage(Protocol):
    """The screen that a script is played on."""

    @property
    def state(self) -> RunState:
        """Of the run that is shown now."""

    def press(self, key: str) -> None:
        """A key, as if a person had pressed it."""

    def caption(self, text: str) -> None:
        """The line above the footer."""


async def play(script: Script, stage: Stage) -> None:
    """Play it to its end, in the seconds of the loop that this runs in.

    `GradtuiError` names the condition that was not met in its time.
    """
    for scene in script.scenes:
        if scene.caption is not None:
            stage.caption(scene.caption)
        for number, key in enumerate(scene.keys):
            if number:
                await asyncio.sleep(scene.every)
            stage.press(key)
        if scene.keys:
            await asyncio.sleep(SETTLE)
        await _until(script, scene, stage)
        await asyncio.sleep(scene.wait)


async def _until(script: Script, scene: Scene, stage: Stage) -> None:
    if scene.until is None:
        return
    loop = asyncio.get_running_loop()
    end = loop.time() + scene.within
    while not scene.until.met(stage.state):
        word = stage.state.word
        if word == "starting":  # importing torch is no part of the scene
            end = loop.time() + scene.within
        if word == "failed":
            why = f"the run failed: {stage.state.cause}"
            raise GradtuiError(f"{script.label}, line {scene.line}: {why}")
        if loop.time() >= end:
            raise GradtuiError(
                f"{script.label}, line {scene.line}: {scene.until.text!r} was not met within "
                f"{scene.within:g} s ({scene.until.instead(stage.state)})."
            )
        await asyncio.sleep(LOOK)
