"""What a step does to one weight: the optimizer's formulas, each with the numbers of a specimen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from gradtui import catalog
from gradtui.catalog.optimizers import (
    ADAM_BETAS,
    ADAM_EPSILON,
    CLIP_EPSILON,
    KERAS_EPSILON,
    MAX_NORM_EPSILON,
    RMSPROP_EPSILON,
    RMSPROP_SMOOTHING,
)
from gradtui.core.language import mark, tr
from gradtui.core.specimen import Specimen
from gradtui.core.text import MINUS
from gradtui.tui import numbers
from gradtui.tui.lesson.formula import Line, bracketed, digits, power, signed


def lines(s: Specimen) -> list[Line]:
    """From the gradient of the loss to the next weight, in the order of the engine."""
    symbol, found = _gradient(s)
    if not s.updated:
        return [*found, Line("θ", "", signed(s.theta[1]), note=mark("stays"))]
    theta = s.theta[0]
    if decay := _knob(s, "decay"):
        values = {"α": numbers.knob(_knob(s, "lr")), "λ": numbers.knob(decay)}
        before, theta = theta, theta * (1 - _knob(s, "lr") * decay)
        values["θ"] = bracketed(before)
        found.append(Line("θ", "(1 − α · λ) · θ", signed(theta), values, mark("decay")))
    found += OPTIMIZERS[str(s.knobs["optimizer"])](s, symbol, theta)
    return [*found, *_projection(s)]


def _knob(s: Specimen, name: str) -> float:
    return float(s.knobs[name])


def _gradient(s: Specimen) -> tuple[str, list[Line]]:
    """The symbol of what the optimizer takes, and how it came to be."""
    whole = tr("mean over the batch")
    if s.rows:
        whole = tr("mean over the batch of {rows}").format(rows=s.rows)
    found = [Line("∇L", "", signed(s.loss_gradient), note=whole)]
    symbol, value = "∇L", s.loss_gradient
    entry = catalog.regularizer(str(s.knobs["regularizer"]))
    if entry.add_gradient is not None:
        strength, theta = numbers.knob(_knob(s, "strength")), s.theta[0]
        sign = "(+1)" if theta > 0 else f"({MINUS}1)" if theta < 0 else "0"
        values = {"s": strength, "θ": bracketed(theta), "sign(θ)": sign}
        part = signed(s.penalty_gradient)
        found.append(Line("∂P/∂θ", entry.derivative, part, values, f"P = {entry.formula}"))
        symbol, value = "g", s.loss_gradient + s.penalty_gradient
        values = {"∇L": bracketed(s.loss_gradient), "∂P/∂θ": bracketed(s.penalty_gradient)}
        found.append(Line("g", "∇L + ∂P/∂θ", signed(value), values))
    how, _, limit = str(s.knobs["clip"]).partition(":")
    if how == "none" or not s.updated:
        return symbol, found
    values = {symbol: bracketed(value), "c": limit}
    expression = f"min(c, max(−c, {symbol}))"
    if how == "norm":
        values[f"‖{symbol}‖"] = digits(s.gradient_norm)
        expression = f"{symbol} · min(1, c / (‖{symbol}‖ + {_bare(CLIP_EPSILON)}))"
    found.append(Line("g", expression, signed(s.gradient), values, mark("clipped")))
    return "g", found


def _sgd(s: Specimen, symbol: str, theta: float) -> Iterator[Line]:
    values = {"θ": bracketed(theta), "α": numbers.knob(_knob(s, "lr"))}
    taken, momentum = symbol, _knob(s, "momentum")
    if momentum:
        taken = "v"
        before = {"μ": numbers.knob(momentum), "v": bracketed(s.first[0])}
        before[symbol] = bracketed(s.gradient)
        yield Line("v", f"μ · v + {symbol}", signed(s.first[1]), before, mark("momentum"))
    values[taken] = bracketed(s.first[1] if momentum else s.gradient)
    yield Line("θ", f"θ − α · {taken}", signed(s.moved), values)


def _adam(s: Specimen, symbol: str, theta: float) -> Iterator[Line]:
    one, two = ADAM_BETAS
    values = {
        "β₁": f"{one:g}", "β₂": f"{two:g}", "ᵗ": power(s.updates), symbol: bracketed(s.gradient),
        "m": bracketed(s.first[0]), "v": digits(s.second[0]), "α": numbers.knob(_knob(s, "lr")),
        "θ": bracketed(theta),
    }  # fmt: skip
    yield Line("m", f"β₁ · m + (1 − β₁) · {symbol}", signed(s.first[1]), values, mark("mean"))
    yield Line(
        "v", f"β₂ · v + (1 − β₂) · {symbol}²", digits(s.second[1]), values, mark("mean square")
    )
    after = {**values, "m": bracketed(s.first[1]), "v": digits(s.second[1])}
    first, second = 1 - one**s.updates, 1 - two**s.updates
    if s.knobs["adam_eps"] == "keras":
        rate = _knob(s, "lr") * math.sqrt(second) / first
        values = after | {"a": digits(rate), "ε": _bare(KERAS_EPSILON)}
        note = f"t = {s.updates}"
        yield Line("a", "α · √(1 − β₂ᵗ) / (1 − β₁ᵗ)", digits(rate), values, note)
        yield Line("θ", "θ − a · m / (√v + ε)", signed(s.moved), values)
        return
    mean, square = s.first[1] / first, s.second[1] / second
    values = after | {
        "m′": bracketed(mean), "v′": digits(square), "ε": _bare(ADAM_EPSILON)
    }  # fmt: skip
    yield Line("m′", "m / (1 − β₁ᵗ)", signed(mean), values, f"t = {s.updates}")
    yield Line("v′", "v / (1 − β₂ᵗ)", digits(square), values)
    yield Line("θ", "θ − α · m′ / (√v′ + ε)", signed(s.moved), values)


def _rmsprop(s: Specimen, symbol: str, theta: float) -> Iterator[Line]:
    values = {
        "ρ": f"{RMSPROP_SMOOTHING:g}", "ε": _bare(RMSPROP_EPSILON), "θ": bracketed(theta),
        "α": numbers.knob(_knob(s, "lr")), symbol: bracketed(s.gradient),
        "v": digits(s.second[0]), "b": bracketed(s.first[0]),
    }  # fmt: skip
    yield Line("v", f"ρ · v + (1 − ρ) · {symbol}²", digits(s.second[1]), values, "mean square")
    values = {**values, "v": digits(s.second[1])}
    step = f"{symbol} / (√v + ε)"
    if momentum := _knob(s, "momentum"):
        before = {**values, "μ": numbers.knob(momentum)}
        yield Line("b", f"μ · b + {step}", signed(s.first[1]), before, "momentum")
        values, step = {**values, "b": bracketed(s.first[1])}, "b"
    yield Line("θ", f"θ − α · {step}", signed(s.moved), values)


def _projection(s: Specimen) -> Iterator[Line]:
    if not math.isnan(s.unit_norm):
        values = {
            "θ": bracketed(s.moved), "s": numbers.knob(_knob(s, "strength")),
            "‖w‖": digits(s.unit_norm),
        }  # fmt: skip
        expression = f"θ · min(1, s / (‖w‖ + {_bare(MAX_NORM_EPSILON)}))"
        yield Line(
            "θ", expression, signed(s.theta[1]), values, mark("w: the weights into this unit")
        )


def _bare(value: float) -> str:
    """`1e-8`"""
    return numbers.knob(value)


OPTIMIZERS: dict[str, Callable[[Specimen, str, float], Iterator[Line]]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
}
