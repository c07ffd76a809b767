"""Texts as vectors of their meaning, each phrasing's made once and kept.

What makes them comes from outside (`bot.embedding` loads a model), so that this stays pure and
works with any. All vectors have unit length: the dot product of two is their cosine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.understanding import text as texts

Array = NDArray[np.float32]

BATCH = 512  # phrasings embedded before they are put away: an interrupted start loses no more
QUESTIONS = 256  # latest questions kept: each language's index asks for the same one


class Embedder(Protocol):
    """A model that puts texts of like meaning close to each other. Any thread may use it."""

    @property
    def name(self) -> str:
        """Names the model itself: two that give different vectors have different names."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Array:
        """A row of unit length for each text, in their order: (texts × dimension)."""
        ...


class Shelf(Protocol):
    """Where vectors are kept: key → the vector's bytes. None of it raises."""

    def take(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        """Those of the keys that are there."""
        ...

    def put(self, rows: Mapping[bytes, bytes]) -> None: ...

    def keep_only(self, keys: Collection[bytes]) -> None:
        """Drop every other."""
        ...


class InMemory:
    """A shelf that lasts as long as the process."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}

    def take(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        return {key: self._rows[key] for key in keys if key in self._rows}

    def put(self, rows: Mapping[bytes, bytes]) -> None:
        self._rows |= rows

    def keep_only(self, keys: Collection[bytes]) -> None:
        self._rows = self.take(keys)


class Vectors:
    """An embedder together with the vectors it made before. Any thread may use it."""

    def __init__(self, embedder: Embedder, shelf: Shelf | None = None) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder = embedder
        self._shelf = shelf or InMemory()
        self._wanted: set[bytes] = set()
        self._asked = lru_cache(QUESTIONS)(self._embed_question)

    def of(self, phrasings: Sequence[str]) -> Array:
        """A row for each phrasing, in their order; those never seen before are embedded now and
        put away (some milliseconds each: do it where nobody waits). Read-only."""
        keys = [self._key(phrasing) for phrasing in phrasings]
        self._wanted.update(keys)
        rows = self._kept(keys)
        missing = {k: p for k, p in zip(keys, phrasings, strict=True) if k not in rows}
        for batch in _batches(missing.items()):
            made = self._embedder.embed([_clean(phrasing) for _, phrasing in batch])
            fresh = {key: row.tobytes() for (key, _), row in zip(batch, made, strict=True)}
            self._shelf.put(fresh)
            rows |= fresh
        joined = b"".join(rows[key] for key in keys)
        return np.frombuffer(joined, np.float32).reshape(len(keys), self.dimension)

    def of_question(self, question: str) -> Array:
        """One vector of `dimension` numbers for what a customer asks, of the characters that are
        searched for; never kept beyond the process. One call of the model, and none for a question
        that was just asked. Read-only."""
        return self._asked(_clean(question))

    def forget_the_rest(self) -> None:
        """Drop every vector that was never asked for since this was made: once all articles have
        been indexed, that is what no article says any more."""
        self._shelf.keep_only(self._wanted)

    def _kept(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        rows = self._shelf.take(set(keys))
        size = self.dimension * np.dtype(np.float32).itemsize
        return {key: row for key, row in rows.items() if len(row) == size}

    def _embed_question(self, question: str) -> Array:
        vector: Array = self._embedder.embed([question])[0]
        vector.flags.writeable = False  # it may be handed out again
        return vector

    def _key(self, phrasing: str) -> bytes:
        return hashlib.sha256(f"{self.name}\0{_clean(phrasing)}".encode()).digest()


def unit(rows: NDArray[np.floating]) -> Array:
    """The rows at unit length; a row of nothing, or with no numbers in it, is all zeros."""
    finite = np.nan_to_num(np.asarray(rows, np.float32), posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(finite, axis=1, keepdims=True)
    return np.asarray(finite / np.where(lengths > 0, lengths, 1.0), np.float32)


def _clean(text: str) -> str:
    return texts.normalise(text, texts.QUESTION_LIMIT)


def _batches(items: Iterable[tuple[bytes, str]]) -> Iterable[list[tuple[bytes, str]]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
