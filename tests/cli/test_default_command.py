"""`gradtui` alone is `gradtui lab`, to the last option."""

from __future__ import annotations

from typing import Any

import pytest

from gradtui.cli import main
from gradtui.sources.thread import ThreadSource


@pytest.mark.parametrize("args", [["lab"], ["lab", "vanishing", "--seed", "0"]])
def test_no_command_is_the_lab(args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, dict[str, Any]]] = []

    def run(source: ThreadSource, **options: Any) -> int:
        options.pop("launch")
        options.pop("behind")
        seen.append((source.spec, options))
        return 0

    monkeypatch.setattr("gradtui.tui.start.run", run)
    for given in ([], args):
        with pytest.raises(SystemExit) as end:
            main(given)
        assert end.value.code == 0
    assert repr(seen[0]) == repr(seen[1])  # 10 and "10" are written differently
