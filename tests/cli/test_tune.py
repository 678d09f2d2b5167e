"""A process that trains begins with another heap than the C library's own, if that one is old."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradtui import __main__ as begin

CALL = [sys.executable, "-m", "gradtui"]


@pytest.fixture
def began(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the process was replaced by."""
    calls: list[list[str]] = []
    monkeypatch.delenv(begin.TUNABLES, raising=False)
    monkeypatch.setattr(os, "execv", lambda path, argv: calls.append(argv))
    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.36")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "argv", ["/usr/bin/gradtui", "lab"])
    monkeypatch.setattr(sys, "orig_argv", ["python3", "/usr/bin/gradtui", "lab"])
    # Undone with the rest: `tune` sets it for the process to come.
    monkeypatch.setenv(begin.TUNABLES, "")
    monkeypatch.delenv(begin.TUNABLES)
    return calls


def test_what_trains_begins_again_once(began: list[list[str]]) -> None:
    begin.tune()
    begin.tune()
    assert began == [[sys.executable, "/usr/bin/gradtui", "lab"]]
    assert os.environ[begin.TUNABLES] == begin.NO_CACHE


@pytest.mark.parametrize("libc", ["glibc 2.38", "glibc 3.0", "musl 1.2", "glibc", None])
def test_another_c_library_stays(
    libc: str | None, began: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "confstr", lambda name: libc)
    begin.tune()
    assert not began


def test_what_only_looks_stays(began: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/gradtui", "runs"])
    begin.tune()
    assert not began


def test_another_program_that_calls_main_stays(
    began: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/ipython"])
    begin.tune()
    assert not began


def test_a_person_s_own_tunables_stay(
    began: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(begin.TUNABLES, "glibc.malloc.check=3")
    begin.tune()
    assert not began


@pytest.mark.skipif(not begin._older(), reason="this C library needs none of it")
def test_the_process_stays_the_same(tmp_path: Path) -> None:
    """Its id, its arguments and its streams; only the heap is another."""
    environ = {k: v for k, v in os.environ.items() if k != begin.TUNABLES}
    call = [*CALL, "train", "softmax", "--steps", "100000000", "--no-save", "--json"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, env=environ, cwd=tmp_path) as process:
        assert process.stdout is not None
        try:
            assert b'"type": "run"' in process.stdout.readline()
            told = Path(f"/proc/{process.pid}/environ").read_bytes()
            assert f"{begin.TUNABLES}={begin.NO_CACHE}".encode() in told.split(b"\0")
        finally:
            process.terminate()
            process.stdout.read()
            assert process.wait(120) is not None
