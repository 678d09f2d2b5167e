"""What keeping a run costs, how large its file is, how soon it opens, and how late a viewer is."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradtui.catalog.specs import Request
from gradtui.core.records import Frame, Record, Sample
from gradtui.core.state import RunState
from gradtui.runs.reader import RunFile
from gradtui.runs.tables import Tables
from gradtui.sources.thread import ThreadSource
from gradtui.tui.still import still
from tests.benchmarks.keeping import LAYERS, checkpoint, cost
from tests.benchmarks.probe import spec_of
from tests.benchmarks.viewers import WATCH, viewers
from tests.tui.fake_source import info

STEPS, BLOCK = 100_000, 64


def made_up(seed: int = 0, steps: int = STEPS) -> Iterator[list[Record]]:
    """A long run of 200 noisy layers over twelve decades, a sample every tenth step."""
    r = np.random.default_rng(seed)
    depth = np.linspace(-12, 0, LAYERS)
    weights = np.full(LAYERS, 8.0)
    for first in range(0, steps, BLOCK):
        at = np.arange(first, min(first + BLOCK, steps))
        size = (len(at), LAYERS)

        def noisy(level: float, noise: float, size: tuple[int, int] = size) -> np.ndarray:
            found: np.ndarray = 10 ** (level + depth + noise * r.standard_normal(size))
            return found

        weights = weights * (1 + 1e-4 * r.standard_normal(LAYERS))
        grown = weights * (1 + 1e-5 * r.standard_normal(size)).cumprod(axis=0)
        spiky = noisy(-1, 0.15)
        spiky[0, first // BLOCK % LAYERS] *= 1e6
        records: list[Record] = [
            _sample(int(step), noisy(-3, 0.1, (1, LAYERS))[0], r) for step in at[at % 10 == 0]
        ]
        records.append(
            Frame(
                steps=at, loss=2.3 * np.exp(-at / 3e4) + 0.05 * r.standard_normal(len(at)),
                accuracy=r.integers(0, 65, len(at)) / 64, penalty=np.zeros(len(at)),
                grad_norm=spiky, weight_norm=grown, update_ratio=noisy(-2, 0.15),
                bias_rms=noisy(-4, 0.15), no_bias=np.zeros(LAYERS, bool), seconds=0.4,
                probe_seconds=0.02,
            )
        )  # fmt: skip
        yield records


def _sample(step: int, signal: np.ndarray, r: np.random.Generator) -> Sample:
    return Sample(
        step=step, signal=signal, activation_mean=0.1 * r.standard_normal(LAYERS),
        activation_std=np.abs(r.standard_normal(LAYERS)), dead=np.full(LAYERS, np.nan),
        saturated=r.integers(0, 4096, LAYERS) / 4096, zero=np.zeros(LAYERS, bool),
    )  # fmt: skip


@dataclass(frozen=True)
class Long:
    """What a run of 100,000 steps by 200 layers came to."""

    megabytes: float
    seconds: float
    """Open, reduce, draw: the median of five."""
    worst: float
    """Relative error of a layer statistic, where it is largest."""
    written: float
    """Seconds of the writer's thread for a step."""


def long(folder: Path, seed: int = 0) -> Long:
    """Write it, measure the file, open it as a screen does."""
    path = folder / f"long{seed}.gradtui"
    tables = Tables(path, info(LAYERS, steps=STEPS), {})
    spent = 0.0
    kept: list[np.ndarray] = []
    for records in made_up(seed):
        began = time.thread_time()
        tables.write(records)
        spent += time.thread_time() - began
        if isinstance(frame := records[-1], Frame) and frame.steps[0] < 8192:
            kept.append(np.asarray(frame.grad_norm))
    tables.close()
    opened = []
    for _ in range(5):
        began = time.perf_counter()
        with RunFile(path) as file:
            state = RunState(file.info)
            state.reduce(file.overview()[0])
        still(state, (160, 45))
        opened.append(time.perf_counter() - began)
    known = np.concatenate(kept)
    with RunFile(path) as file:
        found: list[np.ndarray] = []
        for record in file.records():
            if isinstance(record, Frame):
                found.append(np.asarray(record.grad_norm))
                if sum(map(len, found)) >= len(known):
                    break
    error = np.abs(np.concatenate(found)[: len(known)] / known - 1).max()
    size = path.stat().st_size / 1e6
    return Long(size, float(np.median(opened)), float(error), spent / STEPS)


def latency(folder: Path, seconds: float = 20.0) -> np.ndarray:
    """Seconds from a step being made here to another process being told of it.

    Of each frame the oldest step counts: it waited for the others, then for the commit, then for
    the viewer's look. Both processes read one clock.
    """
    spec = spec_of(Request(experiment="vanishing"), probe=True)
    source = ThreadSource(spec, where=folder)
    writer = source.writer
    assert writer is not None
    made: dict[int, float] = {}

    def note(record: Record) -> None:
        if isinstance(record, Frame):
            made[int(record.steps[-1])] = time.monotonic() - record.seconds
        writer.put(record)

    source.start()
    source.outbox.tap = note
    while not (writer.path.exists() and made):
        source.poll()
        time.sleep(0.01)
    code = f"{WATCH}        print(int(record.steps[-1]), time.monotonic(), flush=True)"
    watcher = subprocess.Popen(
        [sys.executable, "-c", code, str(writer.path)], stdout=subprocess.PIPE, text=True
    )
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        source.poll()
        time.sleep(0.05)
    watcher.kill()
    told = [line.split() for line in (watcher.communicate()[0] or "").splitlines()]
    source.close()
    # A viewer's frame holds all steps of a commit: those that were made by its last one.
    ends = {int(step): float(at) for step, at in told if int(step) in made}
    first = min(ends.values()) + 1.0  # what it tells at once is the past
    rows = sorted((at, step) for step, at in ends.items() if at > first)
    late, before = [], max((step for step, at in ends.items() if at <= first), default=-1)
    for at, step in rows:
        late += [at - made[frame] for frame in made if before < frame <= step]
        before = step
    return np.array(late)


def table() -> list[str]:
    """Rows of the README's table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = cost(folder)
        found = long(folder)
        late = latency(folder)
        state, size = checkpoint()
        watched = [viewers(folder, screens=screens) for screens in (False, True)]
    of = f"{STEPS:,} steps x {LAYERS} layers x 4 statistics".replace(",", " ")
    rows = (
        (f"a run file at every step, {LAYERS} layers ({kept.step * 1e6:.0f} µs a step)",
         "of no run file", f"{kept.ratio:.3f}, of a core {100 * kept.share:.1f} %", "≤ 1.02"),
        ("the writer's thread", f"a step of {LAYERS} layers", f"{found.written * 1e6:.0f} µs", "–"),
        (f"the file of {of}", "size", f"{found.megabytes:.0f} MB", "≤ 200 MB"),
        ("the same", "worst relative error", f"{100 * found.worst:.2f} %", "≤ 0.5 %"),
        ("the same", "opened and drawn", f"{found.seconds:.2f} s", "≤ 1 s"),
        ("a viewer of another process", "step made to step told, median, 95 %",
         f"{np.median(late):.2f} s, {np.percentile(late, 95):.2f} s", "≤ 0.3 s"),
        (f"a checkpoint of {LAYERS} layers, once in 10 s", "work of the training thread",
         f"{state * 1e3:.1f} ms, {size / 1e6:.0f} MB", "–"),
        *((f"ten viewers{' with screens' * screens}, {LAYERS} layers", "of the run's speed without",
           f"{found.told}, {100 * found.share:.1f} % of a core each",
           "≤ 1.02")
          for screens, found in enumerate(watched)),
    )  # fmt: skip
    return [f"| {' | '.join(row)} |" for row in rows]
