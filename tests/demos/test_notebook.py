"""What a person does becomes a script that does the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from gradtui.catalog.specs import Request
from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.records import State
from gradtui.core.state import RunState
from gradtui.demos.notebook import Notebook
from gradtui.demos.script import Script, load
from gradtui.tui.heard import name
from tests.tui.fake_source import frame, info

REQUEST = Request("vanishing", sets=("lr=0.1",), seed=4, device="cpu")


class Person:
    """Presses keys in a run that makes a hundred steps a second."""

    def __init__(self, file: Path) -> None:
        self.file, self.now = file, 1000.0
        self.state = RunState(info())
        self.notebook = Notebook(file, REQUEST, self.now)

    def press(self, key: str, after: float, *, trains: bool = True) -> None:
        self.now += after
        if trains:
            step = -1 if self.state.step is None else self.state.step
            self.state.reduce([State(word="training"), frame([step + round(100 * after)])])
        self.notebook.heard(key, self.state, self.now)

    def leave(self) -> Script:
        self.now += 2
        told = self.notebook.close(self.state, self.now)
        assert told.startswith(f"{self.file}: ")
        return load("x", self.file)


def test_keys_become_scenes_at_their_steps(tmp_path: Path) -> None:
    person = Person(tmp_path / "mine.toml")
    person.press("j", 0.5, trains=False)
    person.press("a", 3.0)
    person.press("a", 0.3)
    person.press("]", 2.0)
    person.press("space", 1.0)
    person.press("enter", 4.0, trains=False)
    script = person.leave()
    assert script.request == Request("vanishing", sets=("lr=0.1",), seed=4, device="cpu")
    assert script.rate == pytest.approx(100, rel=0.02)
    keys = [scene.keys for scene in script.scenes]
    assert keys == [(), ("j",), ("a", "a"), ("]",), ("space",), ("enter",)]
    until = [scene.until.text if scene.until else None for scene in script.scenes]
    assert until == [None, "step 299", "step 529", "step 629", None, None]
    assert [scene.wait for scene in script.scenes] == [0.5, 0, 0, 0, 4, 2]
    assert script.scenes[2].every == 0.3


def test_what_leads_out_is_no_part_of_it(tmp_path: Path) -> None:
    person = Person(tmp_path / "mine.toml")
    person.press("a", 1.0)
    person.press("q", 1.0)
    assert [scene.keys for scene in person.leave().scenes] == [(), ("a",)]
    behind = Person(tmp_path / "behind.toml")
    behind.press("Q", 1.0)
    assert [scene.keys for scene in behind.leave().scenes] == [()]
    other = Person(tmp_path / "other.toml")
    other.press("ctrl+c", 1.0)
    assert [scene.keys for scene in other.leave().scenes] == [()]


def test_another_run_counts_its_own_steps(tmp_path: Path) -> None:
    person = Person(tmp_path / "mine.toml")
    person.press("e", 5.0)
    person.state = RunState(info())
    person.press("a", 2.0)
    until = [scene.until.text if scene.until else None for scene in person.leave().scenes]
    assert until == ["step 499", "step 199", None]


def test_the_file_is_whole_after_every_key(tmp_path: Path) -> None:
    person = Person(tmp_path / "mine.toml")
    for count in range(1, 4):
        person.press("a", 1.0)
        assert len(load("x", person.file).scenes) == count + 1
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mine")
    with pytest.raises(UsageError, match="exists; another name keeps both"):
        Notebook(file, REQUEST, 0.0)
    assert file.read_text() == "mine"
    with pytest.raises(UsageError, match="No such file or directory"):
        Notebook(tmp_path / "nowhere/mine.toml", REQUEST, 0.0)


def test_a_disk_that_is_gone_is_told_at_the_end_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    person = Person(folder / "mine.toml")
    folder.rmdir()
    person.press("a", 1.0)
    with pytest.raises(GradtuiError, match="No such file"):
        person.leave()
    assert 'press = "a"' in person.notebook.script(person.now)


@pytest.mark.parametrize(
    ("key", "character", "word"),
    [
        ("a", "a", "a"), ("A", "A", "A"), ("right_square_bracket", "]", "]"),
        ("space", " ", "space"), ("enter", "\r", "enter"), ("shift+left", None, "shift+left"),
        ("ctrl+p", "\x10", "ctrl+p"), ("tab", "\t", "tab"), ("f5", None, "f5"),
        ("latin_small_letter_u_with_diaeresis", "ü", "ü"),
    ],
)  # fmt: skip
def test_keys_have_the_names_that_scripts_use(key: str, character: str | None, word: str) -> None:
    assert name(events.Key(key, character)) == word


def test_who_leaves_before_the_first_key_leaves_no_file_behind(tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    notebook = Notebook(file, Request("vanishing"), 0.0)
    assert list(tmp_path.iterdir()) == []
    file.write_text("another's")
    notebook.heard("a", RunState(info()), 1.0)
    assert file.read_text() == "another's"
    with pytest.raises(GradtuiError, match="exists"):
        notebook.close(RunState(info()), 2.0)
    assert list(tmp_path.iterdir()) == [file]
