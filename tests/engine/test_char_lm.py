"""A language model: its text, a user's own, what is refused, what it writes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch

from gradtui.core.errors import UsageError
from gradtui.core.records import End, Eval, Frame
from gradtui.core.texts import Texts
from gradtui.engine.data import load
from gradtui.engine.run import Run
from gradtui.engine.speech import SYMBOLS, Speech
from tests.engine.nets import CPU, of, spec_of, train

LINE = "the quick brown fox jumps over the lazy dog, \u4e2d\u6587 and \u00e9t\u00e9\n"


def small() -> Run:
    spec = spec_of("char-lm", "width=8", "length=20")
    return Run(spec, load(spec.data, length=20), CPU)


def test_y_is_x_one_symbol_on_and_the_end_is_held_out() -> None:
    data = load("alice", length=64)
    text = files("gradtui").joinpath("data/alice.txt").read_text(encoding="utf-8")
    assert data.language is not None
    symbols = np.array(data.language.symbols)
    assert (data.x_train[:, 1:] == data.y_train[:, :-1]).all()
    first = "".join(symbols[data.x_train[0]])
    assert first == text[:64]
    trained = int(len(text) - int(0.1 * len(text)))
    assert "".join(symbols[data.x_test[0]]) == text[trained : trained + 64]
    last = "".join(symbols[data.y_train[-1]])
    assert text.index(last) + 64 <= trained
    assert {len(load("alice", length=n).x_train) for n in (20, 60, 200)} == {len(data.x_train)}


def test_a_users_text_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes(b"\xef\xbb\xbf" + (LINE.replace("\n", "\r\n") * 100).encode())
    data = load(str(file), length=30)
    assert data.language is not None
    assert set(data.language.symbols) == set(LINE)
    spec = spec_of("char-lm", "width=8", data=str(file), steps=2)
    _, records = train(spec)
    assert of(End, records)[-1].state == "finished"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is empty"),
        (b"too short", "is too short, 9 characters: a text takes at least 4000"),
        (b"a" * 9000, "has 1 different character: a text has 2 to"),
        (b"ab" * 9000 + b"\xff\xfe", "is no UTF-8 .byte 0xff at offset 18000.: save the text as"),
        ("ab".encode("utf-16-le") * 9000, "holds NUL characters"),
        (b"ab" * 2_600_000, "has 5200000 bytes: at most 5000000 are read"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes, sentence: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(raw)
    with pytest.raises(UsageError, match=sentence):
        load(str(file))


def test_each_net_has_its_own_data() -> None:
    with pytest.raises(UsageError, match=r"text file './no.txt' does not exist"):
        load("./no.txt")
    with pytest.raises(UsageError, match=r"does not fit char-lm: it reads alice, FILE\.txt\."):
        spec_of("char-lm", data="digits")
    with pytest.raises(UsageError, match="does not fit vanishing: it reads tables"):
        spec_of("vanishing", data="story.txt")
    with pytest.raises(UsageError, match="does not fit rnn: it reads recall"):
        spec_of("rnn", data="alice")


@pytest.mark.parametrize("width", [4, 8])
def test_the_logits_have_a_bias_also_where_there_are_as_many_symbols_as_units(
    tmp_path: Path, width: int
) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("abcdefgh" * 1000)
    spec = spec_of("char-lm", f"width={width}", "heads=2", "depth=1", "length=20", data=str(file))
    run = Run(spec, load(spec.data, length=20), CPU)
    assert run.model.parameters.weights[-1].shape == (width, 8)
    names = run.spec.layers()
    assert [names[row] for row in run.parameters.biased] == [
        "block1.ffn1",
        "block1.ffn2",
        names[-1],
    ]


def test_no_place_sees_what_comes_behind_it() -> None:
    run = small()
    x = run.held_out[0][:8].clone()
    before = run.model.forward(x, run.forward_knobs, None).view(8, 20, -1)
    x[:, 12:] = 0
    after = run.model.forward(x, run.forward_knobs, None).view(8, 20, -1)
    assert torch.allclose(before[:, :12], after[:, :12], atol=1e-6)
    assert not torch.allclose(before[:, 12:], after[:, 12:], atol=1e-3)


def test_it_writes_from_the_held_out_part_with_the_same_noise_each_time() -> None:
    run = small()
    assert run.spec.layers()[:3] == ("embed", "block1.q", "block1.k")
    language = load("alice", length=20).language
    assert language is not None
    speech = Speech(run, language)
    state = torch.get_rng_state()
    share, one = speech.check(5)
    assert share is None
    assert one.texts == speech.look(7).texts
    assert torch.equal(state, torch.get_rng_state())
    assert {len(text.said) for text in one.texts} == {SYMBOLS}
    assert all(text.target == "" for text in one.texts)
    run.parameters.flat.fill_(torch.nan)
    assert len(speech.look(9).texts[0].said) == SYMBOLS


def test_a_run_learns_and_writes_less_and_less_often() -> None:
    spec = spec_of("char-lm", "width=16", "depth=1", "length=20", "lr=0.01", steps=100)
    _, records = train(spec)
    found, evals = of(Texts, records), of(Eval, records)
    assert [texts.step for texts in found] == [0, 80, 100]
    assert all(each.exact_match is None for each in evals)
    assert evals[0].loss == pytest.approx(np.log(67), rel=0.02)
    assert evals[-1].loss < 2.9
    assert np.isfinite(np.concatenate([frame.loss for frame in of(Frame, records)])).all()


def test_the_text_that_ships_says_where_it_is_from() -> None:
    readme = files("gradtui").joinpath("data/README.md").read_text(encoding="utf-8")
    assert "alice.txt" in readme
    assert "public domain" in readme
    assert 20_000 < len(files("gradtui").joinpath("data/alice.txt").read_bytes()) < 60_000
