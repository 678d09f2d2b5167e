"""The convolutional net against torch.nn's own modules, and what He et al. found of depth."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gradtui.catalog.knobs import NORMS
from gradtui.core.errors import UsageError
from gradtui.core.records import Sample
from gradtui.core.scale import slope
from gradtui.engine.data import load
from gradtui.engine.pictures import dataset
from gradtui.engine.run import Run
from tests.engine.nets import CPU, losses, of, spec_of, train


def build(*sets: str, data: str = "digits") -> Run:
    return Run(spec_of("cnn", "depth=4", "width=5", *sets, data=data), load(data), CPU)


def by_modules(run: Run, x: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Logits and all z, [batch, channels, height, width], in float64; kernels keep gradients."""
    p, knobs, z_all = run.parameters, run.knobs, []
    a = x.double().view(-1, 1, 8, 8)
    for i, (weight, bias) in enumerate(zip(p.weights[:-1], p.biases[:-1], strict=True)):
        conv = nn.Conv2d(a.shape[1], bias.numel(), 3, padding=1).double()
        conv.weight.copy_(weight.view(a.shape[1], 3, 3, -1).permute(3, 0, 1, 2))
        assert conv.bias is not None
        conv.bias.copy_(bias)
        with torch.enable_grad():
            z = conv(a)
            z.requires_grad_()
            z_all.append(z)
            n = nn.BatchNorm2d(5).double()(z) if knobs["norm"] == "batch" else z
            if knobs["norm"] == "layer":
                n = F.layer_norm(z.permute(0, 2, 3, 1), (5,)).permute(0, 3, 1, 2)
            h = torch.relu(n)
            a = a + h if knobs["residual"] == "on" and i else h
    with torch.enable_grad():
        logits = a.mean((2, 3)) @ p.weights[-1].double() + p.biases[-1].double()
    return logits, z_all


@pytest.mark.parametrize("residual", ["off", "on"])
@pytest.mark.parametrize("norm", NORMS)
def test_forward_and_signal_are_those_of_modules(norm: str, residual: str) -> None:
    run = build(f"norm={norm}", f"residual={residual}", "init=he")
    random = torch.Generator().manual_seed(0)
    for bias in run.parameters.biases:
        bias.normal_(generator=random)
    x, y = run.batches.x[:9], run.batches.y[:9]
    loss, gradients, _ = run.inspect(x, y)
    logits, z = by_modules(run, x)
    with torch.enable_grad():
        expected = F.cross_entropy(logits, y)
        theirs = torch.autograd.grad(expected, z)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    for ours, other in zip(gradients[:-1], theirs, strict=True):
        flat = other.permute(0, 2, 3, 1).reshape(-1, 5)
        torch.testing.assert_close(ours.double(), flat, rtol=1e-3, atol=1e-7)


def test_colour_images_convolve() -> None:
    pixels = torch.randint(256, (30, 3, 6, 7), dtype=torch.uint8).numpy()
    y = torch.arange(30).remainder(3).numpy()
    run = Run(spec_of("cnn", "depth=2", "width=4"), dataset("c", (pixels, y), (pixels, y)), CPU)
    assert run.parameters.weights[0].shape == (27, 4)
    image = torch.arange(2 * 3 * 42.0).view(2, 126)
    assert run.model.grid is not None
    rows = run.model.grid.rows(image)
    assert rows.shape == (84, 3)
    assert rows[1].tolist() == [1, 43, 85]


def test_xavier_counts_the_taps() -> None:
    weight = build("width=64", "init=xavier").parameters.weights[1]
    assert float(weight.std()) == pytest.approx((2 / (2 * 9 * 64)) ** 0.5, rel=0.02)


def test_a_table_is_no_image() -> None:
    with pytest.raises(UsageError, match="takes images"):
        build(data="clusters")


def test_a_row_is_a_convolution() -> None:
    spec = spec_of("cnn", "depth=10")
    assert spec.layers() == (*(f"conv{i}" for i in range(1, 11)), "out")
    assert spec.model_label(10) == "CNN 10×16 + 10"


def test_plain_depth_kills_the_signal_and_a_norm_brings_it_back() -> None:
    """He et al. 2016; Ioffe, Szegedy 2015."""
    first = {}
    for norm in ("none", "batch"):
        records = train(spec_of("cnn", f"norm={norm}", "depth=56", "width=8", steps=1))[1]
        first[norm] = slope(of(Sample, records)[0].signal)
    assert first["none"] > 0.15
    assert abs(first["batch"]) < 0.1


def test_gated_blocks_learn_at_a_depth_that_plain_ones_do_not() -> None:
    """Bachlechner et al. 2020. At 56 layers of 16, 150 steps: 80 % beside 26 % with batch norm."""
    deep = ("depth=32", "width=8", "optimizer=sgd", "lr=0.01", "momentum=0.9")
    plain, gated = (
        train(spec_of("cnn", *deep, *sets, steps=150))[1]
        for sets in (("init=he",), ("init=he", "residual=rezero"))
    )
    assert losses(plain)[-10:].mean() > 2.2
    assert losses(gated)[-10:].mean() < 1.9


def test_more_plain_layers_train_worse() -> None:
    """He et al. 2016: even the training loss; that is no overfitting."""
    few, many = (
        train(spec_of("cnn", f"depth={depth}", "width=8", seed=5, steps=100))[1]
        for depth in (6, 56)
    )
    assert losses(few)[-10:].mean() < 2.2
    assert losses(many)[-10:].mean() > 2.29


def test_it_learns_bit_by_bit_the_same() -> None:
    spec = spec_of("cnn", "depth=10", "norm=batch", steps=40)
    one, two = (losses(train(s)[1]) for s in (spec, replace(spec, probe=False)))
    assert (one == two).all()
    assert one[-5:].mean() < 0.8 * one[:5].mean()
