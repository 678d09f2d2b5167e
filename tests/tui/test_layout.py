"""Where things go: the three sizes of the pictures, and everything between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui.tui.grid import Area
from gradtui.tui.layout import Layout, arrange
from gradtui.tui.roster import Roster, everything


def net(layers: int) -> Roster:
    return everything((*(f"fc{i}" for i in range(1, layers)), "out"))


def at(width: int, height: int, layers: int = 16) -> Layout:
    layout = arrange(width, height, net(layers))
    assert layout is not None
    return layout


def test_160x45_is_the_picture() -> None:
    layout = at(160, 45)
    across = layout.columns
    assert layout.lanes == Area(10, 5, 78, 16)
    assert across.profile == (91, 26)
    assert (across.now, across.gain, across.update, across.verdict) == ((119, 8), 128, 136, 146)
    assert (layout.knobs, layout.heads, layout.marks, layout.legend) == (1, 3, 4, 22)
    assert (layout.loss, layout.accuracy) == (Area(10, 24, 78, 9), Area(10, 34, 78, 8))
    assert (layout.axis, layout.finding, layout.footer) == (42, 43, 44)
    assert layout.doctor == Area(119, 24, 40, 19)


def test_80x24_is_the_picture() -> None:
    layout = at(80, 24)
    assert layout.lanes == Area(6, 3, 40, 16)
    assert layout.columns.profile == (47, 12)
    assert (layout.columns.now, layout.columns.verdict) == ((60, 7), 68)
    assert (layout.heads, layout.marks, layout.legend, layout.axis) == (2, 2, None, None)
    assert (layout.loss, layout.accuracy, layout.doctor) == (Area(6, 19, 40, 3), None, None)


def test_40x12_is_the_picture() -> None:
    layout = at(40, 12)
    assert layout.lanes == Area(7, 1, 12, 8)
    assert layout.groups[0] == (14, 16)
    assert (layout.columns.profile, layout.knobs, layout.heads) == (None, None, None)
    assert (layout.loss, layout.finding, layout.footer) == (Area(7, 9, 12, 1), 10, 11)


def test_columns_go_in_order() -> None:
    order = []
    for width in range(160, 39, -1):
        layout = at(width, 45)
        parts = {
            "update": layout.columns.update, "gain": layout.columns.gain,
            "doctor": layout.doctor, "labels": layout.columns.labels or None,
            "profile": layout.columns.profile,
        }  # fmt: skip
        order += [name for name, part in parts.items() if part is None and name not in order]
    assert order == ["update", "gain", "doctor", "labels", "profile"]


def test_the_other_chart_takes_the_place_where_there_is_room_for_one() -> None:
    layout = arrange(80, 24, net(16), "accuracy")
    assert layout is not None
    assert (layout.loss, layout.accuracy) == (None, Area(6, 19, 40, 3))


def test_room_to_spare_goes_to_the_charts_and_then_to_the_lanes() -> None:
    assert at(160, 53).accuracy == Area(10, 38, 78, 12)
    assert at(160, 75).lane_rows == 2
    assert at(160, 45, layers=2).lane_rows == 4


@pytest.mark.parametrize(("width", "height"), [(39, 45), (160, 11), (0, 0), (1, 1)])
def test_below_40x12_there_is_no_layout(width: int, height: int) -> None:
    assert arrange(width, height, net(16)) is None


@given(st.integers(40, 260), st.integers(12, 100), st.integers(1, 2000))
def test_nothing_overlaps_and_every_layer_has_a_lane(width: int, height: int, layers: int) -> None:
    layout = at(width, height, layers)
    across = layout.columns
    listed = [layer for first, end in layout.groups for layer in reversed(range(first, end))]
    assert listed == list(reversed(range(layers)))
    rows = [0, layout.knobs, layout.heads, layout.legend, layout.axis, layout.finding,
            layout.footer]  # fmt: skip
    taken = [row for row in rows if row is not None]
    for area in (layout.lanes, layout.loss, layout.accuracy):
        if area is not None:
            taken += range(area.y, area.y + area.height)
    assert len(taken) == len(set(taken))
    assert max(taken) == height - 1
    edges = [0, across.name[1], across.lanes[0], sum(across.lanes)]
    if across.profile is not None:
        edges += [across.profile[0], sum(across.profile)]
    edges += [across.now[0], *(x for x in (across.gain, across.update) if x), across.verdict]
    assert edges == sorted(edges)
    assert across.verdict + 12 <= width
    if height >= 24:
        assert layout.knobs is not None
