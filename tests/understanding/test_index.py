"""Finding articles."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Article
from bot.understanding.index import Index

from .shop import LANGUAGES, articles, ids

SHELF = (
    Article("returns", "en", "How do I return something?", "Use the portal.", ("send it back",)),
    Article("hours", "en", "When are you open?", "Every day from ten.", ("opening times",)),
    Article("tents", "en", "Caring for a tent", "Dry it before packing, or mould will grow."),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_is_found_by_its_own_words(language: str) -> None:
    """Each title and example question of the shop finds its article, as sure as can be."""
    index = Index(articles(language))
    for article in articles(language):
        for phrasing in (article.title, *article.questions):
            match = index.search(phrasing)[0]
            assert match.article.id == article.id
            assert match.score > 0.9999


def test_the_winning_phrasing_is_the_evidence() -> None:
    """It can be shown to admins why an article was chosen."""
    assert Index(SHELF).search("opening time")[0].evidence == "opening times"


@pytest.mark.parametrize("asked", ["how do i retrun it", "HOW DO I RETURN", "send it bck"])
def test_typos_and_capitals(asked: str) -> None:
    """What is typed in a hurry is found all the same."""
    assert ids(Index(SHELF).search(asked))[0] == "returns"


@pytest.mark.parametrize(
    ("language", "written", "typed"),
    [
        ("lv", "Kā atgriezt pasūtījumu?", "ka atgriezt pasutijumu"),
        ("pl", "Jak zwrócić zamówienie?", "jak zwrocic zamowienie"),
        ("tr", "Siparişimi nasıl iade ederim?", "siparisimi nasil iade ederim"),
        ("ru", "Всё ещё не приехал заказ", "все еще не приехал заказ"),
    ],
)
def test_plain_typing_finds_diacritics(language: str, written: str, typed: str) -> None:
    """Typing without diacritics costs next to nothing."""
    match = Index([Article("a", language, written, "")]).search(typed)[0]
    assert match.score > 0.9


def test_a_body_is_evidence_too() -> None:
    """An article without example questions is found by what its body says."""
    assert ids(Index(SHELF).search("mould after packing"))[0] == "tents"


def test_words_nobody_knows_lower_the_score() -> None:
    """The same question about something foreign is less sure."""
    index = Index(SHELF)
    known, foreign = index.search("when are you open")[0], index.search("when are zebras open")[0]
    assert foreign.score < 0.75 * known.score


def test_an_order_number_changes_nothing() -> None:
    """What only names the order is no part of the question."""
    index = Index(SHELF)
    assert index.search("send it back HB-104233") == index.search("send it back")


@pytest.mark.parametrize("text", ["", "   ", "!?", "😀", "123456789", "https://example.com"])
def test_nothing_asked_finds_nothing(text: str) -> None:
    """Without words there is no match, not a bad one."""
    assert Index(SHELF).search(text) == ()


def test_an_empty_knowledge_base_finds_nothing() -> None:
    """No articles, no matches, no error."""
    assert Index([]).search("anything") == ()


def test_limit() -> None:
    """No more matches than asked for, the best ones."""
    index = Index(articles("en"))
    assert index.search("where is my order", 2) == index.search("where is my order", 9)[:2]


@given(st.randoms(use_true_random=False), st.sampled_from(["where is it", "open tent", "retrun"]))
def test_the_order_of_articles_does_not_matter(shuffle: random.Random, asked: str) -> None:
    """The same folder gives the same answers however its files are listed."""
    shuffled = list(SHELF)
    shuffle.shuffle(shuffled)
    assert Index(shuffled).search(asked) == Index(SHELF).search(asked)


@given(st.text(min_size=1, max_size=60))
def test_a_question_added_to_an_article_finds_it(question: str) -> None:
    """Whatever admins write as an example, its own article wins it, if it says anything."""
    added = replace(SHELF[2], questions=(question,))
    others = {phrasing.casefold() for a in SHELF for phrasing in (a.title, *a.questions)}
    found = Index((*SHELF[:2], added)).search(question)
    if found and question.casefold().strip() not in others:
        best = [match for match in found if match.score == found[0].score]
        assert "tents" in ids(best)


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    """Scores stay between 0 and 1 and fall."""
    scores = [match.score for match in Index(SHELF).search(text)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
