"""Random streams: one of its own for each use, so that one does not shift another."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

Use = Literal["order", "init", "dropout", "speech"]
STREAMS: dict[Use, int] = {"order": 1, "init": 2, "dropout": 3, "speech": 4}


def _sequence(seed: int, use: Use, step: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, STREAMS[use], step])


def numpy_stream(seed: int, use: Use, step: int = 0) -> np.random.Generator:
    """The numpy generator of a run for one use."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, use, step)))


def torch_stream(
    seed: int, use: Use, step: int = 0, device: torch.device | str = "cpu"
) -> torch.Generator:
    """The torch generator of a run for one use."""
    state = int(_sequence(seed, use, step).generate_state(1, np.uint64)[0] >> 1)
    return torch.Generator(device).manual_seed(state)
