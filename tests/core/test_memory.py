"""What was freed goes back to the system, and not too often."""

from __future__ import annotations

import platform
import subprocess
import sys
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
        thrift.turn()
        time[0] += PAUSE / 8
    assert done == pytest.approx([0.0, *(PAUSE * k for k in range(1, 13))])


def test_what_was_asked_for_too_soon_is_done_later_and_once() -> None:
    time, done = [0.0], []
    thrift = Thrift(now=lambda: time[0], give_back=lambda: done.append(time[0]))
    thrift.turn()
    assert not done  # nothing has needed more than a step
    thrift.look()
    assert not done  # the step may be long in coming
    thrift.turn()
    thrift.look()
    thrift.look()
    for _ in range(100):
        time[0] += PAUSE / 8
        thrift.turn()
    assert done == pytest.approx([0.0, PAUSE])


THREADS = """
import ctypes, sys, threading
from pathlib import Path
from gradtui.core import memory

if sys.argv[1:]:
    memory.one_heap()
libc, where, together = ctypes.CDLL(None), [], threading.Barrier(5)
libc.malloc.restype = ctypes.c_void_p

def ask():
    together.wait()
    where.append(libc.malloc(10_000))

threads = [threading.Thread(target=ask) for _ in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
heap = next(line for line in Path("/proc/self/maps").read_text().splitlines() if "[heap]" in line)
low, high = (int(end, 16) for end in heap.split()[0].split("-"))
print(sum(low <= place < high for place in where))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do as they like")
@pytest.mark.parametrize(("asked", "inside"), [(["one"], 5), ([], 0)])
def test_all_threads_share_one_heap(asked: list[str], inside: int) -> None:
    run = [sys.executable, "-c", THREADS, *asked]
    assert int(subprocess.run(run, capture_output=True, check=True, timeout=60).stdout) == inside


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
