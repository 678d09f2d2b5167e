"""A Transformer without its residual path forgets what stood where."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="seq2seq-transformer",
    experiment="seq2seq-transformer",
    about=mark("The residual path carries signal and content past every block."),
    tasks=(
        Task(
            say=mark("Look at the profile: with pre-norm and residuals it stands upright."),
            expect=(
                Expectation("train_accuracy", 0.7),
                Expectation("slope", -0.06, 0.06),
                Expectation("vanishing", high=0),
            ),
            why=mark(
                "Each block adds to what comes in, so the gradient has a way down that meets no "
                "weight at all."
            ),
            formula="x ← x + f(norm(x)),  ∂/∂x = 1 + …:  {gain} a layer",
            steps=200,
        ),
        Task(
            say=mark(
                "Press {key} and type residual=off: the net hardly knows its source any more."
            ),
            key="knob",
            press=(("residual", "off"),),
            expect=(Expectation("steps", 40), Expectation("train_accuracy", high=0.5)),
            why=mark(
                "Attention gives means over positions; without the sum every block would have "
                "to rebuild what stood where from them."
            ),
            formula="x ← f(norm(x)):  train accuracy {train_accuracy}",
            steps=60,
        ),
        Task(
            say=mark("Press {key} and type residual=on: within a hundred steps it is back."),
            key="knob",
            press=(("residual", "on"),),
            expect=(Expectation("train_accuracy", 0.85), Expectation("slope", -0.06, 0.06)),
            why=mark("The blocks only have to learn what is to be added."),
            formula="x ← x + f(norm(x)):  train accuracy {train_accuracy}",
            steps=300,
        ),
    ),
    source="Vaswani et al. 2017; He et al. 2016; Xiong et al. 2020",
    further=mark(
        "Start with --set norm_position=post --set warmup=0: the last layer begins steep."
    ),
)
