"""How far scores can be believed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.calibration import SIGNS, Asked, Calibration

NOTHING = np.zeros(0, dtype=np.bool_)


def _signs(certainty: float, familiarity: float = 1.0) -> np.ndarray:
    row = np.zeros(len(SIGNS))
    row[0], row[1], row[2], row[3], row[5] = certainty, certainty, 0.5, 0.5, familiarity
    return row


def _asked(count: int, share_right: float, certainty: float) -> Asked:
    """Questions that all look as sure, of which this share was answered rightly."""
    right = np.arange(count) < share_right * count
    signs = np.array([_signs(certainty)] * count)
    return Asked(signs, right, np.ones(count, dtype=np.bool_))


def test_it_learns_from_its_own_questions() -> None:
    """Where sure answers are often wrong, sureness counts for less."""
    sound = Calibration(_asked(5000, 0.95, 3.0), 0.0)
    shaky = Calibration(_asked(5000, 0.4, 3.0), 0.0)
    assert sound.right(_signs(3.0)) > 0.9
    assert shaky.right(_signs(3.0)) < 0.6


def test_with_nothing_to_ask_it_believes_what_is_usual() -> None:
    """A folder of titles still tells a sure match from a doubtful one."""
    usual = Calibration(Asked(np.zeros((0, len(SIGNS))), NOTHING, NOTHING), 0.1)
    assert usual.right(_signs(5.0)) > 0.8 > 0.4 > usual.right(_signs(-2.0, 0.3))
    assert usual.precision(0.95) >= 0.95


def test_few_questions_change_little() -> None:
    """Three unlucky questions do not silence a bot."""
    usual = Calibration(Asked(np.zeros((0, len(SIGNS))), NOTHING, NOTHING), 0.1)
    unlucky = Calibration(_asked(3, 0.0, 4.0), 0.1)
    assert unlucky.right(_signs(4.0)) > usual.right(_signs(4.0)) - 0.1


def test_more_unanswerable_questions_make_it_careful() -> None:
    """The same folder answers less where customers ask more that nothing answers."""
    asked = _asked(400, 0.9, 3.0)
    known = np.arange(400) < 300
    asked = Asked(asked.signs, asked.right & known, known)
    careless, careful = Calibration(asked, 0.05), Calibration(asked, 0.5)
    assert careful.right(_signs(3.0)) < careless.right(_signs(3.0))


@given(st.floats(-12, 12), st.floats(-12, 12))
def test_surer_is_never_less_precise(one: float, other: float) -> None:
    """Precision rises with the score and is never below it."""
    calibration = Calibration(_asked(200, 0.7, 2.0), 0.1)
    low, high = sorted((calibration.right(_signs(one)), calibration.right(_signs(other))))
    assert low <= calibration.precision(low) <= calibration.precision(high) + 1e-9
    assert calibration.precision(high) <= 1


def test_there_is_an_answer_at_least_as_likely_as_it_is_found() -> None:
    """P(any is right) ≥ P(the best is right)."""
    calibration = Calibration(_asked(200, 0.7, 2.0), 0.1)
    for certainty in (-5.0, 0.0, 5.0):
        assert calibration.known(_signs(certainty)) >= calibration.right(_signs(certainty))
