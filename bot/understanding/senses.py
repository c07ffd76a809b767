"""What words mean without the sentence around them: one small vector a word, shipped per language.

Words that mean alike lie close, so that "refund" finds "money back" though they share no letter.
A text is the sum of its words' vectors; common words are short vectors and count for little.
The files are made by `benchmarks/training/word_vectors.py`; see `data/README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.understanding import text as texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FOLDER = Path(__file__).parent / "data"
_REMEMBERED = 8192  # words whose rows are kept at hand


class Senses:
    """The word vectors of one language. They never change; any thread may read them."""

    def __init__(
        self,
        language: str,
        words: Sequence[str],
        vectors: NDArray[np.int8],
        steps: NDArray[np.float32],
    ) -> None:
        """`vectors` (n, d): row i times `steps[i]` (n,) is the vector of word i.

        A word that ends in "-" is a stem: it stands for the words with that stem that have no
        vector of their own."""
        self._rows = {word: row for row, word in enumerate(words)}
        self._stems = texts.Stems(language)
        self._vectors = vectors
        self._steps = steps
        self._row = lru_cache(_REMEMBERED)(self._find)  # stemming takes most of the time

    @staticmethod
    @cache
    def load(language: str) -> Senses | None:
        """The vectors shipped for a language; None if there are none."""
        file = _FOLDER / f"words-{language}.npz"
        if not language.isalpha() or not file.is_file():
            return None
        import numpy as np

        with np.load(file, allow_pickle=False) as arrays:
            words = arrays["words"].tobytes().decode().split("\n")
            steps = arrays["weights"].astype(np.float32)
            return Senses(language, words, arrays["vectors"], steps)

    @property
    def dimensions(self) -> int:
        return int(self._vectors.shape[1])

    def vector(self, words: Sequence[str]) -> NDArray[np.float32]:
        """(d,) of unit length for lower-case words as `text.tokens` gives them; zeros if none of
        them has a vector."""
        found: NDArray[np.float32] = self.vectors([words])[0]
        return found

    def vectors(self, questions: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """(n, d), one row a question, as `vector` gives them."""
        import numpy as np

        found = np.zeros((len(questions), self.dimensions), dtype=np.float32)
        for number, words in enumerate(questions):
            rows = [row for word in words if (row := self._row(word)) >= 0]
            if rows:
                found[number] = self._steps[rows] @ self._vectors[rows].astype(np.float32)
        lengths = np.sqrt(np.einsum("nd,nd->n", found, found))
        lengths[lengths == 0] = 1
        found /= lengths[:, None]
        return found

    def _find(self, word: str) -> int:
        """Where the word's vector is, or that of its stem; -1 nowhere."""
        folded = texts.fold(word)
        row = self._rows.get(folded, -1)
        if row >= 0:
            return row
        for stem in self._stems.of(word):
            row = self._rows.get(stem + "-", -1)
            if row >= 0:
                return row
        return -1
