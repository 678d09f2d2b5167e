"""Which device a run trains on, and with how many threads."""

from __future__ import annotations

import ctypes
import sys

import torch

from gradtui.core.errors import UsageError

SMALL = 4_000_000
"""Weights up to which one thread is as fast as two; measured on MLPs 16 to 512 wide."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Names of glibc's malloc.h; `man 3 mallopt`."""
KEPT, LARGE = 2**27, 2**25
"""Bytes that a process may keep for itself; and from which on memory is mapped anew, the most
that glibc takes."""


def resolve(name: str) -> torch.device:
    """The device that `auto`, `cpu`, `cuda`, `cuda:N` or `mps` stands for.

    Raises `UsageError` where this machine, or this build of torch, does not have it.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not 0 <= (device.index or 0) < count:
            have = f"it has {count}" if count else "it has none, or this torch is a CPU build"
            raise UsageError(f"device {name!r}: no such GPU on this machine ({have}); try cpu.")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UsageError("device 'mps' is not available on this machine; try cpu.")
    return device


def settle(device: torch.device, weights: int) -> None:
    """Make the process what training a net of so many weights wants it to be.

    A small net trains on one thread: the other cores are the screen's.
    """
    if device.type != "cpu":
        return
    if weights <= SMALL:
        torch.set_num_threads(1)
    _keep_memory()


def _keep_memory() -> None:
    """Keep what a step gives back: the next step asks for as much.

    glibc returns it to the system, and the next step pays for every page of it again: a fifth
    of a step of a 30-layer MLP, and most of what a sampled step costs more than another. The
    price is memory that stays with the process, `KEPT` at most. Without glibc nothing changes.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, KEPT)
        mallopt(M_MMAP_THRESHOLD, LARGE)


def label(device: torch.device) -> str:
    """How the header names the device: `cpu, 1 thread`."""
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu, {threads} thread{'s' * (threads > 1)}"
    if device.type == "cuda":
        return f"{device}, {torch.cuda.get_device_name(device)}"
    return str(device)
