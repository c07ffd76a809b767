"""The measures of `kb eval`, against tiny sets counted by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.figures import Judged, auroc, coverage, figures, mcc, percentile


def row(
    expected: str, predicted: str, confidence: float = 0.5, answered: bool = True, others: str = ""
) -> Judged:
    """A judged question; `others` are the second and third best."""
    ids = tuple([predicted, *others.split()] if predicted else ())
    return Judged(expected, ids, confidence, answered)


ROWS = (
    row("a", "a", 0.9),
    row("a", "b", 0.8, True, "a"),
    row("b", "b", 0.7),
    row("b", "c", 0.2, False, "a b"),
    row("", "a", 0.6),
    row("", "b", 0.1, False),
    row("", "", 0.0, False),
    row("c", "c", 0.3, False),
)


def test_every_figure_of_a_set_counted_by_hand() -> None:
    """Eight questions, three that nothing answers, four answered of which two rightly."""
    found = figures(ROWS)
    assert found["rows"] == 8
    assert (found["rows_answerable"], found["rows_unanswerable"]) == (5, 3)
    assert found["accuracy_at_1"] == 3 / 5
    assert found["accuracy_at_3"] == 5 / 5
    assert found["share_answered"] == 4 / 8
    assert found["precision_answered"] == 2 / 4
    assert found["coverage_at_90"] == 1 / 8  # only the first is right beyond doubt
    assert found["in_scope_accuracy"] == 2 / 5
    assert found["unknown_recall"] == 2 / 3
    # Against (.6, .1, 0): .9 .8 .7 win 3 each, .2 and .3 win 2 each; of 5 x 3 pairs.
    assert found["auroc_unknown"] == pytest.approx(13 / 15)
    # expected a a b b - - - c, predicted a b b - a - - -: c=4, s=8,
    # Σpt = a 2·2 + b 2·2 + c 0·1 + none 4·3 = 20; Σp² = 4+4+16 = 24; Σt² = 4+4+1+9 = 18
    assert found["mcc"] == pytest.approx((4 * 8 - 20) / math.sqrt((64 - 24) * (64 - 18)))


def test_what_cannot_be_said_is_none() -> None:
    """Without rows, and without unanswerable ones, some figures do not exist."""
    assert {name for name, value in figures(()).items() if value is not None} == {
        "rows", "rows_answerable", "rows_unanswerable",
    }  # fmt: skip
    only_known = figures((row("a", "a"),))
    assert only_known["auroc_unknown"] is None
    assert only_known["unknown_recall"] is None
    assert figures((row("", "a"),))["accuracy_at_1"] is None


def test_coverage_takes_equal_confidence_together() -> None:
    """No threshold lies between two rows that are equally sure."""
    tied = [row("a", "a", 0.8), row("a", "b", 0.8)]
    assert coverage(tied) == 0
    assert coverage([*tied, *(row("a", "a", 0.8) for _ in range(8))]) == 1


def test_coverage_may_come_back_further_down() -> None:
    """The largest share counts, even where precision has been lower on the way."""
    rows = [row("a", "b", 0.99), *(row("a", "a", 0.5) for _ in range(9))]
    assert coverage(rows) == 1


def test_a_question_without_any_match_is_never_covered() -> None:
    """There is nothing to answer it with, however low the threshold."""
    assert coverage([row("a", "a", 0.5), row("", "", 0.0)]) == 0.5


def test_auroc_of_perfect_reversed_and_no_knowledge() -> None:
    """1, 0, and a half where every confidence is the same."""
    assert auroc([row("a", "a", 0.9), row("", "a", 0.1)]) == 1
    assert auroc([row("a", "a", 0.1), row("", "a", 0.9)]) == 0
    assert auroc([row("a", "a", 0.5), row("", "a", 0.5), row("", "b", 0.5)]) == 0.5


def test_mcc_of_two_classes_is_the_well_known_one() -> None:
    """With true and false positives and negatives 6, 1, 3, 2 as in any textbook."""
    pairs = [("y", "y")] * 6 + [("n", "y")] * 1 + [("n", "n")] * 3 + [("y", "n")] * 2
    expected = (6 * 3 - 1 * 2) / math.sqrt((6 + 1) * (6 + 2) * (3 + 1) * (3 + 2))
    assert mcc(pairs) == pytest.approx(expected)


def test_mcc_of_everything_right_and_of_one_class() -> None:
    """1 if all is right; 0 where one side never varies."""
    assert mcc([("a", "a"), ("b", "b"), ("", "")]) == pytest.approx(1)
    assert mcc([("a", "a"), ("b", "a")]) == 0


def test_percentiles_are_values_that_were_measured() -> None:
    """Nearest rank: of ten values the 50th percentile is the fifth, the 99th the last."""
    values = [float(n) for n in range(10, 0, -1)]
    assert percentile(values, 0.5) == 5
    assert percentile(values, 0.99) == 10
    assert percentile([7.0], 0.5) == 7
    assert percentile([], 0.5) is None


IDS = st.sampled_from(["", "a", "b", "c"])
JUDGED = st.builds(
    lambda expected, ids, confidence, answered: Judged(
        expected, tuple(dict.fromkeys(ids)), confidence if ids else 0.0, answered and bool(ids)
    ),
    IDS, st.lists(st.sampled_from("abcd"), max_size=3), st.floats(0, 1), st.booleans(),
)  # fmt: skip


@given(st.lists(JUDGED, max_size=30))
def test_figures_are_shares_whatever_the_rows(rows: list[Judged]) -> None:
    """Any rows: shares from 0 to 1, correlation from -1 to 1, order of rows without effect."""
    found = figures(rows)
    for name, value in found.items():
        low = -1 if name == "mcc" else 0
        assert value is None or name.startswith("rows") or low - 1e-9 <= value <= 1 + 1e-9
    assert figures(rows[::-1]) == found
