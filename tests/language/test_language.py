"""The catalog of messages: whole, compiled, and translated without touching what is typed."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from gradtui import catalog
from gradtui.catalog.knobs import INITS, KNOBS, OPTIMIZERS
from gradtui.cli import main
from gradtui.core.errors import UsageError
from gradtui.core.language import ENGLISH, language, languages, mark, preferred, speak, tr
from gradtui.core.wide import width, wrap
from tests.language.messages import HEAD, PO, compiled, read, used, write


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    speak(ENGLISH)
    yield
    speak(ENGLISH)


def messages() -> dict[str, str]:
    found = read(PO.read_text(encoding="utf-8"))
    assert found.pop("") == HEAD
    return found


def test_the_compiled_catalog_is_the_written_one() -> None:
    """Python's own reader of .mo files says what is in it."""
    text = PO.read_text(encoding="utf-8")
    assert write(read(text)) == text
    mo = PO.with_suffix(".mo")
    assert mo.read_bytes() == compiled(read(text)), "run python -m tests.language.messages"
    with mo.open("rb") as file:
        held = gettext.GNUTranslations(file)
    for key, value in messages().items():
        assert held.gettext(key) == value
    assert held.info()["language"] == "zh"


def test_every_message_is_translated_and_none_is_left_over() -> None:
    found = messages()
    missing = [text for text in used() if not found.get(text)]
    assert not missing, "run python -m tests.language.messages, and translate these"
    assert set(found) == set(used())


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("message", messages())
def test_placeholders_and_blanks_agree(message: str) -> None:
    said = messages()[message]
    assert fields(said) == fields(message)
    assert said[: len(said) - len(said.lstrip())] == message[: len(message) - len(message.lstrip())]
    assert said.strip()


VALUES = {
    *catalog.names("activations"), *catalog.names("regularizers"), *OPTIMIZERS, *INITS, "rezero",
} - {"none", "identity", "critical", "full", "orthogonal"}  # fmt: skip
"""Words that a person types or reads off the screen."""
TYPED = re.compile(
    r"[a-z_0-9]+=[\w.:-]*\w|--[a-z-]+|`[^`]+`|KNOB=VALUE|(?:ctrl|shift)\+\w+", re.ASCII
)
CHOSEN = re.compile(r"(?:choose|Press i,) ([a-z_]+)(?= and|:|$|\.)")
KEY = re.compile(r"[Pp]ress (\S)(?![\w])")


def typed(text: str) -> list[str]:
    return sorted(TYPED.findall(text))


@pytest.mark.parametrize("message", messages())
def test_no_key_and_no_name_of_a_knob_or_a_value_was_translated(message: str) -> None:
    said = messages()[message]
    assert typed(said) == typed(message)
    for value in VALUES:
        word = re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-])", re.ASCII)
        assert bool(word.search(message)) == bool(word.search(said)), value
    assert [value for value in CHOSEN.findall(message) if value not in said] == []
    for key in KEY.findall(message):
        assert re.search(rf"(按|按两次|再按|选) ?{re.escape(key)}|{re.escape(key)}", said)


def test_what_is_said_in_chinese_is_chinese() -> None:
    """A message of words has characters of its own; one of symbols may stay as it is."""
    for message, said in messages().items():
        formula = "= " in message and "{" in message
        if not formula and re.search(r"[a-z]{4,} [a-z]{2,}", re.sub(r"`[^`]+`", "", message)):
            assert re.search("[\u4e00-\u9fff]", said), message
        assert not re.search("[,;!?][\u4e00-\u9fff]|[\u4e00-\u9fff][,;!?]", said), message


def test_the_screen_asks_for_the_words_of_its_tables() -> None:
    assert {knob.allowed for knob in KNOBS.values() if "number" in knob.allowed} <= set(used())
    assert mark("every layer") == "every layer"
    assert tr("no such message") == "no such message"
    assert tr("") == ""
    speak("zh")
    assert (tr("every layer"), tr("")) == ("所有层", "")


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_SG"}, "zh"),
    ],
)
def test_the_locale_chooses(environ: dict[str, str], name: str) -> None:
    assert preferred(environ) == name


def test_a_language_has_one_name_and_many_spellings() -> None:
    assert languages() == ("en", "zh")
    for given in ("zh", "zh_CN", "zh-CN.UTF-8", "ZH"):
        speak(given)
        assert language() == "zh"
    for given, near in (("zhh", "zh"), ("chinese", "zh"), ("english", "en")):
        with pytest.raises(UsageError, match=rf"allowed: en, zh\. Did you mean {near}\?"):
            speak(given)
    assert language() == "zh"


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(args)
    assert isinstance(left.value.code, int | None)
    return left.value.code or 0


@pytest.mark.parametrize(
    "args", [("--lang", "zh", "list", "lessons"), ("list", "lessons", "--lang", "zh")]
)
def test_lists_are_translated_and_their_columns_stand(
    args: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*args) == 0
    heads, *lines = capsys.readouterr().out.splitlines()
    assert "深层 sigmoid 网络为什么学不动？" in lines[0]
    at = heads.index("source")
    for line, name in zip(lines, catalog.names("lessons"), strict=True):
        source = catalog.lesson(name).source
        assert width(line[: line.rindex(source)]) == at


def test_programs_read_english(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run("list", "rules", "--json") == 0
    assert all(row["finds"].isascii() for row in json.loads(capsys.readouterr().out))
    assert run("list", "rules") == 0
    assert "信号" in capsys.readouterr().out


def test_help_is_translated_wherever_the_option_stands(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (("lab", "--help", "--lang", "zh"), ("--lang=zh", "lab", "-h")):
        assert run(*args) == 0
        assert "在屏幕上训练一个实验" in capsys.readouterr().out
    assert run("--help") == 0
    assert "A gradient laboratory" in capsys.readouterr().out


@pytest.mark.parametrize("command", [(), ("lab",), ("train",), ("list",)])
def test_an_unknown_language_is_told_in_one_sentence(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*command, "--lang", "zz") == 2
    assert capsys.readouterr().err == (
        "gradtui: unknown language 'zz'; allowed: en, zh. Did you mean zh?\n"
    )


def test_chinese_lines_break_anywhere_but_before_a_mark() -> None:
    text = "看泳道右侧的剖面：它是倾斜的（slope +0.63），信号消失。按 a：激活函数变为 tanh。"
    for room in range(12, 60):
        lines = wrap(text, room)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert max(map(width, lines)) <= room
        assert not [line for line in lines if line[0] in "，。：）" or line[-1] == "（"]
        assert all(width(line) > room - 13 for line in lines[:-1])
