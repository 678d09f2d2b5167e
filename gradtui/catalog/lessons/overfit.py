"""A hundred digits learned by heart, and what l2 does about it."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="overfit",
    experiment="overfit",
    about=mark("A small training loss says little; the gap to the held-out loss says more."),
    tasks=(
        Task(
            say=mark("Watch train and test part: the training set is soon known by heart."),
            expect=(
                Expectation("train_accuracy", 1),
                Expectation("gap", 150),
                Expectation("test_accuracy", 0.7, 0.97),
            ),
            why=mark(
                "The net has hundreds of weights for each example; nothing in the loss asks it "
                "for more than these hundred answers."
            ),
            formula="test loss {test_loss} = {gap} · train loss {train_loss}",
            steps=400,
        ),
        Task(
            say=mark(
                "Press {key} twice, none → l1 → l2, then ] twice: large weights cost something now."
            ),
            key="regularizer.next",
            press=(("regularizer", "l2"), ("strength", 0.01)),
            expect=(Expectation("steps", 100), Expectation("gap", 2, 60)),
            why=mark(
                "l2 pulls every weight towards 0, so the net cannot be arbitrarily sure; the "
                "gap closes from the side of the training loss, test accuracy hardly moves."
            ),
            formula="L + s/2 Σ w²:  test loss {test_loss} = {gap} · train loss {train_loss}",
            steps=400,
        ),
    ),
    source="Zhang, Bengio, Hardt, Recht, Vinyals 2017; Krogh, Hertz 1991",
    further=mark("Press : and type dropout=0.5: what happens to the training accuracy?"),
)
