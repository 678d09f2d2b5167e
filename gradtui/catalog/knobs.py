"""Every knob: what it accepts, how it reads, whether it can change in mid-run."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradtui import catalog
from gradtui.core.errors import UsageError, unknown
from gradtui.core.frozen import frozen
from gradtui.core.records import Value

OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
NORMS = ("none", "layer", "batch")
INITS = ("xavier", "he", "lecun", "orthogonal", "torch", "gain:X")
CLIPS = ("none", "norm:X", "value:X")
SWITCH = ("on", "off")
RESIDUALS = ("on", "off", "rezero")
CELLS = ("rnn", "lstm", "gru")
TASKS = ("reverse", "dates")
FORGET = "forget"
"""Stands for the gates that keep the state, in place of a layer: LSTM forget, GRU update."""
ADAMW_DECAY = 0.01
"""The decay that choosing adamw brings, as in Loshchilov, Hutter 2019 and torch, unless set."""


@frozen
class Knob:
    """Something that can be changed in mid-run, or only at the start (`fixed`)."""

    name: str
    allowed: str
    """What it accepts, in words."""
    parse: Callable[[str], Value]
    default: Value
    fixed: bool = False
    action: bool = False
    """It does something once (rescale, shift_bias) and holds no value."""
    offers: Callable[[], tuple[str, ...]] = tuple
    """Values to choose from; where it accepts numbers, some usual ones."""

    def read(self, text: str) -> Value:
        """The value that `text` stands for; `UsageError` if this knob does not accept it."""
        return self.parse(text.strip())


def choice(knob: str, allowed: Callable[[], tuple[str, ...]]) -> Callable[[str], Value]:
    def parse(text: str) -> Value:
        if text not in allowed():
            raise unknown(knob, text, allowed())
        return text

    return parse


def number(
    knob: str, low: float, high: float = math.inf, *, open_low: bool = False
) -> Callable[[str], Value]:
    """A finite number in [low, high), or (low, high) with `open_low`."""
    lower = f"above {low:g}" if open_low else f"at least {low:g}"
    upper = "" if high == math.inf else f" and below {high:g}"
    allowed = f"a number {lower}{upper}" if low > -math.inf else "a finite number"

    def parse(text: str) -> Value:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        ok = (value > low if open_low else value >= low) and math.isfinite(value)
        if not ok or value >= high:
            raise UsageError(f"{knob} {text!r} is not allowed: it takes {allowed}.")
        return value

    return parse


def whole(knob: str, low: int, high: int) -> Callable[[str], Value]:
    def parse(text: str) -> Value:
        digits = text.removeprefix("-")
        if (
            not (digits.isascii() and digits.isdigit() and len(digits) < 20)
            or not low <= int(text) <= high
        ):
            raise UsageError(
                f"{knob} {text!r} is not allowed: it takes a whole number from {low} to {high}."
            )
        return int(text)

    return parse


def tagged(knob: str, plain: tuple[str, ...], tags: tuple[str, ...]) -> Callable[[str], Value]:
    """A plain word, or `tag:X` with a positive number X."""

    def parse(text: str) -> Value:
        word, colon, amount = text.partition(":")
        if not colon and word in plain:
            return word
        if colon and word in tags:
            value = number(f"{knob} {word}:", 0, open_low=True)(amount)
            return f"{word}:{value:g}"
        raise unknown(knob, text, (*plain, *(f"{tag}:X" for tag in tags)))

    return parse


def batch_size(text: str) -> Value:
    return text if text == "full" else whole("batch_size", 1, 10**7)(text)


def rescale(text: str) -> Value:
    return text if text == "critical" else number("rescale", 0, open_low=True)(text)


def shift_bias(text: str) -> Value:
    layer, colon, amount = text.partition(":")
    known = layer == FORGET or (layer.isascii() and layer.isdigit() and len(layer) < 20)
    if not (colon and known):
        raise UsageError(
            f"shift_bias {text!r} is not allowed: it takes LAYER:V, such as 0:-10 "
            f"(layers count from 0 at the input), or {FORGET}:V."
        )
    value = number("shift_bias LAYER:", -math.inf)(amount)
    return f"{layer if layer == FORGET else int(layer)}:{value:g}"


def usual(*values: str) -> Callable[[], tuple[str, ...]]:
    return lambda: values


def _choice(name: str, words: str, allowed: Callable[[], tuple[str, ...]], default: str) -> Knob:
    return Knob(name, words, choice(name, allowed), default, offers=allowed)


def _start(name: str, allowed: tuple[str, ...]) -> Knob:
    """A choice at the start; the first one is the default."""
    return Knob(name, ", ".join(allowed), choice(name, lambda: allowed), allowed[0], fixed=True)


def _changing() -> tuple[Knob, ...]:
    """Knobs that can change in mid-run."""

    def names(kind: str) -> Callable[[], tuple[str, ...]]:
        return lambda: catalog.names(kind)

    inits = (*INITS[:-1], "gain:0.5", "gain:1", "gain:2", "gain:3")
    return (
        _choice("activation", "a name of `gradtui list activations`", names("activations"), "relu"),
        _choice("regularizer", "a name of `gradtui list regularizers`", names("regularizers"),
                "none"),
        Knob("strength", "a number, 0 or more", number("strength", 0), 0.0,
             offers=usual("0", "1e-4", "1e-3", "0.01", "0.1")),
        Knob("decay", "a number, 0 or more", number("decay", 0), 0.0,
             offers=usual("0", "1e-4", "1e-3", "0.01", "0.1")),
        Knob("dropout", "a number from 0 to below 1", number("dropout", 0, 1), 0.0,
             offers=usual("0", "0.1", "0.2", "0.5", "0.8")),
        Knob("clip", ", ".join(CLIPS), tagged("clip", ("none",), ("norm", "value")), "none",
             offers=usual("none", "norm:0.1", "norm:1", "norm:5", "value:0.1", "value:1")),
        Knob("lr", "a number above 0", number("lr", 0, open_low=True), 0.01,
             offers=usual("1e-4", "1e-3", "0.01", "0.1", "1")),
        Knob("momentum", "a number from 0 to below 1", number("momentum", 0, 1), 0.0,
             offers=usual("0", "0.5", "0.9", "0.99")),
        _choice("optimizer", ", ".join(OPTIMIZERS), lambda: OPTIMIZERS, "sgd"),
        _choice("norm", ", ".join(NORMS), lambda: NORMS, "none"),
        _choice("residual", ", ".join(RESIDUALS), lambda: RESIDUALS, "off"),
        Knob("init", ", ".join(INITS), tagged("init", INITS[:-1], ("gain",)), "xavier",
             offers=usual(*inits)),
        Knob("rescale", "critical, or a factor above 0", rescale, "", action=True,
             offers=usual("critical", "0.5", "2")),
        Knob("shift_bias", "LAYER:V, such as 0:-10; forget:V", shift_bias, "", action=True,
             offers=usual("0:-10", "0:10", "forget:3")),
        Knob("batch_size", "a whole number, 1 or more, or full", batch_size, 64,
             offers=usual("16", "32", "64", "128", "256", "full")),
        _choice("flush", "on, off", lambda: SWITCH, "off"),
    )  # fmt: skip


def _fixed() -> tuple[Knob, ...]:
    """Knobs of the start."""
    return (
        Knob("depth", "a whole number from 0 to 10000", whole("depth", 0, 10_000), 0, fixed=True),
        Knob("width", "a whole number from 1 to 65536", whole("width", 1, 65_536), 64, fixed=True),
        _start("adam_eps", ("torch", "keras")),
        Knob("sigma_w", "a number above 0: hidden weights are drawn N(0, sigma_w²/in)",
             number("sigma_w", 0, open_low=True), "", fixed=True),
        Knob("sigma_b", "a number, 0 or more: hidden biases are drawn N(0, sigma_b²)",
             number("sigma_b", 0), 0.0, fixed=True),
        _start("cell", CELLS),
        Knob("length", "a whole number from 20 to 200", whole("length", 20, 200), 60, fixed=True),
        Knob("heads", "a whole number from 1 to 1024", whole("heads", 1, 1024), 4, fixed=True),
        _start("norm_position", ("pre", "post")),
        Knob("warmup", "a whole number from 0 to 1000000: steps until lr is reached; 0: at once",
             whole("warmup", 0, 10**6), 0, fixed=True),
        Knob("recurrent_rate", "a number above 0: W_hh learns at this share of lr",
             number("recurrent_rate", 0, open_low=True), 1.0, fixed=True),
        Knob("readout_rate", "a number above 0: out learns at this share of lr",
             number("readout_rate", 0, open_low=True), 1.0, fixed=True),
        _start("task", TASKS),
        Knob("forget_bias", "a number", number("forget_bias", -math.inf, open_low=True), 0.0,
             fixed=True),
    )  # fmt: skip


KNOBS: dict[str, Knob] = {knob.name: knob for knob in (*_changing(), *_fixed())}


def knob(name: str) -> Knob:
    """The knob of this name; `UsageError` with the nearest one if there is none."""
    if name not in KNOBS:
        raise unknown("knob", name, KNOBS)
    return KNOBS[name]
