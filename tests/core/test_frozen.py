"""`frozen` gives what `dataclass(frozen=True)` gives; the standard library is the oracle."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pytest

from gradtui.core.frozen import frozen


def _of(decorator: Any) -> tuple[type[Any], ...]:
    @decorator
    class Point:
        x: int
        y: str = "a"
        unseen: int = field(default=0, repr=False, compare=False)

    @decorator
    class Deeper(Point):
        z: tuple[int, ...] = ()

    @decorator
    class Nothing:
        pass

    @decorator
    class Single:
        value: Any

    @decorator(kw_only=True)
    class Named:
        b: int
        a: float = 1.0

    return Point, Deeper, Nothing, Single, Named


def _standard(cls: type[Any] | None = None, /, **options: Any) -> Any:
    return dataclass(cls, frozen=True, **options)


def _made(decorator: Any) -> list[Any]:
    point, deeper, nothing, single, named = _of(decorator)
    return [
        point(1), point(1, "b"), point(1, "a", 7), point(2), deeper(1), deeper(1, "a", 0, (3,)),
        nothing(), single(1), single("x"), named(b=1), named(b=1, a=2.0), replace(point(1), x=2),
    ]  # fmt: skip


OURS, THEIRS = _made(frozen), _made(_standard)


def test_equal_where_the_standard_library_s_are() -> None:
    for ours, theirs in zip(OURS, THEIRS, strict=True):
        assert [ours == other for other in OURS] == [theirs == other for other in THEIRS]
        assert ours != theirs


def test_hashes_go_with_it() -> None:
    assert len(set(OURS)) == len(set(THEIRS))
    with pytest.raises(TypeError):
        hash(_of(frozen)[3]([]))


def test_the_same_words_and_fields() -> None:
    for ours, theirs in zip(OURS, THEIRS, strict=True):
        assert repr(ours) == repr(theirs)
        assert [each.name for each in fields(ours)] == [each.name for each in fields(theirs)]


def test_the_same_array_is_equal_to_itself() -> None:
    numbers = np.arange(3)
    for decorator in (frozen, _standard):
        single = _of(decorator)[3]
        assert single(numbers) == single(numbers)


def test_own_methods_stay() -> None:
    @frozen
    class Loud:
        x: int

        def __repr__(self) -> str:
            return "loud"

    assert repr(Loud(1)) == "loud"


def test_keywords_only() -> None:
    with pytest.raises(TypeError):
        _of(frozen)[4](1)
