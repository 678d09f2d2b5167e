"""What all tests share."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples on every machine, however slow it is: a green run stays green.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")

RUNS = "GRADTUI_RUNS"
_FOLDER = tempfile.mkdtemp(prefix="gradtui-runs-")
os.environ[RUNS] = _FOLDER
"""Processes that tests start keep their runs there: not among those of whoever runs the tests."""


@pytest.fixture(autouse=True)
def _denormals_stay() -> Iterator[None]:
    """Flushing them holds for a thread, and would change what other tests compute in it."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(autouse=True, scope="session")
def _runs_go() -> Iterator[None]:
    yield
    shutil.rmtree(_FOLDER, ignore_errors=True)
