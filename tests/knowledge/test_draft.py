"""Drafted articles: they read back as written, and wait for a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Article
from bot.knowledge.articles import parse_article
from bot.knowledge.draft import draft, file_name
from bot.knowledge.fields import ID

STORES = Article("stores", "en", "Stores", "In Riga.", tags=("stores", "travel"))


def finished(text: str) -> Article | None:
    """The article that is left when the line `draft:` is deleted."""
    lines = [line for line in text.splitlines() if not line.startswith("draft: ")]
    return parse_article("\n".join(lines).encode(), "articles/en/x.md", "en").value


def test_a_draft_with_a_persons_answer() -> None:
    """Title, example questions, tags, and the answer as the person wrote it."""
    text = draft("en", ["may my dog come?", "dogs: ok?"], [STORES], "Yes, *on* a lead [really].")
    article = finished(text)
    assert article is not None
    assert (article.title, article.tags) == ("May my dog come?", ("stores", "travel"))
    assert article.questions == ("may my dog come?", "dogs: ok?")
    assert article.body == r"Yes, \*on\* a lead \[really\]."


def test_a_draft_is_not_served() -> None:
    """Not with the line, and not without an answer."""
    with_answer = parse_article(draft("en", ["dogs?"], (), "Yes.").encode(), "x.md", "en")
    assert with_answer.value is None
    assert str(with_answer.faults[0]).startswith("x.md:2: this is a draft")
    assert finished(draft("en", ["dogs?"])) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("May my dog come?", "may-my-dog-come"),
        ("Можно с собакой, ещё щенком?", "mozhno-s-sobakoy-eshche-shchenkom"),
        ("Köpeğimle ışıkta", "kopegimle-isikta"),
        ("Czy mogę do Łodzi", "czy-moge-do-lodzi"),
        ("???", "question"),
    ],
)
def test_the_files_name_is_the_title_in_plain_letters(title: str, name: str) -> None:
    """In every language it can be an article's id."""
    assert file_name(title) == name


@given(st.text(min_size=1, max_size=600), st.text(max_size=300))
def test_whatever_was_asked_the_draft_can_be_read(question: str, answer: str) -> None:
    """No text of a customer's or an agent's breaks the file, or its name."""
    text = draft("en", [question], (), answer)
    assert ID.fullmatch(file_name(question))
    faults = parse_article(text.encode("utf-8", "replace"), "x.md", "en").faults
    assert any("draft" in fault.what for fault in faults)
