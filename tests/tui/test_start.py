"""The start: whoever stops it or breaks it off gets the terminal back."""

from __future__ import annotations

import os
import signal

import pytest

from gradtui.tui.terminal import RESET, Terminal


def test_a_start_that_is_broken_off_by_ctrl_backslash_leaves_the_terminal_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    start, before = Terminal("utf-8"), signal.getsignal(signal.SIGQUIT)
    with pytest.raises(SystemExit) as left, start.behind("picture"), start.lent():
        os.kill(os.getpid(), signal.SIGQUIT)
    assert left.value.code == 128 + signal.SIGQUIT
    assert capfd.readouterr().out.endswith(RESET)
    assert signal.getsignal(signal.SIGQUIT) == before


def test_a_start_is_not_stopped_on_the_alternate_screen(capfd: pytest.CaptureFixture[str]) -> None:
    start, before = Terminal("utf-8"), signal.getsignal(signal.SIGTSTP)
    with start.behind("picture"), start.lent():
        assert signal.getsignal(signal.SIGTSTP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTSTP) == before
