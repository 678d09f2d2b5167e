"""The code that a key may ask for, brought into memory before anybody presses it."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import torch
import torch.nn.functional as F

from gradtui import catalog
from gradtui.engine.optimizers import RULES, Rates, Slots

WIDTH = 64
"""Of the numbers that are worked on: as many as a kernel of its own takes, and no more."""


@cache
def warm_up() -> None:
    """Run every activation, optimizer and norm once, on a few numbers of its own.

    torch's library is hundreds of megabytes, and a part of it that never ran is still on the
    disk: there the first cure would wait for it. Takes some 10 ms, once a process, and draws
    no random number.
    """
    numbers = torch.linspace(-3, 3, WIDTH * WIDTH).reshape(WIDTH, WIDTH)
    for name in catalog.names("activations"):
        with suppress(Exception), torch.enable_grad():  # a user's own tells its fault when chosen
            z = numbers.clone().requires_grad_()
            torch.autograd.backward((catalog.activation(name).function()(z).sum(),))
    slots = Slots(numbers.flatten(), numbers.flatten().clone())
    for rule in RULES.values():
        slots.move(rule, Rates(lr=1e-3, momentum=0.9, decay=0.0))
    F.layer_norm(numbers, (WIDTH,))
    F.batch_norm(numbers, None, None, training=True)
    torch.linalg.qr(numbers)  # what orthogonal weights are drawn by
