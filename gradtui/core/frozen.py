"""Dataclasses that nobody changes, cheap to make.

For `@dataclass(frozen=True)` Python writes and compiles six functions a class, which takes a
millisecond; a screen needs a hundred such classes before its first paint. Here it compiles one,
`__init__`; the others are written once, for all. That nothing is assigned to is mypy's to see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import fields as of
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Any] | None = None, /, *, kw_only: bool = False) -> Any:
    """As `dataclass(frozen=True)`: fields, `replace`, `repr`, equal if of one class and values."""

    def made(cls: type[Any]) -> type[Any]:
        made = dataclass(eq=False, repr=False, kw_only=kw_only)(cls)
        names = [each.name for each in of(made) if each.compare]
        made._values = attrgetter(*names) if names else _nothing
        for name in ("__eq__", "__hash__", "__repr__"):
            if name not in vars(made):
                setattr(made, name, vars(_Written)[name])
        return made

    return made if cls is None else made(cls)


def _nothing(instance: object) -> None:
    """The values of a class without fields."""


class _Written:
    """What is the same for all."""

    _values: Callable[[object], object]

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        values = type(self)._values
        return (values(self),) == (values(other),)  # what is the same object is equal

    def __hash__(self) -> int:
        return hash(type(self)._values(self))

    def __repr__(self) -> str:
        shown: Any = self
        told = (f"{each.name}={getattr(self, each.name)!r}" for each in of(shown) if each.repr)
        return f"{type(self).__qualname__}({', '.join(told)})"
