"""Nets that translate, against torch's own layers in float64; masks, targets, greedy decoding."""

from __future__ import annotations

import json
import math
from datetime import date
from io import StringIO
from typing import Any, cast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gradtui.core.errors import UsageError
from gradtui.core.records import End, Eval, Frame, Info, Sample
from gradtui.core.state import RunState
from gradtui.core.texts import Texts
from gradtui.engine import greedy, translations
from gradtui.engine.data import load
from gradtui.engine.interventions import intervene
from gradtui.engine.language import END, IGNORE, PAD, START
from gradtui.engine.model import Trace
from gradtui.engine.models.transformer import sines
from gradtui.engine.run import Run
from gradtui.headless.jsonl import Lines
from tests.engine.nets import CPU, losses, of, spec_of, train

NETS = ("seq2seq-rnn", "seq2seq-transformer")
each_net = pytest.mark.parametrize("name", NETS)
each_position = pytest.mark.parametrize("position", ["pre", "post"])


def run_of(name: str, *sets: str, seed: int = 0) -> Run:
    spec = spec_of(name, "width=8", "batch_size=16", *sets, seed=seed)
    return Run(spec, load(spec.data), CPU)


def _layer(run: Run, index: int, norms: range, position: str, decoder: bool) -> Any:
    """torch's own block with our weights, in float64."""
    kind: Any = nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer
    layer = kind(8, 2, 32, 0.0, batch_first=True, norm_first=position == "pre").double()
    w = [weight.double().T for weight in run.parameters.weights]
    bias = dict(zip(run.parameters.biased, run.parameters.biases, strict=True))
    attentions = [layer.self_attn, *([layer.multihead_attn] if decoder else [])]
    for k, attention in enumerate(attentions):
        at = index + 4 * k
        attention.in_proj_weight.data.copy_(torch.cat(w[at : at + 3]))
        attention.in_proj_bias.data.zero_()
        attention.out_proj.weight.data.copy_(w[at + 3])
        attention.out_proj.bias.data.zero_()
    at = index + 4 * len(attentions)
    for linear, row in ((layer.linear1, at), (layer.linear2, at + 1)):
        linear.weight.data.copy_(w[row])
        linear.bias.data.copy_(bias[row])
    for norm, i in zip((layer.norm1, layer.norm2, *([layer.norm3] if decoder else [])), norms,
                       strict=True):  # fmt: skip
        norm.weight.data.copy_(run.parameters.gammas[i])
        norm.bias.data.copy_(run.parameters.betas[i])
    return layer


def oracle(run: Run, position: str, x: Tensor) -> Tensor:
    """The logits by torch's encoder and decoder layers."""
    cut, depth = 11, int(run.spec.fixed["depth"])
    place = sines(11, 8).double()
    embedding, logits = run.parameters.weights[0].double(), run.parameters.weights[-1].double()
    source, target = embedding[x[:, :cut]] + place, embedding[x[:, cut:]] + place
    padding = x[:, :cut] == PAD
    past = torch.ones(11, 11, dtype=torch.bool).triu(1)
    memory = source
    for i in range(depth):
        layer = _layer(run, 1 + 6 * i, range(2 * i, 2 * i + 2), position, decoder=False)
        memory = layer(memory, src_key_padding_mask=padding)
    gammas, betas = run.parameters.gammas, run.parameters.betas

    def last(a: Tensor, i: int) -> Tensor:
        return F.layer_norm(a, (8,), gammas[i].double(), betas[i].double())

    memory = last(memory, -2) if position == "pre" else memory
    a = target
    for i in range(depth):
        norms = range(2 * depth + 3 * i, 2 * depth + 3 * i + 3)
        layer = _layer(run, 1 + 6 * depth + 10 * i, norms, position, decoder=True)
        a = layer(a, memory, tgt_mask=past, memory_key_padding_mask=padding)
    a = last(a, -1) if position == "pre" else a
    return (a @ logits + run.parameters.biases[-1]).flatten(0, 1)


@each_position
def test_the_transformer_is_torchs_own(position: str) -> None:
    run = run_of("seq2seq-transformer", f"norm_position={position}", "depth=2")
    for norm in (*run.parameters.gammas, *run.parameters.betas, *run.parameters.biases):
        norm.add_(0.1 * torch.randn(norm.shape, generator=torch.Generator().manual_seed(1)))
    x, y = run.batches.next()
    trace = Trace([], [])
    ours = run.model.forward(x, run.forward_knobs, None, None, trace)
    assert torch.allclose(ours.double(), oracle(run, position, x), atol=1e-4)
    assert [z.shape[-1] for z in trace.outputs] == [w.shape[1] for w in run.parameters.weights]
    names = run.spec.layers()
    assert {names[row] for row in set(range(len(names) - 1)) - trace.plain} == {
        f"{part}{i}.ffn1" for part in ("enc", "dec") for i in (1, 2)
    }
    assert y.shape == (16, 11)


def test_the_lstm_is_torchs_own() -> None:
    run = run_of("seq2seq-rnn")
    weights = [w.double() for w in run.parameters.weights]
    bias = dict(
        zip(run.parameters.biased, (b.double() for b in run.parameters.biases), strict=True)
    )
    x = run.held_out[0][:9]

    def lstm(row: int) -> Any:
        net: Any = nn.LSTM(8, 8, batch_first=True).double()
        order = (0, 1, 3, 2)

        def blocks(w: Tensor) -> Tensor:
            return torch.cat([w.chunk(4, -1)[i] for i in order], -1)

        net.weight_ih_l0.data.copy_(blocks(weights[row]).T)
        net.weight_hh_l0.data.copy_(blocks(weights[row + 1]).T)
        net.bias_ih_l0.data.copy_(blocks(bias[row]))
        net.bias_hh_l0.data.zero_()
        return net

    expected = []
    for row in x:  # one by one, without any padding
        source = row[:11][row[:11] != PAD][None]
        states, carried = lstm(1)(weights[0][source])
        h, _ = lstm(3)(weights[0][row[11:]][None], carried)
        score = (h @ weights[5]) @ states.transpose(1, 2)
        mixed = torch.cat((score.softmax(2) @ states, h), 2) @ weights[6] + bias[6]
        expected.append((mixed.tanh() @ weights[7] + bias[7])[0])
    ours = run.model.forward(x, run.forward_knobs, None)
    assert torch.allclose(ours.double(), torch.cat(expected), atol=1e-5)


@each_net
def test_padding_and_the_future_change_nothing(name: str) -> None:
    run = run_of(name)
    x, y = run.held_out[0][:40].clone(), run.held_out[1][:40]
    before = run.model.forward(x, run.forward_knobs, None).view(40, 11, -1)
    x[:, 14:] = torch.randint(3, 13, (40, 8), generator=torch.Generator().manual_seed(0))
    after = run.model.forward(x, run.forward_knobs, None).view(40, 11, -1)
    assert torch.allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-3)
    longer = torch.cat((x[:, :11], torch.full((40, 5), PAD)), 1)
    model = cast("greedy.Speaker", run.model)
    heard = (model.listen(part, run.forward_knobs) for part in (x[:, :11], longer))
    one, two = (model.speak(x[:, 11:], each, run.forward_knobs) for each in heard)
    assert torch.allclose(one, two, atol=1e-6)
    assert torch.allclose(one.view(40, 11, -1), after, atol=1e-5)
    short = (y == IGNORE).any(1)
    assert short.any()


@each_net
def test_the_loss_and_the_accuracy_are_over_targets_only(name: str) -> None:
    run = run_of(name)
    x, y = run.batches.next()
    loss, logits = run.gradient(x, y)
    known = y.flatten() != IGNORE
    probabilities = logits.double().softmax(1)[known]
    expected = -probabilities[torch.arange(int(known.sum())), y.flatten()[known]].log().mean()
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    assert math.isclose(float(loss), math.log(13), rel_tol=0.1)
    x, y = run.held_out
    said = run.model.forward(x, run.forward_knobs, None).argmax(1).view(y.shape)
    right = [bool(a == b) for row, target in zip(said, y, strict=True)
             for a, b in zip(row, target, strict=True) if b != IGNORE]  # fmt: skip
    assert run.evaluate()[1] == pytest.approx(np.mean(right))


def test_the_tasks_say_what_they_mean() -> None:
    for task, first in (("reverse", "652300018"), ("dates", None)):
        data = load(task)
        assert data.language is not None
        cut, pairs = data.language.source, []
        for x, y in zip(data.x_train, data.y_train, strict=True):
            pairs.append((data.language.text(x[:cut]), data.language.text(y)))
            length = int((y != IGNORE).sum())
            assert x[cut] == START
            assert (x[cut + 1 : cut + length] == y[: length - 1]).all()
            assert y[length - 1] == END
            assert (x[cut + length :] == PAD).all()
        if first is not None:
            assert all(source == target[::-1] for source, target in pairs)
            assert {len(source) for source, _ in pairs} == set(range(4, 11))
        else:
            for source, target in pairs[:500]:
                day = date.fromisoformat(target)
                ways = ("%-d %B %Y", "%B %-d, %Y", "%-d %b %Y")
                assert source in {day.strftime(way) for way in ways}
        held_out = {data.language.text(x[:cut]) for x in data.x_test}
        assert not held_out & {source for source, _ in pairs}
        assert set(translations.TASKS) == {"reverse", "dates"}


class Parrot:
    """Says the source again, symbol by symbol."""

    def listen(self, source: Tensor, knobs: object) -> Tensor:
        return source

    def speak(self, prefix: Tensor, memory: Tensor, knobs: object) -> Tensor:
        return F.one_hot(memory[:, : prefix.shape[1]], 13).double().flatten(0, 1)


def test_greedy_decoding_ends_at_end_and_exact_means_to_the_letter() -> None:
    source = torch.tensor([[5, 6, END, PAD], [7, END, PAD, PAD]])
    said = greedy.translate(Parrot(), source, 9, None)  # type: ignore[arg-type]
    assert said.tolist() == [[5, 6, END], [7, END, PAD]]
    targets = torch.tensor([[5, 6, END, IGNORE], [7, 8, END, IGNORE]])
    assert greedy.exact(said, targets).tolist() == [True, False]
    assert greedy.exact(said, torch.tensor([[5, 6, 7, END]] * 2)).tolist() == [False, False]


@each_net
def test_a_run_tells_exact_matches_texts_and_all_its_rows(name: str) -> None:
    spec = spec_of(name, "width=8", "batch_size=16", steps=12)
    source, records = train(spec)
    evals, texts = of(Eval, records), of(Texts, records)
    assert [each.exact_match is not None for each in evals] == [True] * len(evals)
    assert len(texts) == len(evals)
    assert len(texts[0].texts) == 16
    assert texts[0].texts[0].target == texts[0].texts[0].source[::-1]
    state, out = RunState(source.info), StringIO()
    lines = Lines(state, out)
    for record in records:
        state.reduce([record])
        lines.take(record)
    lines.close()
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [t["exact_match"] for t in told if t["type"] == "eval"] == [0.0, 0.0]
    said = next(t for t in told if t["type"] == "texts")
    assert {*said["texts"][0]} == {"source", "target", "said"}
    rows = len(of(Info, records)[-1].layers)
    for sample in of(Sample, records):
        assert sample.signal.shape == (rows,)
        assert np.isfinite(sample.signal).all()
        assert (sample.signal > 0).all()
    norms = [frame.grad_norm for frame in of(Frame, records) if frame.grad_norm is not None]
    assert norms[0].shape[1] == rows
    assert of(End, records)[-1].state == "finished"


@each_net
def test_looking_changes_no_bit(name: str) -> None:
    ends: list[np.ndarray] = []
    for probe in (True, False):
        spec = spec_of(name, "width=8", "batch_size=16", "dropout=0.1", steps=6, probe=probe)
        _, records = train(spec)
        ends.append(losses(records))
    assert np.array_equal(ends[0], ends[1])


def test_the_signal_is_autograds_own() -> None:
    run = run_of("seq2seq-transformer")
    x, y = run.batches.next()
    loss, gradients, trace = run.inspect(x, y)
    assert len(gradients) == len(run.spec.layers())
    row, eps = run.spec.layers().index("dec1.xv"), 1e-2
    weight = run.parameters.weights[row]
    run.gradient(x, y)
    slope = run.parameters.gradient_of([weight])[0]
    direction = slope / slope.norm()
    weight.add_(eps * direction)
    up = run.inspect(x, y)[0]
    weight.sub_(2 * eps * direction)
    down = run.inspect(x, y)[0]
    assert float(up - down) / (2 * eps) == pytest.approx(float(slope.norm()), rel=1e-2)
    assert float(loss) > 0
    assert trace.outputs[row].shape == gradients[row].shape


def test_warm_up_rises_and_falls_as_vaswani_writes_it() -> None:
    run = run_of("seq2seq-transformer", "warmup=10", "lr=0.1")
    found = []
    for step in (0, 4, 9, 39):
        run.pace(step)
        found.append(run.rates.lr)
    assert found == pytest.approx([0.01, 0.05, 0.1, 0.05])
    intervene(run, "lr", 0.2, 40)
    run.pace(39)
    assert run.rates.lr == pytest.approx(0.1)
    steady = run_of("seq2seq-transformer", "warmup=0", "lr=0.1")
    steady.pace(0)
    assert steady.rates.lr == 0.1


@pytest.mark.parametrize(
    ("knob", "value"),
    [("activation", "gelu"), ("lr", 0.1), ("optimizer", "sgd"), ("clip", "value:1e-3"),
     ("regularizer", "l2"), ("dropout", 0.5), ("residual", "off"), ("residual", "rezero"),
     ("init", "orthogonal"), ("rescale", 0.5), ("batch_size", 8)],
)  # fmt: skip
def test_knobs_work_in_mid_run(knob: str, value: float | str) -> None:
    run, same = (run_of("seq2seq-transformer", "warmup=0", "init=he") for _ in range(2))
    intervene(run, knob, value, 3)
    for each in (run, same):
        for _ in range(2):
            x, y = each.batches.next()
            each.gradient(x, y)
            each.clip_gradient()
            each.update()
    assert not torch.equal(run.parameters.flat, same.parameters.flat)


@pytest.mark.parametrize(
    ("sets", "sentence"),
    [
        (("norm=none",), "norm cannot be none: layer norm is a part of every block"),
        (("heads=3",), "heads 3 do not divide width 64"),
        (("depth=0",), "a Transformer has at least 1 block"),
        (("task=latin",), "unknown task 'latin'; allowed: reverse, dates"),
        (("cell=gru",), "cell is no knob of seq2seq-transformer"),
    ],
)
def test_what_does_not_fit_is_refused(sets: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        spec_of("seq2seq-transformer", *sets)


def test_a_locked_knob_is_refused_in_mid_run_and_the_task_is_the_data() -> None:
    with pytest.raises(UsageError, match="activation cannot be relu: the gates of an LSTM"):
        intervene(run_of("seq2seq-rnn"), "activation", "relu", 3)
    assert spec_of("seq2seq-rnn", "task=dates").data == "dates"
    assert spec_of("seq2seq-rnn", data="dates").fixed["task"] == "dates"
    with pytest.raises(UsageError, match="task=dates and --data 'reverse' differ"):
        spec_of("seq2seq-rnn", "task=dates", data="reverse")
