"""What a tag means: the loss, an accuracy, a learning rate, a statistic of a layer.

There is no standard of names. These are the habits of torch's SummaryWriter, Lightning, Keras,
Weights & Biases, and of gradtui's own export: `Loss/train`, `val_loss`, `epoch_accuracy`,
`grad_norm/fc1`, `fc1/grad_norm`, `gradients/fc1.weight`, `grad_2.0_norm/fc1.weight`.
"""

from __future__ import annotations

import re
from typing import Literal

from gradtui.core.frozen import frozen

Kind = Literal["loss", "accuracy", "penalty", "layer", "lr", "other"]
HELD_OUT = frozenset(
    ("val", "valid", "validation", "test", "testing", "eval", "evaluation", "dev", "heldout")
)
TRAIN = frozenset(("train", "training"))
LOSS = frozenset(("loss", "nll", "xent", "crossentropy", "objective"))
ACCURACY = frozenset(("acc", "accuracy", "acc1", "top1", "prec1", "precision1"))
USUAL = LOSS | ACCURACY | TRAIN | HELD_OUT | frozenset(
    ("epoch", "step", "iter", "iteration", "batch", "total", "mean", "avg", "cross", "entropy",
     "metrics", "losses", "scalars", "categorical", "sparse", "at", "top", "1")
)  # fmt: skip
"""Words that do not make it another loss: `loss/aux` is one, `train/loss_step` is not."""

NORM = r"(_?(\d+(_\d+)?|l2|inf))?_?norms?"
QUANTITIES = (
    ("grad_norm", rf"(grads?|gradients?)({NORM})?|gnorm|norm_of_gradients?|norm_grads?"),
    ("weight_norm", rf"(weights?|params?|parameters?|w){NORM}|norm_weights?"),
    ("update_ratio", r"updates?(_ratios?)?|update_to_(weight|param|data)(_ratios?)?|ud_ratios?"),
    ("bias_rms", r"bias_rms"),
    ("signal", r"signals?"),
    ("activation_mean", r"act(ivation)?s?_means?"),
    ("activation_std", r"act(ivation)?s?_stds?"),
    ("dead", r"dead(_(share|fraction|ratio))?"),
    ("saturated", r"saturated|saturation"),
)
NAMES = tuple(name for name, _ in QUANTITIES)
PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in QUANTITIES)
GLUED = re.compile(
    r"(?P<before>(grad|gradient|weight|param)_norm|update_ratio)[_.:](?P<layer>.+)"
    r"|(?P<name>.+)[_.:](?P<after>(grad|gradient|weight|param)_norm|update_ratio)"
)
"""`grad_norm_fc1`, `fc1.grad_norm`: all in one part."""
AROUND = frozenset(("debug", "stats", "monitor", "layers", "model", "metrics", "scalars")) | TRAIN
"""Parts that name no layer."""
WHOLE = frozenset(("", "total", "all", "global", "overall", "sum", "max", "min", "mean", "clipped"))
"""Of the whole net, or of none."""


@frozen
class Meaning:
    """What is logged under a tag."""

    kind: Kind
    held_out: bool = False
    quantity: str = ""
    layer: str = ""
    foreign: int = 0
    """Words in the name that say it is a special one: the plainest is taken."""


def meaning(tag: str) -> Meaning:
    """What the name of a tag says; kind `other` where it says nothing that is known."""
    parts = [part.strip() for part in tag.split("/") if part.strip()]
    words = re.findall(r"[a-z]+\d*|\d+", tag.lower())
    held_out = not HELD_OUT.isdisjoint(words)
    found = _layer(parts)
    if found is not None:
        return Meaning("other") if found[1] == "" or held_out else Meaning("layer", False, *found)
    foreign = sum(word not in USUAL for word in words)
    if "penalty" in words and "loss" in words:
        return Meaning("penalty", held_out)
    if not ACCURACY.isdisjoint(words):
        return Meaning("accuracy", held_out, foreign=foreign)
    if not LOSS.isdisjoint(words):
        return Meaning("loss", held_out, foreign=foreign)
    if "lr" in words or ("learning" in words and "rate" in words):
        return Meaning("lr", foreign=len(words))
    return Meaning("other")


def _layer(parts: list[str]) -> tuple[str, str] | None:
    """(quantity, layer); the layer is "" where none is named; None for no statistic at all."""
    for i, part in enumerate(parts):
        quantity = _quantity(part)
        if quantity:
            rest = [p for p in (*parts[:i], *parts[i + 1 :]) if p.lower() not in AROUND]
            return quantity, layer_name("/".join(rest))
    for i, part in enumerate(parts):
        glued = GLUED.fullmatch(part)
        if glued:
            quantity = _quantity(glued["before"] or glued["after"])
            rest = [p for p in parts[:i] if p.lower() not in AROUND]
            return quantity, layer_name("/".join([*rest, glued["layer"] or glued["name"]]))
    return None


def _quantity(part: str) -> str:
    plain = re.sub(r"[\s.\-]+", "_", part.lower())
    return next((name for name, pattern in PATTERNS if pattern.fullmatch(plain)), "")


def layer_name(name: str) -> str:
    """`fc1` of `fc1.weight`; "" for a bias, and for what is of the whole net."""
    bare = re.sub(r"[./_](weight|kernel|w)(:0)?$", "", name)
    if bare.lower() in WHOLE or re.search(r"(^|[./_])(bias|beta)(:0)?$", bare):
        return ""
    return bare
