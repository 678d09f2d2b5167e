"""The table of actions is complete, unambiguous, and free of Textual."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from gradtui.tui import actions
from gradtui.tui.actions import ACTIONS, Call
from gradtui.tui.screens.lab import Lab


def test_ids_and_keys_are_unique() -> None:
    keys = [key for action in ACTIONS for key in action.keys.split(",")]
    for names in ([action.id for action in ACTIONS], keys):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_keys_of_the_design_are_there() -> None:
    bound = {key for action in ACTIONS for key in actions.key_names(action, arrows=False)}
    wanted = {*".aArR][+=-cnoigjkxwyst?q/zZbe:", "space", "up", "down", "tab", "ctrl+p", "escape",
              "left", "right", "shift+left", "shift+right", "home", "end"}  # fmt: skip
    assert wanted | {str(n) for n in range(1, 10)} <= bound


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_lab_can_do_it(action: actions.Action) -> None:
    if isinstance(action.does, Call):
        assert callable(getattr(Lab, f"do_{action.does.name}"))


def test_help_lines_join_pairs() -> None:
    knobs = dict(actions.lines(ACTIONS, "knobs"))
    assert knobs["a A"] == "activation, next, previous"
    assert knobs["+ -"] == "learning rate up, down"
    assert dict(actions.lines(ACTIONS, "look", arrows=False))["up down k j"] == "select a layer"
    assert "1 … 9" in dict(actions.lines(ACTIONS, "understand"))


def test_every_group_has_lines_and_every_action_a_group() -> None:
    assert {action.group for action in ACTIONS} == {*actions.GROUPS, *actions.RECORDED}


def test_rebound_changes_the_keys_that_are_shown() -> None:
    table = actions.rebound({"pause": "f5,p"})
    assert next(actions.key_names(a) for a in table if a.id == "pause") == ["f5", "p"]
    assert dict(actions.lines(table, "the run"))["f5 p"] == "pause, go on"


def test_listing_the_keys_needs_no_screen() -> None:
    code = (
        "import sys; from gradtui.tui.actions import rows; assert len(rows()) > 20;"
        "assert not {'textual', 'rich', 'torch', 'numpy'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
