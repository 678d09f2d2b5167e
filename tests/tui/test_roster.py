"""Which layers the lanes show: filter, order, folds; an opened lane keeps the rest in sight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui.core.errors import UsageError
from gradtui.core.state import RunState
from gradtui.tui import looking
from gradtui.tui.composer import Composer
from gradtui.tui.inks import INKS
from gradtui.tui.roster import Roster, everything, matching, roster
from gradtui.tui.view import View
from tests.tui import scenes


def net(layers: int) -> tuple[str, ...]:
    return (*(f"fc{i}" for i in range(1, layers)), "out")


def deep(layers: int = 300) -> tuple[View, Composer]:
    view, composer = scenes.cured(layers), Composer()
    composer.paint(view, 160, 45)
    return view, composer


def lines(view: View, composer: Composer) -> list[str]:
    return composer.paint(view, 160, 45).lines()


@given(st.integers(1, 1200), st.integers(1, 60), st.data())
def test_an_opened_lane_and_the_rest_hold_every_layer_once(
    layers: int, lanes: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, layers - 1))
    opened = (first, data.draw(st.integers(first + 1, layers)))
    groups = Roster(net(layers), tuple(range(layers)), opened).groups(lanes)
    assert [i for first, end in groups for i in reversed(range(first, end))] == [
        *reversed(range(layers))
    ]
    assert len(groups) <= max(lanes, 3)


def test_an_opened_lane_gets_most_of_the_rows() -> None:
    groups = Roster(net(1001), tuple(range(1001)), (500, 538)).groups(27)
    assert (groups[0][1], groups[-1][0]) == (1001, 0)
    assert [end - first for first, end in groups].count(2) == 19


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("fc1", ["fc1", "fc10", "fc11"]), ("FC1?", ["fc10", "fc11"]), ("*1", ["fc1", "fc11"]),
     ("out", ["out"]), ("[", [])],
)  # fmt: skip
def test_names_match_by_part_or_by_glob(pattern: str, found: list[str]) -> None:
    names = net(12)
    assert [names[i] for i in matching(names, pattern)] == found


def test_a_pattern_without_a_match_shows_everything() -> None:
    view = View(RunState(scenes.info(12)), pattern="no such layer")
    assert roster(view) == everything(net(12))


def test_the_worst_come_first_and_each_has_a_lane() -> None:
    view = scenes.dead()
    looking.reorder(view)
    shown = roster(view)
    words = [line.split()[-1] for line in Composer().paint(view, 160, 45).lines()[5:21]]
    assert words == sorted(words, key=["dead", "fading", "healthy"].index)
    assert shown.names[-1] == "fc10"
    assert {end - first for first, end in shown.groups(27)} == {1}
    looking.reorder(view)
    assert roster(view) == everything(view.state.info.layers)


def test_the_list_of_the_worst_scrolls_to_the_selection() -> None:
    view, composer = deep()
    looking.reorder(view)
    assert "▸out" in "".join(lines(view, composer))
    looking.select(view, composer.picture, -100)
    composer.paint(view, 160, 45)
    assert composer.picture is not None
    assert composer.picture.roster.names[composer.picture.roster.position(view.selected)] == "fc200"
    assert any(line.startswith(" ▸fc200 ") for line in lines(view, composer))


def test_a_filter_narrows_as_it_is_typed_and_escape_shows_all() -> None:
    view, composer = deep()
    looking.ask(view)
    prompt = view.prompt
    assert prompt is not None
    for char in "fc29":
        assert prompt.key(char, char)
    assert "11 of 300 layers" in lines(view, composer)[-2]
    assert [line[2:7] for line in lines(view, composer)[5:15]] == [
        f"fc{i}" for i in range(299, 289, -1)
    ]
    assert view.selected == 28
    assert not prompt.key("enter", "\r")
    view.prompt = None
    assert "11 of 300 layers" in lines(view, composer)[0]
    looking.back(view)
    assert view.pattern == ""


def test_a_lane_opens_and_folds_and_one_layer_is_no_lane_of_several() -> None:
    view, composer = deep()
    before = lines(view, composer)
    view.selected = 150
    looking.fold(view, composer.picture, 1)
    inside = lines(view, composer)
    assert any(line.startswith(" ▸fc151 ") for line in inside)
    with pytest.raises(UsageError, match="holds one layer"):
        looking.fold(view, composer.picture, 1)
    looking.back(view)
    view.selected = 0
    assert lines(view, composer) == before
    with pytest.raises(UsageError, match="no lane is open"):
        looking.fold(view, composer.picture, -1)


def test_colours_count_from_the_output_layer_also_where_it_is_not_shown() -> None:
    view, composer = scenes.vanished(), Composer()
    whole = composer.paint(view, 160, 45)
    fc9 = next(y for y, line in enumerate(whole.lines()) if line[2:5] == "fc9")
    looking.narrow(view, "fc9")
    one = composer.paint(view, 160, 45)
    alone = next(y for y, line in enumerate(one.lines()) if line[2:5] == "fc9")
    cells = [grid.style[y, 10:60].tolist() for grid, y in ((whole, fc9), (one, alone))]
    assert [{INKS[number].role for number in row} for row in cells] == [{"ramp-5"}] * 2


def test_selecting_goes_from_lane_to_lane() -> None:
    view, composer = deep()
    picture = composer.picture
    assert picture is not None
    looking.select(view, picture, 1)
    assert view.selected == picture.layout.groups[-2][0]
    looking.select(view, picture, -5)
    assert view.selected == 0
    looking.select(view, picture, 500)
    assert view.selected == 299
