"""Biases far below zero: a layer of ReLUs that no gradient can wake."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="dead-relu",
    experiment="dead-relu",
    about=mark("A unit that is off for every sample gets no gradient, and stays off."),
    tasks=(
        Task(
            say=mark("Wait for step 100, when the biases of the first layer fall by 10."),
            expect=(Expectation("dead", 1), Expectation("dying", 1)),
            why=mark("ReLU′(z) = 0 for z < 0: no sample can move a unit that none reaches."),
            formula="∂L/∂b = mean of δ · ReLU′(z) = 0, z < 0:  {dead} of the units are dead",
            steps=130,
        ),
        Task(
            say=mark("Press {key}: leaky_relu has a slope of 0.01 left of 0."),
            key="activation.next",
            press=(("activation", "leaky_relu"),),
            expect=(Expectation("dying", high=0), Expectation("test_accuracy", 0.85)),
            why=mark(
                "A hundredth of the gradient is enough: what is scaled down can grow again, "
                "what is multiplied by 0 cannot."
            ),
            formula="f′(z) = 0.01 for z < 0:  update ratio {update}",
            steps=300,
        ),
    ),
    source="Maas, Hannun, Ng 2013; Lu, Shin, Su, Karniadakis 2020",
    further=mark("Undo the harm itself: press : and type shift_bias=0:10."),
)
