"""Initial weights: the variance that decides whether a deep net starts alive."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradtui.engine.parameters import Parameters


def standard_deviation(rule: str, fan_in: int, fan_out: int) -> float:
    """Of a hidden layer's weights, for xavier, he, lecun or gain:g.

    Glorot, Bengio 2010 (2/(in+out)); He et al. 2015 (2/in); LeCun et al. 1998 (1/in).
    """
    if rule == "xavier":
        return math.sqrt(2 / (fan_in + fan_out))
    gain = {"he": math.sqrt(2), "lecun": 1.0}.get(rule)
    if gain is None:
        gain = float(rule.removeprefix("gain:"))
    return gain / math.sqrt(fan_in)


def initialise(
    parameters: Parameters,
    rule: str,
    generator: torch.Generator,
    *,
    uniform: bool,
    zero: bool,
    taps: int = 1,
    sigma_b: float = 0.0,
) -> None:
    """Draw all weights anew, in place, and zero the biases, or draw the hidden ones, sigma_b wide.

    `rule` holds for the hidden weights; the output layer is xavier except under `torch`
    (nn.Linear's default, biases included). `uniform` draws xavier from a uniform distribution
    of the same variance, as Keras does; `zero` makes all weights 0 (softmax regression); an
    input feeds `taps` places of a convolution. Drawn on the CPU: a seed means the same everywhere.
    """
    last = len(parameters.weights) - 1
    for i, (weight, bias) in enumerate(zip(parameters.weights, parameters.biases, strict=True)):
        bias.zero_()
        if zero:
            weight.zero_()
            continue
        fan_in, fan_out = weight.shape
        layer_rule = "xavier" if i == last and rule != "torch" else rule
        fed = 1 if i == last else taps
        weight.copy_(draw(layer_rule, fan_in, fan_out, generator, uniform=uniform, taps=fed))
        if layer_rule == "torch":
            bound = 1 / math.sqrt(fan_in)
            bias.copy_(torch.empty(fan_out).uniform_(-bound, bound, generator=generator))
    if sigma_b and rule != "torch":
        _draw_biases(parameters.biases[:-1], sigma_b, generator)


def draw(
    rule: str,
    fan_in: int,
    fan_out: int,
    generator: torch.Generator,
    *,
    uniform: bool = False,
    taps: int = 1,
) -> Tensor:
    """A weight matrix [fan_in, fan_out]; the arguments are those of `initialise`."""
    if rule == "orthogonal":
        return _orthogonal(fan_in, fan_out, generator)
    drawn = torch.empty(fan_in, fan_out)
    if rule == "torch":
        bound = 1 / math.sqrt(fan_in)
        return drawn.uniform_(-bound, bound, generator=generator)
    deviation = standard_deviation(rule, fan_in, fan_out * taps)
    _scatter(drawn, deviation, generator, uniform=uniform and rule == "xavier")
    return drawn


def _scatter(drawn: Tensor, deviation: float, generator: torch.Generator, *, uniform: bool) -> None:
    """Around 0, with this standard deviation."""
    if uniform:
        bound = math.sqrt(3) * deviation
        drawn.uniform_(-bound, bound, generator=generator)
    else:
        drawn.normal_(0, deviation, generator=generator)


def _draw_biases(biases: list[Tensor], deviation: float, generator: torch.Generator) -> None:
    """After all weights, so that these are the same without."""
    for bias in biases:
        bias.copy_(torch.empty(len(bias)).normal_(0, deviation, generator=generator))


def _orthogonal(fan_in: int, fan_out: int, generator: torch.Generator) -> Tensor:
    """Saxe, McClelland, Ganguli 2014: all singular values are 1."""
    drawn = torch.empty(fan_in, fan_out)
    torch.nn.init.orthogonal_(drawn, generator=generator)
    return drawn
