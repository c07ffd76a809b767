"""How far scores can be believed: learned by asking a knowledge base its own questions.

Two logistic regressions over the same few signs: is the best article the one meant, and is any of
them? Both begin at coefficients that knowledge bases of all kinds have taught (`USUAL`) and move
away from them as far as this one's own questions say so, so that three articles get a sensible
answer and three thousand their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What is looked at, in this order; each between about 0 and 1 but for the first two.
SIGNS = ("certainty", "lead", "words", "pieces", "senses", "familiarity", "embeddings")
UNANSWERABLE = 0.1  # the share of questions taken to have no answer, if the policy does not say
FEW = 50  # questions asked, below which confidence is guessed rather than learned
FIRMNESS = 500.0  # how many questions' worth it counts for what is usual
SPREAD = np.array([3.0, 2.0, 0.2, 0.15, 0.15, 0.25, 0.15])  # how much a sign usually varies
_FARTHEST = 30.0


class Weights(NamedTuple):
    """Of one regression: the sum is bias + slopes · signs."""

    bias: float
    slopes: tuple[float, ...]


# Fitted on questions that were really asked, of knowledge bases of two to 150 articles: see
# benchmarks/training/usual_trust.py.
USUAL_RIGHT = Weights(-2.576, (0.415, 0.875, 0.302, 1.766, 0.76, 1.313, 1.0))
USUAL_KNOWN = Weights(-3.794, (0.114, 0.599, 0.462, 3.343, 2.509, 3.097, 1.0))
# …and how sure it was there, in twenty steps: an index that has no questions of its own to ask
# still has to know what answering from some probability on would come to.
USUAL_SCORES = (
    0.148, 0.311, 0.455, 0.59, 0.708, 0.799, 0.866, 0.916, 0.945, 0.965,
    0.977, 0.984, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999, 0.999, 1.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking the knowledge base its own questions, those left out that are asked.

    One row a question: `signs` (n × signs), `right` (the best article was its own), `known` (its
    article had not been left out, too)."""

    signs: Floats
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]


class Calibration:
    """From signs to probabilities, and from those to the precision that answering would have."""

    def __init__(self, asked: Asked, unanswerable: float) -> None:
        """`unanswerable`: the share of customers' questions that no article answers; those asked
        here are weighed so that they have the same."""
        weights = _weights(asked.known, unanswerable)
        self.questions = len(asked.right)
        self._right = _fitted(asked.signs, asked.right, weights, USUAL_RIGHT)
        self._known = _fitted(asked.signs, asked.known, weights, USUAL_KNOWN)
        self._scores, self._precisions = self._reached(asked, weights)

    def right(self, signs: Floats) -> float:
        """The probability that the best article is the one meant."""
        return float(_probability(signs, self._right))

    def known(self, signs: Floats) -> float:
        """The probability that there is an article for the question at all."""
        return max(self.right(signs), float(_probability(signs, self._known)))

    def precision(self, score: float) -> float:
        """Of all answers at least this sure, how many are right: the mean of their probabilities,
        which is smoother than counting them, and the same in the long run. Never falls as the
        score rises, never below it."""
        place = int(np.searchsorted(self._scores, score, side="left"))
        if place == len(self._scores):
            return score
        return max(score, float(self._precisions[place]))

    def _reached(self, asked: Asked, weights: Floats) -> tuple[Floats, Floats]:
        own = _probability(asked.signs, self._right) if self.questions else np.zeros(0)
        usual = np.full(len(USUAL_SCORES), FIRMNESS / len(USUAL_SCORES))
        scores = np.concatenate([own, np.array(USUAL_SCORES)])
        counts = np.concatenate([weights, usual])
        order = np.argsort(-scores, kind="stable")
        precisions = np.cumsum((counts * scores)[order]) / np.cumsum(counts[order])
        return scores[order][::-1].copy(), precisions[::-1].copy()


def _weights(known: NDArray[np.bool_], unanswerable: float) -> Floats:
    weights = np.ones(len(known))
    if known.any() and not known.all():
        weights[~known] = unanswerable / (~known).mean()
        weights[known] = (1 - unanswerable) / known.mean()
    return weights


def _probability(signs: Floats, weights: Weights) -> Floats:
    sums = weights.bias + np.asarray(signs) @ np.array(weights.slopes)
    return np.asarray(1 / (1 + np.exp(-np.clip(sums, -_FARTHEST, _FARTHEST))))


def _fitted(signs: Floats, true: NDArray[np.bool_], weights: Floats, usual: Weights) -> Weights:
    """Logistic regression with a Gaussian prior around the usual coefficients, by Newton's method
    (iteratively reweighted least squares)."""
    if not len(true):
        return usual
    return _weights_of(
        logistic_regression(
            np.column_stack([np.ones(len(true)), signs]),
            true,
            weights,
            np.array([usual.bias, *usual.slopes]),
            np.array([1.0, *SPREAD]) ** 2 * FIRMNESS * 0.25,
        )
    )


def logistic_regression(
    inputs: Floats,
    true: NDArray[np.bool_],
    weights: Floats,
    start: Floats,
    firmness: Floats,
) -> Floats:
    """Coefficients (one a column of `inputs`) that explain what is `true` (one a row, counted by
    `weights`), with a Gaussian prior around `start` of precision `firmness` (one a column).

    Newton's method (iteratively reweighted least squares), a step halved until it is downhill."""

    def misfit(place: Floats) -> float:
        sums = inputs @ place
        losses = np.logaddexp(0, sums) - np.where(true, sums, 0)
        return float(weights @ losses + 0.5 * firmness @ (place - start) ** 2)

    place, value = start.copy(), misfit(start)
    for _ in range(50):
        shares = 1 / (1 + np.exp(-np.clip(inputs @ place, -_FARTHEST, _FARTHEST)))
        slope = inputs.T @ (weights * (shares - true)) + firmness * (place - start)
        bend = (inputs.T * (weights * shares * (1 - shares))) @ inputs + np.diag(firmness)
        step = np.linalg.solve(bend, slope)
        while (further := misfit(place - step)) > value and np.abs(step).max() > 1e-9:
            step /= 2
        place, gain, value = place - step, value - further, further
        if gain < 1e-9 * abs(value):
            break
    return place


def _weights_of(coefficients: Floats) -> Weights:
    bias, *slopes = (round(float(one), 9) for one in coefficients)
    return Weights(bias, tuple(slopes))
