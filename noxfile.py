"""The checks of the project: `nox` runs the tests and the linters, `nox -s NAME` one session."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
nox.options.sessions = ["tests", "lint"]

PROJECT = nox.project.load_toml("pyproject.toml")
PINS = ("-c", "tests/constraints.txt")
"""Every installation takes the versions that the tests ran with."""


def install(session: nox.Session, *groups: str) -> None:
    """Install the project, editable, with its pinned dependencies and those of `groups`."""
    session.install(*PINS, "-e", ".", *nox.project.dependency_groups(PROJECT, *groups))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; arguments after -- go to pytest."""
    install(session, "tests")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, and which package may import which."""
    install(session, "tests", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports", "--no-cache")


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel and use it in a clean environment, away from the source tree."""
    with tempfile.TemporaryDirectory() as folder:
        session.run("pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
        (wheel,) = map(str, Path(folder).glob("gradtui-*.whl"))
        session.install(*PINS, wheel)
        session.install("--force-reinstall", "--no-deps", wheel)  # the version may be an old one's
        session.chdir(folder)
        session.run("gradtui", "--version")
        told = session.run("gradtui", "train", "vanishing", "--steps", "20", "--json", silent=True)
        if '"steps": 20' not in str(told).splitlines()[-1]:
            session.error(f"the run did not end well: {told}")
        session.run("gradtui", "train", "vanishing", "--steps", "20")
        themes = session.run("gradtui", "list", "themes", silent=True)
        if "dark" not in str(themes):
            session.error("the wheel holds no themes")
        if "cure" not in str(session.run("gradtui", "list", "demos", silent=True)):
            session.error("the wheel holds no demos")


@nox.session
def keras(session: nox.Session) -> None:
    """Hold the `keras` experiment equal to a real Keras run, which no other test needs."""
    install(session, "keras")
    session.run("python", "-m", "pytest", "-m", "keras", "tests/keras", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and write the table of the README; takes minutes, needs a quiet machine."""
    install(session, "tests", "keras")
    session.env["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)
