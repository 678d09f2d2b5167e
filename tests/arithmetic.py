"""Reads the arithmetic off a picture and does it again, with the digits that are shown.

A number of four or more digits was rounded and stands for an interval, a shorter one (a knob,
a constant) for itself. `a · b = c` holds if the interval of `a · b` meets that of `c`.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from itertools import product

SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
FLOAT32 = 1e-6
"""Relative: what float32 may have rounded away beside the shown digits."""


@dataclass(frozen=True)
class Interval:
    """All numbers from low to high."""

    low: float
    high: float

    def meets(self, other: Interval) -> bool:
        slack = FLOAT32 * max(abs(self.low), abs(self.high), abs(other.low), abs(other.high))
        return self.low - slack <= other.high and other.low - slack <= self.high

    @property
    def width(self) -> float:
        return self.high - self.low


def number(text: str) -> Interval:
    """What a shown number stands for."""
    text = text.replace("−", "-")
    value = float(text)
    mantissa, _, exponent = text.lstrip("+-").partition("e")
    if len(mantissa.replace(".", "").lstrip("0")) < 4:
        return Interval(value, value)
    decimals = len(mantissa.partition(".")[2])
    half = 0.5 * 10.0 ** (int(exponent or 0) - decimals)
    return Interval(value - half, value + half)


def evaluate(expression: str) -> Interval:
    """The interval of an expression as the screen writes it, in Unicode or in ASCII."""
    text = expression.replace("−", "-").replace("·", "*").replace("^", "**")
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "**" + m.group().translate(SUPERSCRIPT), text)
    text = re.sub(r"(?:√|sqrt )(?=\()", "sqrt", text)
    text = re.sub(r"(?:√|sqrt )([\d.e-]+)", r"sqrt(\1)", text)
    text = re.sub(r"ln ([\d.e-]+)", r"ln(\1)", text).replace("ln (", "ln(").strip()
    return _walk(ast.parse(text, mode="eval").body, text)


def _walk(node: ast.expr, text: str) -> Interval:
    match node:
        case ast.Constant():
            return number(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(op=op, operand=operand):
            inner = _walk(operand, text)
            return Interval(-inner.high, -inner.low) if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(op, _walk(left, text), _walk(right, text))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _call(name, [_walk(arg, text) for arg in args])
    raise ValueError(f"{ast.dump(node)} in {text!r}")


def _binary(op: ast.operator, a: Interval, b: Interval) -> Interval:
    match op:
        case ast.Add():
            return Interval(a.low + b.low, a.high + b.high)
        case ast.Sub():
            return Interval(a.low - b.high, a.high - b.low)
        case ast.Mult():
            return _corners([x * y for x, y in product((a.low, a.high), (b.low, b.high))])
        case ast.Div():
            return _corners([x / y for x, y in product((a.low, a.high), (b.low, b.high))])
        case ast.Pow():
            ends = [a.low**b.low, a.high**b.low]
            return _corners([*ends, 0.0] if a.low < 0 < a.high else ends)
    raise ValueError(op)


def _call(name: str, given: list[Interval]) -> Interval:
    lows, highs = [i.low for i in given], [i.high for i in given]
    if name in ("min", "max"):
        choose = min if name == "min" else max
        return Interval(choose(lows), choose(highs))
    function = {"sqrt": math.sqrt, "ln": math.log}[name]
    return Interval(function(lows[0]), function(highs[0]))


def _corners(values: list[float]) -> Interval:
    return Interval(min(values), max(values))
