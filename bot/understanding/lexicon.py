"""The terms of many texts as numbers, and how many of the texts have each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Row = bytes  # the numbers of a text's different terms, four bytes each: small, and quick to join

_NUMBER = np.dtype(np.int32)


class Lexicon:
    """Which terms there are and what each says. It never changes: `changed` gives the next one.

    Numbers are given out once and stay: all lexicons that come of one another share them."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._containing = np.zeros(0, _NUMBER)
        self.total = 0
        self._rarity: Floats = np.zeros(0, np.float32)

    def row(self, terms: Iterable[str]) -> Row:
        """A text's terms, none twice, as numbers; those never seen get new ones. One thread at a
        time."""
        ids = self._ids
        return np.array([ids.setdefault(term, len(ids)) for term in terms], _NUMBER).tobytes()

    def changed(self, gone: Sequence[Row], new: Sequence[Row]) -> Lexicon:
        """The lexicon without the texts that went and with those that came."""
        following = Lexicon()
        following._ids = self._ids
        following.total = self.total - len(gone) + len(new)
        containing = np.zeros(len(self._ids), _NUMBER)
        containing[: len(self._containing)] = self._containing
        for rows, sign in ((gone, -1), (new, 1)):
            containing += sign * np.bincount(_joined(rows), minlength=len(containing)).astype(
                _NUMBER
            )
        following._containing = containing
        following._rarity = np.log1p((following.total + 0.5) / (containing + 0.5)).astype(
            np.float32
        )
        return following

    def containing(self, term: str) -> int:
        """How many texts have the term."""
        number = self._ids.get(term, -1)
        return int(self._containing[number]) if 0 <= number < len(self._containing) else 0

    def rarity(self, term: str) -> float:
        """What it says that a text has the term: log(1 + (n + ½) / (n with it + ½))."""
        return math.log1p((self.total + 0.5) / (self.containing(term) + 0.5))

    def compare(self, terms: Iterable[str], rows: Sequence[Row]) -> tuple[Floats, Floats]:
        """Cosines, of terms weighted by rarity, from 0 (nothing shared) to 1 (all): of a question's
        terms with each of n rows (n), and of the rows with one another (n × n). None of the rows
        is empty; there is at least one."""
        asked, total = self._asked(terms, 1)
        numbers = _joined(rows)
        weights = self._rarity[numbers]
        ends = np.append(_starts(rows), len(numbers))
        squares = np.add.reduceat(weights * weights, ends[:-1])
        weights /= np.repeat(np.sqrt(squares), np.diff(ends))
        # Dense: so few rows have so few terms that building sparse ones takes longer.
        columns, places = np.unique(numbers, return_inverse=True)
        matrix = np.zeros((len(rows), len(columns)), np.float32)
        matrix[np.repeat(np.arange(len(rows)), np.diff(ends)), places] = weights
        to_question: Floats = matrix @ (asked[columns] / np.float32(math.sqrt(total)))
        return to_question, matrix @ matrix.T

    def covered(self, terms: Iterable[str], rows: Sequence[Row]) -> Floats:
        """The part of a question's terms, weighted by rarity squared, that each of the rows (none
        of them empty) has: a float a row, from 0 to 1."""
        if not rows:
            return np.zeros(0, np.float32)
        asked, total = self._asked(terms, 2)
        return np.asarray(np.add.reduceat(asked[_joined(rows)], _starts(rows)) / total, np.float32)

    def _asked(self, terms: Iterable[str], power: int) -> tuple[Floats, float]:
        """What each term there is weighs in a question, to that power, and the sum of the squares
        of all the question's terms, known or not."""
        asked = np.zeros(len(self._rarity), np.float32)
        total = 0.0
        for term in set(terms):
            rarity = self.rarity(term)
            total += rarity * rarity
            if self.containing(term):
                asked[self._ids[term]] = rarity**power
        return asked, total or 1.0


def _starts(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(row) // _NUMBER.itemsize for row in rows[:-1])])


def _joined(rows: Sequence[Row]) -> NDArray[np.int32]:
    return np.frombuffer(b"".join(rows), _NUMBER)
