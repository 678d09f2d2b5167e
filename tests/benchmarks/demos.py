"""What a recording of half a minute takes: seconds, and bytes in each format."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gradtui.demos import library

SEEDS = (0, 1, 2)
SECONDS = 30.0
PROMISED = {".cast": (600.0, 45.0), ".gif": (2000.0, 45.0)}
"""kB, and seconds on two cores."""


def script(seed: int) -> str:
    """The demo cure on a seed of its own, and the screen after it, until half a minute is over."""
    text = library.find("cure").text
    return f"seed = {seed}\n{text}\n[[scene]]\nwait = {SECONDS - 13.65:g}\n"


def record(seed: int, ending: str) -> tuple[float, float, float]:
    """kB, seconds, and seconds of the processor that a recording took."""
    with tempfile.TemporaryDirectory() as folder:
        demo, out = Path(folder, "demo.toml"), Path(folder, f"out{ending}")
        demo.write_text(script(seed), encoding="utf-8")
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "gradtui", "record", "--out", str(out), "demo", str(demo)],
            check=True, capture_output=True,
        )  # fmt: skip
        took = time.monotonic() - began
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        work = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        return out.stat().st_size / 1e3, took, work


def table() -> Iterator[str]:
    """Rows of the README's table, the worst of all seeds."""
    for ending, (most, patience) in PROMISED.items():
        sizes, times, works = zip(*(record(seed, ending) for seed in SEEDS), strict=True)
        what = f"| 30 s of a demo at 120x36, {ending} | worst of {len(SEEDS)} seeds"
        yield f"{what} | {max(sizes):.0f} kB | ≤ {most:.0f} kB |"
        work = f"{max(works):.0f} s of one core"
        yield f"{what} | {max(times):.0f} s ({work}) | ≤ {patience:.0f} s |"
