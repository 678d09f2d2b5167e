"""What was freed goes back to the system, and not too often."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.memory import MAPPED, PAUSE, Thrift, give_back, mapped

MB = 2**20


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no trim")
def test_free_memory_goes_back() -> None:
    blocks = [np.ones(2**13) for _ in range(1024)]  # 64 KB each: too small for pages of their own
    last = np.ones(2**13)  # above them all: they are no end of the heap that could be cut off
    del blocks
    before = resident()
    give_back()
    assert resident() < before - 32 * MB
    assert last.all()


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradtui.core.memory._trim", lambda: lambda keep: 0)
    assert not give_back()


def test_it_is_done_where_it_is_called_but_seldom() -> None:
    time, done = [0.0], []
    thrift = Thrift(now=lambda: time[0], give_back=lambda: done.append(time[0]))
    for _ in range(100):
        thrift.look()
        time[0] += PAUSE / 10
    assert done == pytest.approx([0.0, *(PAUSE * k for k in range(1, 10))])


@pytest.mark.parametrize("size", [3, MAPPED // 8, 2**20 // 8 + 1])
def test_a_mapped_copy_is_a_copy_of_its_own(size: int) -> None:
    array = np.arange(size, dtype=np.float64).reshape(1, size)
    copy = mapped(array)
    array[:] = -1
    np.testing.assert_array_equal(copy, np.arange(size)[None])
    copy[0, 0] = 7
    assert array[0, 0] == -1


def test_the_memory_of_a_mapped_copy_goes_with_it() -> None:
    array = np.ones(32 * MB // 8)
    before = resident()
    copy = mapped(array)
    assert resident() > before + 28 * MB
    del copy
    assert resident() < before + 4 * MB
