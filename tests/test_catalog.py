"""One file adds an activation or a regularizer: it is listed, and it trains, by its name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import ENVIRONMENT, ROOT, SECONDS, of_type, records

TANH_BY_ANOTHER_FORMULA = """
from gradtui.core.entries import Activation


def function():
    import torch

    return lambda z: 2 * torch.sigmoid(2 * z) - 1


entry = Activation(
    name="tanh2", formula="2 σ(2z) − 1", derivative="1 − f²", bound="0 < f' ≤ 1",
    source="this test", function=function,
)
"""
TWICE_L2 = """
from gradtui.core.entries import Regularizer


def penalty(weights, strength):
    return strength * (weights * weights).sum()


def add_gradient(weights, gradient, strength):
    gradient.add_(weights, alpha=2 * strength)


entry = Regularizer(
    name="squares", formula="s Σ w²", source="this test", strength=0.5,
    penalty=penalty, add_gradient=add_gradient,
)
"""
RUN = """
import sys
from gradtui.catalog import activations, regularizers
from gradtui.cli import main

folder = sys.argv.pop(1)
activations.__path__.append(folder + "/activations")
regularizers.__path__.append(folder + "/regularizers")
main()
"""
TRAIN = ("train", "vanishing", "--json", "--steps", "8", "--set", "depth=2", "--set", "lr=0.1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("catalog")
    for kind, name, text in (
        ("activations", "tanh2", TANH_BY_ANOTHER_FORMULA),
        ("activations", "broken", "entry = 1 / 0"),
        ("regularizers", "squares", TWICE_L2),
    ):
        (home / kind).mkdir(exist_ok=True)
        (home / kind / f"{name}.py").write_text(text, encoding="utf-8")
    return home


def gradtui(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, str(folder), *args],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=True,
        timeout=SECONDS,
    )  # fmt: skip


def losses(folder: Path, *args: str) -> list[float]:
    told = records(gradtui(folder, *TRAIN, *args).stdout)
    return [step["loss"] for step in of_type("step", told)]


def test_a_dropped_in_activation_trains_as_its_formula_says(folder: Path) -> None:
    ours = losses(folder, "--set", "activation=tanh2")
    theirs = losses(folder, "--set", "activation=tanh")
    assert len(ours) == 8
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert ours != pytest.approx(losses(folder), rel=1e-2)


def test_a_dropped_in_regularizer_trains_in_mid_run(folder: Path) -> None:
    ours = losses(folder, "--at", "4:regularizer=squares")
    theirs = losses(folder, "--set", "strength=1", "--at", "4:regularizer=l2")
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert ours != pytest.approx(losses(folder), rel=1e-3)


def test_both_are_listed_after_those_that_came_with_gradtui(folder: Path) -> None:
    done = gradtui(folder, "list", "activations")
    assert done.stdout.splitlines()[-1].split()[0] == "tanh2"
    assert gradtui(folder, "list", "regularizers").stdout.splitlines()[-1].startswith("squares")


def test_a_broken_file_is_named_and_left_out(folder: Path) -> None:
    done = gradtui(folder, "list", "activations")
    assert "broken" not in done.stdout
    assert done.stderr.count("\n") == 1
    assert "activations/broken.py" in done.stderr
    assert "division by zero" in done.stderr
