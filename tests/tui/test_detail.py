"""The layer detail: its pictures, its numbers, its keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from gradtui.core.commands import Pause, Set, Step
from gradtui.core.histograms import KINDS
from gradtui.core.records import Histograms, State
from gradtui.tui.actions import ACTIONS
from gradtui.tui.app import GradtuiApp
from gradtui.tui.detail.layout import arrange
from gradtui.tui.detail.page import DetailPage
from gradtui.tui.draw import histogram
from gradtui.tui.screens.detail import Detail
from gradtui.tui.screens.lab import Lab
from gradtui.tui.timeline import timeline
from gradtui.tui.view import View
from tests.tui import scenes
from tests.tui.fake_source import FakeSource, frame, sample
from tests.tui.histograms import SHAPES, bell, lost, vanished, with_histograms
from tests.tui.pilots import settled
from tests.tui.test_pictures import SIZES, colours_of, compare

NO_HOME = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def view_of(scene: str, layers: int = 16) -> View:
    view = with_histograms(scene, layers)
    if layers == len(SHAPES):
        view.state.info = replace(view.state.info, shapes=SHAPES)
    return view


def picture(view: View, width: int, height: int, *, over_time: bool = False) -> str:
    grid = DetailPage(over_time=over_time).paint(view, width, height)
    return "\n".join(line.rstrip() for line in grid.lines()) + "\n"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", ["cured", "vanished", "dead", "not_finite", "empty"])
def test_the_scene_is_the_picture(scene: str, size: tuple[int, int]) -> None:
    compare(f"detail-{scene}-{size[0]}x{size[1]}", picture(view_of(scene), *size))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_over_time(size: tuple[int, int]) -> None:
    text = picture(view_of("cured"), *size, over_time=True)
    compare(f"detail-time-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_in_16_colours(size: tuple[int, int]) -> None:
    view = view_of("cured")
    view.colors = "16"
    grid = DetailPage().paint(view, *size)
    compare(f"detail-16-{size[0]}x{size[1]}", colours_of(grid))


def test_without_unicode_all_is_ascii() -> None:
    view = view_of("cured")
    view.unicode = False
    now, time = (picture(view, 160, 45, over_time=over_time) for over_time in (False, True))
    assert now.isascii()
    assert time.isascii()
    assert "?" not in (now + time).replace("? help", "")
    compare("detail-ascii-160x45", now)


def test_without_colour_nothing_is_lost() -> None:
    view = view_of("cured")
    view.colors = "none"
    text = picture(view, 160, 45)
    assert [row for row in text.splitlines() if "failed" in row] == []
    assert "0.117" in text


def test_the_output_layer_has_no_activation() -> None:
    view = view_of("cured")
    view.selected = 15
    text = picture(view, 160, 45)
    assert "logits" in text
    assert "Linear 64 → 10 " in text
    assert "layer 16 of 16" in text


def test_a_neighbour_passes_on_what_the_sample_says() -> None:
    view = view_of("vanished")
    view.selected = 7
    sample = view.state.sample
    assert sample is not None
    line = picture(view, 160, 45).splitlines()[5]
    words = line.split("forward")[0].split()
    signal = [float(word) for word in words if word[0].isdigit()]
    np.testing.assert_allclose(signal, sample.signal[[8, 7, 6]], rtol=0.05)
    gains = [float(word[1:]) for word in words if word[0] == "×"]
    np.testing.assert_allclose(gains, sample.signal[[7, 6]] / sample.signal[[8, 7]], atol=0.005)


def test_moments_on_the_screen_are_those_of_the_record() -> None:
    view = view_of("cured")
    newest = view.state.histograms.newest
    assert newest is not None
    text = picture(view, 160, 45)
    assert f"std {newest.weights.std[0]:.3f}" in text
    assert f"std {newest.activations.std[0]:.3f}" in text
    median = 10 ** newest.gradients.mean[0]  # the bell is even around its mean
    assert f"median {median:.1e}"[:-3] in text


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
def test_the_step_of_the_ghost_is_never_cut(size: tuple[int, int]) -> None:
    view = view_of("cured")
    ghost = view.state.histograms.ghost
    assert ghost is not None
    view.state.histograms.ghost = replace(ghost, step=12345)
    assert any(line.lstrip().startswith("12345") for line in picture(view, *size).splitlines())


def test_all_nan_and_all_zero_are_said() -> None:
    assert "nan 100.0 %" in picture(view_of("not_finite"), 160, 45)
    assert "all are 0" in picture(view_of("dead"), 160, 45)


def test_without_histograms_the_page_says_so() -> None:
    assert "none recorded yet" in picture(scenes.cured(), 160, 45)


def test_without_numbers_only_the_plates_are_new() -> None:
    view = view_of("cured")
    page = DetailPage()
    before = page.paint(view, 160, 45).lines()
    view.state.reduce([State(word="paused", step=599), vanished(599, 16)])
    after = page.paint(view, 160, 45, numbers=False).lines()
    assert [y for y in range(45) if before[y] != after[y]] == [0]
    assert page.paint(view, 160, 45).lines()[7:20] != before[7:20]


sizes = st.tuples(st.integers(1, 250), st.integers(1, 80))
kinds = st.sampled_from(["cured", "vanished", "dead", "not_finite", "empty", "one_frame"])


@settings(max_examples=60, deadline=None)
@given(sizes, kinds, st.integers(1, 20), st.integers(0, 30), st.booleans(), st.booleans())
def test_any_size_gives_whole_lines(
    size: tuple[int, int], scene: str, layers: int, selected: int, time: bool, unicode: bool
) -> None:
    view = view_of(scene, layers)
    view.selected, view.unicode = min(selected, layers - 1), unicode
    page = DetailPage(over_time=time)
    for _ in range(2):
        lines = page.paint(view, *size).lines()
        assert len(lines) == size[1]
        assert {cell_len(line) for line in lines} == {size[0]}
        assert [line for line in lines if "failed:" in line] == []
        page.turn()


def test_every_row_has_one_part_at_every_size() -> None:
    for height in range(12, 90):
        layout = arrange(100, height)
        rows = [layout.head, layout.formula, layout.flow, layout.titles]
        rows += range(layout.histogram, layout.histogram + layout.histogram_rows)
        rows.append(layout.values)
        for place in layout.charts:
            rows += [place.title, *range(place.y, place.y + place.rows)]
        shown = [row for row in [*rows, layout.axis] if row is not None]
        assert shown == sorted(set(shown)), height
        assert layout.histogram_rows >= 2, height
        assert shown[-1] < height - 2
        assert shown[0] > (layout.knobs or 0)


def test_resampling_loses_no_number() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        counts = rng.integers(0, 100, 64)
        low, high = np.sort(rng.normal(size=2))
        ends = histogram.linear_ends(low, high)
        assert ends[0] <= low + 1e-12
        assert ends[1] >= high - 1e-12
        columns = int(rng.integers(1, 90))
        found = histogram.resample(counts, low, high, np.linspace(*ends, columns + 1))
        assert found.sum() == pytest.approx(counts.sum())
        assert (found >= 0).all()


def test_the_same_bins_come_back_as_they_are() -> None:
    counts = np.arange(64)
    edges = np.linspace(-1, 1, 65)
    np.testing.assert_allclose(histogram.resample(counts, -1, 1, edges), counts, atol=1e-9)
    assert histogram.median(np.array([0, 4, 4, 0]), 0, 4) == 2


def test_a_spike_stands_in_its_column() -> None:
    found = histogram.resample(np.array([7, 0]), 0.5, 0.5, np.linspace(0, 1, 11))
    assert found.tolist() == [0, 0, 0, 0, 0, 7, 0, 0, 0, 0]


def test_a_column_shows_the_newest_of_its_own_segment() -> None:
    axis = timeline(10, 17, [10])
    columns = histogram.newest(np.array([1, 9, 13]), axis)
    starts = axis.starts
    before, behind = (starts >= 0) & (starts < 10), starts >= 10
    assert set(columns[before].tolist()) == {0, 1}
    assert set(columns[behind].tolist()) == {2}
    assert (columns[starts < 0] == -1).all()


def app_with_histograms() -> tuple[GradtuiApp, FakeSource]:
    source = FakeSource([State(word="training"), frame([0]), sample(0), vanished(0, 16)])
    return GradtuiApp(source, environ=NO_HOME), source


async def test_enter_opens_and_escape_closes() -> None:
    app, source = app_with_histograms()
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        for key in ("escape", "q", "enter"):
            await pilot.press("enter")
            assert isinstance(app.screen, Detail)
            await pilot.press(key)
            assert isinstance(app.screen, Lab)
        assert source.sent == []


async def test_the_lab_s_keys_steer_the_run_from_inside() -> None:
    app, source = app_with_histograms()
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "a", "plus", "c", "n", "o", "full_stop", "space")
        assert source.sent[:2] == [Set("activation", "tanh"), Set("lr", 0.03)]
        assert [command.knob for command in source.sent[2:5] if isinstance(command, Set)] == [
            "clip", "norm", "optimizer",
        ]  # fmt: skip
        assert isinstance(source.sent[5], Step)
        assert not isinstance(source.sent[6], Pause), "the step has paused it"
        assert isinstance(app.screen, Detail)


async def test_j_and_k_choose_the_layer_and_h_the_time() -> None:
    app, _ = app_with_histograms()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "k", "k", "j", "up")
        assert app.view.selected == 2
        detail = app.screen
        assert isinstance(detail, Detail)
        assert "fc3" in detail._dashboard.strip(2).text
        await pilot.press("h")
        assert detail.page.over_time
        await pilot.press("h", "escape")
        assert app.view.selected == 2
        await pilot.press("h")
        assert isinstance(app.screen, Detail)
        assert app.screen.page.over_time


async def test_tab_shows_the_next_panel_where_there_is_room_for_one() -> None:
    app, _ = app_with_histograms()
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        detail = app.screen
        assert isinstance(detail, Detail)
        for kind in (*KINDS, KINDS[0]):
            text = "\n".join(detail._dashboard.strip(y).text for y in range(12))
            assert kind in text
            await pilot.press("tab")


async def test_a_record_of_another_net_draws_nothing_wrong() -> None:
    view = view_of("cured")
    few = Histograms(step=600, weights=bell(3, 0, 1), gradients=lost(bell(3, 0, 1), "nan"),
                     activations=bell(3, 0, 1))  # fmt: skip
    view.state.histograms.newest = few
    text = picture(view, 160, 45)
    assert "none recorded yet" in text
    assert "failed:" not in text


def test_the_new_keys_are_in_the_one_table() -> None:
    keys = {action.id: action.keys for action in ACTIONS}
    assert (keys["detail"], keys["histograms"]) == ("enter", "h")
