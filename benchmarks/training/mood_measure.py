"""How good scores are: pure, arrays in, numbers out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import rankdata

Floats = NDArray[np.float64]


def auroc(upset: Floats, scores: Floats) -> float:
    """How often a text that is upset (label from 0.5) scores above one that is not; ties count
    half. nan unless there are both."""
    positive = upset >= 0.5
    there, others = int(positive.sum()), int((~positive).sum())
    if not there or not others:
        return float("nan")
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - there * (there + 1) / 2) / (there * others))


def at(threshold: float, upset: Floats, scores: Floats) -> dict[str, float]:
    """precision, recall, f1 and false alarms (share of the calm ones) from this score on."""
    positive, found = upset >= 0.5, scores >= threshold
    right = float((positive & found).sum())
    precision = right / max(1.0, float(found.sum()))
    recall = right / max(1.0, float(positive.sum()))
    return {
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 3),
        "false_alarms": round(float((found & ~positive).sum()) / max(1, int((~positive).sum())), 3),
    }


def calibrated(upset: Floats, inputs: Floats, weights: Floats) -> Floats:
    """(d + 1,) What to multiply inputs (n, d) by, and what to add then, to have the logits of
    probabilities (Platt's scaling, with more inputs than one)."""
    there = np.column_stack([inputs, np.ones(len(inputs))])

    def loss(by: Floats) -> float:
        scaled = there @ by
        cost = weights @ (np.logaddexp(0, scaled) - upset * scaled)
        return float(cost + 1e-3 * by @ by)

    start = np.zeros(there.shape[1])
    start[0] = 1.0
    return np.asarray(minimize(loss, start, method="BFGS").x)


def probabilities(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


def reliability(upset: Floats, scores: Floats, bins: int = 5) -> list[tuple[float, float]]:
    """What was expected and what came of it, in `bins` parts of equal size, the calmest first."""
    order = np.array_split(np.argsort(scores, kind="stable"), bins)
    return [(round(float(scores[o].mean()), 2), round(float(upset[o].mean()), 2)) for o in order]
