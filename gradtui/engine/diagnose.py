"""Where a run stopped being finite: direction and layer."""

from __future__ import annotations

import torch
from torch import Tensor

from gradtui.core.records import Sample
from gradtui.engine import sampling
from gradtui.engine.run import Run
from gradtui.engine.sampling import Kept


def diagnose(run: Run, x: Tensor, y: Tensor, step: int) -> tuple[str, Sample]:
    """One sentence on the first thing that is not finite for this batch, and its sample.

    The weights are those that made it so: the update of such a step is withheld.
    """
    loss, watched, trace = run.inspect(x, y)
    gradients, outputs = trace.by_row(watched), trace.by_row(trace.watched())
    (sample,) = sampling.measure([Kept.of(step, trace, watched)], run.activation)
    names = run.spec.layers()
    for name, z in zip(names, outputs, strict=True):
        if not torch.isfinite(z).all():
            return f"not finite at step {step}, forward, first in {name}", sample
    if not torch.isfinite(loss):
        return f"not finite at step {step}, forward, in the loss", sample
    if run.regularizer.add_gradient is not None:
        own = torch.zeros_like(run.weights)
        run.regularizer.add_gradient(run.weights, own, run.strength)
        if not torch.isfinite(own).all():
            return f"not finite at step {step}, in the penalty", sample
    p = run.parameters
    weights, biases = p.gradient_of(p.weights), p.gradient_of(p.biases)
    found = [[z, weight] for z, weight in zip(gradients, weights, strict=True)]
    for row, bias in zip(p.biased, biases, strict=True):
        found[row].append(bias)
    for name, of_row in zip(names[::-1], found[::-1], strict=True):
        if not all(torch.isfinite(gradient).all() for gradient in of_row):
            return f"not finite at step {step}, backward, first in {name}", sample
    return f"not finite at step {step}, in a norm, a gate or a dropout mask", sample
