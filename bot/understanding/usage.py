"""How words and letters are used in one language: what a text's language is told by.

Three sources, each for what it has: the knowledge base's own texts, the table of common words, and
for neighbours, languages that no article is in, a short list of their commonest words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from bot.understanding import text as texts
from bot.understanding.common import common_words

NEIGHBOURS = Path(__file__).parent / "data" / "neighbour-words.txt"

WORD_FLOOR = 1e-4  # how common a word is taken to be that is not known
OWN_SHARE = 0.5  # of a word's frequency is what the knowledge base says, if it says anything
LISTED = 1 / 300  # how common each word of a neighbour's list is taken to be
GRAM_FLOOR = 0.5  # occurrences that a trigram is taken to have had besides those counted
GRAM_CHOICE = 2000  # about how many different trigrams a language has


class Usage:
    """One language's words with their frequencies, and the trigrams of its different words.

    Words are folded, so that a text typed without diacritics says as much as one with them."""

    def __init__(self, frequencies: Mapping[str, float], grams: Counter[str]) -> None:
        self._words = {word: math.log(f + WORD_FLOOR) for word, f in frequencies.items()}
        total = grams.total() + GRAM_CHOICE
        self._grams = {gram: math.log((n + GRAM_FLOOR) / total) for gram, n in grams.items()}
        self._no_gram = math.log(GRAM_FLOOR / total)

    def of_words(self, folded: Iterable[str]) -> float:
        """The logarithm of how likely these words are; comparable between all languages."""
        return sum(self._words.get(word, _NO_WORD) for word in folded)

    def of_grams(self, grams: Iterable[str]) -> float:
        """The logarithm of how likely these trigrams are; comparable between languages of which
        thousands of words are known."""
        return sum(self._grams.get(gram, self._no_gram) for gram in grams)

    def frequency(self, folded: str) -> float:
        """What share of all words is this one; 0.0 if it is not known."""
        return math.exp(self._words[folded]) - WORD_FLOOR if folded in self._words else 0.0


_NO_WORD = math.log(WORD_FLOOR)


def frequencies_of(language: str, samples: Iterable[str]) -> dict[str, float]:
    """Folded word → its share of all words, as the texts of the knowledge base and the table have
    it; both count the same where both are there."""
    own = Counter(
        texts.fold(word)
        for sample in samples
        for word in texts.tokens(texts.normalise(sample, len(sample)), language)
    )
    common = common_words(language)
    share = (OWN_SHARE if common else 1.0) if own else 0.0
    frequencies = {word: (1 - share) * times / 1e6 for word, times in common.items()}
    total = own.total()
    for word, times in own.items():
        frequencies[word] = frequencies.get(word, 0.0) + share * times / total
    return frequencies


def usage(language: str, frequencies: Mapping[str, float]) -> Usage:
    """What is known of a language of the knowledge base.

    Takes some 20 ms the first time a language is asked for."""
    common = common_words(language)
    grams = Counter(_common_grams(language))
    grams.update(texts.trigrams(word for word in frequencies if word not in common))
    return Usage(frequencies, grams)


def neighbour_usage(language: str, beside: Iterable[Usage]) -> Usage:
    """What is known of a language that the knowledge base does not speak; often nothing.

    A word of its list that one of the languages `beside` it has, too, is taken to be no commoner in
    it than there, lest "sveiki" be Lithuanian in a Latvian shop."""
    others = tuple(beside)
    frequencies = {}
    for word, listed in listed_words(language).items():
        shared = max((other.frequency(word) for other in others), default=0.0)
        frequencies[word] = min(listed, shared or listed)
    return Usage(frequencies, Counter())


def listed_words(language: str) -> Mapping[str, float]:
    """The commonest words of a neighbour, folded, each with the share of a text it is taken for; of
    Russian, those customers of a shop use most."""
    return dict.fromkeys(_neighbours().get(language, ()), LISTED)


@cache
def _common_grams(language: str) -> Counter[str]:
    return Counter(texts.trigrams(common_words(language)))


@cache
def _neighbours() -> Mapping[str, frozenset[str]]:
    lines = (line.split() for line in NEIGHBOURS.read_text("utf-8").splitlines())
    return {code: frozenset(map(texts.fold, words)) for code, *words in lines}
