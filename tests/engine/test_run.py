"""Forward, backward and penalties against a plain module in float64, and autograd."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gradtui import catalog
from gradtui.catalog.knobs import NORMS
from gradtui.engine.run import Run
from tests.engine.nets import small_run, state, step

MODULES: dict[str, nn.Module] = {
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.01),
    "elu": nn.ELU(),
    "selu": nn.SELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "mish": nn.Mish(),
    "softplus": nn.Softplus(),
    "identity": nn.Identity(),
}


class Plain(nn.Module):
    """The block of the design, written as anyone would, with a run's weights, in float64."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        p, knobs = run.parameters, run.knobs
        sizes = [p.weights[0].shape[0], *(b.numel() for b in p.biases)]
        self.linear = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(sizes))
        kind = {"none": nn.Identity, "layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
        self.norm = nn.ModuleList(kind[str(knobs["norm"])](size) for size in sizes[1:-1])
        self.act = MODULES[str(knobs["activation"])]
        self.residual = knobs["residual"] != "off"
        used = knobs["residual"] == "rezero"
        self.gates = nn.ParameterList(gate.clone() if used else gate * 0 + 1 for gate in p.gates)
        for layer, w, b in zip(self.linear, p.weights, p.biases, strict=True):
            assert isinstance(layer, nn.Linear)
            layer.weight.copy_(w.T)
            layer.bias.copy_(b)
        for norm, gamma, beta in zip(self.norm, p.gammas, p.betas, strict=True):
            if not isinstance(norm, nn.Identity):
                assert isinstance(norm.weight, Tensor)
                assert isinstance(norm.bias, Tensor)
                norm.weight.copy_(gamma)
                norm.bias.copy_(beta)
        self.double()

    def forward(self, x: Tensor) -> Tensor:
        a = x
        for i, norm in enumerate(self.norm):
            h = self.act(norm(self.linear[i](a)))
            a = a + self.gates[i] * h if self.residual and i > 0 else h
        logits: Tensor = self.linear[-1](a)
        return logits


def nudge(run: Run) -> None:
    """No parameter stays at the special value that it starts from."""
    random = torch.Generator().manual_seed(1)
    run.parameters.flat.add_(0.1 * torch.randn(run.parameters.flat.shape, generator=random))


def gap(ours: Tensor, theirs: Tensor) -> float:
    """Distance relative to the size of the whole tensor, or to 1e-3."""
    return float((ours.double() - theirs).norm() / theirs.norm().clamp(min=1e-3))


@pytest.mark.parametrize("residual", ["off", "on", "rezero"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", catalog.names("activations"))
def test_forward_and_backward_are_those_of_a_plain_module(
    activation: str, norm: str, residual: str
) -> None:
    run = small_run(f"activation={activation}", f"norm={norm}", f"residual={residual}")
    nudge(run)
    module, p = Plain(run), run.parameters
    for _ in range(3):  # batch norm's running statistics have to agree after several
        x, y = run.batches.next()
        loss, logits = run.gradient(x, y)
        with torch.enable_grad():
            module.zero_grad()
            expected = module(x.double())
            torch.autograd.backward((F.cross_entropy(expected, y),))
        assert gap(logits, expected) < 1e-6
        assert float(loss) == pytest.approx(float(F.cross_entropy(expected, y)), rel=1e-6)
    for i, (w, b) in enumerate(zip(p.gradient_of(p.weights), p.gradient_of(p.biases), strict=True)):
        linear = module.linear[i]
        assert isinstance(linear, nn.Linear)
        assert linear.weight.grad is not None
        assert gap(w.T, linear.weight.grad) < 1e-4
        if norm == "batch" and i < len(p.biases) - 1:  # 0 in theory: the mean takes it away
            assert float(b.abs().max()) < 1e-6
        else:
            assert gap(b, linear.bias.grad) < 1e-4  # type: ignore[arg-type]
    for i, gate in enumerate(p.gradient_of(p.gates)[1:] if residual == "rezero" else (), start=1):
        assert gap(gate, module.gates[i].grad) < 1e-4
    if norm != "none":
        for i, (gamma, beta) in enumerate(
            zip(p.gradient_of(p.gammas), p.gradient_of(p.betas), strict=True)
        ):
            assert gap(gamma, module.norm[i].weight.grad) < 1e-4  # type: ignore[arg-type]
            assert gap(beta, module.norm[i].bias.grad) < 1e-4  # type: ignore[arg-type]
    module.eval()
    x, y = run.held_out
    loss_, accuracy = run.evaluate()
    expected = module(x.double())
    assert loss_ == pytest.approx(float(F.cross_entropy(expected, y)), rel=1e-5)
    assert accuracy == pytest.approx(float((expected.argmax(1) == y).double().mean()))


@pytest.mark.parametrize(
    ("activation", "depth"),
    [("sigmoid", 0), *product(("sigmoid", "relu", "tanh"), (1, 6))],
)
def test_fifty_steps_are_bit_by_bit_those_of_torch(activation: str, depth: int) -> None:
    run = small_run(f"activation={activation}", "momentum=0.9", "lr=0.05", depth=depth)
    p = run.parameters
    weights = [w.clone().requires_grad_() for w in p.weights]
    biases = [b.clone().requires_grad_() for b in p.biases]
    act = MODULES[activation]
    optimizer = torch.optim.SGD([*weights, *biases], lr=0.05, momentum=0.9)
    for _ in range(50):
        x, y = run.batches.next()
        loss, _ = run.gradient(x, y)
        run.update()
        with torch.enable_grad():
            a = x
            for w, b in zip(weights[:-1], biases[:-1], strict=True):
                a = act(torch.addmm(b, a, w))
            theirs = F.cross_entropy(torch.addmm(biases[-1], a, weights[-1]), y)
            optimizer.zero_grad()
            torch.autograd.backward((theirs,))
        optimizer.step()
        assert torch.equal(loss, theirs.detach())
    for ours, other in zip([*p.weights, *p.biases], [*weights, *biases], strict=True):
        assert torch.equal(ours, other.detach())


PENALTIES = {
    "l1": lambda w: 0.03 * w.abs().sum(),
    "l2": lambda w: 0.03 / 2 * w.square().sum(),
    "elastic_net": lambda w: 0.03 / 2 * w.abs().sum() + 0.03 / 4 * w.square().sum(),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_the_gradient_is_that_of_loss_plus_penalty(name: str) -> None:
    run = small_run(f"regularizer={name}", "strength=0.03")
    module = Plain(run)
    x, y = run.batches.next()
    penalty = run.penalty()
    run.gradient(x, y)
    weights = [layer.weight for layer in module.linear if isinstance(layer, nn.Linear)]
    with torch.enable_grad():
        theirs = sum((PENALTIES[name](w) for w in weights), torch.zeros(()))
        torch.autograd.backward((F.cross_entropy(module(x.double()), y) + theirs,))
    assert penalty is not None
    assert float(penalty) == pytest.approx(float(theirs), rel=1e-6)
    p = run.parameters
    for ours, weight in zip(p.gradient_of(p.weights), weights, strict=True):
        assert weight.grad is not None
        assert gap(ours.T, weight.grad) < 1e-5
    for i, ours in enumerate(p.gradient_of(p.biases)):  # never on the biases
        linear = module.linear[i]
        assert isinstance(linear, nn.Linear)
        assert gap(ours, linear.bias.grad) < 1e-5  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [n for n in catalog.names("regularizers") if n != "none"])
def test_every_penalty_has_its_own_gradient_or_is_a_projection(name: str) -> None:
    entry = catalog.regularizer(name)
    weights = torch.randn(40, dtype=torch.float64)
    if entry.penalty is None:
        assert entry.project is not None
        return
    assert entry.add_gradient is not None
    with torch.enable_grad():
        leaf = weights.clone().requires_grad_()
        (expected,) = torch.autograd.grad(entry.penalty(leaf, 0.7), leaf)
    found = torch.full_like(weights, 2.0)
    entry.add_gradient(weights, found, 0.7)
    torch.testing.assert_close(found, expected + 2.0)


def test_max_norm_shortens_long_columns_alone() -> None:
    run = small_run("regularizer=max_norm", "strength=0.9", "lr=1e-30")
    before = [w.clone() for w in run.parameters.weights]
    step(run)
    assert any((w.norm(dim=0) > 0.9).any() for w in before)
    for w, old in zip(run.parameters.weights, before, strict=True):
        norms = old.norm(dim=0)
        assert torch.equal(w[:, norms < 0.899], old[:, norms < 0.899])
        long = norms > 0.9
        torch.testing.assert_close(w[:, long], old[:, long] / norms[long] * 0.9)


def test_decay_takes_from_the_weights_alone() -> None:
    run = small_run("decay=0.5", "lr=0.1")
    run.parameters.biases[0].fill_(1)
    before = run.parameters.flat.clone()
    run.parameters.grad.zero_()
    run.update()
    n = run.parameters.n_weights
    torch.testing.assert_close(run.parameters.flat[:n], before[:n] * 0.95)
    assert torch.equal(run.parameters.flat[n:], before[n:])


def test_dropout_is_inverted_and_only_in_training() -> None:
    """With identity and weights of 1, a logit counts the units that were kept."""
    run = small_run("activation=identity", "dropout=0.25", depth=1, width=4001)
    p = run.parameters
    p.flat.zero_()
    p.weights[0][0].fill_(1)
    p.weights[1].fill_(1 / 4001)
    x = torch.zeros(200, 11)
    x[:, 0] = 1
    _, logits = run.gradient(x, torch.zeros(200, dtype=torch.int64))
    kept = logits[:, 0].double() * 4001 * 0.75
    torch.testing.assert_close(kept, kept.round(), atol=0.02, rtol=0)
    assert len(set(kept.round().tolist())) > 20  # another mask for every row
    assert float(kept.mean()) / 4001 == pytest.approx(0.75, abs=0.003)
    _, _, trace = run.inspect(x, torch.zeros(200, dtype=torch.int64))
    torch.testing.assert_close(trace.outputs[-1], torch.ones(200, 5), atol=1e-4, rtol=0)


@pytest.mark.parametrize("norm", NORMS)
def test_looking_leaves_no_trace(norm: str) -> None:
    run = small_run(f"norm={norm}", "dropout=0.3", "optimizer=adam")
    for _ in range(3):
        step(run)
    before, gradient = state(run), run.parameters.grad.clone()
    run.evaluate()
    run.inspect(*run.held_out)
    after = state(run)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert torch.equal(run.parameters.grad, gradient)


def test_one_row_is_seen_as_the_step_sees_it_under_batch_norm() -> None:
    """It has no variance: it takes the running one, as `gradient` does."""
    run = small_run("norm=batch")
    for _ in range(3):
        step(run)
    x, y = (part[:1] for part in run.held_out)
    loss, gradients, trace = run.inspect(x, y)
    expected, logits = run.gradient(x, y)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(trace.outputs[-1], logits)
    gradient = trace.activations[-1].T @ gradients[-1]
    torch.testing.assert_close(gradient, run.parameters.gradient_of(run.parameters.weights)[-1])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_none_is_seen(bad: float) -> None:
    run = small_run()
    loss = step(run)
    assert run.is_finite(loss)
    assert not run.is_finite(torch.tensor(bad))
    run.parameters.grad.fill_(1e38)  # its sum of squares overflows, it is finite all the same
    assert run.is_finite(loss)
    run.parameters.grad[17] = bad
    assert not run.is_finite(loss)


def test_a_batch_of_one_goes_through_batch_norm() -> None:
    run = small_run("norm=batch", "batch_size=11")  # 100 rows: the last batch has one
    for _ in range(20):
        assert torch.isfinite(step(run))
