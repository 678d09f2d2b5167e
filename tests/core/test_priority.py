"""A viewer goes second, and its terminal's session only as long as it looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradtui.core.priority import AUTOGROUP, NICE

SAY = """
import os, sys
from pathlib import Path
from gradtui.core.priority import standing_back
group = Path(sys.argv[1])
def told():
    return (os.nice(0), int(group.read_text().split()[-1]) if group.exists() else None)
print(*told())
try:
    with standing_back(group):
        print(*told())
        raise KeyError
except KeyError:
    print(*told())
"""


FORCED = """
import os, sys
from pathlib import Path
from gradtui.core.priority import come_back, standing_back
with standing_back(Path(sys.argv[1])):
    print(Path(sys.argv[1]).read_text().split()[-1], flush=True)
    come_back()
    os._exit(0)
"""


def told(group: Path, program: str = SAY) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(group)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], start_new_session=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_the_session_is_as_before_also_after_an_error(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    group.write_text("/autogroup-7 nice 3\n")
    first, inside, after = told(group)
    assert first.endswith(" 3")
    assert inside == f"{int(first.split()[0]) + NICE} {NICE}" or int(inside.split()[0]) == 19
    assert after.endswith(" 3")


def test_who_ends_the_process_by_force_gives_the_session_its_place_back(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    group.write_text("/autogroup-7 nice 3\n")
    assert told(group, FORCED) == [str(NICE)]
    assert group.read_text() == "3"


def test_without_such_a_file_only_the_process_goes_second(tmp_path: Path) -> None:
    first, inside, after = told(tmp_path / "autogroup")
    assert (first.split()[1], inside.split()[1], after.split()[1]) == ("None",) * 3
    assert int(inside.split()[0]) > int(first.split()[0]) or first.split()[0] == "19"


def test_a_session_that_stands_further_back_stays_there(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    group.write_text("/autogroup-7 nice 15\n")
    assert {line.split()[1] for line in told(group)} == {"15"}


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="the kernel has no autogroups")
def test_the_kernel_is_told() -> None:
    first, inside, after = (int(line.split()[1]) for line in told(AUTOGROUP))
    assert inside == max(first, NICE)
    assert after == first
