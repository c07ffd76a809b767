"""What people type to a bot that no company's help answers: the time, the weather, love, a song.

An index learns these lines as the wordings of no article, so that "what day is it today" is not
taken for a question about delivery days because both have a day in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "strays.txt"


def strays(language: str) -> tuple[str, ...]:
    """The lines of one language; none for a language without any."""
    return _lines().get(language, ())


@cache
def _lines() -> dict[str, tuple[str, ...]]:
    lines: dict[str, tuple[str, ...]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        language, _, text = line.partition(" ")
        lines[language] = (*lines.get(language, ()), text)
    return lines
