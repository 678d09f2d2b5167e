"""Weights three times too large: two forwards, and nothing is a number any more."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="exploding",
    experiment="exploding",
    about=mark("A gain above 1 at every layer ends in nan; only new weights help then."),
    tasks=(
        Task(
            say=mark("Watch: after one step the run stops, for its numbers are not finite."),
            expect=(Expectation("lost", 1),),
            why=mark(
                "At gain 3 a layer doubles the signal both ways; one step with such a gradient "
                "throws the weights beyond what float32 holds."
            ),
            formula="gain/√2 = 3/√2 = ×2.12 a layer, measured {first_gain}, over {hidden} layers",
            steps=6,
        ),
        Task(
            say=mark("Press {key} and choose he: new weights, of the right size."),
            key="init",
            press=(("init", "he"),),
            expect=(
                Expectation("lost", high=0),
                Expectation("slope", -0.1, 0.1),
                Expectation("test_accuracy", 0.8),
            ),
            why=mark(
                "nan weights stay nan under any clipping or penalty; drawn with variance 2/n "
                "each layer passes on as much as it gets."
            ),
            formula="gain/√2 = √2/√2 = 1:  {gain} a layer",
            steps=300,
        ),
    ),
    source="Pascanu, Mikolov, Bengio 2013; He, Zhang, Ren, Sun 2015",
    further=mark(
        "Start with --set clip=norm:1: the first step is small then, and nothing is lost."
    ),
)
