"""What a text weighs: its stems and trigrams, the rare ones more, at unit length."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.understanding import text as texts

STEMS = 0.5  # the share of a vector's squared length that is stems; the rest is trigrams
REPAIRED_FROM = 4  # letters: shorter words are too close to one another to be repaired
TWO_TYPOS_FROM = 8  # letters


class Vectors:
    """Term weights of one language, learned from the phrasings and bodies of its articles."""

    def __init__(
        self, language: str, phrasings: Iterable[Sequence[str]], bodies: Iterable[Sequence[str]]
    ) -> None:
        """Each phrasing and each body is a list of tokens, as `tokens()` gives them."""
        self._language = language
        self._stemmer = texts.Stems(language)
        self._known_stems: dict[str, tuple[str, ...]] = {}
        phrasings, bodies = list(phrasings), list(bodies)
        for word in {word for words in (*phrasings, *bodies) for word in words}:
            self._known_stems[word] = self._stemmer.of(word)
        self._rarity = _rarity(len(phrasings), (self._terms(words) for words in phrasings))
        self._body_rarity = _rarity(len(bodies), (self.stems(words) for words in bodies))
        self._unseen = _weight(len(phrasings), 0)
        self._spellings = _by_initial(texts.fold(word) for words in phrasings for word in words)

    def tokens(self, text: str, limit: int = texts.QUESTION_LIMIT) -> list[str]:
        """The words of a text; links, addresses and long numbers are left out."""
        clean = texts.normalise(text, limit)
        return texts.tokens(texts.without_references(clean), self._language)

    def stems(self, words: Iterable[str]) -> list[str]:
        """All stems of the words, each once, in the words' order."""
        return list(dict.fromkeys(stem for word in words for stem in self._stems(word)))

    def vector(self, words: Sequence[str]) -> dict[str, float]:
        """Term → weight; the squares add up to 1 (to less when a text has only stems)."""
        stems = self._weighted(stem for word in words for stem in self._stems(word))
        grams = self._weighted(_grams(words))
        return _scaled(stems, STEMS) | _scaled(grams, 1 - STEMS)

    def body_weight(self, stem: str) -> float:
        """How much it says that a body has this stem; as much as possible if none has it."""
        return self._body_rarity.get(stem, self._unseen)

    def familiarity(self, words: Iterable[str]) -> float:
        """The share of the words' weight that the articles have ever used, from 0 to 1."""
        known = total = 0.0
        for word in dict.fromkeys(words):
            weight = self._seen_weight(word)
            known += weight
            total += weight or self._unseen
        return known / total if total else 0.0

    def repaired(self, words: Iterable[str]) -> list[str]:
        """The words, those that no article knows replaced by one of a phrasing a typo away."""
        return [self._repaired(word) for word in words]

    def _repaired(self, word: str) -> str:
        plain = texts.fold(word)
        if len(plain) < REPAIRED_FROM or plain.isdigit() or self._seen_weight(word):
            return word
        found = process.extractOne(
            plain,
            self._spellings.get(plain[0], ()),
            scorer=OSA.distance,
            score_cutoff=2 if len(plain) >= TWO_TYPOS_FROM else 1,
        )
        return found[0] if found else word

    def _seen_weight(self, word: str) -> float:
        stems = self._stems(word)
        in_phrasings = max(self._rarity.get(stem, 0.0) for stem in stems)
        return in_phrasings or max(self._body_rarity.get(stem, 0.0) for stem in stems)

    def _stems(self, word: str) -> tuple[str, ...]:
        return self._known_stems.get(word) or self._stemmer.of(word)

    def _terms(self, words: Sequence[str]) -> list[str]:
        return [*self.stems(words), *dict.fromkeys(_grams(words))]

    def _weighted(self, terms: Iterable[str]) -> dict[str, float]:
        return {
            term: (1 + math.log(times)) * self._rarity.get(term, self._unseen)
            for term, times in Counter(terms).items()
        }


def _grams(words: Iterable[str]) -> list[str]:
    """Trigrams, marked so that none is taken for a stem."""
    return [f"~{gram}" for gram in texts.trigrams(map(texts.fold, words))]


def _scaled(weights: Mapping[str, float], share: float) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    factor = math.sqrt(share) / length
    return {term: weight * factor for term, weight in weights.items()}


def _rarity(count: int, documents: Iterable[Iterable[str]]) -> dict[str, float]:
    containing = Counter(term for terms in documents for term in terms)
    return {term: _weight(count, number) for term, number in containing.items()}


def _weight(count: int, containing: int) -> float:
    return math.log(1 + (count + 0.5) / (containing + 0.5))


def _by_initial(words: Iterable[str]) -> dict[str, list[str]]:
    """Folded words by their first letter: people rarely mistype that one."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(set(words)):
        groups[word[:1]].append(word)
    return dict(groups)
