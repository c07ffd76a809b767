"""Which language a short message is in."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.language import LanguageDetector

from .shop import LANGUAGES, articles, hear, rows


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    samples = {
        language: [
            *(t for a in articles(language) for t in (a.title, *a.questions, a.body)),
            *(pattern for patterns in hear()[language].values() for pattern in patterns),
        ]
        for language in LANGUAGES
    }
    return LanguageDetector(LANGUAGES, samples)


def _share_right(detector: LanguageDetector) -> dict[str, float]:
    right: Counter[str] = Counter()
    messages = rows("messages.csv")
    for row in messages:
        shares = detector.detect(row["text"])
        right[row["lang"]] += max(shares, key=lambda lang: shares[lang]) == row["lang"]
    asked = Counter(row["lang"] for row in messages)
    return {language: right[language] / asked[language] for language in LANGUAGES}


def test_short_messages_of_the_shop(detector: LanguageDetector) -> None:
    """Measured: en .975, ru 1, tr 1, lv 1, pl .975 of 40 messages each, many of one word or typed
    plainly, and told from twelve other languages, too."""
    shares = _share_right(detector)
    assert min(shares.values()) >= 0.95
    assert sum(shares.values()) / len(shares) >= 0.97


def test_without_any_articles_common_words_decide() -> None:
    """Measured: .975 or more of each; an empty folder must not break a chat."""
    shares = _share_right(LanguageDetector(LANGUAGES))
    assert min(shares.values()) >= 0.95


@pytest.mark.parametrize(
    "text",
    ["", "ok", "Ok!", "OKK", "okej", "hmm", "hahaha", "XD", "👍", "123", "HB-104233", "???", "你好",
     "https://x.example/", "ok 👍"],
)  # fmt: skip
def test_nothing_to_go_by_is_flat(detector: LanguageDetector, text: str) -> None:
    """The conversation's language decides then."""
    assert set(detector.detect(text).values()) == {1 / len(LANGUAGES)}


def test_cyrillic_with_a_brand_in_latin_letters_is_russian(detector: LanguageDetector) -> None:
    """The script is the surest sign."""
    assert detector.detect("у вас есть палатки Harebell Ridge?")["ru"] > 0.99


def test_neighbours_are_told_from_the_languages_of_the_shop(detector: LanguageDetector) -> None:
    """Measured: .97 of 94 messages in Ukrainian, Belarusian, Bulgarian, Lithuanian, Estonian,
    Czech, Slovak, Azerbaijani, German, Spanish and French; none is certainly in the shop's."""
    messages = rows("neighbours.csv")
    right = 0
    for row in messages:
        shares = detector.detect(row["text"])
        right += max(shares, key=lambda lang: shares[lang]) == row["lang"]
        assert max(shares[lang] for lang in LANGUAGES) < 0.97, row
    assert right / len(messages) >= 0.93


def test_ukrainian_is_not_russian(detector: LanguageDetector) -> None:
    """Its share is kept under its own code, so that nobody takes it for Russian."""
    shares = detector.detect("Добрий день, де моє замовлення?")
    assert shares["uk"] > 0.9
    assert shares["ru"] < 0.1


def test_russian_in_latin_letters_is_russian(detector: LanguageDetector) -> None:
    """All of 40 messages, each written in another way: "4to", "chto", "moj", "moi"."""
    missed = [
        row["text"] for row in rows("romanised.csv") if detector.detect(row["text"])["ru"] < 0.9
    ]
    assert missed == []
    assert detector.cyrillic("Gde moj zakaz?") == "где мой заказ?"


def test_no_other_language_is_russian_in_latin_letters(detector: LanguageDetector) -> None:
    """Of the questions and messages of the other four, none."""
    latin = [row["text"] for row in (*rows("questions.csv"), *rows("messages.csv"))]
    mistaken = [text for text in latin if text.isascii() and detector.cyrillic(text)]
    assert mistaken == []


def test_a_shop_without_russian_reads_no_russian() -> None:
    """What cannot be answered in need not be found out."""
    detector = LanguageDetector(["en", "lv"])
    assert detector.cyrillic("gde moj zakaz") is None
    assert "ru" not in detector.detect("gde moj zakaz")


def test_a_mixed_message_is_in_the_language_it_mostly_uses(detector: LanguageDetector) -> None:
    """A foreign greeting does not decide."""
    shares = detector.detect("hello, gdzie jest moja paczka i kiedy dojdzie")
    assert shares["pl"] > 0.9


def test_the_share_follows_the_words(detector: LanguageDetector) -> None:
    """The more of a message is Polish, the likelier it is to be meant as Polish."""
    texts = ["where is my parcel", "where is my parcel, proszę", "hello, gdzie jest moja paczka"]
    polish = [detector.detect(text)["pl"] for text in texts]
    assert polish == sorted(polish)
    assert polish[0] < 0.05 < 0.9 < polish[2]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("nerede kargom", "tr"), ("siparisim gelmedi", "tr"), ("kur ir mans sutijums", "lv"),
     ("ludzu palidziet man", "lv"), ("prosze o zwrot pieniedzy", "pl"),
     ("nie dostalem paczki", "pl")],
)  # fmt: skip
def test_diacritics_need_not_be_typed(typed: str, meant: str, detector: LanguageDetector) -> None:
    """As on a phone in a hurry."""
    assert detector.detect(typed)[meant] > 0.9


def test_one_language_is_always_meant() -> None:
    """A knowledge base in one language is answered in it."""
    assert LanguageDetector(["lv"]).detect("where is it") == {"lv": 1.0}


def test_languages_that_lingua_does_not_know() -> None:
    """Its own words are enough to know a language by."""
    words = {"tlh": ["nuqneH jIyaj Qapla'"], "en": ["hello, I understand, success"]}
    assert LanguageDetector(["tlh", "en"], words).detect("nuqneH")["tlh"] > 0.5


@given(st.text())
def test_any_text_has_languages(detector: LanguageDetector, text: str) -> None:
    """One probability for each language of the shop, and of neighbours; adding up to 1."""
    shares = detector.detect(text)
    assert set(shares) >= set(LANGUAGES)
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0
