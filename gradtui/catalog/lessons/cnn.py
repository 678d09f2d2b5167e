"""Thirty-two plain convolutions learn less than ten; a norm brings the depth back."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="cnn",
    experiment="cnn",
    about=mark("More plain layers make even the training loss worse; this is no overfitting."),
    tasks=(
        Task(
            say=mark("Look at the loss: 32 plain layers do not get off the ground."),
            expect=(
                Expectation("steps", 40),
                Expectation("slope", 0.08, 0.35),
                Expectation("train_accuracy", high=0.25),
            ),
            why=mark(
                "Each layer loses a little of the signal; what is lost over 32 of them is all "
                "that the first ones could learn from."
            ),
            formula="{gain} a layer, {left} after {hidden} layers",
            steps=60,
        ),
        Task(
            say=mark("Press {key} twice: batch norm after every convolution."),
            key="norm",
            press=(("norm", "batch"),),
            expect=(Expectation("slope", -0.12, 0.12), Expectation("train_accuracy", 0.3)),
            why=mark(
                "Every layer's input has mean 0 and variance 1 again, whatever the layers "
                "before have done to it."
            ),
            formula="ẑ = (z − μ) / σ:  {gain} a layer, {left} after {hidden} layers",
            steps=200,
        ),
    ),
    source="Ioffe, Szegedy 2015; He, Zhang, Ren, Sun 2016",
    further=mark("Residual blocks with gates: start with --set init=he --set residual=rezero."),
)
