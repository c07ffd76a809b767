"""What no article answers: everyday talk, learned as the wordings of none."""

from __future__ import annotations

import pytest

from bot.understanding.strays import strays

from .shop import LANGUAGES, articles, index


@pytest.mark.parametrize(
    ("language", "talk"),
    [
        ("en", "ok google"),
        ("en", "what day is it today then"),
        ("ru", "какой сегодня день"),
        ("ru", "хочу спать"),
        ("pl", "która godzina"),
        ("tr", "bugün hava nasıl olacak"),
        ("lv", "cik šobrīd ir pulkstenis"),
    ],
)
def test_everyday_talk_is_no_question_to_the_shop(language: str, talk: str) -> None:
    """A day in both does not make "what day is it" a question about delivery days."""
    found = index(language).search(talk)
    assert not found or found[0].score < 0.6


def test_stray_lines_are_no_articles() -> None:
    """They win no question: what is found are articles of the folder, and never a stray line."""
    for line in strays("en"):
        for match in index("en").search(line):
            assert match.article in articles("en")
            assert match.evidence not in strays("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_its_own(language: str) -> None:
    """About as many in each, none twice."""
    assert len(strays(language)) == len(set(strays(language))) > 80


def test_other_languages_do_without() -> None:
    """A knowledge base in Estonian has nothing to tell them by, and works."""
    assert strays("et") == ()
