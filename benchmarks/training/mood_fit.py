"""Features as a matrix, and a logistic regression over them, for the mood model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack

from bot.understanding import mood_signs as signs
from bot.understanding.mood import PAIR, PIECE

Floats = NDArray[np.float64]
DATA = Path(__file__).parents[2] / "bot" / "understanding" / "data"
ROWS = signs.WHOLE + signs.PARTS
SEEN = 2  # texts that must have a feature for it to be learned
SIGN_FIRMNESS = 0.1
MEANING = 2.0  # how far word vectors reach beside words


@dataclass(frozen=True, slots=True)
class Texts:
    """`rows` (n, ROWS), `signs` (n, len(SIGNS)): what n texts of one language are made of."""

    rows: csr_matrix
    signs: Floats

    def of(self, chosen: NDArray[np.bool_]) -> Texts:
        return Texts(self.rows[chosen], self.signs[chosen])


class Fit(NamedTuple):
    """A weight a row and a sign, and the rest."""

    rows: Floats
    signs: Floats
    bias: float

    def logits(self, texts: Texts) -> Floats:
        """(n,)"""
        return np.asarray(texts.rows @ self.rows + texts.signs @ self.signs + self.bias)


def texts_of(lines: Sequence[str], language: str) -> Texts:
    """Take texts apart exactly as `Tongue.read` does."""
    features = signs.Features(language, 1 << 17)
    values: list[float] = []
    rows: list[int] = []
    ends = [0]
    marks = []
    for line in lines:
        made = signs.made_of(signs.parts_of(line), language)
        found = _rows_of(made, features)
        rows += found
        values += found.values()
        ends.append(len(rows))
        marks.append(made.signs)
    shape = (len(lines), ROWS)
    matrix = csr_matrix((np.array(values), np.array(rows, np.int32), np.array(ends)), shape)
    return Texts(matrix, np.array(marks).reshape(len(lines), len(signs.SIGNS)))


def _rows_of(made: signs.Made, features: signs.Features) -> dict[int, float]:
    found: dict[int, float] = {}
    scale = made.scale
    for at in range(1, len(made.tokens)):
        token = made.tokens[at]
        each = [(features.pair(made.tokens[at - 1], token), PAIR)]
        if token.kind == "word":
            known = features.of(token.name)
            each += [(row, 1.0) for row in known.whole]
            each += [(row, PIECE) for row in known.pieces]
            each += [(features.negated(token), 1.0)] if at in made.negated else []
        for row, value in each:
            found[row] = found.get(row, 0.0) + scale * value
    for emoji in made.emoji:
        row = signs.whole(f"e {emoji}")
        found[row] = found.get(row, 0.0) + 1.0
    return found


def learn(
    texts: Texts,
    wanted: Floats,
    weights: Floats,
    firmness: float,
    meanings: tuple[NDArray[np.int64], Floats] | None = None,
    calming: bool = False,
) -> Fit:
    """Weights by which a logistic regression comes nearest to `wanted` (n,) from 0 to 1.

    `firmness` is the penalty of squared weights. `meanings`: rows (m,) of words whose vectors
    (m, d) are known; what is learned about vectors is put back upon the words, so that words never
    seen have a say, too."""
    seen = np.bincount(texts.rows.indices, minlength=ROWS)
    kept = np.flatnonzero(seen >= SEEN)
    parts = [texts.rows[:, kept], csr_matrix(texts.signs)]
    penalty = [np.full(len(kept), firmness), np.full(len(signs.SIGNS), SIGN_FIRMNESS)]
    reach = 0.0
    if meanings is not None:
        dense = texts.rows[:, meanings[0]] @ meanings[1]
        reach = MEANING / float(np.sqrt((dense**2).sum(1).mean()))
        parts.append(csr_matrix(reach * dense))
        penalty.append(np.full(dense.shape[1], firmness))
    parts.append(csr_matrix(np.ones((len(wanted), 1))))
    least = np.full(sum(map(len, penalty)) + 1, -np.inf)
    loud = [at for at, name in enumerate(signs.SIGNS) if name in signs.LOUD]
    least[len(kept) + np.array(loud)] = 0.0 if not calming else -np.inf
    each = np.concatenate([*penalty, [1e-4]])
    found = _regression(hstack(parts).tocsr(), wanted, weights, each, least)
    rows = np.zeros(ROWS)
    rows[kept] = found[: len(kept)]
    after = len(kept) + len(signs.SIGNS)
    if meanings is not None:
        np.add.at(rows, meanings[0], reach * (meanings[1] @ found[after:-1]))
    return Fit(rows, found[len(kept) : after], float(found[-1]))


def _regression(
    inputs: csr_matrix, wanted: Floats, weights: Floats, penalty: Floats, least: Floats
) -> Floats:
    turned = inputs.T.tocsr()

    def loss(at: Floats) -> tuple[float, Floats]:
        logits = inputs @ at
        missed = 1 / (1 + np.exp(-np.clip(logits, -60, 60))) - wanted
        cost = weights @ (np.logaddexp(0, logits) - wanted * logits) + penalty @ at**2 / 2
        return float(cost), turned @ (weights * missed) + penalty * at

    start = np.zeros(inputs.shape[1])
    bounds = np.column_stack([least, np.full(len(least), np.inf)])
    options = {"maxiter": 80}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.asarray(found.x)


def meanings_of(language: str) -> tuple[NDArray[np.int64], Floats] | None:
    """The rows and vectors of the words of `words-*.npz`; None for a language without."""
    file = DATA / f"words-{language}.npz"
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        names = arrays["words"].tobytes().decode().split("\n")
        vectors = arrays["vectors"] * arrays["weights"].astype(np.float64)[:, None]
    rows = [signs.whole(f"s {name[:-1]}" if name.endswith("-") else f"w {name}") for name in names]
    return np.array(rows), np.asarray(vectors)


def small(weights: Floats) -> tuple[NDArray[np.int8], float]:
    """The weights in eight bits, and what one of them is worth. The few largest are cut off."""
    kept = np.abs(weights[weights != 0])
    step = float(np.quantile(kept, 0.9999)) / 127 if len(kept) else 1.0
    return np.clip(np.rint(weights / step), -127, 127).astype(np.int8), step
