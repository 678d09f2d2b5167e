"""What size costs: memory of the history, time of a frame, by layers and by steps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import count

import numpy as np

from gradtui.core.records import Frame, Sample
from gradtui.core.state import RunState
from gradtui.tui.composer import Composer
from gradtui.tui.view import View
from tests.benchmarks import screen
from tests.benchmarks.interleaved import interleave
from tests.tui import scenes

LAYERS = (10, 100, 1000)
STEPS = (10**3, 10**4, 10**5, 10**6)
ROWS = 8
"""Rows of a frame. The million steps come as frames that were merged, every 16th step a row."""
DEEP = ["init", "--set", "depth=1000", "--set", "width=16", "--steps", "1000000"]
MEBI = 2**20


def grown(layers: int, steps: int) -> RunState:
    """A run of so many layers after so many steps, with a sample in every frame."""
    state = RunState(scenes.info(layers))
    stride = 16 if steps >= 10**5 else 1
    for first in range(0, steps, ROWS * stride):
        state.reduce([sample(first, layers), frame(first, layers, stride)])
    return state


def frame(first: int, layers: int, stride: int = 1, rows: int = ROWS) -> Frame:
    """Rows that wander, so that no compression could hide what is kept."""
    noise = np.random.default_rng(first).normal(0, 0.1, (rows, layers))
    norms = 1e-3 * 10.0**noise
    flat = np.full(rows, 2.3)
    return Frame(
        steps=first + stride * np.arange(rows), loss=flat, accuracy=flat / 23, penalty=flat * 0,
        grad_norm=norms, weight_norm=norms, update_ratio=norms, bias_rms=norms, seconds=0.01,
    )  # fmt: skip


def sample(step: int, layers: int) -> Sample:
    return scenes.sample(step, frame(step, layers, rows=1).grad_norm[0])  # type: ignore[index]


def memory(layers: int, steps: int) -> tuple[float, float]:
    """MB of the histories, and by how much the process grew, in a process of its own."""
    code = (
        "from tests.benchmarks import scale; from gradtui.core.state import RunState\n"
        "from tests.tui import scenes\n"
        "scale.grown(10, 2000); before = scale.resident()\n"
        f"state = scale.grown({layers}, {steps})\n"
        "held = [*state.quantities.values(), state.train_loss, state.train_accuracy]\n"
        "print(sum(one.nbytes for one in held), scale.resident() - before)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    held, more = told.stdout.split()
    return float(held) / MEBI, float(more) / MEBI


def resident() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def painter(state: RunState, *, numbers: bool) -> Callable[[], object]:
    """Reduces a new frame and paints the screen, as the bridge does at every repaint."""
    composer, view = Composer(), View(state)
    layers = len(state.info.layers)
    steps = count((state.step or 0) + 1)
    composer.paint(view, 160, 45)
    news = [frame(0, layers, rows=1)]

    def paint() -> None:
        step = next(steps)
        one = news[0]
        news[0] = Frame(**{**vars(one), "steps": np.array([step])})
        state.reduce(news)
        composer.paint(view, 160, 45, numbers=numbers)

    return paint


def table(rounds: int = 21) -> list[str]:
    """Rows of the README's table."""
    held, more = memory(1001, 10**6)
    lines = [
        f"| histories of 1001 layers after 1e6 steps | | {held:.0f} MB | ≤ 100 MB |",
        f"| growth of the process by it | | {more:.0f} MB | |",
    ]
    deep = {layers: grown(layers, 10**4) for layers in LAYERS}
    long = {steps: grown(100, steps) for steps in STEPS}
    for numbers, word in ((False, "a frame"), (True, "a frame with all numbers")):
        wide = {str(layers): painter(deep[layers], numbers=numbers) for layers in LAYERS}
        far = {str(steps): painter(long[steps], numbers=numbers) for steps in STEPS}
        found = interleave(wide, calls=5, rounds=rounds)
        told = ", ".join(f"{1e3 * found.median(name):.1f}" for name in wide)
        lines.append(f"| {word}, 160x45, 10, 100, 1000 layers | | {told} ms | flat |")
        found = interleave(far, calls=5, rounds=rounds)
        told = ", ".join(f"{1e3 * found.median(name):.1f}" for name in far)
        lines.append(f"| {word}, 100 layers, 1e3, 1e4, 1e5, 1e6 steps | | {told} ms | flat |")
    return lines + live()


def live(rounds: int = 3) -> list[str]:
    """Real runs at 200x60, each beside the same one without a screen."""
    rows = []
    for run, name in ((screen.RUN, "200x60"), (DEEP, "200x60, 1000 layers")):
        ratios, flows = [], []
        for _ in range(rounds):
            alone = screen.train(run)
            speed, flow = screen.pace(60, 200, run)
            ratios.append(speed / alone)
            flows.append(flow)
        ratio, flow = np.median(ratios), np.median(flows)
        rows += [
            f"| speed with the screen, {name} | of `train` | {ratio:.2f} | ≥ 0.88 |",
            f"| to the terminal, {name} | | {flow:.1f} KB/s | ≤ 60 KB/s |",
        ]
    return rows
