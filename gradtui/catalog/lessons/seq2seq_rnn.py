"""Attention: every step that was read is one step from the loss."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="seq2seq-rnn",
    experiment="seq2seq-rnn",
    about=mark("Attention ties every step of the source to every step of the target."),
    tasks=(
        Task(
            say=mark(
                "Press {key} twice: the gradient is level over all time steps that were read."
            ),
            key="time",
            expect=(
                Expectation("steps", 20),
                Expectation("time_slope", -0.15, 0.06),
                Expectation("train_accuracy", high=0.5),
            ),
            why=mark(
                "Each target symbol looks at each source step directly, so the way back is one "
                "step long, however long the source is."
            ),
            formula="c = Σ αₜ hₜ,  ∂c/∂hₜ ∋ αₜ:  {time_gain} a time step",
            steps=40,
        ),
        Task(
            say=mark("Watch it learn to reverse digits; the line of samples shows what it says."),
            expect=(Expectation("train_accuracy", 0.95), Expectation("time_slope", -0.2, 0.06)),
            why=mark(
                "Once the weights α point at the digit that is due, its symbol has only to be "
                "copied."
            ),
            formula="train accuracy {train_accuracy}, train loss {train_loss}",
            steps=400,
        ),
    ),
    source="Sutskever, Vinyals, Le 2014; Bahdanau, Cho, Bengio 2015; Luong, Pham, Manning 2015",
    further=mark("Start with --set task=dates: the order changes, and so do the words."),
)
