"""Finding the articles of one language that a question may mean, and how sure that is.

Every title and every example question of an article is one *phrasing*. A question is compared
with all phrasings at once through an inverted index, and rapidfuzz compares it with the closest
ones again as typed. An article is as good as its best phrasing, helped a little by its other
phrasings and by its body; what no article ever mentions lowers every score.
"""

from __future__ import annotations

import heapq
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from bot.domain import Article, Match
from bot.understanding import text as texts
from bot.understanding.vectors import Vectors

CANDIDATES = 50  # phrasings that are compared again as typed
TYPED = 0.3  # the share of likeness as typed in a phrasing's score
SUPPORTERS = 3  # how many further phrasings of an article can support its best one
SUPPORT = 0.8  # how much of the gap to 1 they close if they fit perfectly
BODY = 0.35  # the same of a body that has all of the question's words
BODY_ALONE = 0.3  # the share of the words a body must have to make its article a candidate
FAMILIARITY = 0.5  # exponent: how fast words that nothing mentions lower a score
BODY_LIMIT = 20_000  # characters of a body that are indexed


class _Phrasing(NamedTuple):
    article: int
    text: str
    words: list[str]
    typed: str


class Index:
    """The articles of one language, ready to be searched from any thread. It never changes."""

    def __init__(self, articles: Iterable[Article], language: str = "") -> None:
        """`language` decides on the stemmer; it is that of the articles if left out."""
        self._articles = sorted(articles, key=lambda article: (article.id, article.path))
        self.language = language or next((a.language for a in self._articles), "")
        reader = Vectors(self.language, (), ())
        self._phrasings = [
            _Phrasing(number, phrasing, words, _typed(words))
            for number, article in enumerate(self._articles)
            for phrasing in dict.fromkeys((article.title, *article.questions))
            if (words := reader.tokens(phrasing))
        ]
        bodies = [reader.tokens(article.body, BODY_LIMIT) for article in self._articles]
        phrasings = [phrasing.words for phrasing in self._phrasings]
        self._vectors = Vectors(self.language, phrasings, bodies)
        self._postings = self._invert()
        self._bodies = self._invert_bodies(bodies)

    def search(self, text: str, limit: int = 5) -> tuple[Match, ...]:
        """The best articles for a question, best first, scores from 0 (unlike) to 1 (as written).

        Nothing is returned for a text without words. Any text will do; none raises."""
        words = self._vectors.tokens(text)
        if not words:
            return ()
        words = self._vectors.repaired(words)
        covered = self._covered(words)
        found = self._by_article(words)
        for number, share in covered.items():
            if share >= BODY_ALONE and number not in found:
                found[number] = [(0.0, "")]
        trust = self._vectors.familiarity(words) ** FAMILIARITY
        matches = [
            self._match(number, likenesses, covered.get(number, 0.0), trust)
            for number, likenesses in found.items()
        ]
        return tuple(heapq.nsmallest(limit, matches, key=lambda m: (-m.score, m.article.id)))

    def _match(
        self, number: int, likenesses: Sequence[tuple[float, str]], covered: float, trust: float
    ) -> Match:
        best, *others = heapq.nlargest(1 + SUPPORTERS, likenesses)
        support = sum(likeness for likeness, _ in others) / SUPPORTERS
        doubt = (1 - best[0]) * (1 - SUPPORT * support) * (1 - BODY * covered)
        article = self._articles[number]
        score = min(1.0, max(0.0, trust * (1 - doubt)))
        return Match(article, round(score, 6), best[1] or article.title)

    def _by_article(self, words: Sequence[str]) -> dict[int, list[tuple[float, str]]]:
        """Article → likeness to and text of each of its phrasings among the closest."""
        likeness = self._likeness(words)
        typed = _typed(words)
        found: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
        for number in heapq.nlargest(CANDIDATES, range(len(likeness)), key=likeness.__getitem__):
            if likeness[number] <= 0:
                break
            phrasing = self._phrasings[number]
            fused = (1 - TYPED) * likeness[number] + TYPED * _likeness_as_typed(typed, phrasing)
            found[phrasing.article].append((min(fused, 1.0), phrasing.text))
        return found

    def _likeness(self, words: Sequence[str]) -> list[float]:
        """The cosine of the words with each phrasing."""
        sums = [0.0] * len(self._phrasings)
        for term, weight in self._vectors.vector(words).items():
            if posting := self._postings.get(term):
                for number, other in zip(*posting, strict=True):
                    sums[number] += weight * other
        return sums

    def _covered(self, words: Sequence[str]) -> dict[int, float]:
        """Article → the share of the words' weight that its body has."""
        shares: defaultdict[int, float] = defaultdict(float)
        total = 0.0
        for stem in self._vectors.stems(words):
            weight = self._vectors.body_weight(stem) ** 2
            total += weight
            for number in self._bodies.get(stem, ()):
                shares[number] += weight
        return {number: share / total for number, share in shares.items()}

    def _invert(self) -> dict[str, tuple[array[int], array[float]]]:
        postings: dict[str, tuple[array[int], array[float]]] = {}
        for number, phrasing in enumerate(self._phrasings):
            for term, weight in self._vectors.vector(phrasing.words).items():
                numbers, weights = postings.setdefault(term, (array("I"), array("f")))
                numbers.append(number)
                weights.append(weight)
        return postings

    def _invert_bodies(self, bodies: Iterable[Sequence[str]]) -> dict[str, array[int]]:
        postings: dict[str, array[int]] = {}
        for number, words in enumerate(bodies):
            for stem in self._vectors.stems(words):
                postings.setdefault(stem, array("I")).append(number)
        return postings


def _typed(words: Iterable[str]) -> str:
    """The words sorted, as their order says little in a chat."""
    return " ".join(sorted(map(texts.fold, words)))


def _likeness_as_typed(typed: str, phrasing: _Phrasing) -> float:
    """From 0 to 1; half of it forgives words that only one side has."""
    whole = fuzz.ratio(typed, phrasing.typed)
    shared = fuzz.token_set_ratio(typed, phrasing.typed)
    return (whole + shared) / 200
