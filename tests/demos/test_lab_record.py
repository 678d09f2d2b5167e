"""`gradtui lab --record` and `gradtui demo`, in a terminal."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pyte

from gradtui.demos import library
from tests.cli.processes import ENVIRONMENT, gradtui
from tests.demos.plays import Played

PATIENCE = 120.0


class Person:
    """Somebody at a terminal."""

    def __init__(self, *arguments: str) -> None:
        self.near, far = pty.openpty()
        ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.said = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gradtui", *arguments], stdin=far, stdout=far, stderr=far,
            env={**ENVIRONMENT, "TERM": "xterm-256color", "COLORTERM": "truecolor",
                 "LANG": "C.UTF-8"},
            start_new_session=True,
        )  # fmt: skip
        os.close(far)

    def _pump(self, seconds: float) -> bool:
        if not select.select([self.near], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.near, 65536)
        except OSError:
            return False
        self.said += data
        self._stream.feed(data.replace(b"\x1b[<u", b"").replace(b"\x1b[>25u", b""))
        return True

    def see(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while words not in (text := "\n".join(self.screen.display)):
            assert time.monotonic() < end, f"{words} never came:\n{text}"
            assert self._pump(0.2), text

    def press(self, keys: str) -> None:
        os.write(self.near, keys.encode())

    def leave(self) -> int:
        end = time.monotonic() + PATIENCE
        while self._pump(0.2) and time.monotonic() < end:
            pass
        os.close(self.near)
        return self.process.wait(PATIENCE)


def test_what_is_done_in_the_lab_plays_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    person = Person("lab", "overfit", "--no-save", "--record", str(file))
    person.see("training")
    person.press("a")
    person.see("leaky_relu")
    time.sleep(1)
    person.press(":")
    person.see("KNOB=VALUE")
    person.press("lr=0.002")
    person.see("lr=0.002")
    person.press("\r")
    person.see("lr 0.002")
    person.press("q")
    assert person.leave() == 0
    assert f"{file}: 11 keys".encode() in person.said
    script = library.find(str(file))
    assert script.request.experiment == "overfit"
    assert [key for scene in script.scenes for key in scene.keys] == [
        "a", ":", *"lr=0.002", "enter"
    ]  # fmt: skip
    played = Played(script)
    assert played.app.over
    knobs = played.state.knobs
    assert (knobs["activation"], knobs["lr"]) == ("leaky_relu", 0.002)


def test_a_demo_is_left_by_q_before_its_end() -> None:
    person = Person("demo", "cure")
    person.see("Fifteen sigmoid layers.")
    person.press("q")
    assert person.leave() == 0


def test_a_demo_whose_condition_is_not_met_says_which(tmp_path: Path) -> None:
    file = tmp_path / "never.toml"
    file.write_text('experiment = "softmax"\n[[scene]]\nuntil = "accuracy > 2"\nwithin = 0.5\n')
    person = Person("demo", str(file), "--speed", "5")
    assert person.leave() == 1
    told = person.said.decode().rpartition("\x1b[")[2]
    assert f"{file}, line 2: 'accuracy > 2' was not met within 0.5 s (accuracy is 0." in told


def test_without_a_terminal_and_with_wrong_words_it_is_one_sentence(tmp_path: Path) -> None:
    done = gradtui("demo", "cure")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gradtui: stdin is no terminal")
    file = tmp_path / "wrong.toml"
    file.write_text('[[scene]]\npress = "a"\n\n[[scene]]\npress = "hyperspace"\n')
    done = gradtui("demo", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"gradtui: {file}, line 5: press = 'hyperspace': no such key")
    done = gradtui("demo", "cure", "--speed", "none")
    assert done.returncode == 2
    listed = gradtui("demo", "--list")
    assert listed.returncode == 0
    assert all(name in listed.stdout for name in library.names())
    file.write_text("mine")
    done = gradtui("lab", "--record", str(file))
    assert done.returncode == 2
    assert file.read_text() == "mine"
