"""Text as comparable pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.text import (
    Stems,
    fold,
    lower,
    normalise,
    tokens,
    trigrams,
    without_references,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  where   is\tmy order ", "where is my order"),
        ("first line\r\n\n\n second", "first line\nsecond"),
        ("re\u200bfu\u00adnd", "refund"),
        ("\u202ereturn\u202c this", "return this"),
        ("ｒｅｔｕｒｎ", "return"),
        ("r\u0336e\u0336t\u0353u\u0321r\u0489n", "return"),
        ("pasu\u0304ti\u0304jums", "pasūtījums"),
        ("don’t", "don't"),
        ("\x00\ud800hello\x07", "hello"),
    ],
)
def test_normalising_leaves_what_was_meant(written: str, read: str) -> None:
    """Invisible characters, piles of accents and look-alikes do not change what is read."""
    assert normalise(written) == read


def test_turkish_capitals() -> None:
    """I is the capital of ı in Turkish only; İ is that of i everywhere."""
    assert lower("IŞIK İPTAL", "tr") == "ışık iptal"
    assert lower("INVOICE İ", "en") == "invoice i"


def test_folding_is_typing_in_a_hurry() -> None:
    """Diacritics go, й stays a letter of its own."""
    assert fold("zażółć gęślą jaźń") == "zazolc gesla jazn"
    assert fold("ışığı çöz") == "isigi coz"
    assert fold("ļoti īss ceļš") == "loti iss cels"
    assert fold("ещё мой") == "еще мой"


def test_words() -> None:
    """Apostrophes: a negation keeps its word together, other endings after one are dropped."""
    words = tokens("I don't know what's up in İstanbul'da, pleeease")
    assert " ".join(words) == "i dont know what up in istanbul please"


def test_references_say_nothing_of_the_question() -> None:
    """Order numbers, links and addresses are left out, short numbers stay."""
    asked = "where is HB-104233, see https://shop.example/x or mail me@shop.example within 30 days"
    assert without_references(asked) == "where is see or mail within 30 days"


def test_trigrams_know_where_a_word_begins_and_ends() -> None:
    """A space is put around each word."""
    assert trigrams(["tent"]) == [" te", "ten", "ent", "nt "]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("returns", "returning", "returned")),
        ("ru", ("посылка", "посылку", "посылки")),
        ("pl", ("zwrotu", "zwrotem", "zwrot")),
        ("lv", ("pasūtījums", "pasūtījumu", "pasutijumam", "pasūtīt")),
        ("lv", ("piegāde", "piegādes", "piegadi", "piegādāt")),
        ("tr", ("siparişim", "siparisimdeki", "siparişinizi")),
    ],
)
def test_forms_of_a_word_meet_in_a_stem(language: str, words: tuple[str, ...]) -> None:
    """Inflected, and typed with or without diacritics, a word is still that word."""
    stems = Stems(language)
    assert set.intersection(*(set(stems.of(word)) for word in words))


@given(st.text(), st.integers(1, 300))
def test_any_text_can_be_normalised(text: str, limit: int) -> None:
    """The result is short enough, has no double spaces, and is its own normal form."""
    clean = normalise(text, limit)
    assert len(clean) <= limit
    assert "  " not in clean
    assert normalise(clean, limit) == clean


@given(st.text(), st.sampled_from(["en", "ru", "tr", "lv", "pl", "xx", ""]))
def test_every_word_has_a_stem(text: str, language: str) -> None:
    """No word is lost on the way to its stems, and no word is empty."""
    stems = Stems(language)
    for word in tokens(normalise(text), language):
        assert word
        assert all(stems.of(word))
