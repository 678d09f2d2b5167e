"""The whole script: head, constants, data, net, initial weights, training."""

from __future__ import annotations

import re

from gradtui.headless.export.script import data, initial, nets, recurrent, training
from gradtui.headless.export.script.recipe import Recipe
from gradtui.headless.export.script.text import block, number, prose, wrapped

IMPORTS = (
    (r"\bmath\.", "import math"),
    (r"\bpairwise\(", "from itertools import pairwise"),
    (r"\bPath\(", "from pathlib import Path"),
)
OTHERS = (
    (r"\bnp\.", "import numpy as np"),
    (r"\btorch\.", "import torch"),
    (r"\bF\.", "import torch.nn.functional as F"),
    (r"\bload_digits\(", "from sklearn.datasets import load_digits"),
    (r"\bnn\.", "from torch import nn"),
)
STREAM = '''
def torch_stream(use):
    """A random stream for each use, so that one does not shift another."""
    state = np.random.SeedSequence([SEED, use, 0]).generate_state(1, np.uint64)[0]
    return torch.Generator({device}).manual_seed(int(state >> 1))
'''
KEPT = 12
"""Interventions that the head of the script names."""


def compose(recipe: Recipe) -> str:
    """The text of the script."""
    net = recurrent.net(recipe) if recipe.net == "recurrent" else nets.net(recipe)
    parts = [data.loading(recipe), *nets.helpers(recipe), net, initial.drawing(recipe)]
    parts += [*training.helpers(recipe), training.train(recipe), training.evaluate(recipe)]
    parts.append(training.main(recipe))
    if any("torch_stream(" in part for part in parts):
        parts.insert(0, STREAM.strip().replace("{device}", _stream_device(recipe)))
    body = "\n\n\n".join(parts)
    constants = _constants(recipe)
    used = body + constants
    return "\n\n".join([_head(recipe), _imports(used), constants, "\n" + body]) + "\n"


def _stream_device(recipe: Recipe) -> str:
    """Weights are drawn on the CPU wherever the net is; only dropout draws where it is."""
    return "" if recipe.on_cpu else "DEVICE if use == 3 else None"


def _imports(used: str) -> str:
    own = [line for pattern, line in IMPORTS if re.search(pattern, used)]
    others = [line for pattern, line in OTHERS if re.search(pattern, used)]
    return "\n\n".join("\n".join(lines) for lines in (own, others) if lines)


def _head(recipe: Recipe) -> str:
    info, source = recipe.info, recipe.experiment.source
    needs = "torch and numpy"
    if recipe.spec.data.startswith("digits"):
        needs = "torch, numpy and scikit-learn"
    if data.beside(recipe):
        needs = "torch, numpy, and the file of the same name that ends in .npz"
    what = (
        f"{info.model} on {info.data}, seed {recipe.spec.seed}: gradtui's experiment "
        f"{recipe.experiment.name} without gradtui. {_same(recipe)} Needs {needs}."
    )
    return block(
        f'"""{prose(recipe.experiment.question)}',
        "",
        wrapped(what),
        *(["", *_changes(recipe)] if recipe.changes else []),
        "",
        f"{prose(source)}." if source else None,
        '"""',
    )


def _same(recipe: Recipe) -> str:
    if recipe.changes:
        return "The same initial weights and batches."
    return "The same initial weights, batches and, on the same machine, losses."


def _changes(recipe: Recipe) -> list[str]:
    """What a person changed: the script has the last values from its first step on."""
    told = [
        f"  step {change.step}: {prose(f'{change.knob} {change.old} → {change.value}'.strip())}"
        for change in recipe.changes[-KEPT:]
    ]
    left = len(recipe.changes) - len(told)
    if left:
        told.insert(0, f"  … and {left} before them")
    said = "That run was changed on its way; here the last values hold from the first step on:"
    return [said, *told]


def _constants(recipe: Recipe) -> str:
    knobs, fixed = recipe.knobs, recipe.spec.fixed
    image = _image(recipe)
    lines: list[str | None] = [f"SEED = {recipe.spec.seed}", f"STEPS = {recipe.steps}"]
    if knobs["batch_size"] != "full":
        lines.append(f"BATCH_SIZE = {knobs['batch_size']}")
    if recipe.net == "recurrent":
        lines += [f"WIDTH = {recipe.width}", f"LENGTH = {int(fixed['length'])}"]
    elif recipe.depth:
        lines.append(f"DEPTH, WIDTH = {recipe.depth}, {recipe.width}")
    lines.append(image)
    lines.append(f"LR = {number(recipe.number('lr'))}")
    if recipe.warmup:
        lines.append(f"WARMUP = {recipe.warmup}")
    if recipe.number("momentum") and knobs["optimizer"] in ("sgd", "rmsprop"):
        lines.append(f"MOMENTUM = {number(recipe.number('momentum'))}")
    if recipe.regularizer != "none":
        lines.append(f"STRENGTH = {number(recipe.number('strength'))}")
    if recipe.number("decay"):
        lines.append(f"DECAY = {number(recipe.number('decay'))}")
    if recipe.number("dropout") and recipe.depth:
        lines.append(f"DROPOUT = {number(recipe.number('dropout'))}")
    if recipe.word("clip") != "none":
        lines.append(f"CLIP = {number(recipe.amount('clip'))}")
    machine = _machine(recipe)
    return block(*lines, *([""] if machine else []), *machine)


def _machine(recipe: Recipe) -> list[str]:
    lines = []
    if not recipe.on_cpu:
        lines.append(f'DEVICE = torch.device("{_device(recipe)}")')
    elif "1 thread" in recipe.info.device:
        lines.append("torch.set_num_threads(1)  # sums in one order: the same digits each time")
    if recipe.knobs["flush"] == "on":
        lines.append("torch.set_flush_denormal(True)  # what is below 1e-38 is 0")
    return lines


def _device(recipe: Recipe) -> str:
    """`cuda:0` of `cuda:0, NVIDIA …`."""
    found = re.match(r"cuda(:\d+)?|mps", recipe.info.device)
    return found.group() if found else "cpu"


def _image(recipe: Recipe) -> str | None:
    """(channels, height, width)"""
    if recipe.net != "cnn":
        return None
    from gradtui.engine.data import load

    return f"IMAGE = {load(recipe.spec.data, recipe.spec.rows).image}"
