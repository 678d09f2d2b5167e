"""Formulas, and the same formulas with numbers in place of the symbols.

Both come out of one expression, so that they cannot differ: `μ · v + ∇L` is written `μ v + ∇L`,
and with numbers `0.9 · (+0.07334) + (+0.00732)`. A symbol has one colour, in both.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import field

from gradtui.core import text
from gradtui.core.frozen import frozen
from gradtui.tui.grid import Spans

ROLES = {
    "θ": "ink", "α": "key", "∇L": "vanishing", "g": "vanishing", "‖∇L‖": "vanishing",
    "‖g‖": "vanishing", "∂P/∂θ": "growing", "v": "fading", "m": "healthy", "b": "healthy",
    "m′": "healthy", "v′": "fading", "a": "key",
}  # fmt: skip
"""What stands for a number of this run; constants and knobs are muted."""
SYMBOL = re.compile(
    r"sign\(θ\)|∂P/∂θ|‖∇L‖|‖g‖|‖w‖|∇L|[βᵗαμρλεθ][₁₂]?|[mv]′|(?<![a-z])[scgmvba](?![a-z])"
)
POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
ASCII = str.maketrans({
    "θ": "theta", "α": "alpha", "∇": "grad ", "μ": "mu", "β": "beta", "ρ": "rho", "λ": "lambda",
    "ε": "eps", "∂": "d", "δ": "delta", "Σ": "sum", "Φ": "Phi", "φ": "phi", "σ": "sigma",
    "√": "sqrt ", "⊙": "(*)", "·": "*", "×": "x", "−": "-", "←": "<-", "→": "->", "≤": "<=",
    "≥": ">=", "‖": "|", "′": "'", "…": "..", "–": "-", "●": "*", "○": "o", "■": "#", "─": "-",
    "▸": ">", "↑": "^", "↓": "v", "ₖ": "_k", "ⱼ": "_j", "ᵢ": "_i", "₁": "1", "₂": "2", "ᵗ": "^t",
    "ˡ": "[l]", "ᵀ": "^T", "ᶻ": "^z", "Δ": "D", "∞": "inf", "\u202f": " ",
    **{chr(high): f"^{digit}" for digit, high in enumerate(map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹"))},
})  # fmt: skip


@frozen
class Line:
    """`name ← expression`, the number of each symbol in it, and what comes out."""

    name: str
    expression: str
    """Products with ` · `; empty where the name's value is measured."""
    result: str
    values: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def formula(self) -> Spans:
        """`θ ← θ − α v`"""
        body = self.expression.replace(" · ", " ")
        arrow: Spans = [(" ← ", "muted", False)] if body else []
        return [*_painted(self.name), *arrow, *_painted(body)]

    def numbers(self) -> Spans:
        """`θ = −0.24128 − 0.01 · (+0.07332) = −0.24201`"""
        role = ROLES.get(self.name, "ink")
        body: Spans = []
        if self.expression:
            body = [(" = ", "muted", False), *_painted(self.expression, self.values)]
        tail: Spans = [(" = ", "muted", False), (self.result, role, True)]
        return [*_painted(self.name), *body, *tail]


def _painted(expression: str, values: Mapping[str, str] | None = None) -> Spans:
    """The expression in the colours of its symbols, or with their numbers in these colours."""
    spans: list[tuple[str, str, bool]] = []
    end = 0
    for found in SYMBOL.finditer(expression):
        spans.append((expression[end : found.start()], "muted", False))
        symbol = found.group()
        word = symbol if values is None else values[symbol]
        if not found.start() and expression[found.end() :][:1] in ("", " "):
            word = word.removeprefix("(").removesuffix(")") if values else word
        role = ROLES.get(symbol, "muted")
        spans.append((word, role, symbol in ROLES and values is None))
        end = found.end()
    spans.append((expression[end:], "muted", False))
    return [span for span in spans if span[0]]


def signed(value: float) -> str:
    """A measured number with its sign and at least four digits: `+0.07334`, `−7.332e-3`, `0`."""
    word = digits(abs(value))
    if value == 0 or math.isnan(value):
        return word
    return f"{'+' if value > 0 else text.MINUS}{word}"


def bracketed(value: float) -> str:
    """A signed number inside an expression: `(+0.07334)`; 0 and nan as they are."""
    word = signed(value)
    return f"({word})" if word[0] in "+−" else word


def digits(value: float) -> str:
    """A measured number, not negative, with at least four digits: `0.07334`, `12.345`, `7.3e-3`."""
    if value == 0 or not math.isfinite(value):
        return text.plain(value)
    if 1e-2 <= value < 1e4:
        return f"{value:.{5 - max(0, math.floor(math.log10(value)))}f}"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def four(value: float) -> str:
    """A measured number, not negative, with four digits where there is little room: `2.394`."""
    if not 1e-2 <= value < 1e4:
        return digits(value)
    return f"{value:.{max(0, 3 - math.floor(math.log10(value)))}f}"


def power(exponent: int) -> str:
    """`¹²`"""
    return str(exponent).translate(POWERS)


def plain(word: str) -> str:
    """ASCII for terminals without Unicode: symbols become their names."""
    if word.isascii():
        return word
    word = word.replace("ˡ⁺¹", "[l+1]")
    word = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", _caret, word).translate(ASCII)
    return unicodedata.normalize("NFKD", word).encode("ascii", "replace").decode()


def _caret(found: re.Match[str]) -> str:
    return "^" + unicodedata.normalize("NFKD", found.group())
