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
    weights = run.parameters.gradient_of(run.parameters.weights)
    for name, z, weight in zip(names[::-1], gradients[::-1], weights[::-1], strict=True):
        if not (torch.isfinite(z).all() and torch.isfinite(weight).all()):
            return f"not finite at step {step}, backward, first in {name}", sample
    return f"not finite at step {step}, in the penalty", sample
