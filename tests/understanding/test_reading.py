"""Reading a message: languages, matches and intents together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Mood, Reading
from bot.understanding.reading import Understanding

from .shop import LANGUAGES, articles, hear, ids, rows, understanding

INTENTS = {"human", "greeting", "thanks", "goodbye", "yes", "no", "stop", "bot", "chatter"}


def _is_valid(reading: Reading, text: str) -> bool:
    scores = [match.score for match in reading.matches]
    pairs = [(match.article.id, match.article.language) for match in reading.matches]
    return (
        reading.text == text
        and sum(reading.languages.values()) == pytest.approx(1)
        and scores == sorted(scores, reverse=True)
        and all(0 <= score <= 1 for score in scores)
        and len(set(pairs)) == len(pairs)
        and reading.intents <= INTENTS
    )


@given(st.text())
def test_any_text_has_a_valid_reading(text: str) -> None:
    """Whatever is typed, there is a reading and no error."""
    assert _is_valid(understanding().read(text), text)


HOSTILE = {
    "4,096 words of one letter": "x " * 2048,
    "one long word": "a" * 4096,
    "zalgo": "r̷̛͓e̶̢͙̮f̶u̸͍n̈́d̈́" * 200,
    "one emoji": "😀",
    "emoji": "😀" * 4096,
    "digits": "1234567890" * 400,
    "a link": "https://example.com/?" + "a=b&" * 1000,
    "SQL": "'; DROP TABLE articles; --" * 150,
    "code": "def f(x): return {k: [v] for k, v in x.items()}\n" * 80,
    "bidi": "\u202e\u2066refund\u2069\u200b" * 400,
    "spaces": " " * 10_000,
    "expanding characters": "ﷺ" * 4096,
    "at signs": "@" * 4096,
    "surrogates and nulls": "\ud800\x00" * 2000,
    "another script": "我想退货" * 1000,
    "a pattern nearly spoken, again and again": "want to talk to " * 256,
    "alternatives of patterns": "real " * 800,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_at_once(name: str) -> None:
    """Within 50 ms even on a busy machine (measured: at most 27 ms, mostly below 10)."""
    understanding().read("the first reading builds what is shared")
    started = time.process_time()
    reading = understanding().read(HOSTILE[name])
    assert _is_valid(reading, HOSTILE[name])
    assert time.process_time() - started < 0.05


def test_a_question_is_read_in_its_language() -> None:
    """A sure language is the only one searched."""
    reading = understanding().read("gdzie jest moja paczka?")
    assert {match.article.language for match in reading.matches} == {"pl"}
    assert ids(reading.matches)[0] in ("order-status", "track-parcel")


def test_a_word_of_any_language_is_searched_in_all() -> None:
    """The conversation's language decides later which of the matches is meant."""
    found = {match.article.language for match in understanding().read("paypal").matches}
    assert found == set(LANGUAGES)


def test_greeting_and_question() -> None:
    """A greeting before a question does not hide the question."""
    reading = understanding().read("hi, how do I return something I bought?")
    assert not reading.intents
    assert ids(reading.matches)[0] == "return-an-item"


def test_a_person_is_heard_in_another_language() -> None:
    """All languages' patterns are tried, whatever the conversation is in."""
    assert "human" in understanding().read("operator please").intents
    assert "human" in understanding().read("оператор").intents


def test_reading_from_many_threads_is_the_same() -> None:
    """Nothing is shared that must not be: the stemmers are each thread's own."""
    texts = [row["text"] for row in rows("questions.csv")][::7]
    alone = [understanding().read(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(understanding().read, texts)) == alone


def test_the_order_of_articles_does_not_matter() -> None:
    """The same folder, read backwards, says the same."""
    some = [article for language in LANGUAGES for article in articles(language)[:12]]
    forwards, backwards = (Understanding(few, hear(), LANGUAGES) for few in (some, some[::-1]))
    for row in rows("questions.csv")[::9]:
        assert backwards.read(row["text"]) == forwards.read(row["text"])


def test_an_empty_knowledge_base() -> None:
    """A folder without articles still listens."""
    empty = Understanding([], hear(), LANGUAGES)
    assert empty.read("I want a human").intents == {"human"}
    assert not empty.read("where is my order").matches
    assert replace(Understanding([], {}).read("hello"), mood=Mood()) == Reading("hello")


def test_a_language_in_which_nothing_changed_keeps_its_index() -> None:
    """A word mended in one Latvian answer does not set the other languages to learn anew."""
    shop = [article for language in LANGUAGES for article in articles(language)]
    before = understanding()
    changed = [
        replace(article, body="Jauna atbilde.") if article.language == "lv" else article
        for article in shop
    ]
    after = Understanding(changed, hear(), LANGUAGES, previous=before)
    kept = {code for code in LANGUAGES if after._indexes[code] is before._indexes[code]}
    assert kept == set(LANGUAGES) - {"lv"}
