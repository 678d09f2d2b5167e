"""The probe of CUDA, and of any list of tensors: four operations a step at any depth.

All norms are taken by `torch._foreach_norm` with float64 results, and stay on the device until
a flush stacks and copies them at once. This path was counted and compared on the CPU; it was
never run on a GPU.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gradtui.engine.probe import Measured, ratio


class ForeachProbe:
    """Measures a list of weights and biases (None where a layer has no bias).

    `gradients` and `bias_gradients` are standing tensors, or None to read `.grad` each step.
    """

    def __init__(
        self,
        weights: Sequence[Tensor],
        biases: Sequence[Tensor | None],
        gradients: Sequence[Tensor] | None = None,
        bias_gradients: Sequence[Tensor] | None = None,
    ) -> None:
        self._weights = [weight.detach() for weight in weights]
        self._live = list(weights)
        self._live_biases = [bias for bias in biases if bias is not None]
        self._has_bias = np.array([bias is not None for bias in biases])
        self._widths = np.array([bias.numel() for bias in self._live_biases])
        self._gradients = gradients
        self._bias_gradients = bias_gradients
        self._before = [torch.empty_like(weight) for weight in self._weights]
        self._norms: list[Tensor] = []
        self.eye = None

    def after_backward(self) -> bool | None:
        gradients = self._gradients or [_gradient(weight) for weight in self._live]
        bias = self._bias_gradients or [_gradient(bias) for bias in self._live_biases]
        self._measure([*gradients, *self._weights, *bias])
        torch._foreach_copy_(self._before, self._weights)
        return None

    def after_step(self) -> float:
        began = time.perf_counter()
        torch._foreach_sub_(self._before, self._weights)
        self._measure(self._before)
        return time.perf_counter() - began

    def _measure(self, tensors: list[Tensor]) -> None:
        self._norms.extend(torch._foreach_norm(tensors, 2, torch.float64))

    def flush(self) -> Measured:
        layers, biased = len(self._weights), len(self._widths)
        table = torch.stack(self._norms).cpu().numpy().reshape(-1, 3 * layers + biased)
        steps = len(table)
        self._norms = []
        gradient, weight, bias, update = np.split(
            table, [layers, 2 * layers, 2 * layers + biased], axis=1
        )
        rms = np.full((steps, layers), np.nan)
        rms[:, self._has_bias] = bias / np.sqrt(self._widths)
        return Measured(gradient, weight, ratio(update, weight), rms)


def _gradient(tensor: Tensor) -> Tensor:
    """A parameter that took no part in the loss has a gradient of zero."""
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
