"""A lab that was left with Q goes on without its screen, from where it stood."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from gradtui.core.records import Frame
from gradtui.runs.lock import alive
from gradtui.runs.reader import RunFile
from tests.benchmarks.screen import Lab
from tests.cli.processes import gradtui
from tests.runs.runfiles import rows

PATIENCE = 120.0


def steps(path: Path) -> int:
    with RunFile(path) as file:
        return file.place().rows


def test_it_goes_on_without_a_screen(tmp_path: Path) -> None:
    lab = Lab(24, 80, ["vanishing", "--steps", "100000", "--run-dir", str(tmp_path)])
    lab.when(lambda text: "training" in text, PATIENCE)
    lab.press("a")
    lab.when(lambda text: "tanh" in text, PATIENCE)
    lab.press("Q")
    assert lab.process.wait(PATIENCE) == 0
    lab.end()
    said = b"".join(data for _, data in lab.chunks).decode()
    (path,) = tmp_path.glob("*.gradtui")
    assert f"{path.stem} goes on in the background" in said
    left = steps(path)
    try:
        end = time.monotonic() + PATIENCE
        while steps(path) < left + 100:
            assert time.monotonic() < end
            assert alive(path)
            time.sleep(0.05)
        state = json.loads(gradtui("attach", str(path), "--json").stdout)
        assert (state["state"], state["knobs"]["activation"]) == ("training", "tanh")
    finally:
        done = gradtui("runs", "stop", path.stem, "--run-dir", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    with RunFile(path) as file:
        told = list(file.records())
    made = rows([record for record in told if isinstance(record, Frame)], "steps")
    np.testing.assert_array_equal(made, np.arange(len(made)))  # no step twice, none left out
    assert gradtui("replay", str(path), "--verify").returncode == 0


def test_a_run_that_is_not_kept_is_not_left(tmp_path: Path) -> None:
    lab = Lab(24, 80, ["softmax", "--steps", "100000", "--no-save"])
    lab.when(lambda text: "training" in text, PATIENCE)
    lab.press("Q")
    lab.when(lambda text: "--no-save" in text, PATIENCE)
    lab.close()
    assert lab.process.returncode == 0
    assert not list(tmp_path.iterdir())
