"""Sixty steps back in time are sixty layers down: orthogonal weights carry the signal."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="rnn",
    experiment="rnn",
    about=mark("In time a net is as deep as its sequence is long; rotations lose nothing."),
    tasks=(
        Task(
            say=mark("Press {key}: the gradient reaches some steps back, not the first symbol."),
            key="time",
            expect=(
                Expectation("steps", 20),
                Expectation("time_slope", 0.15, 0.3),
                Expectation("test_accuracy", high=0.25),
            ),
            why=mark(
                "The same matrix is met at every step; where it shrinks a vector, sixty times "
                "over nothing is left."
            ),
            formula="∂L/∂hₜ = Wᵀ diag(tanh′) ∂L/∂hₜ₊₁:  {time_gain} a time step",
            steps=40,
        ),
        Task(
            say=mark("Press {key} and choose orthogonal: a matrix that rotates and never shrinks."),
            key="init",
            press=(("init", "orthogonal"),),
            expect=(Expectation("time_slope", high=0.06), Expectation("test_accuracy", 0.5)),
            why=mark(
                "All singular values of an orthogonal matrix are 1; only tanh′ < 1 is lost at a "
                "step, and the first symbol comes through."
            ),
            formula="‖Wᵀδ‖ = ‖δ‖:  {time_gain} a time step",
            steps=250,
        ),
    ),
    source="Bengio, Simard, Frasconi 1994; Le, Jaitly, Hinton 2015; Hochreiter, Schmidhuber 1997",
    further=mark("Gates do it too: start with --set cell=lstm --set forget_bias=3 --set lr=3e-3."),
)
