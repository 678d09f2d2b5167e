"""What a viewer costs: it asks nothing while nothing is new, holds nothing, yields to the run."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.state import RunState
from gradtui.runs import schema
from gradtui.runs.lock import RunLock
from gradtui.runs.moments import Moments
from gradtui.runs.reader import RunFile
from gradtui.runs.tables import Tables
from gradtui.runs.watching import Watched
from gradtui.tui.tempo import Tempo
from tests.runs.runfiles import LAYERS, about, made_up, rows, write


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[Path, Tables]]:
    """A run that is trained: its file, and who writes to it."""
    path = tmp_path / "a.gradtui"
    lock = RunLock(path)
    lock.acquire()
    tables = Tables(path, about(LAYERS), {})
    tables.write(list(made_up(74)))
    yield path, tables
    tables.close()
    lock.release()


def asked(file: sqlite3.Connection) -> list[str]:
    """The statements that a connection is given from now on."""
    heard: list[str] = []
    file.set_trace_callback(heard.append)
    return heard


def test_while_nothing_is_new_no_statement_is_made(growing: tuple[Path, Tables]) -> None:
    path, tables = growing
    with RunFile(path) as file:
        _, place = file.overview()
        assert file.changed()
        assert not file.changed()
        time.sleep(0.05)  # two writes within one tick of the clock leave one time
        file.changed()
        heard = asked(file.file)
        assert not any(file.changed() for _ in range(50))
        assert heard == []
        for _ in range(5):
            tables.write(list(made_up(37)))
        assert file.changed()
        news = file.since(place)
        assert news is not None
        assert len(rows(news[0], "loss")) == 5 * 37
        assert len([text for text in heard if text.startswith("SELECT")]) <= 3
        assert not file.file.in_transaction


def test_two_writes_within_a_tick_are_both_seen(growing: tuple[Path, Tables]) -> None:
    path, tables = growing
    with closing(schema.open_read(path)) as file:
        watched = Watched(path, file)
        for _ in range(30):
            tables.write(list(made_up(1)))
            assert watched.changed()
        assert not watched.changed()


def test_a_reader_between_two_pieces_holds_nothing(growing: tuple[Path, Tables]) -> None:
    path, tables = growing
    for _ in range(5):
        tables.write(list(made_up(37)))
    with RunFile(path) as file:
        moments = Moments(file)
        _, place = moments.past(10)
        film = moments.onwards(place)
        next(film)
        tables.write(list(made_up(37)))
        (busy, pages, moved) = tables.file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert (busy, pages, moved) == (0, 0, 0)  # all of the log went back into the file
        assert len(list(film)) > 5


def test_a_sketch_is_the_run_in_wider_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    write(path, made_up(9000, marks=(4000,)))
    with RunFile(path) as file:
        sketch, whole = file.sketch(), file.overview()[0]
        assert sketch is not None
        states = []
        for records in (sketch, whole):
            states.append(RunState(file.info))
            states[-1].reduce(records)
        one, two = states
        assert (one.step, one.loss, one.markers) == (two.step, two.loss, two.markers)
        for name, now in two.now.items():
            np.testing.assert_array_equal(one.now[name], now)
        coarse, fine = (state.quantities["grad_norm"] for state in states)
        assert coarse.total == fine.total == 9000
        assert coarse.size < fine.size
        assert float(np.nanmax(coarse.high)) == pytest.approx(float(np.nanmax(fine.high)), abs=0.01)
    short = tmp_path / "b.gradtui"
    write(short, made_up(300))
    with RunFile(short) as file:
        assert file.sketch() is None


@pytest.mark.parametrize("cost", [0.0, 0.001, 0.02, 1.0])
def test_where_others_wait_a_viewer_paints_less(cost: float) -> None:
    """Seconds of work a repaint; it is told something new at every look."""
    painted, numbers = {}, {}
    for crowded in (False, True):
        worked = [0.0]
        times: list[bool] = []
        spent = partial(worked.__getitem__, 0)
        tempo = Tempo(0, None, spent=spent, crowded=partial(bool, crowded))
        for look in range(1, 401):  # 20 seconds
            told = tempo.due(look * 0.05, look, urgent=False, slow=False)
            if told is not None:
                worked[0] += cost
                times.append(told)
        painted[crowded], numbers[crowded] = len(times), sum(times)
    assert 20 / 0.8 <= painted[True] <= 0.6 * painted[False]
    assert numbers[True] <= 21 < numbers[False]


def test_a_viewer_answers_at_once() -> None:
    tempo = Tempo(0, None, spent=lambda: 0.0, crowded=lambda: True)
    assert tempo.due(0.0, 1, urgent=False, slow=False) is not None
    assert tempo.rest(0.01) > 0
    assert tempo.due(0.01, 2, urgent=False, slow=False) is None
    assert tempo.due(0.02, 2, urgent=True, slow=False)


def test_a_run_that_moved_on_is_read_anew(growing: tuple[Path, Tables]) -> None:
    path, tables = growing
    with RunFile(path) as file:
        _, place = file.overview()
        with tables.file:
            tables.file.execute("INSERT OR REPLACE INTO meta VALUES ('rewound', '1')")
        assert file.since(place) is None
        _, again = file.overview()
        assert again == replace(place)
        assert file.since(again) == ([], again)
