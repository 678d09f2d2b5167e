"""Gradient descent on a convex loss: it settles, unless the step is too large."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="softmax",
    experiment="softmax",
    about=mark("On a convex loss the step size alone decides between settling and swinging."),
    tasks=(
        Task(
            say=mark("Watch the loss settle; press l for its formulas with this run's numbers."),
            expect=(
                Expectation("steps", 100),
                Expectation("train_loss", high=0.4),
                Expectation("test_accuracy", 0.9),
            ),
            why=mark(
                "Cross-entropy over a linear map has one valley; with l2 it is curved in every "
                "direction, and each step goes down."
            ),
            formula="θ ← θ − α ∇L, α = {lr}:  train loss {train_loss}",
            steps=120,
        ),
        Task(
            say=mark("Press {key} three times: at a rate of 30 the steps leap across the valley."),
            key="lr.up",
            press=(("lr", 30.0),),
            expect=(Expectation("steps", 20), Expectation("train_loss", 2.3)),
            why=mark(
                "Gradient descent settles only while α is below 2/λ, λ the largest curvature of "
                "the loss."
            ),
            formula="α = {lr} > 2/λ:  train loss {train_loss}, a guess has ln {classes}",
            steps=60,
        ),
        Task(
            say=mark("Press {key} three times: back at 1 it settles again, from wherever it is."),
            key="lr.down",
            press=(("lr", 1.0),),
            expect=(Expectation("train_loss", high=0.5), Expectation("test_accuracy", 0.9)),
            why=mark("A convex loss has no other valley to be lost in."),
            formula="α = {lr}:  train loss {train_loss}",
            steps=400,
        ),
    ),
    source="Bishop 2006, section 4.3.4; Nesterov 2004, section 1.2.3",
    further=mark("Press l again and go through the examples with j: p − y is all there is to it."),
)
