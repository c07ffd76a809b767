"""Learning which article a question belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding.classifier import landmarks, train


def _alike(texts: list[str]) -> np.ndarray:
    """Cosines of texts by their words: what a kernel is, small enough to see through."""
    words = sorted({word for text in texts for word in text.split()})
    rows = np.array([[word in text.split() for word in words] for text in texts], dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def test_what_tells_classes_apart_counts_most() -> None:
    """A word that both have says nothing, however alike it makes them."""
    texts = ["my card is late", "my card is lost", "where is my late card", "my lost card"]
    likeness = _alike([*texts, "late again my friend"])
    classes = np.array([0, 1, 0, 1])
    known = likeness[:4, :4]
    learned = train(known, np.arange(4), classes, np.ones(4, dtype=np.float32), 2)
    scores = learned.scores(likeness[4:, :4])
    assert scores[0].argmax() == 0


def test_examples_are_recalled() -> None:
    """Every example is found again."""
    texts = ["a b", "b c", "c d", "d e", "e f", "f g"]
    likeness = _alike(texts)
    classes = np.array([0, 0, 1, 1, 2, 2])
    learned = train(likeness, np.arange(6), classes, np.ones(6, dtype=np.float32), 3)
    assert (learned.scores(likeness).argmax(axis=1) == classes).all()


def test_a_class_whose_examples_count_less_gives_way() -> None:
    """Weights decide between two classes with the same example."""
    likeness = np.ones((2, 2), dtype=np.float32)
    weights = np.array([1.0, 0.1], dtype=np.float32)
    learned = train(likeness, np.arange(2), np.array([0, 1]), weights, 2)
    scores = learned.scores(likeness[0])
    assert scores[0] > scores[1]


def test_the_same_phrasing_twice_is_no_trouble() -> None:
    """Two rows that are the same leave the kernel singular, and the answer finite."""
    likeness = np.ones((4, 4), dtype=np.float32)
    learned = train(likeness, np.arange(4), np.array([0, 0, 1, 1]), np.ones(4, np.float32), 2)
    assert np.isfinite(learned.scores(likeness)).all()


@pytest.mark.parametrize("limit", [4, 6])
def test_landmarks_are_spread_evenly(limit: int) -> None:
    """No article crowds out another when there are too many phrasings to compare with all."""
    classes = np.array([0] * 50 + [1] * 3 + [2] * 50)
    chosen = landmarks(classes, limit)
    counts = np.bincount(classes[chosen])
    assert counts.max() - counts.min() <= 1
    assert len(chosen) == limit and set(classes[chosen]) == {0, 1, 2}


def test_few_phrasings_are_all_landmarks() -> None:
    """Then nothing is approximate."""
    assert list(landmarks(np.array([0, 1, 1]), 10)) == [0, 1, 2]
