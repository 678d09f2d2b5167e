"""`gradtui list`: every kind has a table and JSON, and says how to use what it lists."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from gradtui import __version__, catalog
from gradtui.cli import main
from gradtui.commandline.list import KINDS
from gradtui.headless.listing import LISTINGS
from gradtui.headless.table import fitted
from gradtui.tui.actions import ACTIONS


def told(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(args)
    out, err = capsys.readouterr()
    assert left.value.code in (0, None)
    assert err == ""
    return out


def test_every_kind_can_be_listed() -> None:
    assert tuple(LISTINGS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_table_and_json_hold_the_same(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(told(capsys, "list", kind, "--json"))
    lines = told(capsys, "list", kind).split("\n\n")[0].splitlines()
    assert len(lines) == len(rows) + 1
    for line, row in zip(lines[1:], rows, strict=True):
        assert line.startswith(str(next(iter(row.values()))))


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "list", "activations").splitlines()
    rows = json.loads(told(capsys, "list", "activations", "--json"))
    at = lines[0].index("f(z)")
    assert all(line[at:].startswith(r["f(z)"]) for line, r in zip(lines[1:], rows, strict=True))
    assert all(line[at - 1] == " " for line in lines)


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("kind", KINDS)
def test_a_terminal_gets_lines_that_fit_and_lack_nothing(
    kind: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = json.loads(told(capsys, "list", kind, "--json"))
    monkeypatch.setattr("gradtui.headless.listing.room", lambda: width)
    lines = told(capsys, "list", kind).split("\n\n")[0].splitlines()
    assert max(map(len, lines)) <= width
    cells = [v if isinstance(v, str) else f"{v:g}" for row in rows for v in row.values()]
    assert Counter(" ".join(cells).split()) <= Counter(" ".join(lines).split())


def test_where_no_column_has_room_a_row_becomes_a_block() -> None:
    rows = [["name", "formula", "source"], ["swish", "z σ(z)", "Ramachandran, Zoph, Le 2017"]]
    assert fitted(rows, [2], 30).splitlines() == [
        "swish",
        "  formula   z σ(z)",
        "  source    Ramachandran,",
        "            Zoph, Le 2017",
    ]
    assert fitted(rows, [2], 44).splitlines() == [
        "name    formula   source",
        "swish   z σ(z)    Ramachandran, Zoph, Le",
        "                  2017",
    ]


def test_without_a_kind_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(json.loads(told(capsys, "list", "--json"))) == KINDS
    text = told(capsys, "list")
    assert all(f"{kind}\n" in text for kind in KINDS)


def test_the_names_are_those_of_the_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("experiments", "activations", "regularizers"):
        rows = json.loads(told(capsys, "list", kind, "--json"))
        assert tuple(row["name"] for row in rows) == catalog.names(kind)
    keys = json.loads(told(capsys, "list", "keys", "--json"))
    assert [row["id"] for row in keys] == [action.id for action in ACTIONS]


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--version") == f"gradtui {__version__}\n"
    for args in (["--help"], ["lab", "-h"], ["train", "-h"], ["list", "-h"]):
        assert "Usage: gradtui" in told(capsys, *args)
