"""Recorded runs for the tests of exporters: real short ones, and ones made by hand."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gradtui.core.records import Applied, Branch, Eval, Frame, Info, Record, Sample
from gradtui.core.spec import Spec
from gradtui.headless.export.format import choose
from gradtui.headless.export.staging import Staging
from tests.engine.nets import spec_of, train

BEGAN = 1.7e9


@dataclass
class Recorded:
    """A recording in memory."""

    info: Info
    told: Sequence[Record] = ()
    asked: Spec | None = None
    began: float = BEGAN
    path: Path | None = None

    def spec(self) -> Spec:
        assert self.asked is not None
        return self.asked

    def records(self) -> Iterator[Record]:
        return iter(self.told)


@cache
def real(experiment: str = "vanishing", *sets: str, **asked: object) -> Recorded:
    """A whole run of the engine, as `gradtui train` makes it."""
    spec = spec_of(experiment, *sets, **asked)
    source, told = train(spec)
    (info,) = [record for record in told if isinstance(record, Info)]
    return Recorded(info, tuple(told), source.spec)


def info(*layers: str, **values: object) -> Info:
    known: dict[str, object] = {
        "experiment": "e", "question": "?", "model": "m", "data": "d", "device": "cpu", "seed": 0,
        "layers": layers or ("fc1", "out"), "knobs": {"activation": "relu"}, "classes": 2,
        "steps_per_epoch": 5, "steps": 9,
    }  # fmt: skip
    return Info(**(known | values))  # type: ignore[arg-type]


def frame(*steps: int, layers: int = 2, branch: int = 0, **values: object) -> Frame:
    """Everything in it grows with the step."""
    base = np.array(steps, np.float64)
    columns: dict[str, object] = {
        name: base + i / 10 for i, name in enumerate(("loss", "accuracy", "penalty"))
    }
    for i, name in enumerate(("grad_norm", "weight_norm", "update_ratio", "bias_rms")):
        columns[name] = base[:, None] + np.arange(layers) / 100 + i
    return Frame(steps=np.array(steps), branch=branch, seconds=0.5, **(columns | values))  # type: ignore[arg-type]


def sample(step: int, layers: int = 2, branch: int = 0, **values: object) -> Sample:
    row = step + np.arange(layers) / 100
    named: dict[str, object] = dict.fromkeys(
        ("signal", "activation_mean", "activation_std", "dead", "saturated"), row
    )
    named |= {"zero": row > 1e9, "step": step, "branch": branch}
    return Sample(**(named | values))  # type: ignore[arg-type]


TANH = Applied(step=3, knob="activation", old="relu", value="tanh")


def opened(
    branch: int, *, parent: int, step: int, change: Applied | None = None, left: int = 6
) -> Branch:
    """An undo of `change`; without one a redo."""
    changes = () if change is None else (change,)
    return Branch(
        branch=branch, step=step, how="undo" if changes else "redo", parent=parent, since=step,
        left=left, knobs={}, changes=changes,
    )  # fmt: skip


def undone() -> Recorded:
    """Steps 0 to 5, with tanh from 3 on; that was undone, and elu took steps 3 to 7."""
    return Recorded(
        info(),
        (
            Eval(step=0, when="start", loss=9.0, accuracy=0.1),
            sample(0),
            frame(0, 1, 2),
            TANH,
            Eval(step=3, when="after", loss=8.0, accuracy=0.2),
            frame(3, 4, 5, loss=np.full(3, -1.0)),
            opened(1, parent=0, step=3, change=TANH),
            Eval(step=3, when="before", loss=7.0, accuracy=0.3, branch=1),
            Applied(step=3, knob="activation", old="relu", value="elu", branch=1),
            frame(3, 4, branch=1),
            frame(5, 6, 7, branch=1),
            Eval(step=8, when="end", loss=6.0, accuracy=0.4, branch=1),
        ),
    )


def export(
    recording: Recorded, path: Path, name: str | None = None, *, force: bool = False, every: int = 1
) -> Path:
    """Write the recording as the command does."""
    with Staging(force=force) as staging:
        choose(name, path).write(recording, path, staging, every)
    return path


def train_script(path: Path) -> tuple[list[float], tuple[float, float]]:
    """What an exported script's functions give: all losses, and the test loss and accuracy."""
    script: dict[str, Any] = runpy.run_path(str(path))
    x, y, x_test, y_test = script["load_data"]()
    made = re.search(r"net = Net\((.+), (\d+)\)", path.read_text(encoding="utf-8"))
    assert made is not None
    net = script["Net"](int(made[1]) if made[1].isdecimal() else x.shape[1], int(made[2]))
    script["initialise"](net)
    if "DEVICE" in script:
        net.to(script["DEVICE"])
    return script["train"](net, x, y), script["evaluate"](net, x_test, y_test)
