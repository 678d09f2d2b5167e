"""Scripts: what they hold, and the line on which something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradtui.core.errors import UsageError
from gradtui.demos import library
from gradtui.demos.lines import line_of
from gradtui.demos.script import EVERY, WITHIN, load, read

WHOLE = '''about = "All there is."
experiment = "overfit"
seed = 3
set = [
    "lr=0.1",
    "width=32",
]
at = ["5:activation=tanh"]
steps = 50
rate = 25

# a comment, with [[scene]] in it
[[scene]]
caption = """
text"""
press = "a shift+left ] space"
every = 0.5
until = "step 9"
within = 4
wait = 1

[[scene]]
type = "ab c"
set = "lr=0.3"
'''


def test_a_script_holds_what_it_says() -> None:
    script = read("x", WHOLE)
    request = script.request
    assert (script.about, script.rate) == ("All there is.", 25)
    assert (request.experiment, request.seed, request.steps) == ("overfit", 3, 50)
    assert (request.sets, request.at) == (("lr=0.1", "width=32"), ("5:activation=tanh",))
    assert request.device == "cpu"
    one, two = script.scenes
    assert (one.line, one.caption) == (13, "text")
    assert one.keys == ("a", "shift+left", "]", "space")
    assert (one.every, one.within, one.wait) == (0.5, 4, 1)
    assert one.until is not None
    assert one.until.text == "step 9"
    assert two.keys == (*"ab", "space", "c", ":", *"lr=0.3", "enter")
    assert (two.line, two.every, two.within, two.wait, two.caption) == (22, EVERY, WITHIN, 0, None)
    assert two.until is None


def test_most_may_be_left_out() -> None:
    script = read("x", "[[scene]]\nwait = 1\n")
    assert script.request.experiment == "vanishing"
    assert script.rate is None


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('press = "a ', 'press = "a foo ', 16, "press = 'foo': no such key"),
        ('press = "a ', 'press = "ctrl+c ', 16, "always leads out"),
        ('"step 9"', '"steps 9"', 18, "is no condition; conditions are: step N"),
        ('"step 9"', '"accuray > 0.9"', 18, "unknown quantity 'accuray'"),
        ('"step 9"', '"accuracy > many"', 18, "that is no number"),
        ('"step 9"', '"verdict vanished"', 18, "Did you mean vanishing?"),
        ('"step 9"', '"state is done"', 18, "unknown state 'done'"),
        ('"step 9"', '"knob activaton is tanh"', 18, "Did you mean activation?"),
        ('"step 9"', '"knob activation is tahn"', 18, "Did you mean tanh?"),
        ('"step 9"', '"knob depth is 3"', 18, "does not change in a run"),
        ('"width=32"', '"widht=32"', 6, "Did you mean width?"),
        ('"lr=0.1"', '"lr=fast"', 5, "lr 'fast' is not allowed"),
        ('"5:activation=tanh"', '"5:activation=tahn"', 8, "Did you mean tanh?"),
        ('"overfit"', '"overfitt"', 2, "Did you mean overfit?"),
        ("seed = 3", "seed = -3", 3, "seed takes a whole number from 0 on"),
        ("rate = 25", "rate = 0", 10, "rate takes a number from 0.1 to 10000"),
        ("rate = 25", 'rate = "fast"', 10, "rate takes a number"),
        ("wait = 1", "wait = -1", 20, "wait takes a number from 0 to 3600"),
        ("wait = 1", "wiat = 1", 20, "Did you mean wait?"),
        ('set = "lr=0.3"', 'set = "lr=-1"', 24, "lr '-1' is not allowed"),
        ('set = "lr=0.3"', 'set = "width=9"', 24, "width is fixed at the start"),
        ('set = "lr=0.3"', "set = 5", 24, "set takes a text in quotes"),
        ('type = "ab c"', 'type = "ab\\tc"', 23, "letters that can be shown"),
        ('type = "ab c"', "within = 3", 23, "limit of an until; there is none"),
        ("steps = 50", "steps = 50\nsteps = 51", 10, "Cannot overwrite a value"),
        ("seed = 3", "seed = ", 3, "Invalid value"),
        ("seed = 3", 'replay = "x"', 2, "experiment is for a run that is trained"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_with_its_line(
    old: str, new: str, line: int, sentence: str
) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(UsageError) as told:
        read("my.toml", WHOLE.replace(old, new))
    text = str(told.value)
    assert sentence in text
    assert text.startswith("my.toml")
    assert f"line {line}" in text
    assert "\n" not in text


def test_nothing_to_play() -> None:
    with pytest.raises(UsageError, match=r"it has no \[\[scene\]\]"):
        read("x", 'about = "nothing"\n')
    with pytest.raises(UsageError, match=r"line 1: scenes are tables"):
        read("x", "scene = 3\n")


def test_lines_are_found_behind_arrays_and_long_strings() -> None:
    text = 'a = [\n 1,\n 2]\nb = """\n[[s]]\nc = 1\n"""\n\n[[s]]\nc = 2\n[[s]]\n# no\nc = 3\n'
    lines: dict[tuple[str | int, ...], int] = {
        ("a",): 1, ("b",): 4, ("s", 0): 9, ("s", 0, "c"): 10, ("s", 1): 11, ("s", 1, "c"): 13,
    }  # fmt: skip
    assert {path: line_of(text, path) for path in lines} == lines


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    with pytest.raises(UsageError, match="No such file"):
        library.find(str(file))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is no text in UTF-8"):
        load("x", file)
    file.write_text(WHOLE)
    assert library.find(str(file)).request.seed == 3
    assert library.find(str(file), "another").label == "another"
    with pytest.raises(UsageError, match="Did you mean cure"):
        library.find("curee")
