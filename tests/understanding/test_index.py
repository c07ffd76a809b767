"""Finding articles."""

from __future__ import annotations

import functools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Article
from bot.understanding.index import Index
from bot.understanding.reading import Understanding

from .shop import LANGUAGES, articles, ids, index

SHELF = (
    Article("returns", "en", "How do I return something?", "Use the portal.", ("send it back",)),
    Article("hours", "en", "When are you open?", "Every day from ten.", ("opening times",)),
    Article("tents", "en", "Caring for a tent", "Dry it before packing, or mould will grow."),
)


@functools.cache
def shelf() -> Index:
    """Three articles, ready to be searched."""
    return Index(SHELF)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_is_found_by_its_own_words(language: str) -> None:
    """Each title and example question of the shop finds its article, as sure as can be."""
    for article in articles(language):
        for phrasing in (article.title, *article.questions):
            match = index(language).search(phrasing)[0]
            assert match.article.id == article.id
            assert match.score >= 0.99


def test_the_winning_phrasing_is_the_evidence() -> None:
    """It can be shown to admins why an article was chosen."""
    assert shelf().search("opening time")[0].evidence == "opening times"


@pytest.mark.parametrize("asked", ["how do i retrun it", "HOW DO I RETURN", "send it bck"])
def test_typos_and_capitals(asked: str) -> None:
    """What is typed in a hurry is found all the same."""
    assert ids(shelf().search(asked))[0] == "returns"


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
    assert ids(shelf().search("mould after packing"))[0] == "tents"


@pytest.mark.parametrize(
    ("known", "foreign"),
    [
        ("how long does a refund take", "how long does a zebra migration take"),
        ("do you have shops in riga", "do you have lawyers in riga"),
        ("can i change my order", "can i change my religion"),
    ],
)
def test_words_nobody_knows_lower_the_score(known: str, foreign: str) -> None:
    """The same question about something foreign is less sure, and less is left of there being any
    answer."""
    sure, doubtful = (index("en").search(asked)[0] for asked in (known, foreign))
    assert doubtful.score < 0.9 * sure.score
    assert doubtful.signals["any"] < sure.signals["any"]


def test_an_order_number_changes_nothing() -> None:
    """What only names the order is no part of the question."""
    search = shelf().search
    assert search("send it back HB-104233") == search("send it back")


@pytest.mark.parametrize("text", ["", "   ", "!?", "😀", "123456789", "https://example.com"])
def test_nothing_asked_finds_nothing(text: str) -> None:
    """Without words there is no match, not a bad one."""
    assert shelf().search(text) == ()


def test_an_empty_knowledge_base_finds_nothing() -> None:
    """No articles, no matches, no error."""
    assert Index([]).search("anything") == ()


def test_limit() -> None:
    """No more matches than asked for, the best ones."""
    search = index("en").search
    assert search("where is my order", 2) == search("where is my order", 9)[:2]


@given(st.randoms(use_true_random=False), st.sampled_from(["where is it", "open tent", "retrun"]))
def test_the_order_of_articles_does_not_matter(shuffle: random.Random, asked: str) -> None:
    """The same folder gives the same answers however its files are listed."""
    shuffled = list(SHELF)
    shuffle.shuffle(shuffled)
    assert Index(shuffled).search(asked) == shelf().search(asked)


@pytest.mark.parametrize("question", ["gde moj zakaz", "privet kak dela", "Visa ili MIR", "ё Ё"])
def test_an_example_question_may_be_russian_in_latin_letters(question: str) -> None:
    """What customers type so may be written down so, too."""
    shop = [
        Article("return", "ru", "Как вернуть?", "Через портал.", ("отправить назад",)),
        Article("hours", "ru", "Когда вы открыты?", "С десяти.", ("часы работы",)),
        Article("asked", "ru", "Уход за палаткой", "Высушите её.", (question,)),
    ]
    assert ids(Index(shop).search(question))[0] == "asked"
    assert ids(Understanding(shop, {}).read(question).matches)[0] == "asked"


@settings(max_examples=30)  # an index is built for each
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
    scores = [match.score for match in shelf().search(text)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_one_word_is_a_topic() -> None:
    """ "Card" may mean a dozen things, however near one article is; asked by just the word that an
    article lists, it is meant."""
    assert index("en").search("gift")[0].score <= 0.5
    asked_for = Index((*SHELF[:2], replace(SHELF[2], questions=("mould",))))
    assert asked_for.search("mould")[0].score > 0.9


def test_too_few_examples_are_said_in_a_sentence() -> None:
    """What there is, counted as people count; which language it is, the folder says."""
    bare = Article("hours", "en", "When are you open?", "Every day from ten.")
    asked = replace(bare, questions=("opening times",))
    why = "confidence is guessed rather than learned"
    assert Index([bare]).advice == (f"{why}: no article has example questions",)
    (advice,) = Index([asked]).advice
    assert advice == f"{why}: only 1 article has example questions, and none could be tried"
    several = [asked, Article("tents", "en", "Caring for a tent", "Dry it.", ("a wet tent", "dry"))]
    (advice,) = Index(several).advice
    assert advice.startswith(f"{why}: only 2 articles have example questions, which make ")
