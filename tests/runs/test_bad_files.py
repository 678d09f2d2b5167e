"""Files that are no run, or that somebody made to do harm: one sentence, and nothing changes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradtui.core.errors import UsageError
from gradtui.core.state import RunState
from gradtui.runs import blobs, documents, paths, schema
from gradtui.runs.moments import Moments
from gradtui.runs.reader import RunFile
from gradtui.sources.attach import AttachSource
from tests.cli.processes import gradtui
from tests.runs.runfiles import about, made_up, write


def read_all(path: Path) -> None:
    """Everything that any command reads of a file."""
    with RunFile(path) as file:
        state = RunState(file.info)
        file.spec()
        for records in (file.overview()[0], file.recent(), file.records()):
            with file.guarded():
                state.reduce(records)
        for checkpoint in file.checkpoints():
            file.arrays(checkpoint)
        moments = Moments(file)
        for row in {0, 1, moments.rows // 2, moments.rows}:
            with file.guarded():
                moments.past(row)


def refusal(path: Path) -> str:
    """What is said of a file, in one sentence; nothing if it can be read."""
    try:
        read_all(path)
    except UsageError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "good.gradtui"
    write(path, made_up(2300, marks=(700,)))
    read_all(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


def changes() -> st.SearchStrategy[list[tuple[float, bytes]]]:
    """Places in the file, as shares of its length, and what is written there."""
    place = st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40))
    return st.lists(place, min_size=1, max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed=changes(), cut=st.floats(0, 1) | st.just(1.0), head=st.booleans())
def test_changed_bytes_are_refused_in_one_sentence_or_read(
    good: bytes, folder: Path, changed: list[tuple[float, bytes]], cut: float, head: bool
) -> None:
    data = bytearray(good)
    for share, junk in changed:
        at = int(share * (4096 if head else len(data)))
        data[at : at + len(junk)] = junk
    bad = bytes(data[: int(cut * len(data))])
    path = folder / "bad.gradtui"
    path.write_bytes(bad)
    assert refusal(path).isprintable()
    assert path.read_bytes() == bad
    assert [found.name for found in folder.iterdir()] == ["bad.gradtui"]


def changed(good: bytes, path: Path, *statements: str) -> Path:
    """The good file with some rows changed by a stranger."""
    path.write_bytes(good)
    with closing(sqlite3.connect(path)) as opened:
        for statement in statements:
            opened.execute(statement)
        opened.commit()
    return path


HUGE = "UPDATE frames SET count = 1000000000000, behind = behind + 5"
MANY = """
UPDATE event SET body = '{"step": 1, "knob": "batch_size", "old": 1, "value": "many"}'
"""
EVIL = blobs.pack({"grad_norm": np.ones((1, 3))})


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version = 2", "PRAGMA application_id = 1", "DROP TABLE frames",
        "CREATE TABLE more (a)", "CREATE VIEW event2 AS SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON command BEGIN DELETE FROM event; END",
        "DELETE FROM meta", "UPDATE meta SET value = '[' WHERE key = 'info'",
        "UPDATE meta SET value = '{}' WHERE key = 'info'",
        "UPDATE meta SET value = '{\"experiment\": \"nosuch\"}' WHERE key = 'spec'",
        HUGE, "UPDATE frames SET count = -1", "UPDATE frames SET count = 'many'",
        "UPDATE frames SET body = zeroblob(100)", "UPDATE frames SET head = 'a'",
        "UPDATE frames SET head = randomblob(1000)", "UPDATE frames SET body = 'text'",
        f"UPDATE frames SET body = x'{EVIL.hex()}'", f"UPDATE frames SET head = x'{EVIL.hex()}'",
        "UPDATE samples SET body = zeroblob(5)", "UPDATE samples SET count = 10",
        f"UPDATE samples SET body = x'{EVIL.hex()}'", f"UPDATE cells SET body = x'{EVIL.hex()}'",
        "UPDATE cells SET body = 7", "UPDATE cells SET level = 3",
        "UPDATE event SET body = '[]'", "UPDATE event SET body = '{\"step\": 1e400}'",
        "UPDATE event SET at = 'x'", "UPDATE event SET body = replace(body, 'tanh', '')",
        MANY,
    ],
)  # fmt: skip
def test_rows_of_a_stranger(good: bytes, tmp_path: Path, statement: str) -> None:
    path = changed(good, tmp_path / "a.gradtui", statement)
    before = path.read_bytes()
    assert refusal(path).isprintable()
    for args in (["attach"], ["replay"]):
        done = gradtui(*args, str(path), "--once") if "many" in statement else None
        assert done is None or (done.returncode in (0, 2) and "Traceback" not in done.stderr)
    assert path.read_bytes() == before


SPECS: list[tuple[tuple[str, ...], object]] = [
    (("knobs", "optimizer"), None), (("knobs", "optimizer"), "sgdd"), (("knobs", "init"), "x"),
    (("knobs", "activation"), 1), (("knobs", "batch_size"), 64.5), (("knobs", "\x1b[31m"), 1),
    (("fixed", "depth"), -1), (("fixed", "depth"), 10**9), (("fixed", "train_rows"), 3),
    (("device",), ""), (("device",), "nan"), (("steps",), 0), (("sample_every",), 0),
    (("seed",), -1), (("script",), [[5, "depth", 3]]), (("script",), [[-1, "lr", 0.1]]),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), SPECS)
def test_a_spec_that_nobody_could_have_asked_for(
    good: bytes, tmp_path: Path, place: tuple[str, ...], value: object
) -> None:
    path = changed(good, tmp_path / "a.gradtui")
    with closing(sqlite3.connect(path)) as opened, opened:
        (text,) = opened.execute("SELECT value FROM meta WHERE key = 'spec'").fetchone()
        content = documents.read(text)
        part = content
        for name in place[:-1]:
            part = part[name]
        part[place[-1]] = value
        text = documents.write(content)
        opened.execute("UPDATE meta SET value = ? WHERE key = 'spec'", (text,))
    with RunFile(path) as file, pytest.raises(UsageError) as refused:
        file.spec()
    assert str(refused.value).isprintable()


def test_a_schema_that_is_no_text(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    path.write_bytes(good.replace(b"CREATE TABLE samples", b"CREATE TABLE s\xff\x83ples"))
    assert refusal(path).isprintable()
    assert refusal(path)


def test_a_newer_file_says_so(good: bytes, tmp_path: Path) -> None:
    path = changed(good, tmp_path / "a.gradtui", "PRAGMA user_version = 2")
    with pytest.raises(UsageError, match="has the format 2, this gradtui reads 1"):
        RunFile(path)


def test_a_compressed_bomb_is_refused(good: bytes, tmp_path: Path) -> None:
    import json
    import struct
    import zlib

    bomb = zlib.compress(b"\0" * 300_000_000, 9)
    column = ["grad_norm", "zip", "<f8", [32, 6], len(bomb)]
    head = json.dumps({"columns": [column], "notes": {}}).encode()
    body = struct.pack("<I", len(head)) + head + bomb
    path = changed(good, tmp_path / "a.gradtui", f"UPDATE frames SET body = x'{body.hex()}'")
    with pytest.raises(UsageError, match="deflated bytes of another length"), RunFile(path) as file:
        file.overview()


def test_names_cannot_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    evil = "fc\x1b]0;pwned\x07\u202e[bold]"
    layers = (evil, "b", "c", "d", "e", "out")
    write(path, made_up(50))
    with closing(schema.open_write(path)) as opened, opened:
        text = documents.write_record(
            replace(about(), layers=layers, experiment=evil, question=evil)
        )
        opened.execute("UPDATE meta SET value = ? WHERE key = 'info'", (text,))
    for args in (["attach", "--once"], ["attach", "--json"], ["replay", "--once"]):
        done = gradtui(args[0], str(path), args[1])
        assert done.returncode == 0
        for line in done.stdout.splitlines():
            assert line.isprintable(), line
    assert "\\x1b]0;pwned" in done.stdout


@pytest.mark.parametrize("what", ["nothing", "text", "sqlite", "folder", "short"])
def test_foreign_files_give_one_sentence_and_status_2(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a.gradtui"
    if what == "text":
        path.write_text("no run\n" * 100, encoding="utf-8")
    elif what == "sqlite":
        with closing(sqlite3.connect(path)) as opened:
            opened.execute("CREATE TABLE a (b)")
    elif what == "folder":
        path.mkdir()
    elif what == "short":
        path.write_bytes(b"SQLite format 3\0")
    for command in ("attach", "replay"):
        done = gradtui(command, str(path), "--once")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("gradtui: ")


def test_a_locked_file_gives_one_sentence(
    good: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY", 0.1)
    path = tmp_path / "a.gradtui"
    path.write_bytes(good)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM command")
        path.with_name(path.name + "-journal").touch()
        with pytest.raises(UsageError, match=r"is locked"):
            read_all(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_who_may_only_read_watches(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    path.write_bytes(good)
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        read_all(path)
        source = AttachSource(path)
        assert "lr" in source.info.locked
        source.close()
    finally:
        tmp_path.chmod(0o700)


def test_a_run_that_is_not_there_is_named_with_its_nearest(tmp_path: Path) -> None:
    for name in ("20261125-101010-vanishing-aaaa", "20261125-111111-keras-bbbb"):
        write(tmp_path / f"{name}.gradtui", made_up(5))
    with pytest.raises(UsageError, match="Did you mean 20261125-101010-vanishing-aaaa"):
        paths.find("20261125-101010-vanishing-aaab", tmp_path)
    with pytest.raises(UsageError, match="begins 2 runs"):
        paths.find("2026", tmp_path)
    assert paths.find(None, tmp_path).stem == "20261125-111111-keras-bbbb"
    assert paths.find("20261125-10", tmp_path).stem == "20261125-101010-vanishing-aaaa"
