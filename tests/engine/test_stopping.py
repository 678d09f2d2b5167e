"""Who quits does not wait: long work ends between two of its parts, and the run is what it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
import torch

from gradtui.core.commands import Set, Step, Stop
from gradtui.core.records import Applied, End, Eval
from gradtui.engine import evaluation
from gradtui.engine.checkpoint import snapshot
from gradtui.engine.keeping import Keeper
from gradtui.engine.stopping import Stopped
from tests.engine.nets import advance, of, same, small_trainer, state


def after(calls: int) -> Callable[[], bool]:
    """Wants the run to end when it is asked for the time after so many."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= calls


@pytest.mark.parametrize("calls", [0, 1, 17])
def test_a_search_for_the_critical_scale_ends_at_once_and_leaves_the_weights(calls: int) -> None:
    lab = small_trainer(endless=True, steps=1000)
    advance(lab, 3)
    before, lab.training.net.stop = state(lab.training.net), after(calls)
    with pytest.raises(Stopped):
        lab.training.apply("rescale", "critical")
    assert same(state(lab.training.net), before)
    assert not of(Applied, lab.outbox.drain())
    assert not lab.training.undos.numbers


def test_the_lab_ends_in_order_when_it_is_left_in_the_middle_of_one() -> None:
    lab = small_trainer(endless=True, steps=1000)
    advance(lab, 3)

    def stop() -> bool:
        lab.stopping.set()
        return True

    lab.training.net.stop = stop
    lab.commands.put(Set("rescale", "critical"))
    lab._loop()
    told = lab.outbox.drain()
    (end,) = of(End, told)
    assert (end.state, end.steps) == ("stopped", 3)
    assert np.isfinite(end.accuracy)
    assert of(Eval, told)[-1].when == "end"


@pytest.mark.parametrize("endless", [True, False])
def test_what_was_asked_for_before_the_run_was_left_is_made(endless: bool) -> None:
    run = small_trainer(endless=endless, steps=1000)
    advance(run, 3)
    for command in (Set("activation", "relu"), Step(), Stop(), Set("lr", 0.5)):
        run.commands.put(command)
    run.stopping.set()
    run._loop()
    told = run.outbox.drain()
    assert [(a.step, a.knob) for a in of(Applied, told)] == [(3, "activation"), (3, "lr")]
    assert [(e.state, e.steps) for e in of(End, told)] == [("stopped", 3)]


def test_a_run_that_is_over_is_changed_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    run = small_trainer(steps=3)
    finish = run._finish

    def late() -> None:
        finish()
        run.commands.put(Set("lr", 0.5))

    monkeypatch.setattr(run, "_finish", late)
    run._loop()
    told = run.outbox.drain()
    assert not of(Applied, told)
    assert [(e.state, e.steps) for e in of(End, told)] == [("finished", 3)]


@pytest.mark.parametrize("sets", [(), ("norm=batch",), ("norm=layer", "residual=on")])
def test_a_split_in_pieces_gives_what_the_whole_gives(
    sets: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = small_trainer(*sets, steps=1000).training.net
    assert evaluation.pieces(net) == 1
    loss, accuracy = net.evaluate()
    x, _ = net.held_out
    monkeypatch.setattr(evaluation, "PIECE", x.numel() // 7)
    assert evaluation.pieces(net) in (7, 8)
    assert net.evaluate() == pytest.approx((loss, accuracy), rel=1e-6)
    net.stop = after(3)
    with pytest.raises(Stopped):
        net.evaluate()
    assert net.evaluate(whole=True) == pytest.approx((loss, accuracy), rel=1e-6)


def test_targets_that_do_not_count_do_not_count_in_any_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = small_trainer(steps=1000).training.net
    x, y = net.held_out
    net.held_out = x, torch.where(torch.arange(len(y)) < len(y) // 2, y, -100)
    whole = net.evaluate()
    monkeypatch.setattr(evaluation, "PIECE", x.numel() // 5)
    assert net.evaluate() == pytest.approx(whole, rel=1e-6)


def test_the_way_out_of_the_lab_evaluates_no_large_split(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, told in ((8, True), (2, False)):
        lab = small_trainer(endless=True, steps=1000)
        x, _ = lab.training.net.held_out
        monkeypatch.setattr(evaluation, "PIECE", x.numel() // 4)
        monkeypatch.setattr(evaluation, "MOST_PIECES", most)
        lab.outbox.drain()
        lab.stopping.set()
        lab._loop()
        records = lab.outbox.drain()
        assert (of(Eval, records) != [], np.isfinite(of(End, records)[0].accuracy)) == (told, told)


@pytest.mark.parametrize("calls", [0, 3, 6, 8, 11, 14, 20, 10**6])
def test_a_script_is_left_at_any_moment_and_nothing_of_it_is_lost(
    calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made was told, and its undo is kept; what was not made is there to come."""
    run = small_trainer(steps=9, script=((3, "lr", 0.5), (3, "rescale", "critical")))
    training, kept = run.training, list[int]()
    training.keeper = Keeper(
        training, lambda state, kind: kept.append(state.step) if kind == "before" else None
    )
    monkeypatch.setattr(evaluation, "PIECE", training.net.held_out[0].numel() // 7)
    advance(run, 3)
    training.net.stop = after(calls)
    with suppress(Stopped):
        run.advance()
    made = [record.knob for record in of(Applied, run.outbox.drain())]
    waiting = [knob for _, knob, _ in snapshot(training).document["script"][::-1]]
    assert made + waiting == ["lr", "rescale"]
    assert len(kept) == len(training.undos.numbers) == len(made)
    assert bool(waiting) == (calls < 10**6)
