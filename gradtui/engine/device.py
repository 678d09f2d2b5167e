"""Which device a run trains on, and with how many threads."""

from __future__ import annotations

import torch

from gradtui.core import memory
from gradtui.core.errors import UsageError

SMALL = 4_000_000
"""Weights up to which one thread is as fast as two; measured on MLPs 16 to 512 wide."""


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


def one_thread(device: torch.device, weights: int) -> bool:
    """Whether one core trains a net of so many weights, and finds in its cache what it left."""
    return device.type == "cpu" and weights <= SMALL


def settle(device: torch.device, weights: int) -> None:
    """Make the process what training a net of so many weights wants it to be.

    A small net trains on one thread: the other cores are the screen's.
    """
    if device.type != "cpu":
        return
    if one_thread(device, weights):
        torch.set_num_threads(1)
    memory.keep()


def label(device: torch.device) -> str:
    """How the header names the device: `cpu, 1 thread`."""
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu, {threads} thread{'s' * (threads > 1)}"
    if device.type == "cuda":
        return f"{device}, {torch.cuda.get_device_name(device)}"
    return str(device)
