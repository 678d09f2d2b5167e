"""Fifteen sigmoids on top of each other, and what tanh makes of the same weights."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="vanishing",
    experiment="vanishing",
    about=mark("A sigmoid passes on less than a quarter of the signal, at every layer."),
    tasks=(
        Task(
            say=mark(
                "Look at the profile, right of the lanes: it slants, the signal dies on its "
                "way to the input."
            ),
            expect=(
                Expectation("steps", 60),
                Expectation("slope", 0.55, 0.7),
                Expectation("test_accuracy", high=0.2),
            ),
            why=mark(
                "σ′(z) is 1/4 at most, so each layer takes three quarters of the signal or "
                "more; what does not arrive cannot teach."
            ),
            formula="δˡ = σ′(zˡ) ⊙ Wᵀδˡ⁺¹:  {gain} a layer, {left} after {hidden} layers",
            steps=80,
        ),
        Task(
            say=mark("Press {key}: the activation becomes tanh, the weights stay."),
            key="activation.next",
            press=(("activation", "tanh"),),
            expect=(
                Expectation("slope", -0.15, 0.15),
                Expectation("vanishing", high=0),
                Expectation("test_accuracy", 0.9),
            ),
            why=mark("tanh′(0) = 1, four times σ′(0): the same weights now pass the signal on."),
            formula="tanh′(0) = 1 = 4 σ′(0):  {gain} a layer, {left} after {hidden} layers",
            steps=300,
        ),
    ),
    source="Hochreiter 1991; Glorot, Bengio 2010",
    further=mark("Go on with relu and gelu by the same key; which one needs another init?"),
)
