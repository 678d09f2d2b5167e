"""Loss in nats is surprise: letters, then words, become less of one."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="char-lm",
    experiment="char-lm",
    about=mark("A decoder guesses the next letter of a text; its loss says how surprised it is."),
    tasks=(
        Task(
            say=mark("Press {key}: it writes any letters. Soon it knows which are frequent."),
            key="time",
            expect=(Expectation("test_loss", high=3.2),),
            why=mark(
                "A guess among all symbols costs the log of their number; counting letters alone "
                "brings it down to their entropy, near 3 in English."
            ),
            formula="L = −mean log p(next):  {test_loss}",
            steps=200,
        ),
        Task(
            say=mark("Let it train: spaces come where words end, and short words are right."),
            expect=(Expectation("test_loss", high=2.3),),
            why=mark("What comes next depends on what came before: attention looks back for it."),
            formula="e^L  =  so many letters seem as likely:  L = {test_loss}",
            steps=400,
        ),
    ),
    source="Shannon 1951; Bengio et al. 2003; Radford et al. 2019",
    further=mark("A text of yours: gradtui lab char-lm --data FILE.txt."),
)
