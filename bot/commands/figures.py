"""How good answers are, in figures. Pure: judged rows in, numbers out.

Names and formulas are the field's own, so that figures can be compared with published ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

NONE = ""  # the class "no article": nothing fits, or nothing was answered
PRECISION = 0.9  # of `coverage`, unless told otherwise


@dataclass(frozen=True, slots=True)
class Judged:
    """One question and what became of it.

    `expected` is the right article's id, "" if nothing fits; `predicted` the best three ids, best
    first; `confidence` the probability of the first, 0 to 1; `answered` whether the customer was
    given the first one's text; `outcome` what was decided."""

    expected: str
    predicted: tuple[str, ...]
    confidence: float
    answered: bool
    outcome: str = ""

    @property
    def top(self) -> str:
        """The best article's id, "" if nothing matched at all."""
        return self.predicted[0] if self.predicted else NONE

    @property
    def is_right(self) -> bool:
        """Whether the best article is the right one; never where nothing fits."""
        return self.expected != NONE and self.top == self.expected


def figures(rows: Sequence[Judged]) -> dict[str, float | int | None]:
    """Everything there is to say about the rows, by name; None where there are no rows to say it
    of. Shares are from 0 to 1."""
    fitting = [row for row in rows if row.expected]
    unknown = [row for row in rows if not row.expected]
    answered = [row for row in rows if row.answered]
    right = sum(row.is_right for row in answered)
    return {
        "rows": len(rows),
        "rows_answerable": len(fitting),
        "rows_unanswerable": len(unknown),
        "accuracy_at_1": _share(sum(row.is_right for row in fitting), len(fitting)),
        "accuracy_at_3": _share(sum(r.expected in r.predicted[:3] for r in fitting), len(fitting)),
        "share_answered": _share(len(answered), len(rows)),
        "precision_answered": _share(right, len(answered)),
        "coverage_at_90": coverage(rows),
        "auroc_unknown": auroc(rows),
        "mcc": mcc([(row.expected, row.top if row.answered else NONE) for row in rows]),
        "in_scope_accuracy": _share(right, len(fitting)),
        "unknown_recall": _share(sum(not row.answered for row in unknown), len(unknown)),
    }


def coverage(rows: Sequence[Judged], precision: float = PRECISION) -> float | None:
    """The largest share of all rows that could be answered with at least this precision, had the
    confidence needed been chosen afterwards; 0 if no choice reaches it, None without rows.

    Geifman and El-Yaniv, Selective Classification for Deep Neural Networks (2017): the point of
    the risk-coverage curve with risk 1 - precision. Rows of equal confidence stand together."""
    if not rows:
        return None
    best = taken = right = 0
    ranked = sorted((row for row in rows if row.predicted), key=lambda row: -row.confidence)
    for _, group in groupby(ranked, key=lambda row: row.confidence):
        for row in group:
            taken += 1
            right += row.is_right
        if right >= precision * taken - 1e-9:
            best = taken
    return best / len(rows)


def auroc(rows: Iterable[Judged]) -> float | None:
    """How often a question that has an answer gets more confidence than one that has none; ties
    count half. None unless there are both.

    The area under the ROC curve as the Mann-Whitney statistic: Hanley and McNeil (1982), The
    Meaning and Use of the Area under a ROC Curve."""
    ranked = sorted((row.confidence, row.expected != NONE) for row in rows)
    fitting = sum(fits for _, fits in ranked)
    others = len(ranked) - fitting
    if not fitting or not others:
        return None
    wins, below = 0.0, 0
    for _, group in groupby(ranked, key=lambda pair: pair[0]):
        fits = [fits for _, fits in group]
        ties = len(fits) - sum(fits)
        wins += sum(fits) * (below + ties / 2)
        below += ties
    return wins / (fitting * others)


def mcc(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Matthews' correlation of (expected, predicted) classes, from -1 to 1; 0 is no better than
    chance, and what one gets if either side has one class only. None without pairs.

    The form for many classes, R_K: Gorodkin (2004), Comparing two K-category assignments by a
    K-category correlation coefficient, as (c s - Σ p t) / √((s² - Σ p²)(s² - Σ t²)) with s pairs,
    c of them equal, and per class p predicted and t expected."""
    if not pairs:
        return None
    expected = Counter(truth for truth, _ in pairs)
    predicted = Counter(found for _, found in pairs)
    size, equal = len(pairs), sum(truth == found for truth, found in pairs)
    both = sum(count * predicted[name] for name, count in expected.items())
    spread = (size**2 - _squares(predicted)) * (size**2 - _squares(expected))
    return (equal * size - both) / math.sqrt(spread) if spread else 0.0


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share (above 0, up to 1) of the values do not exceed:
    the nearest-rank definition. None without values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _squares(counts: Mapping[str, int]) -> int:
    return sum(count**2 for count in counts.values())
