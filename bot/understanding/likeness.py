"""How alike a question and every phrasing of an index are, seen four ways, and mixed.

Words find the exact matter, pieces of words forgive typos and endings, senses know that a refund
is money back, and embeddings, where they are installed, what a whole sentence means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.understanding.common import common_words
from bot.understanding.embeddings import Vectors
from bot.understanding.phrasings import Phrasing
from bot.understanding.senses import Senses
from bot.understanding.space import Space
from bot.understanding.terms import Reader, Terms

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# What each way of seeing counts in the mixture; those that a language does not have count nothing.
SHARES = {"words": 1.0, "pieces": 1.0, "senses": 0.5, "embeddings": 8.0}
ENGLISH_SENSES = 1.5  # these were learned from a larger teacher, and know whole words, not stems
COMMONEST = 0.35  # share of the phrasings that has a piece, above which it says nothing
IMAGINED = 20.0  # texts of the language at large, to know its common words by
CHAT_WORDS = 8  # of such a text


class Seen(NamedTuple):
    """Likenesses of questions and phrasings, one array a way of seeing (0 to 1), and `mixed`."""

    ways: Mapping[str, Floats]
    mixed: Floats


class Likeness:
    """The phrasings of an index, ready to be compared. It never changes."""

    def __init__(
        self, phrasings: Sequence[Phrasing], reader: Reader, vectors: Vectors | None = None
    ) -> None:
        terms = [reader.terms(phrasing.words) for phrasing in phrasings]
        self.words = Space([one.words for one in terms], _common(reader), IMAGINED)
        self._pieces = Space([one.pieces for one in terms], commonest=COMMONEST)
        self._senses = Senses.load(reader.language)
        self._vectors = vectors
        # One row a phrasing, of unit length, for each way of seeing that has vectors.
        self._rows: dict[str, Floats] = {}
        if self._senses is not None:
            self._rows["senses"] = self._senses.vectors([one.words for one in phrasings])
        if vectors is not None:
            self._rows["embeddings"] = vectors.of([one.text for one in phrasings])
        ways = ("words", "pieces", *self._rows)
        counts = SHARES | ({"senses": ENGLISH_SENSES} if reader.language == "en" else {})
        total = sum(counts[way] for way in ways)
        self._shares = {way: np.float32(counts[way] / total) for way in ways}

    def of(self, terms: Terms, words: Sequence[str], text: str) -> Seen:
        """A question, seen beside every phrasing: arrays of one float a phrasing."""
        ways = {
            "words": self.words.likeness(*self.words.vector(terms.words)),
            "pieces": self._pieces.likeness(*self._pieces.vector(terms.pieces)),
        }
        if self._senses is not None:
            ways["senses"] = self._rows["senses"] @ self._senses.vector(words)
        if self._vectors is not None:
            ways["embeddings"] = self._rows["embeddings"] @ self._vectors.of_question(text)
        return self._mixed(ways)

    def between(self, rows: Ints, columns: Ints) -> Seen:
        """Phrasings seen beside one another: arrays of rows × columns."""
        ways = {
            "words": _product(self.words, rows, columns),
            "pieces": _product(self._pieces, rows, columns),
        }
        for way, vectors in self._rows.items():
            ways[way] = vectors[rows] @ vectors[columns].T
        return self._mixed(ways)

    def _mixed(self, ways: dict[str, Floats]) -> Seen:
        mixed = sum(share * ways[way] for way, share in self._shares.items())
        return Seen(ways, np.asarray(mixed, dtype=np.float32))


def _product(space: Space, rows: Ints, columns: Ints) -> Floats:
    return np.asarray((space.rows[rows] @ space.rows[columns].T).toarray(), dtype=np.float32)


def _common(reader: Reader) -> dict[str, float]:
    """Stem → the share of short texts in its language that have it."""
    shares: dict[str, float] = {}
    for word, per_million in common_words(reader.language).items():
        share = 1 - (1 - per_million / 1e6) ** CHAT_WORDS
        for stem in reader.stems(word):
            shares[stem] = min(1.0, shares.get(stem, 0.0) + share)
    return shares
