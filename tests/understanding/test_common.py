"""How common words are in a language at large."""

from __future__ import annotations

import pytest

from bot.understanding import text as texts
from bot.understanding.common import TABLE, common_words, commonness

LANGUAGES = ("en", "ru", "tr", "lv", "pl")


def test_small_words_are_common_and_shop_words_are_not() -> None:
    """What makes "the" say nothing and "refund" much, even in a shop with three articles."""
    assert commonness("the", "en") > 100 * commonness("store", "en") > 0
    assert commonness("не", "ru") > 100 * commonness("телефон", "ru") > 0


def test_words_are_looked_up_as_they_are_typed_in_a_hurry() -> None:
    """Keys are folded: "jeszcze", "icin" for için, "vins" for viņš."""
    assert commonness(texts.fold("için"), "tr") > 500
    assert commonness(texts.fold("viņš"), "lv") > 100


def test_unknown_words_and_languages() -> None:
    """A rare word, or a language without a table: nothing is known of it."""
    assert commonness("xylophone", "en") == 0.0
    assert commonness("the", "xx") == 0.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_has_thousands_of_plain_words(language: str) -> None:
    """Folded, without numbers; together they are more than half of what is said."""
    words = common_words(language)
    assert 3000 < len(words) <= 4000
    assert all(word.isalpha() and word == texts.fold(word) for word in words)
    assert 500_000 < sum(words.values()) < 1_000_000


def test_all_tables_together_are_small() -> None:
    """They are part of every installation."""
    assert TABLE.stat().st_size < 250_000
