"""What is wrong with a file, said so that the person who wrote it can put it right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Generic, Literal, TypeVar

Where = tuple[str | int, ...]  # the keys and positions that lead to a value: ("buttons", 0, "url")

Level = Literal["error", "warning", "note"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `what` and `what_to_do` are sentences without their full stops.

    An error keeps (part of) the file from being used; a warning does not. A note is good to know
    and asks for nothing today."""

    path: str
    line: int | None
    what: str
    what_to_do: str
    level: Level = "error"

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.what}. Do: {self.what_to_do}."


class Broken(Exception):
    """A file cannot be read at all."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T_co]):
    """What came of a file: its value if there is any, what is wrong, and where things stand."""

    value: T_co | None
    faults: tuple[Fault, ...] = ()
    lines: Mapping[Where, int] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        return any(fault.level == "error" for fault in self.faults)


def nearest(word: str, known: Iterable[str]) -> str:
    """What to do about a mistyped name: use the known one it is closest to, or one of the few."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f'write "{close[0]}" if that is meant, else delete it'
    return f"use one of: {', '.join(names)}" if 0 < len(names) <= 10 else "correct or delete it"


def closest(id: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The ids a mistyped one may have been meant as: those written alike, then those that share a
    word with it. Empty if there are none."""
    names = sorted(known)
    alike = get_close_matches(id.lower(), names, most, cutoff=0.6)
    words = _words(id)
    sharing = [name for name in names if words & _words(name)]
    return tuple(dict.fromkeys([*alike, *sharing]))[:most]


def _words(id: str) -> set[str]:
    return {word for word in id.lower().replace("_", "-").split("-") if len(word) > 2}
