"""The engine's tests run as its thread does: without autograd's tape, overflow expected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def as_in_the_thread() -> Iterator[None]:
    with torch.no_grad(), np.errstate(all="ignore"):
        yield
