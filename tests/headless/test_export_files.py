"""How exports reach the disk: whole or not at all, and never over a file that is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.records import Record
from gradtui.headless.export.format import choose, load, names
from gradtui.headless.export.staging import Staging
from tests.headless.recordings import Recorded, export, frame, info, undone


class Broken(Recorded):
    """A file that ends in the middle."""

    def records(self) -> Iterator[Record]:
        yield frame(0)
        raise UsageError("the file ends in the middle.")


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fill_the_disk(folder: Path) -> None:
    with Staging() as staging:
        staging.text(folder / "run.csv").write("half")
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")


def test_the_formats() -> None:
    assert names() == ("csv", "jsonl", "npz", "script", "tensorboard")
    assert all(load(name).name == name and load(name).sentence for name in names())


@pytest.mark.parametrize(
    ("name", "out", "chosen"),
    [
        (None, "a.csv", "csv"), (None, "a.JSONL", "jsonl"), (None, "a.npz", "npz"),
        (None, "a.py", "script"), ("csv", "a.txt", "csv"), ("tensorboard", "new", "tensorboard"),
        (None, "folder", "tensorboard"),
    ],
)  # fmt: skip
def test_the_ending_says_the_format(
    tmp_path: Path, name: str | None, out: str, chosen: str
) -> None:
    (tmp_path / "folder").mkdir()
    assert choose(name, tmp_path / out).name == chosen


@pytest.mark.parametrize(
    ("name", "out", "said"),
    [
        ("cvs", "a", "Did you mean csv"), (None, "a.txt", "no format ends in '.txt'"),
        (None, "a", "'nothing'"), (None, None, "--format csv, jsonl"), (None, "-", "--format csv"),
    ],
)  # fmt: skip
def test_a_format_that_nobody_knows(name: str | None, out: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        choose(name, None if out is None else Path(out))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "npz"])
def test_a_file_that_exists_stays_as_it_is(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"run.{ending}"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists; --force replaces it"):
        export(undone(), path)
    assert path.read_text() == "mine"
    export(undone(), path, force=True)
    assert path.read_bytes() != b"mine"
    assert inside(tmp_path) == [path.name]


def test_a_dangling_link_exists_as_well(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="exists"):
        export(undone(), path)


@pytest.mark.parametrize("name", ["csv", "jsonl", "npz", "tensorboard"])
@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_left_of_an_export_that_broke_off(
    tmp_path: Path, name: str, force: bool
) -> None:
    path = tmp_path / "run"
    if force and name != "tensorboard":
        path.write_text("mine")
    with pytest.raises(UsageError, match="in the middle"):
        export(Broken(info()), path, name, force=force)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["mine"] * path.exists()


def test_places_that_nobody_can_write_to(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        export(undone(), tmp_path / "none" / "run.csv")
    with pytest.raises(UsageError, match="is a folder; name a file"):
        export(undone(), tmp_path, "csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Not a directory"):
        export(undone(), tmp_path / "file" / "run.csv")
    with pytest.raises(UsageError, match="is a file; TensorBoard reads a folder"):
        export(undone(), tmp_path / "file", "tensorboard")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        export(undone(), tmp_path / "run.csv")
    tmp_path.chmod(0o700)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(GradtuiError, match="broke off: No space left"):
        fill_the_disk(tmp_path)
    assert inside(tmp_path) == []


def test_two_files_appear_together(tmp_path: Path) -> None:
    with Staging() as staging:
        staging.text(tmp_path / "one").write("1")
        staging.text(tmp_path / "two").write("2")
        assert not {"one", "two"} & set(inside(tmp_path))
    assert inside(tmp_path) == ["one", "two"]
    assert (tmp_path / "two").read_text() == "2"
