"""What every lesson promises is what happens, on a seed that nobody tuned it on."""

from __future__ import annotations

import pytest

from gradtui import catalog
from tests.lessons.driver import outcomes

UNSEEN = 31


@pytest.mark.parametrize("name", catalog.names("lessons"))
def test_doing_what_it_says_shows_what_it_expects(name: str) -> None:
    found = list(outcomes(name, UNSEEN))
    assert [outcome.mark for outcome in found] == ["done"] * len(catalog.lesson(name).tasks)
    # Else nothing was learned by doing it, and this test could not fail.
    assert not [outcome.task for outcome in found if outcome.early]
