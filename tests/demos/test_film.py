"""A kept run, played in step with a clock, and recorded."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from gradtui.core.commands import Pause, Resume, Seek
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Frame, Record, State
from gradtui.runs.paths import listed
from gradtui.sources.film import FilmSource
from tests.cli.processes import gradtui

RATE = 100.0


class Clock:
    """Turned by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def hold(self) -> None:
        raise AssertionError("reading needs no hold")

    release = hold


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run of 120 steps."""
    folder = tmp_path_factory.mktemp("runs")
    done = gradtui("train", "softmax", "--steps", "120", "--at", "60:lr=0.1",
                   "--run-dir", str(folder))  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def steps(told: list[Record]) -> list[int]:
    return [int(n) for record in told if isinstance(record, Frame) for n in record.steps]


def test_so_many_steps_a_second(runs: Path) -> None:
    clock = Clock()
    film = FilmSource(listed(runs)[0], clock, RATE)
    film.start()
    assert steps(film.poll()) == []
    seen: list[Record] = []
    for turn in range(1, 16):
        clock.seconds = turn / 10
        seen += film.poll()
        assert abs(len(steps(seen)) - min(10 * turn, 120)) <= 1
    film.close()
    assert steps(seen) == list(range(120))
    (applied,) = (record for record in seen if isinstance(record, Applied))
    assert (applied.step, applied.value) == (60, 0.1)
    assert [record.word for record in seen if isinstance(record, State)][-1] == "finished"
    for frame in (record for record in seen if isinstance(record, Frame)):
        assert math.isclose(frame.seconds, len(frame.steps) / RATE)


def test_it_obeys_as_any_replay(runs: Path) -> None:
    clock = Clock()
    film = FilmSource(listed(runs)[0], clock, RATE)
    film.start()
    film.poll()
    film.send(Pause())
    clock.seconds = 1.0
    assert steps(film.poll()) == []
    film.send(Seek(50))
    assert max(steps(film.poll())) == 50
    film.send(Resume())
    film.poll()
    clock.seconds = 1.2
    assert steps(film.poll())[0] == 51
    film.close()


def test_nobody_says_how_fast(runs: Path) -> None:
    film = FilmSource(listed(runs)[0], Clock(), None)
    film.close()
    assert film._rate == 60.0


def test_a_kept_run_is_recorded_the_same_every_time(runs: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.txt", tmp_path / "two.txt"]
    for file in files:
        done = gradtui("record", "--out", str(file), "--size", "80x24", "replay",
                       "--run-dir", str(runs))  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes()
    told = files[0].read_text(encoding="utf-8")
    assert "step 119" in told
    assert "finished" in told


def test_bad_input_is_one_sentence(runs: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "x.cast")
    for arguments, sentence in (
        (("replay", "nosuch", "--run-dir", str(runs)), "there is no run 'nosuch'"),
        (("replay", "--run-dir", str(runs), "--at", "3"), "it takes no --at"),
        (("replay", "--run-dir", str(runs), "--verify"), "it takes no --verify"),
        (("replay", str(Path(__file__))), "test_film.py"),
    ):
        done = gradtui("record", "--out", out, *arguments)
        assert done.returncode == 2, arguments
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError):
        FilmSource(tmp_path / "none.gradtui", Clock(), None)
