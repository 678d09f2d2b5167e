"""Other cells beside a run's own: what a run of each would measure, and free for this one."""

from __future__ import annotations

import numpy as np
import torch

from gradtui.core.cells import Cells
from gradtui.core.commands import Compare
from gradtui.core.outbox import Outbox
from gradtui.engine.cells import CELLS, ROWS
from gradtui.engine.data import load
from gradtui.engine.run import Run
from gradtui.engine.trainer import Trainer
from tests.engine.nets import CPU, of, same, small_trainer, spec_of, state

SMALL = ("length=20", "width=6", "depth=2")


def opened(*sets: str) -> Trainer:
    trainer = Trainer(spec_of("rnn", *SMALL, *sets, seed=3), Outbox(10**5))
    trainer.open(load("recall", length=20), CPU)
    return trainer


def test_each_is_what_a_run_of_it_begins_with() -> None:
    trainer = opened("cell=lstm", "forget_bias=1")
    trainer._carry_out(Compare())
    (told,) = of(Cells, trainer.outbox.drain())
    assert (told.step, told.rows) == (0, ROWS)
    assert [cell.name for cell in told.cells] == [name for name, _ in CELLS]
    data = load("recall", length=20)
    for cell in told.cells:
        run = Run(spec_of("rnn", *SMALL, *cell.sets, seed=3), data, CPU)
        x, y = run.batches.x[:ROWS], run.batches.y[:ROWS]
        _, watched, trace = run.inspect(x, y)
        expected = trace.by_row(watched)[1].double().flatten(1).norm(dim=1)
        np.testing.assert_allclose(cell.signal_time, expected, rtol=1e-5)


def test_to_ask_for_them_changes_no_bit_of_the_run() -> None:
    asked, plain = opened("clip=norm:0.1"), opened("clip=norm:0.1")
    drawn = torch.get_rng_state()
    for step in range(6):
        if step in (0, 3):
            asked._carry_out(Compare())
        asked.advance()
        plain.advance()
    assert same(state(asked.training.net), state(plain.training.net))
    assert torch.equal(torch.get_rng_state(), drawn)


def test_a_net_without_time_has_none() -> None:
    trainer = small_trainer()
    trainer._carry_out(Compare())
    assert not of(Cells, trainer.outbox.drain())
