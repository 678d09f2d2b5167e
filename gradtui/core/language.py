"""The language that people are spoken to in: one catalog of messages, in the gettext form.

What a person reads is marked where it is written: `tr("…")` where it is said at once, `mark("…")`
where it is kept and said later, by `tr` of the variable. Placeholders are filled in afterwards.
Names of knobs, values, layers and keys, numbers and formulas are the same in every language.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

from gradtui.core.errors import unknown

DOMAIN = "gradtui"
FOLDER = Path(__file__).parents[1] / "locale"
ENGLISH = "en"
"""The language that the messages are written in; it needs no catalog."""
MEANT = {
    "chinese": "zh", "zh-hans": "zh", "zh_hans": "zh", "cn": "zh", "zhongwen": "zh", "中文": "zh",
    "english": "en", "c": "en", "posix": "en",
}  # fmt: skip
"""What people write instead of a code."""

_present: list[gettext.NullTranslations] = [gettext.NullTranslations()]
_name = [ENGLISH]


def languages() -> tuple[str, ...]:
    """All languages that there is a catalog for, English first."""
    found = FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return (ENGLISH, *sorted(file.parents[1].name for file in found))


def language() -> str:
    """The one that is spoken."""
    return _name[0]


def speak(name: str) -> None:
    """Speak a language from now on: `zh`, `zh_CN`, `zh-CN.UTF-8`; `UsageError` for an unknown one.

    The whole process speaks one language.
    """
    code = _code(name)
    if code not in languages():
        raise unknown("language", name, languages(), MEANT.get(name.lower(), name))
    _name[0] = code
    _present[0] = (
        gettext.NullTranslations()
        if code == ENGLISH
        else gettext.translation(DOMAIN, FOLDER, [code])
    )


def preferred(environ: Mapping[str, str] = os.environ) -> str:
    """The language of the locale, if there is a catalog for it; else English."""
    locale = next((environ[v] for v in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(v)), "")
    code = _code(locale)
    return code if code in languages() else ENGLISH


def tr(message: str) -> str:
    """The message in the language that is spoken; as it is where it has no translation."""
    return _present[0].gettext(message) if message else message


def mark(message: str) -> str:
    """The message itself: it is to be translated, and will be when it is said."""
    return message


def _code(name: str) -> str:
    """`zh` of `zh_CN.UTF-8`."""
    return name.partition(".")[0].replace("-", "_").partition("_")[0].lower()
