"""TF-IDF: what texts weigh by their terms, and how alike a question is to each of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.understanding.postings import Postings

Floats = NDArray[np.float32]

FEW = 100  # texts: a term that no more have is kept in any case
Ints = NDArray[np.int32]


class Space:
    """The texts of an index as vectors of unit length, one row a text. It never changes.

    A term weighs (1 + log times it occurs) · (1 + log((1 + n) / (1 + n with it))), the usual
    smoothed TF-IDF with sublinear counts; `common` adds, for terms that are common in the language
    at large, texts in which they are taken to occur, so that a folder of three articles knows that
    "the" says little."""

    def __init__(
        self,
        documents: Sequence[Sequence[str]],
        common: Mapping[str, float] | None = None,
        imagined: float = 0.0,
        commonest: float = 1.0,
    ) -> None:
        """`documents`: the terms of each text. `common`: term → share of the `imagined` further
        texts that have it. Terms that more than the share `commonest` of the texts have are left
        out: they say next to nothing, and take most of the time."""
        containing = Counter(term for terms in documents for term in set(terms))
        most = max(FEW, commonest * len(documents))
        kept = sorted(term for term, texts in containing.items() if texts <= most)
        self.ids = {term: number for number, term in enumerate(kept)}
        self._total = len(documents) + imagined
        self._common = common or {}
        self._imagined = imagined
        self.idf: Floats = np.array(
            [self._rarity(term, containing[term]) for term in self.ids], dtype=np.float32
        )
        self._postings = Postings([self.vector(terms) for terms in documents], len(self.ids))
        self.rows = self._postings.rows

    def rarity(self, term: str) -> float:
        """What a term weighs; one that no text has, most of all."""
        number = self.ids.get(term)
        return self._rarity(term, 0) if number is None else float(self.idf[number])

    def vector(self, terms: Iterable[str]) -> tuple[Ints, Floats]:
        """(numbers of the terms, their weights at unit length); terms unknown here are left out."""
        counts = Counter(number for term in terms if (number := self.ids.get(term)) is not None)
        numbers = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
        times = np.fromiter(map(_damped, counts.values()), dtype=np.float32, count=len(counts))
        weights = times * self.idf[numbers]
        length = math.sqrt(float(weights @ weights)) or 1.0
        return numbers, weights / np.float32(length)

    def likeness(self, numbers: Ints, weights: Floats) -> Floats:
        """The cosine of a vector with every text: one float a text, 0 (nothing shared) to 1."""
        return self._postings.sums(numbers, weights)

    def _rarity(self, term: str, containing: int) -> float:
        elsewhere = self._imagined * self._common.get(term, 0.0)
        return 1 + math.log((1 + self._total) / (1 + containing + elsewhere))


def _damped(times: int) -> float:
    return 1.0 if times == 1 else 1 + math.log(times)
