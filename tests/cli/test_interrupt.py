"""Ctrl-C at any time: quiet, and the status that a shell knows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.processes import ENVIRONMENT, ROOT, SECONDS

AT = """
import os, signal, sys
class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
module = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupter())
from gradtui.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["gradtui.cli", "click", "gradtui.commandline.list"])
def test_ctrl_c_while_something_is_imported(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT, module, "list"], cwd=ROOT, env=ENVIRONMENT,
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")
