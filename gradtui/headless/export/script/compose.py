"""The whole script: head, constants, data, net, initial weights, training."""

from __future__ import annotations

import re

from gradtui.core.records import Applied
from gradtui.headless.export.script import (
    data,
    initial,
    nets,
    recurrent,
    seq2seq,
    stacked,
    training,
    transformer,
)
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
CHANGED = """
That run was changed on its way; here the last values hold from the first step on,
and what was done once to its weights is not done:
"""
KEPT = 12
"""Interventions that the head of the script names."""


def compose(recipe: Recipe) -> str:
    """The text of the script."""
    parts = [data.loading(recipe), *_net(recipe)]
    parts += [*training.helpers(recipe), training.train(recipe), training.evaluate(recipe)]
    parts.append(training.main(recipe))
    if any("torch_stream(" in part for part in parts):
        parts.insert(0, STREAM.strip().replace("{device}", _stream_device(recipe)))
    body = "\n\n\n".join(parts)
    constants = _constants(recipe)
    used = body + constants
    return "\n\n".join([_head(recipe), _imports(used), constants, "\n" + body]) + "\n"


def _net(recipe: Recipe) -> list[str]:
    """What the net is made of, the net, and its first weights."""
    if recipe.speaks:
        kind = seq2seq if recipe.net == "seq2seq-rnn" else transformer
        return [*kind.helpers(recipe), kind.net(recipe), kind.drawing(recipe)]
    if recipe.net == "recurrent":
        kind = stacked if recipe.depth > 1 else recurrent
        return [kind.net(recipe), initial.drawing(recipe)]
    return [*nets.helpers(recipe), nets.net(recipe), initial.drawing(recipe)]


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
    told = [f"  step {change.step}: {prose(_change(change))}" for change in recipe.changes[-KEPT:]]
    left = len(recipe.changes) - len(told)
    if left:
        told.insert(0, f"  … and {left} before them")
    return [CHANGED.strip(), *told]


def _change(change: Applied) -> str:
    return f"{change.knob} {f'{change.old} → ' if change.old != '' else ''}{change.value}"


def _constants(recipe: Recipe) -> str:
    parts = [*_length(recipe), *_sizes(recipe), *_rates(recipe)]
    machine = _machine(recipe)
    return block(*parts, *([""] if machine else []), *machine)


def _length(recipe: Recipe) -> list[str]:
    size = recipe.knobs["batch_size"]
    lines = [f"SEED = {recipe.spec.seed}", f"STEPS = {recipe.steps}"]
    return lines if size == "full" else [*lines, f"BATCH_SIZE = {size}"]


def _sizes(recipe: Recipe) -> list[str]:
    """Of the net."""
    fixed, net = recipe.spec.fixed, recipe.net
    wide = recipe.depth or net in ("recurrent", "seq2seq-rnn")
    deep = recipe.depth > 1 if net == "recurrent" else net != "seq2seq-rnn"
    size = f"DEPTH, WIDTH = {recipe.depth}, {recipe.width}" if deep else f"WIDTH = {recipe.width}"
    lines = [size] if wide else []
    if net == "recurrent":
        lines.append(f"LENGTH = {int(fixed['length'])}")
    if net in ("transformer", "decoder"):
        lines.append(f"HEADS = {int(fixed['heads'])}")
    if net in ("transformer", "seq2seq-rnn"):
        lines.append(f"SOURCE = {_source(recipe)}")
    if net == "cnn":
        lines.append(f"IMAGE = {data.found(recipe).image}")
    return lines


def _rates(recipe: Recipe) -> list[str]:
    """What the optimizer reads, and what keeps the weights small."""
    has_momentum = recipe.knobs["optimizer"] in ("sgd", "rmsprop")
    drops = recipe.depth > 0 or recipe.speaks
    found = {
        "WARMUP": recipe.warmup,
        "MOMENTUM": recipe.number("momentum") if has_momentum else 0,
        "DECAY": recipe.number("decay"),
        "DROPOUT": recipe.number("dropout") if drops else 0,
        "CLIP": recipe.amount("clip") if recipe.word("clip") != "none" else 0,
    }
    lines = [f"LR = {number(recipe.number('lr'))}"]
    if recipe.regularizer != "none":
        lines.append(f"STRENGTH = {number(recipe.number('strength'))}")
    return [*lines, *(f"{name} = {number(value)}" for name, value in found.items() if value)]


def _source(recipe: Recipe) -> int:
    """Columns of a row that are the source."""
    language = data.found(recipe).language
    return 0 if language is None else language.source


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
