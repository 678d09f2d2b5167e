"""What the papers found about signals in deep nets, on nets of ours."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.records import Frame, Info, Sample
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor
from gradtui.doctor.verdicts import verdicts
from gradtui.engine.data import load
from gradtui.engine.model import Trace, forward
from gradtui.engine.run import Run
from tests.benchmarks.shattered import Gradient, autocorrelation, on_a_circle, on_a_grid
from tests.engine.nets import CPU, advance, of, small_trainer, spec_of


def test_selu_keeps_its_variance_over_32_layers() -> None:
    """Klambauer et al. 2017."""
    for seed in range(5):
        sets = ("depth=32", "width=256", "activation=selu", "init=lecun")
        run = Run(spec_of("init", *sets, seed=seed), load("digits"), CPU)
        trace = Trace([], [])
        forward(run.parameters, run.batches.x, run.forward_knobs, None, None, trace)
        assert 0.9 < float(trace.activations[-1].var()) < 1.2


@pytest.mark.parametrize("along", [on_a_circle, on_a_grid])
def test_gradients_shatter_with_depth_and_not_with_residuals(along: Gradient) -> None:
    """Balduzzi et al. 2017; the mean over ten nets."""

    def mean(depth: int, *, residual: bool = False) -> float:
        return float(np.mean(autocorrelation(along, depth, range(10), residual=residual)))

    assert mean(1) > 0.85
    assert mean(50) < 0.4
    assert mean(50, residual=True) > 0.8


def test_rezero_starts_with_blocks_that_are_still_and_well() -> None:
    """Bachlechner et al. 2020: the gates learn first."""
    trainer = small_trainer("residual=rezero", "activation=relu", "init=he", depth=6)
    (info,) = of(Info, trainer.outbox.drain())
    state = RunState(info)
    doctor = Doctor(state)
    records = advance(trainer, 1)
    state.reduce(records)
    (frame,), (sample,) = of(Frame, records), of(Sample, records)
    assert frame.grad_norm is not None
    assert (frame.grad_norm[0, 1:-1] == 0).all()
    assert (sample.signal[1:-1] == 0).all()
    assert {verdict.word for verdict in verdicts(state)} == {"healthy"}
    assert not doctor.examine()
    gates = trainer.training.net.parameters.gates[1:]
    assert all(float(gate) != 0 for gate in gates)
    records = advance(trainer, 1)
    assert (of(Frame, records)[-1].grad_norm[-1] > 0).all()  # type: ignore[index]


@pytest.mark.parametrize("old", ["off", "on"])
def test_gates_start_at_0_whenever_they_are_chosen(old: str) -> None:
    trainer = small_trainer(f"residual={old}", "activation=relu", "optimizer=adam", depth=3)
    advance(trainer, 3)
    assert trainer.training.apply("residual", "rezero")
    net = trainer.training.net
    assert [float(gate) for gate in net.parameters.gates] == [0, 0, 0]
    advance(trainer, 2)
    assert net.gate_part.steps == 2
    trainer.training.apply("residual", old)
    advance(trainer, 2)
    assert net.gate_part.steps == 0
