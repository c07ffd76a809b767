"""A text as the terms it is compared by: stems, pairs of stems, and pieces of words."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from bot.understanding import text as texts
from bot.understanding.translit import cyrillic

SHORTEST, LONGEST = 3, 4  # characters of a piece; 2 to 5 finds no more, at twice the cost
WORDS_KEPT = 20_000  # different words whose stems and pieces are remembered


class Terms(NamedTuple):
    """`words`: stems and pairs of neighbouring ones; `pieces`: runs of characters of each word."""

    words: list[str]
    pieces: list[str]


class Reader:
    """Takes the texts of one language apart. Any thread may use it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._stemmer = texts.Stems(language)
        self.stems = lru_cache(WORDS_KEPT)(self._stemmer.of)
        self._pieces = lru_cache(WORDS_KEPT)(_pieces)

    def tokens(self, text: str, limit: int = texts.QUESTION_LIMIT) -> list[str]:
        """The words of a text; links, addresses and long numbers are left out. Russian in Latin
        letters is read as if it were in its own."""
        clean = texts.normalise(text, limit)
        if self.language == "ru":
            clean = cyrillic(clean) or clean
        return texts.tokens(texts.without_references(clean), self.language)

    def terms(self, words: Sequence[str]) -> Terms:
        """The terms of a text given as its tokens, repeated as often as they occur."""
        stems = [self.stems(word) for word in words]
        first = ["^", *(several[0] for several in stems), "$"]
        pairs = [f"{one} {other}" for one, other in pairwise(first)]
        singles = [stem for several in stems for stem in several]
        return Terms(singles + pairs, [piece for word in words for piece in self._pieces(word)])


def _pieces(word: str) -> tuple[str, ...]:
    # The same few thousand pieces make up all words: each is kept once.
    return tuple(map(sys.intern, _runs(f" {texts.fold(word)} ")))


def _runs(padded: str) -> Iterable[str]:
    for length in range(SHORTEST, LONGEST + 1):
        for start in range(len(padded) - length + 1):
            yield padded[start : start + length]
