"""What measuring costs: our loop with the probe, without it, and a plain torch.optim loop."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.outbox import Outbox
from gradtui.core.spec import Spec
from gradtui.engine.data import Dataset, load
from gradtui.engine.trainer import Trainer
from tests.benchmarks.interleaved import Times, interleave


@dataclass(frozen=True)
class Case:
    """A net to measure, and the ratios that are promised for it."""

    name: str
    request: Request
    calls: int
    of_off: float
    of_plain: float | None = None
    """None where no plain loop was written."""
    pairs: int = 1
    """As many labs of each kind, one pair after the other: two equal ones differ by up to 4 %
    for as long as they live, by where their memory lies."""


def _mlp(depth: int, width: int, batch: int) -> Request:
    sets = (f"depth={depth}", f"width={width}", f"batch_size={batch}", "init=he", "clip=none")
    return Request(experiment="init", sets=sets)


CASES = (
    Case("keras", Request(experiment="keras"), 400, 1.15, 0.65, pairs=5),
    Case("30x128, batch 128", _mlp(30, 128, 128), 12, 1.08, 1.05, pairs=5),
    Case("1000x16, batch 64", _mlp(1000, 16, 64), 3, 1.06, 0.65, pairs=3),
    Case(
        "Transformer 6x128, T 64, batch 16",
        Request(experiment="char-lm", sets=("depth=6", "width=128", "length=64")),
        2,
        1.03,
    ),
    Case(
        "LSTM 2x128, T 50",
        Request(experiment="rnn", sets=("cell=lstm", "depth=2", "width=128", "length=50")),
        10,  # one of them is sampled, as in `train`
        1.03,
    ),
    Case("cnn 32x16", Request(experiment="cnn"), 10, 1.03),
)


def spec_of(request: Request, *, probe: bool) -> Spec:
    spec = build_spec(
        replace(request, probe=probe), lambda name, rows: len(load(name, rows).x_train)
    )
    return replace(spec, steps=10**9, epochs=None)


def ours(request: Request, *, probe: bool) -> Callable[[], None]:
    """One step of our own loop; records are drained as a screen would."""
    spec = spec_of(request, probe=probe)
    outbox = Outbox()
    trainer = Trainer(spec, outbox)
    trainer.open(load(spec.data, length=int(spec.fixed["length"])), torch.device("cpu"))

    def step() -> None:
        trainer.advance()
        if trainer.training.step % 200 == 0:
            outbox.drain()

    return step


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


def measure(case: Case) -> Times:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    gc.collect()
    gc.freeze()  # as the lab does: no way pays for walking torch's objects
    with torch.no_grad(), np.errstate(all="ignore"):
        ways = {
            "on": ours(case.request, probe=True),
            "off": ours(case.request, probe=False),
        }
        if case.of_plain is not None:
            ways["plain"] = plain(case.request)
        return interleave(ways, calls=case.calls)


def table() -> list[str]:
    """Rows of the README's table."""
    rows = []
    for case in CASES:
        times = [measure(case) for _ in range(case.pairs)]
        step = float(np.median([each.median("on") for each in times])) * 1e6
        for base, promised, words in (
            ("off", case.of_off, "our loop, `--probe off`"),
            ("plain", case.of_plain, "plain torch.optim loop"),
        ):
            if promised is None:
                continue
            ratios = [each.ratio("on", base) for each in times]
            found = f"{np.median(ratios):.2f}"
            if len(ratios) > 1:
                found += f" ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs)"
            what = f"probe, {case.name} ({step:.0f} µs a step)"
            rows.append(f"| {what} | of {words} | {found} | ≤ {promised} |")
    return rows
