"""From likenesses to articles: which is meant, by all that the phrasings teach together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.classifier import CLOSE_ENOUGH, Classifier, landmarks, train
from bot.understanding.coverage import Coverage
from bot.understanding.likeness import Likeness, Seen
from bot.understanding.phrasings import Phrasing

CLASSES = 400  # articles up to which a classifier is trained; beyond, the nearest phrasings vote
SHARPNESS = 10.0  # how much more a nearer phrasing's vote counts
# How much it counts that an article covers all of a question, beside the classifier, which has
# learned which words tell articles apart, and beside votes, which have not.
COVERED, COVERED_BESIDE_VOTES = 3.0, 10.0

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is learned from some of the phrasings, the kept ones, in their order.

    `articles` are the numbers of those they belong to; `starts` where the phrasings of each begin
    among the kept; `_spanning` the places there that the classifier compares with."""

    articles: Ints
    starts: Ints
    _votes: Floats
    _spanning: Ints
    _classifier: Classifier | None
    _coverage: Coverage

    def shares(self, mixed: Floats, pieces: Sequence[Sequence[str]]) -> Floats:
        """Questions × articles: how belief is divided, each row adding up to 1.
        `mixed`: likenesses, questions × kept phrasings; `pieces`: of each question."""
        covers = np.stack([self._coverage.of(one) for one in pieces])
        covered = COVERED if self._classifier is not None else COVERED_BESIDE_VOTES
        scores = self._beliefs(mixed) + np.float32(covered) * covers
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float32)

    def _beliefs(self, mixed: Floats) -> Floats:
        """The logarithm of how far each article is believed in, up to a constant a row."""
        if self._classifier is not None:
            return self._classifier.scores(mixed[:, self._spanning])
        votes = np.exp(SHARPNESS * (mixed - mixed.max(axis=1, keepdims=True))) * self._votes
        return np.asarray(np.log(np.add.reduceat(votes, self.starts, axis=1) + 1e-12))


def learn(
    phrasings: Sequence[Phrasing],
    pieces: Sequence[Sequence[str]],
    likeness: Likeness,
    kept: Ints,
    close_enough: float = CLOSE_ENOUGH,
) -> Ranking:
    """Learn from the phrasings `kept`, whose articles follow one another; `close_enough` as for
    `classifier.train`."""
    articles, of = np.unique([phrasings[number].article for number in kept], return_inverse=True)
    weights = _balanced(np.array([phrasings[number].weight for number in kept]), of)
    documents: list[list[str]] = [[] for _ in articles]
    for number, place in zip(kept, of, strict=True):
        documents[place].extend(pieces[number])
    spanning = landmarks(of)
    classifier = None
    if 1 < len(articles) <= CLASSES:
        mixed = likeness.between(kept, kept[spanning]).mixed
        classifier = train(mixed, spanning, of, weights, len(articles), close_enough)
    starts = np.searchsorted(of, np.arange(len(articles)))
    return Ranking(articles, starts, weights, spanning, classifier, Coverage(documents))


def _balanced(weights: NDArray[np.float64], of: Ints) -> Floats:
    """An article with many phrasings is not likelier to be meant for that alone."""
    totals = np.bincount(of, weights)
    if not len(totals):
        return np.zeros(0, dtype=np.float32)
    return np.asarray(weights * np.sqrt(totals.mean() / totals)[of], dtype=np.float32)


def signs(seen: Seen, divided: Floats, articles: int, familiarity: Floats) -> NDArray[np.float64]:
    """Questions × what confidence is judged by, in the order of `calibration.SIGNS`.

    `seen`: likenesses to the phrasings of articles; `divided` as `Ranking.shares` gives it, of
    which the first `articles` columns are articles; `familiarity`: one a question."""
    rows = np.arange(len(divided))
    best = divided[:, :articles].argmax(axis=1)
    first = divided[rows, best]
    others = divided.copy()
    others[rows, best] = 0
    second = others.max(axis=1)
    if divided.shape[1] == 1:  # all of the belief, whatever is asked: its likeness has to tell
        first = seen.mixed.max(axis=1).clip(0, 1)
        second = 1 - first
    nothing = np.zeros(len(divided))
    nearest = {way: likeness.max(axis=1) for way, likeness in seen.ways.items()}
    return np.column_stack(
        [
            np.log(first + 1e-9) - np.log(1 - first + 1e-4),
            np.log((first + 1e-9) / (second + 1e-9)).clip(-12, 12),
            nearest["words"],
            nearest["pieces"],
            nearest.get("senses", nothing),
            familiarity,
            nearest.get("embeddings", nothing),
        ]
    )


def first_columns(seen: Seen, count: int) -> Seen:
    """The same of the first phrasings only."""
    return Seen({way: one[:, :count] for way, one in seen.ways.items()}, seen.mixed[:, :count])
