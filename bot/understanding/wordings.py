"""A set of wordings that knows whether it has one like this already."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from bot.understanding import text as texts

NEARLY = 92.0  # likeness as typed, of 100, from which two differ by no more than a typo


class Wordings:
    """Questions of one language. Two are the same here if they differ in no more than order,
    endings, accents, capitals, signs or a typo: a second one would teach nothing new."""

    def __init__(self, language: str, wordings: Iterable[str] = ()) -> None:
        self._language = language
        self._stems = texts.Stems(language)
        self._by_stems: dict[frozenset[str], str] = {}
        self._by_typed: dict[str, str] = {}
        for wording in wordings:
            self.add(wording)

    def add(self, wording: str) -> None:
        """Texts without a word are not kept."""
        words = texts.words_of(wording, self._language)
        if words:
            self._by_stems.setdefault(self._roots(words), wording)
            self._by_typed.setdefault(texts.typed(words), wording)

    def like(self, text: str) -> str | None:
        """The wording in the set that is the same as this one or nearly so."""
        words = texts.words_of(text, self._language)
        found = self._by_stems.get(self._roots(words))
        if found is not None or not words:
            return found
        near = process.extractOne(
            texts.typed(words), self._by_typed.keys(), scorer=fuzz.ratio, score_cutoff=NEARLY
        )
        return self._by_typed[near[0]] if near else None

    def _roots(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(self._stems.of(word)[0] for word in words)
