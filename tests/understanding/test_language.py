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
    plainly (lingua alone, in its large mode with 246 MB: 1, 1, 1, .975, .925)."""
    shares = _share_right(detector)
    assert min(shares.values()) >= 0.95
    assert sum(shares.values()) / len(shares) >= 0.97


def test_without_any_articles_lingua_decides() -> None:
    """Measured: en .90, ru 1, tr .88, lv .98, pl .93; an empty folder must not break a chat."""
    shares = _share_right(LanguageDetector(LANGUAGES))
    assert min(shares.values()) >= 0.85


@pytest.mark.parametrize(
    "text", ["", "ok", "👍", "123", "HB-104233", "???", "你好", "https://x.example/"]
)
def test_nothing_to_go_by_is_flat(detector: LanguageDetector, text: str) -> None:
    """The conversation's language decides then."""
    assert set(detector.detect(text).values()) == {1 / len(LANGUAGES)}


def test_cyrillic_is_russian_when_only_russian_is_cyrillic(detector: LanguageDetector) -> None:
    """The script is the surest sign, even with a brand in Latin letters."""
    assert detector.detect("у вас есть палатки Harebell Ridge?")["ru"] == 1.0


def test_a_mixed_message_is_in_the_language_it_mostly_uses(detector: LanguageDetector) -> None:
    """A foreign greeting does not decide."""
    shares = detector.detect("hello, gdzie jest moja paczka i kiedy dojdzie")
    assert shares["pl"] > 0.9


def test_one_language_is_always_meant() -> None:
    """A knowledge base in one language is answered in it."""
    assert LanguageDetector(["lv"]).detect("where is it") == {"lv": 1.0}


def test_languages_that_lingua_does_not_know() -> None:
    """Its own words are enough to know a language by."""
    words = {"tlh": ["nuqneH jIyaj Qapla'"], "en": ["hello, I understand, success"]}
    assert LanguageDetector(["tlh", "en"], words).detect("nuqneH")["tlh"] > 0.5


@given(st.text())
def test_any_text_has_languages(detector: LanguageDetector, text: str) -> None:
    """One probability for each language, adding up to 1."""
    shares = detector.detect(text)
    assert tuple(shares) == LANGUAGES
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0
