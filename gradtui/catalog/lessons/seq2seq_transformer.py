"""What carries the gradient through a Transformer is the stream that its blocks add to."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="seq2seq-transformer",
    experiment="seq2seq-transformer",
    about=mark("Encoder and decoder reverse a string; each block adds to a stream of its own."),
    tasks=(
        Task(
            say=mark("Press {key}: what the net says is noise, and beside it stands the answer."),
            key="time",
            expect=(Expectation("steps", 20), Expectation("exact_match", high=0.1)),
            why=mark(
                "The learning rate is still small: a warm-up lets Adam learn the size of the "
                "gradients first. A deep net under post-norm does not train without it."
            ),
            formula="x ← x + f(norm(x))",
            steps=40,
        ),
        Task(
            say=mark("Let it train: word for word right, on strings that it has never seen."),
            expect=(Expectation("exact_match", 0.7),),
            why=mark("No place is further than one step of attention from any other."),
            formula="softmax(q kᵀ / √d) v:  exact match  {exact_match}",
            steps=520,
        ),
        Task(
            say=mark("Type :residual=off: the blocks stay, and the stream is gone."),
            press=(("residual", "off"),),
            expect=(Expectation("steps", 10), Expectation("test_accuracy", high=0.6)),
            why=mark("What a block does not say anew, no later block hears."),
            formula="x ← f(norm(x)):  symbols  {test_accuracy}",
            steps=40,
        ),
    ),
    source="Vaswani et al. 2017; Xiong et al. 2020",
    further=mark("Post-norm without a warm-up: --set norm_position=post --set warmup=0."),
)
