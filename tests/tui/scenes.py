"""Run states to draw, built from records as a source would send them; no training involved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gradtui.core.prediction import Prediction
from gradtui.core.records import (
    Applied,
    Eval,
    Finding,
    Frame,
    Info,
    Record,
    RunWord,
    Sample,
    State,
)
from gradtui.core.state import RunState
from gradtui.tui.view import View

Floats = NDArray[np.float64]

KNOBS = {
    "activation": "sigmoid", "regularizer": "none", "strength": 0.0, "lr": 0.01,
    "momentum": 0.9, "clip": "none", "norm": "none", "optimizer": "sgd", "init": "xavier",
}  # fmt: skip


def info(layers: int = 16, **changes: object) -> Info:
    """An MLP on digits with so many layers, the output layer included."""
    names = (*(f"fc{i}" for i in range(1, layers)), "out")
    fields: dict[str, object] = {
        "experiment": "vanishing",
        "question": "Why does a deep sigmoid net not learn?",
        "model": f"MLP {layers - 1}×64 + 10",
        "data": "digits 8×8",
        "device": "cpu, 1 thread",
        "seed": 0,
        "layers": names,
        "knobs": KNOBS,
        "classes": 10,
        "steps_per_epoch": 23,
        "steps": 600,
    }
    return Info(**{**fields, **changes})  # type: ignore[arg-type]  # fields are checked at run time


def decay(layers: int, top: float, slope: float) -> Floats:
    """A signal [L] that loses `slope` decades a layer on its way down from `top`."""
    depth = np.arange(layers)[::-1]
    first = 0.92 * (depth > 0)  # the last matrix costs more than the others
    return np.asarray(top * 10.0 ** -(first + slope * np.maximum(depth - 1, 0)))


def sample(step: int, signal: Floats, dead: float = np.nan) -> Sample:
    rows = len(signal)
    return Sample(
        step=step,
        signal=signal,
        activation_mean=np.zeros(rows),
        activation_std=np.full(rows, 0.2),
        dead=np.full(rows, dead),
        saturated=np.zeros(rows),
        zero=signal == 0,
    )


def frame(
    first: int, loss: Floats, accuracy: Floats, signal: Floats, *, update: Floats | None = None
) -> Frame:
    """Steps first, first + 1, … with the same layer statistics at each."""
    count = len(loss)
    rows = np.tile(signal, (count, 1))
    return Frame(
        steps=np.arange(first, first + count),
        loss=loss,
        accuracy=accuracy,
        penalty=np.zeros(count),
        grad_norm=rows * 3,
        weight_norm=np.full(rows.shape, 8.0),
        update_ratio=rows * 0.6 if update is None else np.tile(update, (count, 1)),
        bias_rms=rows / 4,
        seconds=count / 229,
        probe_seconds=0.02 * count / 229,
    )


def _wobble(steps: Floats, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(0, 1, len(steps))


def _chance(first: int, last: int, layers: int) -> list[Record]:
    """A vanished run at chance: steps first to last."""
    records: list[Record] = []
    signal = decay(layers, 4.7e-3, 0.63)
    for start in range(first, last + 1, 10):
        steps = np.arange(start, min(start + 10, last + 1), dtype=float)
        accuracy = np.clip(np.round((0.095 + 0.035 * _wobble(steps, start)) * 64) / 64, 0, 1)
        records.append(sample(start, signal * (1 + 0.1 * np.sin(start / 40))))
        records.append(frame(start, 2.308 + 0.02 * _wobble(steps, start), accuracy, signal))
    records += [
        Eval(step=step, when="epoch" if step else "start", loss=2.31, accuracy=0.0806)
        for step in range(first, last, 23)
    ]
    return records


def _learning(first: int, last: int, layers: int) -> list[Record]:
    """The same net after tanh: loss falls to 0.02 within 300 steps."""
    records: list[Record] = []
    for start in range(first, last + 1, 10):
        steps = np.arange(start, min(start + 10, last + 1), dtype=float)
        done = (steps - first) / 300
        loss = 2.3 * 10 ** (-2 * (1 - np.exp(-3 * done)) + 0.12 * np.minimum(8 * done, 1)
                            * _wobble(steps, start))  # fmt: skip
        accuracy = np.clip(1 - 0.92 * np.exp(-9 * done) + 0.02 * _wobble(steps, start), 0, 1)
        signal = 2.3e-4 * 10 ** (0.5 * np.sin(np.linspace(2.8, 0, layers)))
        signal *= 10 ** (0.8 * (1 - done[0]))
        records.append(sample(start, signal))
        records.append(frame(start, loss, accuracy, signal))
    for step in range(first, last, 23):
        done_now = (step - first) / 300
        loss_now = 0.15 + 2.15 * np.exp(-9 * done_now)
        records.append(
            Eval(
                step=step, when="epoch", loss=loss_now,
                accuracy=0.958 - 0.87 * np.exp(-12 * done_now),
            )
        )  # fmt: skip
    return records


def vanishing_finding(layers: tuple[str, ...], last: int | None, step: int) -> Finding:
    cured = Applied(step=300, knob="activation", old="sigmoid", value="tanh")
    return Finding(
        name="vanishing", step=step, first=0, last=last, layers=layers,
        evidence=(
            "A layer passes on ×0.23 of the signal: 4.7e-3 at out, 8.2e-13 at fc1.",
            "fc1 to fc3 stand still: update ratio 0.",
            "Loss stays at ln 10: pure guessing.",
        ),
        prescriptions=(("activation", "tanh"), ("norm", "layer"), ("rescale", "critical")),
        cured_by=None if last is None else cured,
    )  # fmt: skip


def _view(state: RunState, word: RunWord, records: list[Record]) -> View:
    state.reduce([State(word="training"), *records, State(word=word, step=state.step or 0)])
    held = [f for f in state.findings.values() if f.last is None]
    listed = list(dict.fromkeys(p for f in held for p in f.prescriptions))
    return View(state, prescriptions=listed)


def empty(layers: int = 16) -> View:
    """Nothing has arrived; torch is being imported."""
    return View(RunState(info(layers)), message="importing torch; the first step comes soon")


def one_frame(layers: int = 16) -> View:
    """One sample and one step."""
    signal = decay(layers, 4.7e-3, 0.63)
    records = [sample(0, signal), frame(0, np.array([2.31]), np.array([0.1]), signal)]
    return _view(RunState(info(layers)), "training", records)


def vanished(layers: int = 16, last: int = 299, word: RunWord = "training") -> View:
    """A deep sigmoid net at chance."""
    state = RunState(info(layers))
    low = tuple(state.info.layers[: max(layers - 6, 1)])
    finding = vanishing_finding(low, None, last)
    return _view(state, word, [*_chance(0, last, layers), finding])


def cured(layers: int = 16, word: RunWord = "training") -> View:
    """The same net, which got tanh at step 300, at step 599."""
    state = RunState(info(layers))
    low = tuple(state.info.layers[: max(layers - 6, 1)])
    applied = Applied(step=300, knob="activation", old="sigmoid", value="tanh")
    records: list[Record] = [
        *_chance(0, 299, layers),
        vanishing_finding(low, None, 299),
        Eval(step=300, when="before", loss=2.31, accuracy=0.0806),
        applied,
        Eval(step=300, when="after", loss=2.31, accuracy=0.0806),
        *_learning(300, 599, layers),
        vanishing_finding(low, 299, 599),
    ]
    return _view(state, word, records)


def paused(layers: int = 16) -> View:
    """The vanished net, paused at step 299."""
    return vanished(layers, word="paused")


def not_finite(layers: int = 16) -> View:
    """An exploding net: one healthy-looking step, then nan."""
    knobs = {**KNOBS, "activation": "relu", "init": "gain:3"}
    state = RunState(info(layers, experiment="exploding", knobs=knobs, steps=300))
    signal = np.asarray(6.6e-3 * 10 ** (0.31 * np.arange(layers)[::-1]), np.float64)
    nan = np.full(layers, np.nan)
    records: list[Record] = [
        Eval(step=0, when="start", loss=2.1e5, accuracy=0.1),
        sample(0, signal),
        frame(0, np.array([206_770.0]), np.array([0.09]), signal),
        *(sample(step, nan) for step in (1, 10, 20)),
    ]
    records.append(frame(1, np.full(23, np.nan), np.full(23, 0.1), nan))
    records += [
        Finding(
            name="not finite", step=23, first=1, last=None, layers=state.info.layers,
            evidence=("The forward pass of step 1 gave nan at fc14.",
                      "Loss: 206 770, then nan at step 1."),
            prescriptions=(("init", "he"), ("clip", "norm:1")),
        ),
        Finding(
            name="exploding", step=23, first=0, last=0, layers=state.info.layers[:2],
            evidence=("The signal grows ×2.04 a layer towards the input.",),
            prescriptions=(("init", "he"),),
        ),
        Eval(step=23, when="epoch", loss=np.nan, accuracy=np.nan),
    ]  # fmt: skip
    view = _view(state, "not finite", records)
    view.state.cause = "nan in the forward pass of step 1, first at fc14"
    return view


def dead(layers: int = 16) -> View:
    """A ReLU net that learned until lr 0.2 at step 100 killed a layer in the middle."""
    knobs = {**KNOBS, "activation": "relu", "clip": "norm:5"}
    state = RunState(info(layers, experiment="dead relu", knobs=knobs))
    records = _learning(0, 99, layers)
    records.append(Applied(step=100, knob="lr", old=0.01, value=0.2))
    alive = decay(layers, 4.7e-3, 0.28)
    for start in range(100, 300, 10):
        signal = alive.copy()
        if start >= 210:
            signal[: layers * 10 // 16] = 0
        steps = np.arange(start, start + 10, dtype=float)
        loss = 2.31 + 0.02 * _wobble(steps, start)
        accuracy = np.clip(0.09 + 0.03 * _wobble(steps, start), 0, 1)
        records += [sample(start, signal, dead=0.4), frame(start, loss, accuracy, signal)]
    records += [
        Eval(step=step, when="epoch", loss=2.31, accuracy=0.081) for step in range(100, 300, 23)
    ]
    records.append(
        Finding(
            name="dead", step=299, first=214, last=None,
            layers=(state.info.layers[max(layers * 10 // 16 - 1, 0)],),
            evidence=("All units give 0 for the whole batch.", "No signal passes below."),
            prescriptions=(("activation", "leaky_relu"), ("init", "he")),
        )
    )  # fmt: skip
    return _view(state, "training", records)


def failed(layers: int = 16) -> View:
    """A run that a bug ended at step 299."""
    view = vanished(layers)
    view.state.reduce([State(word="failed", step=299, cause="RuntimeError: out of memory")])
    return view


def finished(layers: int = 16) -> View:
    """The cured net at the end of its length."""
    return cured(layers, word="finished")


def deep(layers: int = 300) -> View:
    """A vanished net of hundreds of layers."""
    return vanished(max(layers, 300))


def opened(layers: int = 300) -> View:
    """The same; a lane in its middle is open."""
    view = deep(layers)
    view.opened, view.selected = [(130, 158)], 150
    return view


def filtered(layers: int = 300) -> View:
    """The same; every tenth layer."""
    view = deep(layers)
    view.pattern, view.selected = "fc*0", 149
    return view


def worst(layers: int = 16) -> View:
    """The net with dead layers, the worst first."""
    view = dead(layers)
    view.order, view.selected = "worst", layers * 10 // 16 - 1
    return view


def named(names: Sequence[str], **changes: object) -> View:
    """A vanished net whose layers have these names, from the input on, and a number each."""
    layers = tuple(f"{names[i % len(names)]}{i}" for i in range(16))
    view = vanished(16)
    view.state.reduce([replace(view.state.info, layers=layers, **changes)])  # type: ignore[arg-type]
    view.state.reduce([*_chance(0, 299, 16), vanishing_finding(layers[:10], None, 299)])
    return view


def long_names(layers: int = 16) -> View:
    """As in a model of somebody else."""
    return named(("encoder.layers.11.self_attn.out_proj.", "decoder.block.feed_forward.w"))


def wide_names(layers: int = 16) -> View:
    """Characters of two cells, of none, and of several code points."""
    return named(
        ("卷积层", "слой", "couche_e\u0301", "🧠👩‍🔬層", "x" * 30 + "層"),
        data="手書き数字.csv", experiment="消失する勾配",
    )  # fmt: skip


def theory(layers: int = 16) -> View:
    """A net that theory says is chaotic; training has begun to bend it."""
    signal = decay(layers, 4.7e-3, -0.07)
    predicted = Prediction(
        signal=decay(layers, 4.7e-3, -0.12), limit=1.76, sigma_w=2.0, sigma_b=0.1
    )
    first = replace(sample(0, signal), theory=predicted)
    records = [first, frame(0, np.array([2.31]), np.array([0.1]), signal)]
    return _view(RunState(info(layers, experiment="mean-field")), "training", records)


SCENES: dict[str, Callable[[int], View]] = {
    "empty": empty,
    "one_frame": one_frame,
    "vanished": vanished,
    "cured": cured,
    "paused": paused,
    "not_finite": not_finite,
    "dead": dead,
    "failed": failed,
    "finished": finished,
    "theory": theory,
    "deep": deep,
    "opened": opened,
    "filtered": filtered,
    "worst": worst,
    "long_names": long_names,
    "wide_names": wide_names,
}
