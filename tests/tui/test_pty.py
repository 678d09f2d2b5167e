"""The lab in a real pseudo-terminal: it starts, resizes, and gives the terminal back."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import Popen
from typing import Any

import pyte
import pytest

from gradtui.tui.serve import _join
from tests.tui.fake_source import FakeSource

ROOT = Path(__file__).parents[2]
CONTROLLED = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
"""The pty becomes the controlling terminal, so that the kernel sends SIGHUP when it closes."""
PROGRAM = """
import os, sys
from gradtui.core.records import State
from gradtui.tui.start import run
from tests.tui.fake_source import FakeSource, frame, sample
source = FakeSource([State(word="training"), frame([0, 1, 2]), sample(0)])
source.step = 3
status = run(source)
assert (source.started, source.closed) == (1, 1)
os.write(1, b"joined")
sys.exit(status)
"""
PATIENCE = 120.0


class Lab:
    """The program on the far end of a pty, and the screen that a person would see."""

    def __init__(
        self, environ: Mapping[str, str], rows: int = 24, columns: int = 80, typed: bytes = b""
    ) -> None:
        """`typed` is there before the program is."""
        self.near, self.far = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.resize(rows, columns)
        self.modes = termios.tcgetattr(self.far)
        base = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.write(self.near, typed)
        self.process = Popen(
            [sys.executable, "-c", CONTROLLED + PROGRAM], cwd=ROOT,
            env={**base, "PYTHONPATH": ".", **environ},
            stdin=self.far, stdout=self.far, stderr=self.far, start_new_session=True,
        )  # fmt: skip

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def pump(self, seconds: float) -> bool:
        """Read what comes; false if nothing came in that time."""
        if not select.select([self.near], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.near, 65536)
        except OSError:  # nobody holds the far end any more
            return False
        self.raw += data
        # pyte does not know the prefix of the kitty keyboard protocol
        self.stream.feed(data.replace(b"\x1b[<u", b"").replace(b"\x1b[>25u", b""))
        return True

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def see(self, *words: str) -> None:
        """Wait until all the words stand on the screen."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.text() for word in words):
            assert time.monotonic() < end, f"{words} never came:\n{self.text()}"
            self.pump(0.2)

    def end(self) -> int:
        """Read to the end; the exit status as a shell gives it."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.pump(0.1)
        while self.pump(0):
            pass
        code = self.process.wait(1)
        return code if code >= 0 else 128 - code

    def stops(self) -> None:
        """Read on until it is stopped: it may say goodbye before."""
        end = time.monotonic() + PATIENCE
        while not os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)[0]:
            assert time.monotonic() < end, "it was not stopped"
            self.pump(0.1)
        while self.pump(0):
            pass

    def is_restored(self) -> bool:
        """Alternate screen left, cursor shown, mouse, keys, paste and focus off, modes equal."""
        for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"),
                        (b"\x1b[?2004h", b"\x1b[?2004l"), (b"\x1b[?1004h", b"\x1b[?1004l"),
                        (b"\x1b[?7l", b"\x1b[?7h"), (b"\x1b[>25u", b"\x1b[<u"),
                        (b"\x1b[?1000h", b"\x1b[?1000l"), (b"\x1b[?1003h", b"\x1b[?1003l"),
                        (b"\x1b[?1006h", b"\x1b[?1006l")):  # fmt: skip
            if self.raw.rfind(off) <= self.raw.rfind(on):
                return False
        return _comparable(termios.tcgetattr(self.far)) == _comparable(self.modes)


def _comparable(modes: list[Any]) -> list[Any]:
    pending = getattr(termios, "PENDIN", 0)  # the kernel's own note that input waits
    return [*modes[:3], modes[3] & ~pending, *modes[4:]]


@contextlib.contextmanager
def opened(typed: bytes = b"", **environ: str) -> Iterator[Lab]:
    """A lab that is gone afterwards, whatever became of it."""
    lab = Lab(environ, typed=typed)
    try:
        yield lab
    finally:
        if lab.process.poll() is None:
            lab.process.kill()
        lab.process.wait()
        for end in (lab.near, lab.far):
            with contextlib.suppress(OSError):
                os.close(end)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with opened() as lab:
        yield lab


@pytest.fixture
def far() -> Iterator[Lab]:
    """One that an SSH line leads to."""
    with opened(SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22") as lab:
        yield lab


def threads(lab: Lab) -> int:
    return len([*Path(f"/proc/{lab.process.pid}/task").iterdir()])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP])
def test_a_lab_that_was_stopped_goes_on_and_reads_every_key(
    lab: Lab, number: signal.Signals
) -> None:
    lab.see("training", "sigmoid", "quit")
    before = threads(lab)
    for _ in range(3):
        lab.process.send_signal(number)
        lab.stops()
        termios.tcsetattr(lab.far, termios.TCSANOW, lab.modes)  # as a shell does
        lab.screen.reset()
        lab.process.send_signal(signal.SIGCONT)
        lab.see("fc1", "training", "sigmoid", "quit")
    assert threads(lab) == before
    os.write(lab.near, b"\x1b[1;2C" * 60 + b"g" + b"\x1b[1;2C" * 60)
    lab.see("grad norm")
    os.write(lab.near, b"q")
    assert lab.end() == 0
    assert lab.is_restored()


def test_the_mouse_turns_a_knob_and_counts_cells_whatever_the_terminal_can(lab: Lab) -> None:
    lab.see("a sigmoid", "training")
    assert b"\x1b[?1003h" in lab.raw
    assert b"\x1b[?1016h" not in lab.raw
    os.write(lab.near, b"\x1b[<0;4;2M\x1b[<0;4;2m")
    lab.see("a tanh")


def test_over_ssh_moves_of_the_mouse_are_not_reported(far: Lab) -> None:
    far.see("a sigmoid", "training")
    assert far.raw.rfind(b"\x1b[?1000h") > far.raw.rfind(b"\x1b[?1003l") > 0
    os.write(far.near, b"\x1b[<64;4;2M")
    far.see("a tanh")
    os.write(far.near, b"q")
    assert far.end() == 0
    assert far.is_restored()


def test_over_ssh_a_line_that_answers_slowly_is_spared(lab: Lab, far: Lab) -> None:
    end, seen = time.monotonic() + PATIENCE, 0
    while "slow line" not in far.text():
        assert time.monotonic() < end, far.text()
        if not far.pump(1.0):  # one measurement may fail on a busy machine: a new theme is another
            os.write(far.near, b"t")
        for part in far.raw[seen:].split(b"\x1b[6n")[:-1]:
            time.sleep(len(part) / 20_000)
            os.write(far.near, b"\x1b[3;7R")
            seen += len(part) + 4
    os.write(far.near, b"q")
    assert far.end() == 0
    assert far.is_restored()
    assert far.raw.count(b"\x1b[m") > 3, "nothing was left out"
    lab.see("training")
    assert b"\x1b[6n" not in lab.raw, "a terminal on the same machine is not asked"


def test_it_starts_takes_keys_and_follows_the_size(lab: Lab) -> None:
    lab.see("step 2", "sigmoid", "training", "fc1")
    os.write(lab.near, b"a")
    lab.see("a tanh")
    os.write(lab.near, b" ")
    lab.see("paused")
    for rows, columns in ((45, 160), (12, 40), (24, 80), (24, 80)):
        lab.screen.reset()
        lab.resize(rows, columns)
        os.kill(lab.process.pid, signal.SIGWINCH)
        lab.see("tanh", "paused")


@pytest.mark.parametrize(("keys", "word"), [
    (b"?", "esc close"), (b"a\r", "esc back"), (b":lr=0.5\r", "lr 0.5"),
])  # fmt: skip
def test_what_is_typed_before_the_program_runs_reaches_the_lab(keys: bytes, word: str) -> None:
    with opened(keys) as lab:
        lab.see(word)
        os.write(lab.near, b"\x11")
        assert lab.end() == 0
        assert lab.is_restored()


@pytest.mark.parametrize(
    ("keys", "status"), [(b"q", 0), (b"\x11", 0), (b"\x03", 130), (b"?\x03", 130)]
)
def test_keys_that_lead_out_give_the_terminal_back(lab: Lab, keys: bytes, status: int) -> None:
    lab.see("training")
    os.write(lab.near, keys)
    assert lab.end() == status
    assert lab.is_restored()
    assert lab.text().strip() == "joined", "no picture is left, even without an alternate screen"
    assert b"Traceback" not in lab.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_signals_give_the_terminal_back(lab: Lab, number: signal.Signals) -> None:
    lab.see("training")
    os.kill(lab.process.pid, number)
    assert lab.end() == 128 + number
    assert lab.is_restored()
    assert lab.raw.rstrip().endswith(b"joined")
    assert b"Traceback" not in lab.raw


def test_a_line_that_drops_on_the_way_out_breaks_nothing_off() -> None:
    class Slow(FakeSource):
        def close(self) -> None:
            os.kill(os.getpid(), signal.SIGHUP)
            super().close()

    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM)}
    source = Slow()
    try:
        _join(source, 0, importing=False)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert source.closed == 1


def test_a_window_that_is_closed_ends_the_process(lab: Lab) -> None:
    lab.see("training")
    os.close(lab.far)
    os.close(lab.near)
    assert lab.process.wait(PATIENCE) == 128 + signal.SIGHUP
