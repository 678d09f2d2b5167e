"""The signal and the state of the activations, on sampled steps only.

Asking for them costs some twenty operations and two copies of the activations, at any depth.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.records import Floats, Sample
from gradtui.engine.model import Trace


def measure(step: int, trace: Trace, gradients: list[Tensor], activation: Activation) -> Sample:
    """A `Sample` of one step, from the traced tensors and dL/dz of each layer."""
    hidden = trace.activations
    logits = trace.outputs[-1]
    signal = _rms(gradients)
    if not hidden:
        return _of_logits(step, signal, logits)
    a = torch.stack(hidden)
    mean = a.mean((1, 2), dtype=torch.float64)
    deviation = a.double().std((1, 2), correction=0)
    nothing = torch.full_like(mean, torch.nan)
    dead = (a <= 0).all(1).double().mean(1) if activation.can_die else nothing
    flat = activation.saturated
    saturated = flat(a).double().mean((1, 2)) if flat is not None else nothing
    zero = (a == 0).all(2).all(1).double()
    table = torch.stack([mean, deviation, dead, saturated, zero]).cpu().numpy()
    out = _of_logits(step, signal, logits)
    return Sample(
        step=step,
        signal=signal,
        activation_mean=np.append(table[0], out.activation_mean),
        activation_std=np.append(table[1], out.activation_std),
        dead=np.append(table[2], np.nan),
        saturated=np.append(table[3], np.nan),
        zero=np.append(table[4] > 0, out.zero),
    )


def _of_logits(step: int, signal: Floats, logits: Tensor) -> Sample:
    """The sample of a net that is its output layer alone."""
    z = logits.double()
    mean, deviation, zero = torch.stack([z.mean(), z.std(correction=0), (z == 0).all()]).tolist()
    undefined = np.array([np.nan])
    return Sample(
        step=step,
        signal=signal,
        activation_mean=np.array([mean]),
        activation_std=np.array([deviation]),
        dead=undefined,
        saturated=undefined,
        zero=np.array([bool(zero)]),
    )


def _rms(gradients: list[Tensor]) -> Floats:
    """sqrt(mean over batch and units of (dL/dz)^2), accumulated in float64."""
    norms = torch.stack(torch._foreach_norm(gradients, 2, torch.float64))
    sizes = np.array([gradient.numel() for gradient in gradients])
    rms: Floats = norms.cpu().numpy() / np.sqrt(sizes)
    return rms
