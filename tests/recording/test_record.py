"""`gradtui record`: the same bytes every time, and no file lost or half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradtui.core.errors import UsageError
from gradtui.recording.output import Output
from tests.cli.processes import gradtui

SMALL = ("--size", "80x24")
LAB = ("lab", "softmax", "--steps", "30", "--at", "10:lr=0.1")


def without_time(cast: bytes) -> list[bytes]:
    """The lines of a cast, its header without the moment at which it was made."""
    first, *lines = cast.splitlines()
    header = json.loads(first)
    assert header.pop("timestamp") > 0
    return [json.dumps(header).encode(), *lines]


def test_two_recordings_are_the_same(script_file: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.cast", tmp_path / "two.cast"]
    for file in files:
        done = gradtui("record", "--out", str(file), *SMALL, "demo", str(script_file))
        assert (done.returncode, done.stderr) == (0, "")
        kilobytes = file.stat().st_size / 1e3
        assert f"{file}: {kilobytes:.0f} kB, " in done.stdout
        assert ", 80x24, " in done.stdout
    one, two = (without_time(file.read_bytes()) for file in files)
    assert one == two
    assert len(one) > 20


def test_a_lab_is_recorded_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "lab.txt"
    done = gradtui("record", "--out", str(file), *SMALL, "--still", "end", *LAB)
    assert (done.returncode, done.stderr) == (0, "")
    told = file.read_text(encoding="utf-8")
    assert "step 29" in told
    assert "finished" in told
    assert "lr 0.1" in told
    assert len(told.splitlines()) == 24


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "there.txt"
    file.write_text("mine")
    done = gradtui("record", "--out", str(file), *LAB)
    assert done.returncode == 2
    assert done.stderr == f"gradtui: --out '{file}' exists; --force writes over it.\n"
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("there.txt", "mine")]


def test_force_writes_over_it_at_the_end_only(tmp_path: Path) -> None:
    file = tmp_path / "there.txt"
    file.write_text("mine")
    broken = tmp_path / "broken.toml"
    broken.write_text('experiment = "softmax"\n[[scene]]\nuntil = "step 9"\nwithin = 0.1\n')
    done = gradtui("record", "--force", "--out", str(file), *SMALL, "demo", str(broken))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"gradtui: {broken}, line 2: 'step 9' was not met within 0.1 s (step is "
    )
    assert file.read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["broken.toml", "there.txt"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--out", "x.mp4", "demo"), "--out 'x.mp4': the ending says what to make"),
        (("--out", "nowhere/x.gif", "demo"), "--out 'nowhere/x.gif': No such file or directory"),
        (("--out", "x.cast", "demmo"), "unknown thing to record 'demmo'"),
        (("--out", "x.cast"), "record what?"),
        (("--out", "x.cast", "demo", "cura"), "Did you mean cure?"),
        (("--out", "x.cast", "demo", "cure", "x"), "demo takes one name"),
        (("--out", "x.cast", "lab", "vanish"), "Did you mean vanishing?"),
        (("--out", "x.cast", "lab", "--device", "cuda"), "recordings run on the cpu"),
        (("--out", "x.cast", "lab", "--lesson", "exploding"), "it takes no --lesson."),
        (("--out", "x.cast", "lab", "--record", "x.toml"), "it takes no --record."),
        (("--out", "x.cast", "lab", "--slow-link"), "it takes no --slow-link."),
        (("--out", "x.cast", "replay", "--json"), "it takes no --json."),
        (("--out", "x.cast", "lab", "--theme", "light"), "--theme goes before lab: it is"),
        (("--out", "x.cast", "replay", "--fps", "3"), "--fps goes before replay: it is"),
        (("--out", "x.cast", "--size", "8x2", "demo"), "--size '8x2': it takes COLUMNSxROWS"),
        (("--out", "x.cast", "--theme", "flim", "demo"), "Did you mean film?"),
        (("--out", "x.cast", "--fps", "0", "demo"), "--fps '0' is not allowed"),
        (("--out", "x.cast", "--rate", "9", "demo"), "--rate is for labs and replays"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    done = gradtui("record", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    file = tmp_path / "x.gif"
    output = Output(file, force=False)
    file.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        output.write(b"GIF89a")
    output.close()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x.gif", "mine")]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.gif").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        Output(tmp_path / "x.gif", force=True)


def test_it_is_written_with_the_rights_of_any_new_file(tmp_path: Path) -> None:
    output, other = Output(tmp_path / "x.gif", force=False), tmp_path / "other"
    other.touch()
    output.write(b"GIF89a")
    output.close()
    assert (tmp_path / "x.gif").stat().st_mode == other.stat().st_mode
