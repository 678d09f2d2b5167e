"""From a request to a run: what is taken from the experiment, what from the person."""

from __future__ import annotations

from typing import Any

import pytest

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS
from gradtui.catalog.specs import Request, build_spec
from gradtui.core.errors import UsageError
from gradtui.core.spec import Spec

ROWS = 1437


def rows(data: str, limit: int | None) -> int:
    return limit or ROWS


def spec(experiment: str = "vanishing", **asked: Any) -> Spec:
    return build_spec(Request(experiment, **asked), rows)


@pytest.mark.parametrize("name", catalog.names("experiments"))
def test_an_experiment_is_a_run_without_further_words(name: str) -> None:
    built, recipe = spec(name), catalog.experiment(name)
    assert dict(recipe.knobs).items() <= built.knobs.items()
    assert (built.fixed["depth"], built.fixed["width"]) == (recipe.depth, recipe.width)
    assert (built.steps, built.epochs, built.data) == (recipe.steps, recipe.epochs, recipe.data)
    assert built.script == recipe.script
    values = {knob.name for knob in KNOBS.values() if not (knob.fixed or knob.action)}
    assert set(built.knobs) == values


def test_the_last_of_two_values_wins() -> None:
    assert spec(sets=("lr=0.5", "lr=0.25")).knobs["lr"] == 0.25


def test_choosing_a_regularizer_brings_its_strength() -> None:
    assert spec(sets=("regularizer=l1",)).knobs["strength"] == 1e-4
    assert spec(sets=("regularizer=l2",)).knobs["strength"] == 1e-3
    assert not spec(sets=("regularizer=l2",)).strength_given


@pytest.mark.parametrize(
    "sets", [("regularizer=l1", "strength=0.5"), ("strength=0.5", "regularizer=l1")]
)
def test_a_strength_that_was_named_stays(sets: tuple[str, ...]) -> None:
    assert spec(sets=sets).knobs["strength"] == 0.5
    assert spec(sets=sets).strength_given


def test_the_present_regularizer_keeps_its_strength() -> None:
    own = catalog.experiment("softmax").knobs["strength"]
    assert spec("softmax", sets=("regularizer=l2",)).knobs["strength"] == own
    assert spec("softmax", sets=("regularizer=l1",)).knobs["strength"] == 1e-4


def test_adamw_brings_its_decay() -> None:
    assert spec(sets=("optimizer=adamw",)).knobs["decay"] == 0.01
    assert spec(sets=("optimizer=adamw", "decay=0")).knobs["decay"] == 0
    assert spec(sets=("optimizer=adam",)).knobs["decay"] == 0


def test_a_named_length_replaces_that_of_the_experiment() -> None:
    assert (spec(epochs=3).steps, spec(epochs=3).epochs) == (None, 3)
    assert (spec("keras", steps=3).steps, spec("keras", steps=3).epochs) == (3, None)


def test_interventions_come_by_step_the_experiments_own_first() -> None:
    built = spec("dead-relu", at=("100:activation=tanh", "7:lr=1", "100:shift_bias=1:2"))
    assert built.script == (
        (7, "lr", 1.0),
        (100, "shift_bias", "0:-10"),
        (100, "activation", "tanh"),
        (100, "shift_bias", "1:2"),
    )


def test_actions_before_step_0_are_asked_for_by_set() -> None:
    built = spec(sets=("shift_bias=0:-10", "rescale=critical"))
    assert built.knobs["shift_bias"] == "0:-10"
    assert built.knobs["rescale"] == "critical"
    assert built.script == ()


def test_a_run_of_epochs_ends_where_its_batches_do() -> None:
    last = ROWS // 64 + 1
    assert spec(epochs=1, at=(f"{last - 1}:lr=1",)).script == ((last - 1, "lr", 1.0),)


def test_the_experiments_own_script_may_lie_beyond_a_short_run() -> None:
    assert spec("dead-relu", steps=10).script == catalog.experiment("dead-relu").script


def test_sigma_w_is_a_gain_and_an_init_of_ones_own_replaces_it() -> None:
    assert spec("mean-field").knobs["init"] == "gain:1.5"
    assert spec("mean-field", sets=("sigma_w=0.7",)).knobs["init"] == "gain:0.7"
    assert spec("vanishing", sets=("sigma_w=0.7",)).knobs["init"] == "gain:0.7"
    assert spec("mean-field", sets=("init=he",)).knobs["init"] == "he"
    with pytest.raises(UsageError, match="set one of them"):
        spec("mean-field", sets=("init=he", "sigma_w=2"))
