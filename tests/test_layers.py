"""Who may import whom, seen from a clean interpreter; and that every file stays readable."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gradtui

PACKAGE = Path(gradtui.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES, MAX_FUNCTION = 250, 40

IMPORT_ALL = """
import importlib, pkgutil
def everything(name):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(module.name)
"""


def loaded_after(code: str) -> set[str]:
    """The modules that a clean interpreter holds after running `code`."""
    told = "\nimport sys as _sys\n_sys.stderr.write(' '.join(_sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code + told],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_importing_gradtui_costs_nothing() -> None:
    assert not loaded_after("import gradtui") & {"numpy", "torch", "textual", "click"}


def test_the_command_line_alone_loads_nothing_heavy() -> None:
    modules = loaded_after("import gradtui.cli")
    assert "click" in modules
    assert not modules & {"numpy", "torch", "textual", "rich"}


def test_the_whole_screen_leaves_torch_out() -> None:
    modules = loaded_after(IMPORT_ALL + "everything('gradtui.tui')")
    assert "textual" in modules
    assert not modules & {"torch", "click", "gradtui.engine", "gradtui.sources"}


@pytest.mark.parametrize("package", ["core", "catalog", "doctor", "headless", "sources"])
def test_what_lies_around_the_engine_imports_neither_torch_nor_textual(package: str) -> None:
    modules = loaded_after(IMPORT_ALL + f"everything('gradtui.{package}')")
    assert f"gradtui.{package}" in modules
    assert not modules & {"torch", "textual", "rich", "click"}


def test_the_engine_knows_no_screen() -> None:
    modules = loaded_after(IMPORT_ALL + "everything('gradtui.engine')")
    assert "torch" in modules
    assert not modules & {"textual", "rich", "click", "gradtui.tui"}


def test_a_first_picture_waits_for_nothing_that_it_does_not_show() -> None:
    code = """
from gradtui.tui import start
start.run = lambda source, **how: 0
from gradtui.cli import main
try:
    main(["lab"])
except SystemExit as exit:
    assert exit.code == 0
"""
    modules = loaded_after(code)
    assert "gradtui.tui.composer" in modules
    assert not modules & {"torch", "textual", "gradtui.engine.data", "numpy.random"}
    assert not modules & {"sqlite3", "gradtui.runs.writer", "subprocess", "secrets"}


def test_training_without_a_screen_leaves_textual_out() -> None:
    code = """
from gradtui.cli import main
try:
    main(["train", "softmax", "--steps", "2", "--json"])
except SystemExit as exit:
    assert exit.code == 0
"""
    modules = loaded_after(code)
    assert "torch" in modules
    assert not modules & {"textual", "rich"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < MAX_LINES
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    spans = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert not {name: lines for name, lines in spans.items() if lines >= MAX_FUNCTION}
