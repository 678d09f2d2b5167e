"""The numbers of the lesson satisfy its formulas: read off the picture, and done again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from gradtui.core.commands import Choice
from gradtui.core.records import Info
from gradtui.core.state import RunState
from gradtui.engine.specimen import rehearse
from gradtui.tui.lesson.page import LessonPage
from gradtui.tui.view import View
from tests.arithmetic import Interval, evaluate, number
from tests.engine.nets import advance, of, small_trainer

CASES = (
    ("optimizer=sgd", "momentum=0"),
    ("optimizer=sgd", "momentum=0.9"),
    ("optimizer=sgd", "decay=0.1"),
    ("optimizer=adam",),
    ("optimizer=adam", "adam_eps=keras", "lr=0.0123"),
    ("optimizer=adamw", "decay=0.3"),
    ("optimizer=rmsprop", "momentum=0"),
    ("optimizer=rmsprop", "momentum=0.7", "decay=0.01"),
    ("regularizer=l1", "strength=0.01"),
    ("regularizer=l2", "strength=0.01", "clip=norm:0.1"),
    ("regularizer=elastic_net", "strength=0.03", "clip=value:0.001", "optimizer=adam"),
    ("regularizer=max_norm", "strength=0.4", "optimizer=adamw"),
    ("clip=norm:0.01",),
    ("clip=norm:100",),
    ("clip=value:0.0001",),
    ("dropout=0.3", "norm=batch"),
)
SIGNED = r"[+−-][\d.]+(?:e-?\d+)?"


def views(*sets: str, steps: tuple[int, ...] = (0, 1, 30)) -> Iterator[View]:
    """A small run's lesson at some of its steps, each time on another row and weight."""
    with torch.no_grad(), np.errstate(all="ignore"):
        trainer = small_trainer(*sets, endless=True)
        records = trainer.outbox.drain()
        state = RunState(of(Info, records)[0])
        state.reduce(records)
        done = 0
        for at in steps:
            state.reduce(advance(trainer, at - done))
            done = at
            for layer, weight in ((0, 3 + at), (4, 11 + at)):
                choice = Choice(row=at, layer=layer, weight=weight)
                state.reduce([rehearse(trainer.training.net, choice, at)])
                yield View(state)


def lines(view: View, width: int = 170) -> list[str]:
    return LessonPage().paint(view, width, 70).lines()


def equations(text: list[str]) -> list[tuple[str, str, str]]:
    """(name, expression, result) of the lines of numbers, which follow at least three blanks."""
    found = (re.search(r"^.*\s{3}(\S.*?) = (.+) = (\S+)\s*$", line) for line in text)
    return [(m.group(1).strip(), m.group(2), m.group(3)) for m in found if m]


@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
@pytest.mark.parametrize("sets", CASES, ids=",".join)
def test_every_equation_of_the_update_holds(sets: tuple[str, ...], unicode: bool) -> None:
    for view in views(*sets):
        view.unicode = unicode
        text = lines(view)
        title = next(i for i, line in enumerate(text) if ".weight[" in line)
        listed = equations(text[title:])
        assert listed, text
        for name, expression, result in listed:
            given, shown = evaluate(expression), number(result)
            assert given.meets(shown), (name, expression, result)
            size = max(abs(given.low), abs(given.high))
            assert given.width <= 0.02 * size + 3e-4, (name, expression)  # it could have failed
        assert listed[-1][0] in ("θ", "theta")
        s = view.state.specimen
        assert s is not None
        assert number(listed[-1][2]).meets(Interval(s.theta[1], s.theta[1]))


@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
def test_the_probabilities_are_the_softmax_of_the_logits(unicode: bool) -> None:
    for view in views("lr=0.1", steps=(0, 1, 30, 400)):  # at last p is all but 1
        view.unicode = unicode
        text = lines(view)
        row = re.compile(rf"([▸>]?) (\d)\s+({SIGNED})\s+([\d.e-]+)\s.*?({SIGNED})(?:\s|$)")
        table = [m.groups() for line in text if (m := row.search(line))]
        assert [int(k) for _, k, *_ in table] == [0, 1, 2, 3, 4]
        low = np.array([float(z.replace("−", "-")) for _, _, z, _, _ in table])
        shown = np.array([float(p) for _, _, _, p, _ in table])
        errors = np.array([float(e.replace("−", "-")) for *_, e in table])
        marked = np.array([float(mark != "") for mark, *_ in table])
        expected = np.exp(low) / np.exp(low).sum()
        np.testing.assert_allclose(shown, expected, rtol=2e-3, atol=6e-4)
        np.testing.assert_allclose(errors, shown - marked, atol=1.1e-3)
        assert marked.sum() == 1
        spoken = "\n".join(text).replace("−", "-")
        ((price, loss),) = re.findall(r"-ln (\S+|\(.+?\)) = ([\d.e-]+)", spoken)
        assert evaluate(f"-ln {price}").meets(number(loss))
        (likely,) = shown[marked == 1]
        assert evaluate(price).meets(Interval(likely - 6e-4, likely + 6e-4))


def test_the_gain_to_the_power_of_the_layers_is_what_is_left() -> None:
    *_, view = views()
    (row,) = [line for line in lines(view) if "tanh, now" in line]
    derivative, gain, after = row.split()[-3:]
    assert 0 < float(derivative) <= 1
    each, left = number(gain[1:]), float(after[1:])
    assert each.low**3 * 0.95 <= left <= each.high**3 * 1.05


@pytest.mark.parametrize(
    "wrong",
    ["−0.24128 − 0.01 · (+0.07332) = −0.24203", "0.9 · (+0.07334) + (+7.320e-3) = +0.07331",
     "0.999 · 1.234e-6 + (1 − 0.999) · (+1.467e-3)² = 1.237e-6", "−ln 0.2695 = 1.313"],
)  # fmt: skip
def test_the_reader_sees_what_is_wrong(wrong: str) -> None:
    expression, _, result = wrong.rpartition(" = ")
    assert not evaluate(expression).meets(number(result))
