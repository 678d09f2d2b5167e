"""What the README says is what the program does."""

from __future__ import annotations

import math
import re
import runpy
from pathlib import Path

import torch

from gradtui import catalog
from gradtui.core.entries import Activation
from gradtui.core.paths import shipped_themes
from gradtui.tui.actions import ACTIONS, key_names
from gradtui.tui.themefile import collect
from tests.cli.processes import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_key_is_in_the_table() -> None:
    keys = set(re.findall(r"`([^`]+)`", README[README.index("## Keys") :]))
    for action in ACTIONS:
        if not action.id.startswith("prescription"):
            assert key_names(action)[0] in keys, action.id


def test_the_experiments_are_those_of_the_catalog() -> None:
    table = re.findall(r"^\| `([a-z0-9-]+)` \| (.+\?) \|$", README, re.MULTILINE)
    found = [catalog.experiment(name) for name in catalog.names("experiments")]
    assert table == [(entry.name, entry.question) for entry in found]


def test_ci_runs_the_test_command() -> None:
    commands = re.findall(r"^python3 -m venv .+$", README, re.MULTILINE)
    assert len(commands) == 2
    assert f"({commands[1]})" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_activation_that_it_shows_is_one(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    (tmp_path / "sine.py").write_text(code, encoding="utf-8")
    entry = runpy.run_path(str(tmp_path / "sine.py"))["entry"]
    assert isinstance(entry, Activation)
    assert entry.function()(torch.tensor(math.pi / 2)).item() == 1


def test_the_theme_that_it_shows_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.+?)```", README, re.DOTALL)
    (name,) = re.findall(r"gradtui/themes/(\w+)\.toml", README)
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    sheets, faults = collect((shipped_themes(), tmp_path))
    assert faults == {}
    assert sheets[name].roles == {**sheets["light"].roles, "key": "#b02318", "mark": "#b02318"}
    assert sheets[name].ramp == {**sheets["light"].ramp, -6: "#6f97cc"}


def test_its_pictures_are_the_snapshots() -> None:
    pictures = re.findall(r"```text\n(.+?)```", README, re.DOTALL)
    names = ("vanished-80x24.txt", "cured-80x24.txt")
    snapshots = [(ROOT / "tests/tui/snapshots" / name).read_text("utf-8") for name in names]
    assert [picture.rstrip() for picture in pictures] == [text.rstrip() for text in snapshots]
