"""One small recording that many tests look at: several screens, a window, a caption, a theme."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradtui.recording.capture import capture
from gradtui.recording.screen import Film, film
from gradtui.recording.take import Take

SIZE = (80, 24)
SCRIPT = """
about = "A small one: ü, → and 手."
experiment = "softmax"
rate = 20

[[scene]]
caption = "A caption, with → and 手 in it."
until = "step 8"
[[scene]]
press = "enter"
wait = 0.5
[[scene]]
press = "escape ? escape t"
every = 0.4
wait = 0.6
"""


@pytest.fixture(scope="session")
def script_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("script") / "small.toml"
    file.write_text(SCRIPT, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def take(script_file: Path) -> Take:
    """What a terminal was sent."""
    return capture(["demo", str(script_file)], *SIZE, "A small one: ü, → and 手.")


@pytest.fixture(scope="session")
def small(take: Take) -> Film:
    """Its pictures."""
    return film(take.bounded(10, 2))
