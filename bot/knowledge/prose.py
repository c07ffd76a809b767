"""A Markdown answer as the sentences a customer reads, each with the line it begins in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.knowledge.markdown import passages

# Ends of "a full unit of speech" as Flesch counts them: also semicolons and colons that are
# followed by a space (How to Write Plain English, 1979).
_END = re.compile(r"(?<=[.!?…;:])[)\"'”»]*\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,:–-]\d+)*")
_ADDRESS = re.compile(
    r"(?<!\S)\S+@\S+|https?://\S+|(?<![\w.])\w+(?:\.\w+)*\.[a-z]{2,}/\S*", re.IGNORECASE
)
_SHORT = "al dr mr mrs ms np nr prof pl plkst sk str tel tj ul vs ul ул г д т им"
_ABBREVIATION = re.compile(rf"(?:^|[\s.(])(?:{'|'.join(_SHORT.split())})\.$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`line` counts from 0. `words` are words and figures; addresses are none."""

    line: int
    text: str
    words: tuple[str, ...]


def sentences(markdown: str) -> list[Sentence]:
    """The sentences of an answer, in order; each entry of a list ends one."""
    found = []
    for line, passage in passages(markdown):
        for start, text in _split(passage):
            words = tuple(_WORD.findall(_ADDRESS.sub(" ", text)))
            if words:
                found.append(Sentence(line + passage.count("\n", 0, start), text, words))
    return found


def _split(passage: str) -> Iterator[tuple[int, str]]:
    """(where it begins, sentence). "ul. Chmielna" and "approx. two" stay in one piece."""
    start = 0
    for end in _END.finditer(passage):
        piece = passage[start : end.start()]
        follows = passage[end.end() : end.end() + 1]
        if piece.endswith(".") and (follows.islower() or _ABBREVIATION.search(piece)):
            continue
        yield start, piece
        start = end.end()
    yield start, passage[start:]
