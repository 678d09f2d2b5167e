"""`python -m tests.benchmarks [NAME…] [--write]`: measure, print, and write the README's table."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from tests.benchmarks import (
    demos,
    experiments,
    export,
    gallery,
    keras,
    kill,
    link,
    probe,
    runs,
    scale,
    screen,
    soak,
    translation,
)

TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "experiments": experiments.table,
    "probe": probe.table,
    "keras": keras.table,
    "screen": screen.table,
    "link": link.table,
    "scale": scale.table,
    "demos": demos.table,
    "runs": runs.table,
}
LONG: dict[str, Callable[[], Iterable[str]]] = {
    "export": export.table,
    "gallery": gallery.table,
    "kill": kill.table,
    "soak": soak.table,
    "translation": translation.table,
}
"""Only by name."""
README = Path(__file__).parents[2] / "README.md"
HEAD = ["| what | of, or over | measured | promised |", "|---|---|---|---|"]


def machine() -> str:
    """What it was measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text())
        cpu = found[1].strip() if found else cpu
    day = dt.datetime.now(dt.UTC).date().isoformat()
    return (
        f"{cpu}, {os.cpu_count()} cores, no GPU, Python {platform.python_version()}, "
        f"torch {torch.__version__}, {day}. Ratios are medians of rounds taken in turns."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join({**TABLES, **LONG}))
    parser.add_argument(
        "--experiment",
        action="append",
        default=[],
        metavar="NAME",
        help="soak this one; repeatable",
    )
    parser.add_argument("--keys", type=int, default=soak.KEYS, metavar="N", help="of a soak")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    known = {**TABLES, **LONG}
    known["soak"] = lambda: soak.table(given.experiment, given.keys)
    wrong = sorted(set(given.names) - set(known))
    if wrong:
        parser.error(f"unknown: {', '.join(wrong)}; allowed: {', '.join(known)}")
    rows = list(HEAD)
    print(machine(), *HEAD, sep="\n", flush=True)
    for name in given.names or TABLES:
        for row in known[name]():
            print(row, flush=True)
            rows.append(row)
    if given.write:
        text = README.read_text(encoding="utf-8")
        block = "\n".join(["<!-- bench:begin -->", machine(), "", *rows, "<!-- bench:end -->"])
        text = re.sub(
            r"<!-- bench:begin -->.*?<!-- bench:end -->", lambda _: block, text, flags=re.DOTALL
        )
        README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
