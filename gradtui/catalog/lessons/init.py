"""Thirty ReLU layers: grad norms look healthy while the signal is halved again and again."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="init",
    experiment="init",
    about=mark("ReLU halves the signal's power; he's factor of 2 gives it back."),
    tasks=(
        Task(
            say=mark(
                "Look at the slope, then press g: the grad norms are level, though the signal "
                "is lost."
            ),
            expect=(
                Expectation("steps", 60),
                Expectation("slope", 0.12, 0.2),
                Expectation("grad_norm_slope", -0.06, 0.06),
                Expectation("test_accuracy", high=0.25),
            ),
            why=mark(
                "A weight's gradient is the signal times the activation: one shrinks downwards, "
                "the other upwards, and the product hides both."
            ),
            formula="E[δˡ²] = 1/2 · n Var(W) · E[δˡ⁺¹²]:  xavier gives ×0.71 a layer, here {gain}",
            steps=80,
        ),
        Task(
            say=mark("Press {key} and choose he: weights with twice the variance."),
            key="init",
            press=(("init", "he"),),
            expect=(Expectation("slope", -0.05, 0.05), Expectation("test_accuracy", 0.5)),
            why=mark("Var(W) = 2/n makes up for the half of the units that are off."),
            formula="1/2 · n · 2/n = 1:  {gain} a layer, {left} after {hidden} layers",
            steps=600,
        ),
    ),
    source="He, Zhang, Ren, Sun 2015",
    further=mark("Set init=xavier again and press n: can a norm replace the right init?"),
)
