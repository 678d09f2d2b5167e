"""Who waits much for little work is in a crowd; the kernel is the witness."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from gradtui.core.crowd import SCHEDSTAT, Crowd, waited

PATIENCE = 120.0


class Clocks:
    def __init__(self) -> None:
        self.spent = self.waited = 5.0

    def pass_by(self, spent: float, waited: float) -> None:
        self.spent += spent
        self.waited += waited


def crowd_of(clocks: Clocks) -> Crowd:
    return Crowd(lambda: clocks.spent, lambda: clocks.waited)


def test_alone_nothing_presses() -> None:
    clocks = Clocks()
    crowd = crowd_of(clocks)
    assert not crowd.presses()
    for _ in range(50):
        clocks.pass_by(0.01, 0.002)
        assert not crowd.presses()


def test_a_crowd_is_felt_and_forgotten() -> None:
    clocks = Clocks()
    crowd = crowd_of(clocks)
    felt = []
    for waits in [0.03] * 10 + [0.0] * 20:
        clocks.pass_by(0.01, waits)
        felt.append(crowd.presses())
    assert all(felt[:10])
    assert not felt[-1]


def test_one_long_wait_is_soon_made_up_for() -> None:
    clocks = Clocks()
    crowd = crowd_of(clocks)
    clocks.pass_by(0.0, 0.02)
    assert crowd.presses()
    for _ in range(10):
        clocks.pass_by(0.01, 0.0)
    assert not crowd.presses()


def tells() -> bool:
    """Some kernels have the file and write zeros."""
    return SCHEDSTAT.exists() and SCHEDSTAT.read_text(encoding="ascii").split()[0] != "0"


@pytest.mark.skipif(not tells(), reason="the system does not tell")
def test_the_kernel_tells_who_waits() -> None:
    """Another process wants the only core that this one may have."""
    before, cores = waited(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # which children inherit
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        end = time.monotonic() + PATIENCE
        while waited() - before < 0.05:
            assert time.monotonic() < end
    finally:
        other.kill()
        other.wait()
        os.sched_setaffinity(0, cores)
