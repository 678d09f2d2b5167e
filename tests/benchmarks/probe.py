"""What measuring costs: our loop with the probe, without it, and a plain torch.optim loop."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.outbox import Outbox
from gradtui.core.spec import Spec
from gradtui.engine.data import Dataset, load
from gradtui.engine.recorder import Recorder
from gradtui.engine.trainer import Trainer
from tests.benchmarks.interleaved import Times, interleave


@dataclass(frozen=True)
class Case:
    """A net to measure, and the ratios that are promised for it."""

    name: str
    request: Request
    steps: int
    """Of a block. A tenth of them is sampled, as in `train`."""
    of_off: float
    of_plain: float | None = None
    """None where no plain loop was written."""
    labs: int = 1
    """As many, one after the other: what a ratio is depends on where a lab's memory lies."""


def _mlp(depth: int, width: int, batch: int) -> Request:
    sets = (f"depth={depth}", f"width={width}", f"batch_size={batch}", "init=he", "clip=none")
    return Request(experiment="init", sets=sets)


CASES = (
    Case("keras", Request(experiment="keras"), 400, 1.15, 0.65, labs=5),
    Case("30x128, batch 128", _mlp(30, 128, 128), 20, 1.08, 1.05, labs=5),
    Case("1000x16, batch 64", _mlp(1000, 16, 64), 10, 1.06, 0.65, labs=3),
    Case(
        "Transformer 6x128, T 64, batch 16",
        Request(experiment="char-lm", sets=("depth=6", "width=128", "length=64")),
        10,
        1.03,
    ),
    Case(
        "LSTM 2x128, T 50",
        Request(experiment="rnn", sets=("cell=lstm", "depth=2", "width=128", "length=50")),
        10,
        1.03,
    ),
    Case("cnn 32x16", Request(experiment="cnn"), 10, 1.03, labs=5),
)


def spec_of(request: Request, *, probe: bool) -> Spec:
    spec = build_spec(
        replace(request, probe=probe), lambda name, rows: len(load(name, rows).x_train)
    )
    return replace(spec, steps=10**9, epochs=None)


class Lab:
    """One run whose probe is switched on and off.

    Two runs in one process would differ by a tenth and more, by where their memory lies.
    """

    def __init__(self, request: Request) -> None:
        spec = spec_of(request, probe=True)
        self._outbox = Outbox()
        trainer = Trainer(spec, self._outbox)
        trainer.open(load(spec.data, length=int(spec.fixed["length"])), torch.device("cpu"))
        self._advance, self._training = trainer.advance, trainer.training
        net = self._training.net
        watched, net.spec = self._training.recorder, replace(spec, probe=False)
        self._ways = {True: (spec, watched), False: (net.spec, Recorder(net, self._outbox))}
        net.spec = spec

    def switch(self, *, on: bool) -> None:
        self._training.spec, self._training.recorder = self._ways[on]
        self._training.recorder.begin()

    def step(self) -> None:
        """One step; records are drained as a screen would."""
        self._advance()
        if self._training.step % 200 == 0:
            self._outbox.drain()

    def block(self, steps: int, *, on: bool) -> None:
        """Some steps, and all that is told of them."""
        self.switch(on=on)
        for _ in range(steps):
            self.step()
        self._training.recorder.flush()


def plain_model(spec: Spec, data: Dataset) -> nn.Sequential:
    sizes = [data.features, *[int(spec.fixed["width"])] * spec.depth, data.classes]
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        linear = nn.Linear(fan_in, fan_out)
        nn.init.kaiming_normal_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def plain_optimizer(spec: Spec, model: nn.Module) -> torch.optim.Optimizer:
    rate = float(spec.knobs["lr"])
    if spec.knobs["optimizer"] == "adam":
        return torch.optim.Adam(model.parameters(), rate)
    return torch.optim.SGD(model.parameters(), rate, momentum=float(spec.knobs["momentum"]))


def plain(request: Request) -> Callable[[], None]:
    """One step of the loop of every tutorial, on tensors that are in memory already."""
    spec = spec_of(request, probe=False)
    data = load(spec.data)
    model = plain_model(spec, data)
    optimizer = plain_optimizer(spec, model)
    batches = _batches(data, int(spec.knobs["batch_size"]))

    def step() -> None:
        with torch.enable_grad():
            x, y = next(batches)
            optimizer.zero_grad()
            loss: torch.Tensor = nn.functional.cross_entropy(model(x), y)
            torch.autograd.backward((loss,))
            optimizer.step()

    return step


def _batches(data: Dataset, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    x, y = torch.from_numpy(data.x_train), torch.from_numpy(data.y_train)
    while True:
        order = torch.randperm(len(x))
        for start in range(0, len(x), size):
            rows = order[start : start + size]
            yield x[rows], y[rows]


def measure(case: Case, base: str) -> Times:
    """Seconds of a block with the probe, and of one without ("off"), or of the plain loop.

    The nets are new: one that has learned for long has a gradient of other magnitudes.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    gc.collect()
    gc.freeze()  # as the lab does: no way pays for walking torch's objects
    with torch.no_grad(), np.errstate(all="ignore"):
        lab, steps = Lab(case.request), case.steps
        other = (
            partial(lab.block, steps, on=False)
            if base == "off"
            else partial(_repeat, plain(case.request), steps)
        )
        ways = {"on": partial(lab.block, steps, on=True), base: other}
        return interleave(ways, calls=1)


def _repeat(step: Callable[[], None], times: int) -> None:
    for _ in range(times):
        step()


def table() -> list[str]:
    """Rows of the README's table."""
    rows = []
    for case in CASES:
        for base, promised, words in (
            ("off", case.of_off, "our loop, `--probe off`"),
            ("plain", case.of_plain, "plain torch.optim loop"),
        ):
            if promised is None:
                continue
            times = [measure(case, base) for _ in range(case.labs)]
            ratios = [each.ratio("on", base) for each in times]
            found = f"{np.median(ratios):.2f}"
            if len(ratios) > 1:
                found += f" ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} labs)"
            step = np.median([each.median("on") for each in times]) / case.steps * 1e6
            rows.append(
                f"| probe, {case.name} ({step:.0f} µs a step) | of {words} | {found} "
                f"| ≤ {promised} |"
            )
    return rows
