"""What words mean: alike words lie close, unknown ones nowhere, and any thread may ask."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bot.understanding import text as texts
from bot.understanding.senses import Senses


def _senses(language: str) -> Senses:
    senses = Senses.load(language)
    assert senses is not None
    return senses


def _alike(language: str, one: str, other: str) -> float:
    senses = _senses(language)
    first, second = senses.vectors([texts.tokens(one, language), texts.tokens(other, language)])
    return float(first @ second)


@pytest.mark.parametrize(
    ("language", "asked", "same", "different"),
    [
        ("en", "I want my money back", "refund please", "opening hours of the shop"),
        ("en", "the parcel has not arrived", "where is my delivery", "change the password"),
        ("ru", "верните деньги", "хочу возврат оплаты", "какая завтра погода"),
        ("tr", "param geri gelsin", "ücret iadesi istiyorum", "yarın hava nasıl"),
        ("pl", "oddajcie pieniądze", "chcę zwrotu gotówki", "jaka jutro będzie pogoda"),
    ],
)
def test_questions_that_mean_alike_lie_close(
    language: str, asked: str, same: str, different: str
) -> None:
    """A question lies closer to one that means the same in other words than to another."""
    assert _alike(language, asked, same) > _alike(language, asked, different)


def test_a_vector_has_unit_length() -> None:
    """However many words a question has, its vector is of length one."""
    for text in ("refund", "where is my order", "please " * 200):
        length = np.linalg.norm(_senses("en").vector(text.split()))
        assert length == pytest.approx(1.0, abs=1e-5)


def test_words_nobody_knows_are_nowhere() -> None:
    """No words, or none that has a vector, make zeros and neither an error nor a NaN."""
    senses = _senses("en")
    assert not senses.vector([]).any()
    assert not senses.vector(["", "-", "😀", "qqzzxxkk", "\n"]).any()
    assert senses.vectors([]).shape == (0, senses.dimensions)


def test_the_order_of_words_does_not_matter() -> None:
    """A question is the sum of its words."""
    senses = _senses("en")
    forth, back = senses.vector(["cancel", "my", "order"]), senses.vector(["order", "my", "cancel"])
    assert np.allclose(forth, back, atol=1e-5)


def test_an_ending_does_not_hide_a_word() -> None:
    """A word without a vector of its own is read by its stem."""
    senses = Senses("en", ["refund-"], np.array([[3, 4]], np.int8), np.array([0.5], np.float32))
    assert senses.vector(["refunding"]) == pytest.approx([0.6, 0.8])


def test_a_common_word_counts_for_little() -> None:
    """ "the" hardly moves a question."""
    assert _alike("en", "refund", "the refund") > 0.95


def test_a_language_without_vectors_has_none() -> None:
    """Nothing is shipped for Klingon, and no name leads out of the folder."""
    assert Senses.load("tlh") is None
    assert Senses.load("../../x") is None
    assert Senses.load("") is None


def test_many_threads_get_the_same() -> None:
    """Threads that load and ask at once all get one answer."""
    question = ["how", "long", "does", "a", "refund", "take"]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: _senses("en").vector(question), range(64)))
    assert all(np.array_equal(found[0], vector) for vector in found)
