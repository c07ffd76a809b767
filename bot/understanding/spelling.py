"""Typos: a word that no article knows is taken for one that it does, a slip of the finger away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.understanding import text as texts
from bot.understanding.common import common_words

SHORTEST = 4  # letters: shorter words are too close to one another to be repaired
TWO_SLIPS_FROM = 8  # letters


class Spelling:
    """The words of an index. It never changes."""

    def __init__(self, words: Iterable[str], language: str = "") -> None:
        """`words`: all that the articles use, as tokens. The common words of `language` are no
        typos, near as they may be to one of those: "play" is not "pay"."""
        self._common = common_words(language)
        self._known = {texts.fold(word) for word in words}
        self._by_initial: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            self._by_initial[word[:1]].append(word)  # people rarely mistype the first letter

    def repaired(self, words: Iterable[str], known: Iterable[bool]) -> list[str]:
        """The words, each replaced that is not `known` and that is near one that is."""
        return [
            word if is_known else self._repaired(texts.fold(word), word)
            for word, is_known in zip(words, known, strict=True)
        ]

    def _repaired(self, plain: str, word: str) -> str:
        if len(plain) < SHORTEST or plain in self._known or plain in self._common:
            return word
        if any(map(str.isdigit, plain)):
            return word
        near: Sequence[str] = self._by_initial.get(plain[0], ())
        slips = 2 if len(plain) >= TWO_SLIPS_FROM else 1
        found = process.extractOne(plain, near, scorer=OSA.distance, score_cutoff=slips)
        return found[0] if found else word
