"""What the gallery promises of recurrent nets, inits, theory and signals in deep nets.

Seeds that no recipe was tuned on; a promise on a mean is held against the mean over them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from gradtui import catalog
from gradtui.core.records import End, Sample
from gradtui.core.scale import slope
from gradtui.engine.data import load
from gradtui.engine.model import Trace, forward
from gradtui.engine.run import Run
from tests.benchmarks.experiments import _row
from tests.benchmarks.shattered import Gradient, autocorrelation, on_a_circle, on_a_grid
from tests.engine.nets import CPU, of, spec_of, train
from tests.engine.test_recurrent import decades
from tests.engine.test_theory import build, error
from tests.lessons.driver import outcomes

SEEDS = range(40, 45)
HARD = range(70, 110)
"""Among them are 79, 85 and 87, whose classes merge at lr 3e-3 where everything learns at lr."""
NETS = range(40, 60)
"""One net says little about an autocorrelation: the paper's is a mean over many."""
IN_TIME: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("rnn, tanh", (), "0.19 to 0.29"),
    ("rnn, orthogonal", ("init=orthogonal",), "0.02 to 0.045"),
    ("lstm", ("cell=lstm",), "0.17 to 0.22"),
    ("lstm, forget bias 1", ("cell=lstm", "forget_bias=1"), "0.055 to 0.08"),
    ("lstm, forget bias 3", ("cell=lstm", "forget_bias=3"), "−0.02 to 0.01"),
)
RECALL: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("rnn", (), "chance"),
    ("lstm", ("cell=lstm",), "chance"),
    ("gru", ("cell=gru",), "chance"),
    ("rnn, orthogonal", ("init=orthogonal",), "1.0"),
    ("rnn, orthogonal, lr 3e-3", ("init=orthogonal", "lr=3e-3"), "1.0"),
    ("lstm, forget bias 3", ("cell=lstm", "forget_bias=3", "lr=3e-3"), "1.0"),
    ("gru, forget bias 3", ("cell=gru", "forget_bias=3", "lr=3e-3"), "1.0"),
)


DEPTHS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("plain 10", ("depth=10",), "learns"),
    ("plain 56", ("depth=56",), "chance"),
    ("batch norm 56", ("depth=56", "norm=batch"), "> plain 56"),
    ("rezero 56", ("depth=56", "init=he", "residual=rezero"), "> plain 56"),
)


def table() -> Iterator[str]:
    """Rows of the README's table, as they are measured."""
    with torch.no_grad(), np.errstate(all="ignore"):
        for part in (
            _recurrent,
            _inits,
            _theory,
            _shattered,
            _propagation,
            _convolutions,
            _lessons,
        ):
            yield from part()


def _recurrent() -> Iterator[str]:
    for name, sets, promised in IN_TIME:
        slopes = [decades(*sets, seed=seed) for seed in SEEDS]
        yield _row(f"{name}: slope in time, T 50", slopes, promised)
    for name, sets, promised in RECALL:
        seeds = HARD if "init=orthogonal" in sets else SEEDS
        found = [_accuracy("rnn", seed, *sets) for seed in seeds]
        yield _row(f"{name}: recall, T 60", found, promised)


def _accuracy(experiment: str, seed: int, *sets: str) -> float:
    return of(End, train(spec_of(experiment, *sets, seed=seed))[1])[-1].accuracy


def _first_slope(experiment: str, seed: int, *sets: str) -> float:
    return slope(of(Sample, train(spec_of(experiment, *sets, seed=seed, steps=1))[1])[0].signal)


def _inits() -> Iterator[str]:
    for width in (64, 256):
        name = f"30×{width} ReLU"
        for init, promised in (("xavier", "0.14 to 0.17"), ("he", "−0.02 to 0.02")):
            sets = (f"init={init}", f"width={width}")
            yield _row(f"{name}, {init}: slope",
                       [_first_slope("init", seed, *sets) for seed in SEEDS], promised)  # fmt: skip
    found = [_accuracy("init", seed) for seed in SEEDS]
    yield _row("30×64 ReLU, xavier, SGD: accuracy", found, "chance")


def _theory() -> Iterator[str]:
    for activation in ("tanh", "relu"):
        errors = [
            abs(error(build("width=512", "depth=30", f"activation={activation}",
                            f"sigma_w={sigma_w}", seed=seed)))
            for sigma_w in (0.5, 1, 1.5, 2, 2.5, 3) for seed in SEEDS
        ]  # fmt: skip
        yield _row(f"χ, {activation}, sigma_w 0.5 to 3: median error", [np.median(errors)], "≤ 1 %")
        yield _row(f"χ, {activation}, sigma_w 0.5 to 3: each", errors, "≤ 3 %")


def _shattered() -> Iterator[str]:
    ways: tuple[tuple[str, Gradient], ...] = (
        ("great circle", on_a_circle), ("256 scalars, batch norm", on_a_grid)
    )  # fmt: skip
    for where, gradient in ways:
        for depth, residual, promised in ((1, False, "> 0.85"), (50, False, "< 0.4"),
                                          (50, True, "> 0.8")):  # fmt: skip
            found = autocorrelation(gradient, depth, NETS, residual=residual)
            name = f"{'residual' if residual else 'plain'} {depth}"
            yield (
                f"| shattered, {where}, {name}: lag 5 | mean of {len(found)} nets | "
                f"{np.mean(found):.3f} | {promised} |"
            )


def _propagation() -> Iterator[str]:
    found = []
    for seed in SEEDS:
        sets = ("depth=32", "width=256", "activation=selu", "init=lecun")
        run = Run(spec_of("init", *sets, seed=seed), load("digits"), CPU)
        trace = Trace([], [])
        forward(run.parameters, run.batches.x, run.forward_knobs, None, None, trace)
        found.append(float(trace.activations[-1].var()))
    yield _row("SELU: variance after 32 layers", found, "0.9 to 1.2")
    gates = []
    for seed in SEEDS:
        sample = of(Sample, train(spec_of("init", "residual=rezero", seed=seed, steps=1))[1])[0]
        gates.append(float(np.abs(sample.signal[1:-1]).max()))
    yield _row("ReZero, step 0: largest signal in a block", gates, "0")


def _convolutions() -> Iterator[str]:
    for name, sets, promised in DEPTHS:
        yield _row(f"cnn, {name}: accuracy", [_accuracy("cnn", s, *sets) for s in SEEDS], promised)


def _lessons() -> Iterator[str]:
    for name in catalog.names("lessons"):
        done = [all(o.mark == "done" for o in outcomes(name, seed)) for seed in SEEDS]
        count = f"{sum(done)} of {len(done)}"
        yield f"| lesson {name}: comes true | {len(done)} seeds | {count} | all |"
