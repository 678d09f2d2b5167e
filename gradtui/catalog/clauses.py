"""Evidence in words, in the person's language: how loss stands, which layers, what at both ends."""

from __future__ import annotations

import math

import numpy as np

from gradtui.catalog.evidence import Mask, samples
from gradtui.core import text
from gradtui.core.language import tr
from gradtui.core.state import RunState


def guessing(state: RunState) -> str:
    """A line of evidence if the loss has stayed at ln C, that of a guess; else nothing."""
    history, chance = state.train_loss, math.log(max(state.info.classes, 2))
    if history.size < 10:
        return ""
    here = history.mean[history.segment == history.segment[-1], 0]
    recent = 10.0 ** here[-min(50, history.size // 2) :].astype(np.float64)
    if not np.abs(recent.mean() - chance) < 0.03 * chance:
        return ""
    return tr("Loss stays at ln {classes}: pure guessing.").format(classes=state.info.classes)


def span(state: RunState, where: Mask) -> str:
    """Layers in words: `fc1`, `fc1 and fc2`, `fc1 to fc10`, `every layer`, `5 layers`."""
    at = np.flatnonzero(where)
    layers = state.info.layers
    if len(at) == len(layers) > 1:
        return tr("every layer")
    if len(at) > 2 and at[-1] - at[0] + 1 == len(at):
        return tr("{first} to {last}").format(first=layers[at[0]], last=layers[at[-1]])
    if len(at) > 2:
        return tr("{count} layers").format(count=len(at))
    return tr(" and ").join(layers[i] for i in at)


def ends(state: RunState, layer: int) -> str:
    """`4.7e-3 at out, 8.2e-13 at fc1.`"""
    signal = samples(state)[-1].signal
    names = state.info.layers
    return tr("{top} at {output}, {value} at {layer}.").format(
        top=text.number(float(signal[-1])), output=names[-1],
        value=text.number(float(signal[layer])), layer=names[layer],
    )  # fmt: skip
