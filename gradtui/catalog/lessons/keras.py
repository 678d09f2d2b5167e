"""A healthy net: what Adam does for it, seen by taking Adam away."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="keras",
    experiment="keras",
    about=mark("Adam moves every weight by about its learning rate, SGD by the gradient's size."),
    tasks=(
        Task(
            say=mark("Press g twice: with Adam the update ratio is near a thousandth."),
            expect=(
                Expectation("steps", 100),
                Expectation("update", 1e-3, 2e-2),
                Expectation("vanishing", high=0),
                Expectation("test_accuracy", 0.6),
            ),
            why=mark(
                "Adam divides the mean gradient by its root mean square: whatever the "
                "gradient's size, a weight moves by about α."
            ),
            formula="|Δθ| ≈ α = {lr}:  update ratio {update}",
            steps=200,
        ),
        Task(
            say=mark("Press {key} and type optimizer=sgd: the same rate, and hardly a move."),
            key="knob",
            press=(("optimizer", "sgd"),),
            expect=(Expectation("steps", 20), Expectation("update", high=5e-4)),
            why=mark(
                "SGD's step is the gradient times α; the gradient is small here, so the same α "
                "is hundreds of times too careful."
            ),
            formula="Δθ = −α ∇L, α = {lr}:  update ratio {update}",
            steps=40,
        ),
        Task(
            say=mark("Press {key} and type lr=0.3: now SGD learns as well."),
            key="knob",
            press=(("lr", 0.3),),
            expect=(
                Expectation("steps", 100),
                Expectation("update", 1e-3, 5e-2),
                Expectation("test_accuracy", 0.9),
            ),
            why=mark("A learning rate belongs to an optimizer; the update ratio compares them."),
            formula="Δθ = −α ∇L, α = {lr}:  update ratio {update}",
            steps=200,
        ),
    ),
    source="Kingma, Ba 2015; Chollet 2015",
    further=mark("Press o for adamw and rmsprop: does each have a rate of its own?"),
)
