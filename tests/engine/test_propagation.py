"""What the papers found about signals in deep nets, on nets of ours."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from gradtui.core.records import Frame, Info, Sample
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor
from gradtui.doctor.verdicts import verdicts
from gradtui.engine.data import load
from gradtui.engine.model import Forward, Trace, forward
from gradtui.engine.parameters import Parameters
from gradtui.engine.run import Run
from tests.engine.nets import CPU, advance, of, small_trainer, spec_of

GRID = 256
"""Points on a great circle of the inputs."""


def test_selu_keeps_its_variance_over_32_layers() -> None:
    """Klambauer et al. 2017."""
    for seed in range(5):
        sets = ("depth=32", "width=256", "activation=selu", "init=lecun")
        run = Run(spec_of("init", *sets, seed=seed), load("digits"), CPU)
        trace = Trace([], [])
        forward(run.parameters, run.batches.x, run.forward_knobs, None, None, trace)
        assert 0.9 < float(trace.activations[-1].var()) < 1.2


def gradient_on_a_circle(depth: int, seed: int, *, residual: bool) -> np.ndarray:
    """dy/dt of a he-initialised ReLU net along x(t), t from 0 to 2 pi."""
    rng = torch.Generator().manual_seed(seed)
    parameters = Parameters(list(pairwise([64, *[200] * depth, 1])), CPU)
    for weight in parameters.weights:
        weight.normal_(0, math.sqrt(2 / len(weight)), generator=rng)
    basis = torch.linalg.qr(torch.randn(64, 2, generator=rng))[0].T * 8
    t = (2 * math.pi / GRID * torch.arange(GRID)).requires_grad_()
    with torch.enable_grad():
        x = torch.stack([torch.cos(t), torch.sin(t)], 1) @ basis
        y = forward(parameters, x, Forward(torch.relu, residual=residual), None)
        (gradient,) = torch.autograd.grad(y.sum(), t)
    return gradient.double().numpy()


def autocorrelation(depth: int, *, residual: bool = False, lag: int = 5) -> float:
    """Mean over ten nets."""
    found = []
    for seed in range(10):
        g = gradient_on_a_circle(depth, seed, residual=residual)
        g -= g.mean()
        found.append((g[lag:] @ g[:-lag]) / (g @ g))
    return float(np.mean(found))


def test_gradients_shatter_with_depth_and_not_with_residuals() -> None:
    """Balduzzi et al. 2017."""
    assert autocorrelation(1) > 0.85
    assert autocorrelation(50) < 0.4
    assert autocorrelation(50, residual=True) > 0.8


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
