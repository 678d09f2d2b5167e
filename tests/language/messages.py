"""Every message that gradtui says in the person's language, and the catalog's own format.

`python -m tests.language.messages` adds what is missing in the .po file, drops what nobody says any
more, and compiles it. A message without a translation fails a test.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

import gradtui
from gradtui import catalog
from gradtui.catalog.knobs import KNOBS
from gradtui.cli import cli, command_names
from gradtui.core.language import ENGLISH, speak
from gradtui.tui import theme
from gradtui.tui.actions import ACTIONS, GROUPS, RECORDED
from gradtui.tui.screens import help as page

PACKAGE = Path(gradtui.__file__).parent
PO = PACKAGE / "locale" / "zh" / "LC_MESSAGES" / "gradtui.po"
MARKED = ("tr", "mark")
HEAD = (
    "Project-Id-Version: gradtui\nLanguage: zh\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
)


def written() -> Iterator[str]:
    """What stands in `tr("…")` and `mark("…")`."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in MARKED
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value)


def listed() -> Iterator[str]:
    """What the tables and catalog files hold, and is translated where it is shown."""
    for name in catalog.names("experiments"):
        entry = catalog.experiment(name)
        yield from (entry.question, entry.try_this)
    for name in catalog.names("lessons"):
        yield from (task.formula for task in catalog.lesson(name).tasks)
    for action in ACTIONS:
        yield from (action.sentence, action.line)
    yield from (*GROUPS, *RECORDED)
    yield from page.HEADS
    yield from (sign[-1] for sign in page.SIGNS)
    yield from (text for _, text in page.VERDICTS)
    # A list of values is the same in every language; words between them are not.
    yield from (knob.allowed for knob in KNOBS.values() if _is_prose(knob.allowed))
    yield from (theme.load(name).about for name in theme.names())


def _is_prose(allowed: str) -> bool:
    return bool(re.search(r"\b(a|number|name)\b", allowed))


def spoken() -> Iterator[str]:
    """What the command line's help says."""
    speak(ENGLISH)
    with click.Context(cli) as ctx:
        commands = [cli.get_command(ctx, name) for name in command_names()]
    for command in (cli, *commands):
        assert command is not None
        yield cleandoc(command.help or "")
        yield from (getattr(option, "help", None) or "" for option in command.params)


def used() -> list[str]:
    """All of them, each once."""
    return [text for text in dict.fromkeys([*written(), *listed(), *spoken()]) if text.strip()]


def read(text: str) -> dict[str, str]:
    """msgid -> msgstr of a .po file; '' is its head."""
    found: dict[str, str] = {}
    key, field = "", ""
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("msgid", "msgstr"):
            field, value = word, ast.literal_eval(rest)
            if word == "msgid":
                key = value
                found[key] = ""
            else:
                found[key] = value
        elif line.startswith('"'):
            value = ast.literal_eval(line)
            if field == "msgid":
                del found[key]
                key += value
                found[key] = ""
            else:
                found[key] += value
    return found


def write(messages: dict[str, str]) -> str:
    """The .po file, in the order of the messages."""
    return "\n".join(
        f"msgid {_quoted(key)}\nmsgstr {_quoted(value)}\n" for key, value in messages.items()
    )


def _quoted(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def compiled(messages: dict[str, str]) -> bytes:
    """The .mo file of GNU gettext: two tables of (length, offset), sorted by the message."""
    pairs = sorted((k.encode(), v.encode()) for k, v in messages.items() if v)
    start = 7 * 4
    at = start + 16 * len(pairs)
    tables: tuple[list[int], list[int]] = ([], [])
    body = b""
    for i in (0, 1):
        for pair in pairs:
            tables[i].extend((len(pair[i]), at + len(body)))
            body += pair[i] + b"\0"
    head = (0x950412DE, 0, len(pairs), start, start + 8 * len(pairs), 0, 0)
    return struct.pack(f"<{7 + 4 * len(pairs)}I", *head, *tables[0], *tables[1]) + body


def main() -> None:
    old = read(PO.read_text(encoding="utf-8")) if PO.exists() else {}
    new = {"": HEAD} | {text: old.get(text, "") for text in used()}
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_text(write(new), encoding="utf-8")
    PO.with_suffix(".mo").write_bytes(compiled(new))
    missing = [text for text, said in new.items() if not said]
    gone = [text for text in old if text not in new]
    print(f"{len(new) - 1} messages, {len(missing)} without translation, {len(gone)} dropped")
    sys.stdout.writelines(f"  {text}\n" for text in missing)


if __name__ == "__main__":
    main()
