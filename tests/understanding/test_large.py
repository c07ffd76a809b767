"""Finding articles among very many phrasings."""

from __future__ import annotations

import functools
import random
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Article
from bot.understanding import choose

from .shop import LANGUAGES, articles

pytest.importorskip("tantivy")
from bot.understanding.large import LargeIndex

SHELF = (
    Article("returns", "en", "How do I return something?", "Use the portal.", ("send it back",)),
    Article("hours", "en", "When are you open?", "Every day from ten.", ("opening times",)),
    Article("tents", "en", "Caring for a tent", "Dry it before packing, or mould will grow."),
)
INDEX = LargeIndex(SHELF)


@functools.cache
def english() -> LargeIndex:
    """The shop's English articles, indexed once for all tests that only ask."""
    return LargeIndex(articles("en"))


def best(index: LargeIndex, question: str) -> str:
    found = index.search(question)
    return found[0].article.id if found else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_is_found_by_its_own_words(language: str) -> None:
    """Each title and example question of the shop finds its article, and as good as surely."""
    index = english() if language == "en" else LargeIndex(articles(language), language)
    for article in articles(language):
        for phrasing in (article.title, *article.questions):
            match = index.search(phrasing)[0]
            assert match.article.id == article.id
            assert match.score >= 0.99
            assert match.precision >= 0.9


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("how do i retrun it", "returns"),
        ("HOW CAN I RETURN SOMETHNG", "returns"),
        ("opning times?", "hours"),
        ("mould grows while packing", "tents"),
    ],
)
def test_typos_and_bodies_are_understood(asked: str, meant: str) -> None:
    """Pieces of words and bodies lead to the article as well as whole words do."""
    assert best(INDEX, asked) == meant


def test_matches_are_those_of_the_default_index_in_kind() -> None:
    """Probabilities that add up to at most 1, the best first, with their evidence and signals."""
    matches = INDEX.search("when do you open the portal for tents")
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert 0 < sum(scores) <= 1.0001
    assert all(score <= match.precision <= 1 for score, match in zip(scores, matches, strict=True))
    assert {"words", "pieces", "familiarity", "share", "any"} <= matches[0].signals.keys()
    assert INDEX.search("opening time")[0].evidence == "opening times"
    assert len(INDEX.search("when do you open", limit=1)) == 1


@pytest.mark.parametrize(
    "asked", ["", "   ", "🙂", "?!", "\u200b", "http://a.example/b", "zzz qqq"]
)
def test_nothing_known_is_nothing_sure(asked: str) -> None:
    """What says nothing, or nothing of this, finds nothing that would be answered."""
    assert all(match.precision < 0.9 for match in INDEX.search(asked))


@given(st.text(max_size=300))
def test_any_text_will_do(asked: str) -> None:
    """Quotes, operators, other scripts: a decision and no exception."""
    assert all(0 <= match.score <= 1 for match in INDEX.search(asked))


def test_the_syntax_of_queries_means_nothing() -> None:
    """Customers write colons, quotes and brackets; none of it is an instruction."""
    for asked in ('order:"tent', "NOT tent AND (", "stems:tent^9 +~", "tent*" * 500):
        INDEX.search(asked)


def test_the_order_of_articles_does_not_matter() -> None:
    """The same folder gives the same decisions."""
    shelf = [replace(article, path=article.id) for article in articles("en")]
    asked = [f"{article.questions[0]} please" for article in shelf if article.questions][:30]
    one = LargeIndex(shelf)
    random.Random(1).shuffle(shelf)
    other = LargeIndex(shelf)
    for question in asked:
        assert one.search(question) == other.search(question)


# --- changing ------------------------------------------------------------------------------------


def test_an_update_is_seen_by_the_new_index_only() -> None:
    """What is added, changed and taken away shows, and the old index answers as before."""
    before = LargeIndex(SHELF)
    added = Article(
        "gifts", "en", "Gift vouchers", "Buy them at the till.", ("voucher for a gift",)
    )
    changed = replace(SHELF[1], questions=("are you there on sundays",))
    after = before.updated([SHELF[0], changed, added])
    assert best(after, "gift voucher") == "gifts"
    assert best(after, "there on sundays") == "hours"
    assert best(after, "mould packing tent") != "tents"
    assert best(before, "mould packing tent") == "tents"
    assert best(before, "opening times") == "hours"
    assert "gifts" not in {match.article.id for match in before.search("gift voucher")}


def test_an_updated_index_decides_as_one_built_anew() -> None:
    """It makes no difference how the articles came to be there."""
    shelf = list(articles("en"))
    by_steps = LargeIndex(shelf[: len(shelf) // 2]).updated(shelf)
    anew = english()
    for article in shelf:
        for phrasing in article.questions:
            assert best(by_steps, phrasing) == best(anew, phrasing) == article.id


def test_an_old_index_can_be_updated_again() -> None:
    """Two updates of the same index do not mix."""
    first = LargeIndex(SHELF)
    one = first.updated([*SHELF, Article("a", "en", "Alphabet soup", "")])
    other = first.updated([*SHELF, Article("b", "en", "Bicycle bells", "")])
    assert (best(one, "alphabet soup"), best(other, "bicycle bells")) == ("a", "b")
    assert best(one, "bicycle bells") != "b"
    assert best(other, "alphabet soup") != "a"


def test_another_share_of_unanswerable_questions_is_learned_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever edits the policy gets the index that a restart would give, however little changed."""
    monkeypatch.setattr(choose, "LARGE", 4)
    shelf = articles("en")
    asked = [f"{article.questions[0]} tomorrow" for article in shelf if article.questions][:30]
    before = choose.choose_index(shelf, "en", unanswerable=0.1)
    after = choose.choose_index(shelf, "en", unanswerable=0.8, previous=before)
    anew = choose.choose_index(shelf, "en", unanswerable=0.8)
    for question in asked:
        assert after.search(question) == anew.search(question)
    assert any(after.search(question) != before.search(question) for question in asked)


def test_it_answers_while_it_is_updated() -> None:
    """Questions come from other threads all the time."""
    index, wrong = LargeIndex(SHELF), []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            if best(index, "opening times") != "hours":
                wrong.append(1)

    asking = threading.Thread(target=ask)
    asking.start()
    newest = index
    for number in range(20):
        newest = newest.updated([*SHELF, Article(f"n{number}", "en", f"Number {number}", "")])
    done.set()
    asking.join()
    assert not wrong
    assert len(newest.library.filed) == 4


# --- how sure ------------------------------------------------------------------------------------


def test_it_asks_itself_its_own_questions() -> None:
    """Each left out when asked: some are found all the same, and none by its own wording."""
    index = english()
    held_out = index.held_out
    assert held_out
    assert all(one.other != one.phrasing for one in held_out)
    examples = {(a.id, question) for a in articles("en") for question in a.questions}
    assert {(one.article_id, one.phrasing) for one in held_out} <= examples
    right = [one.score for one in held_out if one.found_id == one.article_id]
    wrong = [one.score for one in held_out if one.found_id != one.article_id]
    assert all(0 <= one.score <= 1 for one in held_out)
    assert not wrong or sum(wrong) / len(wrong) < sum(right) / len(right)


def test_too_few_examples_are_said() -> None:
    """Three articles cannot teach how far to trust them."""
    assert "guessed" in INDEX.advice[0]


# --- which index ---------------------------------------------------------------------------------


def test_the_size_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit the large index, updated and not built anew; below it the default one."""
    monkeypatch.setattr(choose, "LARGE", 4)
    large = choose.choose_index(SHELF, "en")
    assert isinstance(large, LargeIndex)
    following = choose.choose_index(SHELF, "en", previous=large)
    assert isinstance(following, LargeIndex)
    assert following.library.stock is large.library.stock
    assert not isinstance(choose.choose_index(SHELF[:1], "en", previous=large), LargeIndex)


def test_without_the_extra_the_default_index_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever checks the folder is told what to install."""
    monkeypatch.setattr(choose, "LARGE", 4)
    assert choose.advice(SHELF) == ""
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    assert choose.advice(SHELF).startswith("5 titles and example questions")
    assert best(choose.choose_index(SHELF, "en"), "opening times") == "hours"  # type: ignore[arg-type]
