"""Both probes against sums of squares in float64, from denormals to the edge of overflow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from gradtui.core.records import Frame
from gradtui.engine import parameters, recorder
from gradtui.engine.optimizers import Piece, Rates, Slots
from gradtui.engine.parameters import Parameters
from gradtui.engine.probe import Measured, Probe, sums
from gradtui.engine.probe import flat as flat_probe
from gradtui.engine.probe.flat import FlatProbe
from gradtui.engine.probe.foreach import ForeachProbe
from gradtui.engine.swing import places_of, slots_of, swing
from tests.engine.nets import CPU, advance, of, small_trainer

FIELDS = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
SIZES = [
    [5, 2],
    [1, 1, 1, 1],
    [13, 7, 7, 7, 3],
    [64, *[64] * 15, 10],
    [251, 257, 3],  # more than CHUNK numbers and no divisor that would cut them
    [1009, 31, 31, 2],
    [4099, 1, 1],
]
EXPONENTS = [-44, -41, -38, -30, -22, -14, -3, 0, 9, 18, 19, 25, 33, 38]

Step = tuple[Tensor, Tensor, Tensor]
"""theta, gradient, theta after the step."""


Make = Callable[[Parameters, Slots], Probe]


def flat(p: Parameters, plain: Slots) -> Probe:
    return FlatProbe(p, 8, plain)


def foreach(p: Parameters, plain: Slots) -> Probe:
    return ForeachProbe(p.weights, p.biases, p.gradient_of(p.weights), p.gradient_of(p.biases))


class Net:
    """Parameters that a probe reads, and what moves them."""

    def __init__(self, p: Parameters, make: Make) -> None:
        pieces = p.pieces()
        self.places = places_of(p, [at for at, _ in pieces])
        self.plain = slots_of(self.places)[0]
        self.plain.cut(pieces, p.n_weights)
        self.probe = make(self.p, self.plain)

    @property
    def p(self) -> Parameters:
        """Where they lie."""
        return self.places[self.plain.at]

    def move(self, after: Tensor, *, whole: bool) -> None:
        """As an optimizer does: all at once, or piece by piece under the probe's eye."""
        eye, behind = self.probe.eye, slice(self.p.n_plain, None)

        def rule(piece: Piece, rates: Rates, steps: int) -> None:
            start = piece.gradient.storage_offset()
            piece.then.copy_(after[start : start + len(piece.gradient)])

        if eye is None or whole:
            if eye is not None:
                eye.before()
            self.p.flat.copy_(after)
            if eye is not None:
                eye.after()
            return
        self.p.flat[behind] = after[behind]
        swing(self.places, self.plain, rule, Rates(lr=1, momentum=0, decay=0), eye)
        assert self.p.flat.numpy().tobytes() == after.numpy().tobytes()


def measure(net: Net, steps: Sequence[Step], *, clipped: bool) -> Measured:
    """Flushes where somebody writes to W between two steps, as every intervention does."""
    found, probe = [], net.probe
    for step, (theta, gradient, after) in enumerate(steps):
        if not torch.equal(net.p.flat, theta):
            if step:
                found.append(probe.flush())
            net.p.flat.copy_(theta)
        net.p.grad.copy_(gradient)
        probe.after_backward()
        if clipped:
            net.p.grad.mul_(0.125)
        net.move(after, whole=clipped)
        probe.after_step()
    found.append(probe.flush())
    return Measured(
        **{name: np.concatenate([getattr(part, name) for part in found]) for name in FIELDS}
    )


def oracle(p: Parameters, steps: Sequence[Step]) -> Measured:
    def norms(views: list[Tensor], buffer: Tensor) -> list[float]:
        wide = buffer.double().numpy()
        cuts = (wide[(at := v.storage_offset()) : at + v.numel()] for v in views)
        return [float(np.sqrt(np.sum(cut * cut))) for cut in cuts]

    table: dict[str, list[list[float]]] = {name: [] for name in FIELDS}
    widths = np.sqrt([bias.numel() for bias in p.biases])
    for theta, gradient, after in steps:
        weight = np.array(norms(p.weights, theta))
        moved = np.array(norms(p.weights, after.double() - theta.double()))
        table["grad_norm"].append(norms(p.weights, gradient))
        table["weight_norm"].append(list(weight))
        table["update_ratio"].append(
            [0.0 if m == w == 0 else m / w for m, w in zip(moved, weight, strict=True)]
        )
        table["bias_rms"].append(list(norms(p.biases, gradient) / widths))
    return Measured(**{name: np.array(rows) for name, rows in table.items()})


def agree(one: Measured, two: Measured) -> None:
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(one, name), getattr(two, name), rtol=1e-6, atol=0, err_msg=name
        )


def random_steps(
    p: Parameters, scale: Callable[[], Tensor], steps: int = 4, *, chain: int = 2
) -> list[Step]:
    """Of `chain` steps each but the first starts where the one before it ended."""

    def draw() -> Tensor:
        return (torch.rand(p.flat.shape, dtype=torch.float64) * 2 - 1) * scale()

    made: list[Step] = []
    for step in range(steps):
        theta = made[-1][2] if step % chain else draw().float()
        made.append((theta, draw().float(), (theta.double() + 0.01 * draw()).float()))
    return made


@pytest.mark.parametrize(
    ("sizes", "exponents"),
    [(sizes, EXPONENTS) for sizes in SIZES]
    + [(SIZES[2], [e]) for e in EXPONENTS]
    + [(SIZES[4], [e]) for e in EXPONENTS],
    ids=str,
)
@pytest.mark.parametrize("clipped", [False, True])
def test_both_backends_agree_with_float64(
    sizes: list[int], clipped: bool, exponents: list[int]
) -> None:
    torch.manual_seed(len(sizes) + exponents[0])
    p = Parameters(list(pairwise(sizes)), CPU)
    choice = torch.tensor(exponents, dtype=torch.float64)

    def scale() -> Tensor:  # one magnitude for each run of 50 numbers: they mix within a layer
        each = torch.randint(len(choice), (len(p.flat) // 50 + 1,)).repeat_interleave(50)
        return 10.0 ** choice[each[: len(p.flat)]]

    steps = random_steps(p, scale)
    expected = oracle(p, steps)
    assert np.isfinite(expected.grad_norm).all()
    results = [measure(Net(p, make), steps, clipped=clipped) for make in (flat, foreach)]
    for result in results:
        agree(result, expected)
    agree(results[0], results[1])


@pytest.mark.parametrize("exponents", [[0], EXPONENTS], ids=str)
@pytest.mark.parametrize("steps", [1, 6, 7, 13, 14, 20])
@pytest.mark.parametrize("waiting", [1, 5, 13])
def test_steps_of_a_small_net_wait_for_each_other(
    waiting: int, steps: int, exponents: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in groups of `TOGETHER`, and earlier than at a flush where no more may wait."""
    torch.manual_seed(steps)
    p = Parameters([(13, 7), (7, 7), (7, 3)], CPU)
    monkeypatch.setattr(flat_probe, "KEPT", 2 * p.n_plain * waiting)
    net = Net(p, lambda p, plain: FlatProbe(p, 20, plain))
    scales = 10.0 ** torch.tensor(exponents, dtype=torch.float64).repeat(len(p.flat))
    for _ in range(2):
        made = random_steps(p, lambda: scales[: len(p.flat)], steps, chain=20)
        agree(measure(net, made, clipped=False), oracle(p, made))


@pytest.mark.parametrize("waiting", [2, 99])
def test_what_nobody_saw_of_a_small_net_is_nan(
    waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W is written to before anybody looked at where the step left it."""
    torch.manual_seed(0)
    p = Parameters([(5, 5), (5, 2)], CPU)
    monkeypatch.setattr(flat_probe, "KEPT", 2 * p.n_plain * waiting)
    net = Net(p, flat)
    probe = net.probe
    steps = random_steps(p, lambda: torch.tensor(1.0), 3, chain=3)
    p.flat.copy_(steps[0][0])
    for _, gradient, after in steps:
        p.grad.copy_(gradient)
        probe.after_backward()
        p.flat.copy_(after)
        probe.after_step()
        if after is steps[1][2]:
            p.flat.zero_()
    found, expected = probe.flush(), oracle(p, steps)
    assert np.isnan(found.update_ratio[1]).all()
    assert found.weight_norm[2].tolist() == [0, 0]
    np.testing.assert_allclose(found.update_ratio[0], expected.update_ratio[0], rtol=1e-6)
    np.testing.assert_allclose(found.grad_norm, expected.grad_norm, rtol=1e-6)
    assert found.update_ratio[2].tolist() == [np.inf, np.inf]
    assert np.isfinite(measure(net, steps, clipped=False).update_ratio).all()


def test_a_large_net_is_mended_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The update takes the place of W before it: it is mended before the next piece comes there."""
    monkeypatch.setattr(parameters, "SMALL", 0)
    p = Parameters([(64, 128), *[(128, 128)] * 3, (128, 10)], CPU)
    torch.manual_seed(0)
    scale = torch.repeat_interleave(10.0 ** torch.tensor([-40.0, -3.0, 30.0, -20.0]), 4096)
    steps = random_steps(p, lambda: scale.repeat(-(-len(p.flat) // len(scale)))[: len(p.flat)])
    agree(measure(Net(p, flat), steps, clipped=False), oracle(p, steps))


@pytest.mark.parametrize("size", [3, 16, 33, 300])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_one_sum_that_is_not_safe_is_seen_among_any_number(size: int, place: int) -> None:
    quick = np.linspace(1, 1000, size, dtype=np.float32)
    assert sums.safe(quick)
    assert sums.safe(quick.reshape(3, -1) if size % 3 == 0 else quick[None])
    for value in (0.0, 1e-45, 9e-28, 3.3e38, np.inf, np.nan):
        quick[place] = value
        assert not sums.safe(quick), value


@settings(max_examples=200, deadline=None)
@given(
    exponents=st.lists(st.sampled_from([None, -44, -30, -20, 0, 25, 38]), min_size=1, max_size=12),
    special=st.sampled_from([1.0, -0.0, np.nan, np.inf]),
    steps=st.integers(0, 3),
    seed=st.integers(0, 9),
)
def test_what_is_mended_is_right_wherever_it_lies(
    exponents: list[int | None], special: float, steps: int, seed: int
) -> None:
    """Dead (None), vanished and healthy rows, neighbours or apart, of one step or of several."""
    scale = np.array([0.0 if power is None else 10.0**power for power in exponents])
    shape = (*[steps] * bool(steps), len(scale), 33)
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        numbers = (rng.standard_normal(shape) * rng.permutation(scale)[:, None]).astype(np.float32)
        numbers[..., rng.integers(len(scale)), 5] *= np.float32(special)
        exact = np.square(numbers, dtype=np.float64).sum(axis=-1)
        quick = np.vecdot(numbers, numbers)
        found = quick.astype(np.float64)
        sums.mend(found, quick, numbers)
    np.testing.assert_allclose(found, exact, rtol=1e-6)


@pytest.mark.parametrize("shape", [(7,), (3, 5), (4, 2, 9)])
def test_rows_begin_at_a_line_of_the_cache_and_two_arrays_are_read_as_one(
    shape: tuple[int, ...],
) -> None:
    a, b = sums.lines(*shape), sums.lines(*shape)
    assert a.dtype == np.float32
    assert a.shape == shape
    assert not a.any()
    assert all(row.ctypes.data % 64 == 0 for room in (a, b) for row in room.reshape(-1, shape[-1]))
    for one, other in ((a, b), (b, a), (a[..., ::2], b[..., 1::2])):
        if one.shape == other.shape:
            both = sums.beside(one, other)
            one[...], other[...] = 1, 2
            assert both.shape == (2, *one.shape)
            assert (both[0] == 1).all()
            assert (both[1] == 2).all()


@settings(max_examples=25, deadline=None)
@given(
    value=st.floats(2.0**-146, 2.0**126, width=32),
    sizes=st.sampled_from([[251, 257, 2], [128, 64, 32, 2]]),
)
def test_equal_numbers_do_not_pile_up_rounding(value: float, sizes: list[int]) -> None:
    """The worst case of a float32 sum: every addition rounds the same way."""
    with torch.no_grad(), np.errstate(all="ignore"):
        p = Parameters(list(pairwise(sizes)), CPU)
        same = torch.full_like(p.flat, value)
        steps = [(same, same, same * 0.5)]
        agree(measure(Net(p, flat), steps, clipped=False), oracle(p, steps))


@pytest.mark.parametrize("make", [flat, foreach])
@pytest.mark.parametrize("clipped", [False, True])
def test_zero_inf_and_nan_stay_what_they_are(make: Make, clipped: bool) -> None:
    p = Parameters([(5, 5)] * 5, CPU)
    theta, gradient = torch.ones_like(p.flat), torch.ones_like(p.flat)
    after = torch.full_like(p.flat, 1.5)

    def layer(buffer: Tensor, i: int) -> Tensor:
        return buffer[25 * i : 25 * (i + 1)]

    layer(gradient, 0).zero_()
    layer(gradient, 1)[7] = np.inf
    layer(gradient, 2)[3] = np.nan
    layer(theta, 3).zero_()  # moves away from 0
    layer(theta, 4).zero_()
    layer(after, 4).zero_()  # stays at 0
    # A step of ordinary numbers on both sides: nothing leaks from one slot into another.
    plain = (torch.ones_like(theta), torch.ones_like(theta), torch.full_like(theta, 2.0))
    found = measure(Net(p, make), [plain, (theta, gradient, after), plain], clipped=clipped)
    assert found.grad_norm[1, 0] == 0
    assert found.grad_norm[1, 1] == np.inf
    assert np.isnan(found.grad_norm[1, 2])
    assert found.grad_norm[1, 3:].tolist() == [5, 5]
    assert found.weight_norm[1].tolist() == [5, 5, 5, 0, 0]
    assert found.update_ratio[1].tolist() == [0.5, 0.5, 0.5, np.inf, 0]
    for row in (0, 2):
        assert found.grad_norm[row].tolist() == [5] * 5
        assert found.update_ratio[row].tolist() == [1] * 5


@pytest.mark.parametrize("make", [flat, foreach])
def test_a_ring_is_empty_after_a_flush(make: Make) -> None:
    p = Parameters([(3, 4), (4, 2)], CPU)
    net = Net(p, make)
    first = random_steps(p, lambda: torch.tensor(1e-30), 8)
    second = random_steps(p, lambda: torch.tensor(1.0), 2)
    agree(measure(net, first, clipped=False), oracle(p, first))
    agree(measure(net, second, clipped=True), oracle(p, second))


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The names of all ATen operations."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: list[str] = []

    def __torch_dispatch__(
        self, func: Callable[..., object], types: object, args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:  # fmt: skip
        self.seen.append(str(func))
        return func(*args, **(kwargs or {}))


def users_net(depth: int) -> list[nn.Linear]:
    layers = [nn.Linear(6, 6, bias=i % 2 == 0) for i in range(depth)]
    with torch.enable_grad():
        nn.Sequential(*layers)(torch.randn(9, 6)).square().sum().backward()
    return layers


@pytest.mark.parametrize("depth", [3, 40])
def test_foreach_takes_four_operations_at_any_depth(depth: int) -> None:
    layers = users_net(depth)
    probe = ForeachProbe([layer.weight for layer in layers], [layer.bias for layer in layers])
    for _ in range(3):
        with Operations() as operations:
            probe.after_backward()
            probe.after_step()
        assert 1 <= len(operations.seen) <= 4
        assert all("_foreach" in name for name in operations.seen)


def test_foreach_reads_a_users_net_with_layers_without_bias() -> None:
    layers = users_net(5)
    probe = ForeachProbe([layer.weight for layer in layers], [layer.bias for layer in layers])
    probe.after_backward()
    before = [layer.weight.detach().clone() for layer in layers]
    torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=0.1).step()
    probe.after_step()
    found = probe.flush()
    for i, layer in enumerate(layers):
        assert layer.weight.grad is not None
        moved = torch.linalg.vector_norm(layer.weight.double() - before[i].double())
        ratio = float(moved / torch.linalg.vector_norm(before[i].double()))
        assert found.grad_norm[0, i] == pytest.approx(float(layer.weight.grad.double().norm()))
        assert found.update_ratio[0, i] == pytest.approx(ratio, rel=1e-6)
        bias = layer.bias
        if i % 2:
            assert bias is None
            assert np.isnan(found.bias_rms[0, i])
        else:
            assert bias.grad is not None
            rms = float(bias.grad.double().square().mean().sqrt())
            assert found.bias_rms[0, i] == pytest.approx(rms, rel=1e-6)


KNOBS = [(), ("clip=norm:1", "regularizer=l2", "dropout=0.1")]


def second_step(knobs: tuple[str, ...], depth: int, *, probe: bool, gpu: bool) -> list[str]:
    """The operations of a step that is no sample; `gpu` takes the path of a GPU."""
    trainer = small_trainer(*knobs, depth=depth, probe=probe, steps=50)
    if gpu:
        trainer.training.net._numpy_gradient = None
    trainer.advance()
    operations = Operations()
    with operations:
        trainer.advance()
    return operations.seen


@pytest.mark.parametrize("backend", [flat, foreach])
@pytest.mark.parametrize("depth", [3, 40])
@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_the_probe_adds_no_operation_a_layer(
    backend: Make,
    depth: int,
    knobs: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpu = backend is foreach
    monkeypatch.setattr(recorder, "make_probe", lambda run: backend(run.parameters, run.plain))
    off = second_step(knobs, depth, probe=False, gpu=gpu)
    on = second_step(knobs, depth, probe=True, gpu=gpu)
    assert len(on) - len(off) <= (4 if gpu else 0)
    assert not [name for name in on if "_local_scalar_dense" in name or "nonzero" in name]


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_a_gpu_is_never_waited_for_between_two_flushes(
    knobs: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "make_probe", lambda run: foreach(run.parameters, run.plain))
    trainer = small_trainer(*knobs, probe=True, steps=50)
    trainer.training.net._numpy_gradient = None
    trainer.advance()

    def wait(tensor: Tensor, *_: object, **__: object) -> None:
        raise AssertionError("the host asked for a tensor")

    with monkeypatch.context() as patched:
        for name in ("cpu", "numpy", "item", "tolist", "__bool__", "__float__", "__int__"):
            patched.setattr(torch.Tensor, name, wait)
        for _ in range(3):
            trainer.advance()
    assert trainer.training.recorder.flush() is not None


@pytest.mark.parametrize(
    "knobs",
    [
        (),
        ("optimizer=adamw", "decay=0.3", "norm=layer", "residual=rezero"),
        ("regularizer=max_norm", "strength=0.5", "clip=norm:0.1"),
        ("optimizer=sgd", "lr=1e38"),
    ],
    ids=",".join,
)
def test_a_net_is_read_alike_as_a_small_one_and_piece_by_piece(
    knobs: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a run, under its optimizer, and where a step is not finite and moves nothing."""

    def told() -> list[Frame]:
        return of(Frame, advance(small_trainer(*knobs, endless=True, steps=50), 12))

    small = told()
    monkeypatch.setattr(parameters, "SMALL", 0)
    monkeypatch.setattr(parameters, "PIECE", 100)
    large = told()
    for name in (*FIELDS, "loss"):
        one, two = (np.concatenate([getattr(f, name) for f in each]) for each in (small, large))
        np.testing.assert_allclose(one, two, rtol=1e-6, err_msg=name)
    assert np.isfinite(small[-1].loss).all() == ("lr=1e38" not in knobs)
