"""How much of a question an article covers with all it says, body included: BM25 over pieces of
words (Robertson & Zaragoza 2009), as a share of what a perfect article would reach."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.understanding.postings import Postings

SATURATION, LENGTH = 1.2, 0.5  # BM25's k1 and b
# A piece in more articles than these, and than this share of them, says nothing of any.
FEW, COMMONEST = 100, 0.1

Floats = NDArray[np.float32]


class Coverage:
    """The articles of an index, each one long text. It never changes."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """`documents`: the pieces of each article, as often as they occur."""
        counts = [Counter(pieces) for pieces in documents]
        containing = Counter(piece for one in counts for piece in one)
        most = max(FEW, COMMONEST * len(counts))
        kept = sorted(piece for piece, articles in containing.items() if articles <= most)
        self._ids = {piece: number for number, piece in enumerate(kept)}
        self._everywhere = containing.keys() - self._ids.keys()
        self._never = math.log(1 + len(counts))
        self._rarity = np.array(
            [math.log(1 + len(counts) / (1 + containing[piece])) for piece in self._ids],
            dtype=np.float32,
        )
        usual = sum(one.total() for one in counts) / max(1, len(counts)) or 1.0
        self._postings = Postings(
            [
                self._row(one, SATURATION * (1 - LENGTH + LENGTH * one.total() / usual))
                for one in counts
            ],
            len(self._ids),
        )

    def of(self, pieces: Iterable[str]) -> Floats:
        """One float an article, from 0 (shares nothing) to nearly 1."""
        asked = set(pieces) - self._everywhere
        known = [number for piece in asked if (number := self._ids.get(piece)) is not None]
        numbers = np.array(known, dtype=np.int64)
        weights = self._rarity[numbers]
        total = float(weights.sum()) + self._never * (len(asked) - len(known))
        return self._postings.sums(numbers, weights) / np.float32(total or 1.0)

    def _row(self, counts: Counter[str], damping: float) -> tuple[list[int], list[float]]:
        kept = [
            (number, n)
            for piece, n in counts.items()
            if (number := self._ids.get(piece)) is not None
        ]
        return [number for number, _ in kept], [n / (n + damping) for _, n in kept]
