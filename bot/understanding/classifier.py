"""What a knowledge base teaches about itself: which article a question is likest to belong to.

Multinomial logistic regression in the space that a kernel spans. All that it sees of texts is how
alike they are, so words, pieces of words, meanings and embeddings are mixed by adding likenesses.
Up to `LANDMARKS` phrasings the space is exact (the Cholesky factor of the kernel); beyond, it is
the one that evenly chosen phrasings span (Nyström's method; Williams & Seeger 2001). The training
is L-BFGS on dense blocks: 400 phrasings take 30 ms, where gradient descent over sparse features
takes a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LANDMARKS = 2000
LOOSENESS = 30.0  # C of a logistic regression: how closely the examples are followed
RIDGE = 1e-3  # keeps the kernel of repeated phrasings invertible
ROUNDS = 80
CLOSE_ENOUGH = 1e-4  # relative gain of a round below which training ends
REMEMBERED = 8  # rounds that L-BFGS derives the curvature from


@dataclass(frozen=True, slots=True)
class Classifier:
    """`slopes` (landmarks × classes) and `biases` (classes): linear in likenesses to landmarks."""

    slopes: Floats
    biases: Floats

    def scores(self, likeness: Floats) -> Floats:
        """Scores of each class from likenesses to the landmarks (… × landmarks → … × classes);
        their softmax is the probability of each."""
        return np.asarray(likeness @ self.slopes + self.biases, dtype=np.float32)


def landmarks(classes: Ints, limit: int = LANDMARKS) -> Ints:
    """The numbers of the phrasings that span the space: all, or as many of each class."""
    if len(classes) <= limit:
        return np.arange(len(classes))
    order = np.argsort(classes, kind="stable")
    first = np.searchsorted(classes[order], classes[order], side="left")
    rank = np.empty(len(classes), dtype=np.int64)
    rank[order] = np.arange(len(classes)) - first
    return np.sort(np.argsort(rank, kind="stable")[:limit])


def train(
    likeness: Floats,
    chosen: Ints,
    classes: Ints,
    weights: Floats,
    count: int,
    close_enough: float = CLOSE_ENOUGH,
) -> Classifier:
    """Learn from phrasings: `likeness` (n × landmarks) of each to the landmarks, whose numbers are
    `chosen`; `classes` (n) the class of each, below `count`; `weights` (n) how much each counts;
    training ends with a round that gains less than `close_enough`, relatively."""
    among = likeness[chosen].astype(np.float64)
    factor = np.linalg.cholesky(among + RIDGE * np.eye(len(chosen))).astype(np.float32)
    if len(chosen) == len(likeness):
        features = factor  # likeness × factor⁻ᵀ, but for the ridge
    else:
        features = solve_triangular(factor, likeness.T, lower=True, check_finite=False).T
    solution = _minimise(
        _loss(features, classes, weights, count), (len(chosen) + 1, count), close_enough
    )
    slopes = solve_triangular(factor.T, solution[:-1], lower=False, check_finite=False)
    return Classifier(np.asarray(slopes, dtype=np.float32), solution[-1].copy())


Loss = Callable[[Floats], tuple[float, Floats]]


def _loss(features: Floats, classes: Ints, weights: Floats, count: int) -> Loss:
    """Weighted cross-entropy, with half the squared length of the slopes over `LOOSENESS`."""
    rows = np.arange(len(features))

    def loss(solution: Floats) -> tuple[float, Floats]:
        slopes, biases = solution[:-1], solution[-1]
        shares = features @ slopes
        shares += biases
        shares -= shares.max(axis=1, keepdims=True)
        own = shares[rows, classes].copy()
        np.exp(shares, out=shares)
        totals = shares.sum(axis=1)
        shares /= totals[:, None]
        shares[rows, classes] -= 1
        shares *= weights[:, None]
        gradient = np.empty_like(solution)
        np.matmul(features.T, shares, out=gradient[:-1])
        gradient[:-1] += slopes / LOOSENESS
        gradient[-1] = shares.sum(axis=0)
        misfit = float((weights * (np.log(totals) - own)).sum())
        return misfit + float((slopes * slopes).sum()) / (2 * LOOSENESS), gradient

    return loss


def _minimise(loss: Loss, shape: tuple[int, int], close_enough: float) -> Floats:
    """L-BFGS from zero with backtracking (Nocedal & Wright 2006, algorithm 7.5)."""
    place = np.zeros(shape, dtype=np.float32)
    value, gradient = loss(place)
    past: deque[tuple[Floats, Floats, float]] = deque(maxlen=REMEMBERED)
    for _ in range(ROUNDS):
        direction = -_curved(gradient, past)
        downhill = float((direction * gradient).sum())
        step = 1.0
        while True:
            further = place + np.float32(step) * direction
            new_value, new_gradient = loss(further)
            if new_value <= value + 1e-4 * step * downhill or step < 1e-6:
                break
            step /= 2
        moved, changed = further - place, new_gradient - gradient
        bend = float((moved * changed).sum())
        if bend > 1e-10:
            past.append((moved, changed, bend))
        gain = value - new_value
        place, value, gradient = further, new_value, new_gradient
        if gain < close_enough * max(abs(value), 1e-12):
            break
    return place


def _curved(gradient: Floats, past: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The gradient times the approximate inverse of the curvature."""
    result = gradient.copy()
    shares = []
    for moved, changed, bend in reversed(past):
        share = np.float32((moved * result).sum() / bend)
        shares.append(share)
        result -= share * changed
    if past:
        _, changed, bend = past[-1]
        result *= np.float32(bend / float((changed * changed).sum()))
    else:
        result /= np.float32(max(1e-12, float(np.sqrt((gradient * gradient).sum()))))
    for (moved, changed, bend), share in zip(past, reversed(shares), strict=True):
        result += (share - np.float32((changed * result).sum() / bend)) * moved
    return result
