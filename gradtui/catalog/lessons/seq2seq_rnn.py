"""Attention is a way back that is one step long, however far the symbol stands."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="seq2seq-rnn",
    experiment="seq2seq-rnn",
    about=mark("Two LSTMs reverse a string of digits; attention joins each place to each other."),
    tasks=(
        Task(
            say=mark("Press {key}: what the net says is noise, and beside it stands the answer."),
            key="time",
            expect=(Expectation("steps", 20), Expectation("exact_match", high=0.1)),
            why=mark(
                "The last digit read must be said first. The score of a place decides how much "
                "of its state comes through, and the gradient goes back by the same weights."
            ),
            formula="cₜ = Σ αₜₛ hₛ,  ∂cₜ/∂hₛ = αₜₛ + …",
            steps=40,
        ),
        Task(
            say=mark("Let it train: word for word right, on strings that it has never seen."),
            expect=(Expectation("exact_match", 0.9),),
            why=mark(
                "Exact match counts a string only if every symbol is right and it ends in time, "
                "and the net reads back what it said itself, not the answer."
            ),
            formula="exact match  {exact_match},  symbols  {test_accuracy}",
            steps=520,
        ),
    ),
    source="Sutskever, Vinyals, Le 2014; Bahdanau, Cho, Bengio 2015; Luong, Pham, Manning 2015",
    further=mark("Dates as people write them: start with --set task=dates."),
)
