"""Whatever an answer or `tone.yaml` holds, checking it ends in faults, never in a crash."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.check import check
from bot.knowledge.faults import Broken
from bot.knowledge.tone import Tone, parse_tone

from .folder import TODAY

PIECES = (
    *("[", "](", ")", "<", ">", "https://", "http:", "www.", "mailto:", "tel:", "@", ".", ":", "/"),
    *(
        "//",
        "[::1",
        "{",
        "}",
        "**",
        "`",
        "\n",
        "\n- ",
        " ",
        "!?",
        "NOT",
        "not",
        "İ",
        "I",
        "ß",
        "🎉",
    ),
    *("2024", "1 March ", "31.02.2024", ". gada 1. mart", "since ", "+371 2", "word", "ул. ", "9"),
)
NASTY = ("a" * 6000, "a@" * 3000, "{" * 6000, "1 " * 3000, "+1 " * 2000, "[a](" * 1500, ". " * 3000)
YAML = ("en", "limits", "emoji", "avoid", ": ", "\n", "  ", ", ", "*", "'", "{", "}", "[", "]", "a")


def faults_of(text: str) -> None:
    """Check the text in languages with and without a formula of their own."""
    articles = {
        (language, id): Article(id, language, text[:150], text, (text[:200],), path=f"kb/{id}.md")
        for language in ("en", "ru", "tr", "lv", "pl", "pt-BR")
        for id in ("one", "two")
    }
    kb = KnowledgeBase("en", TODAY, articles, {}, tone=Tone(emoji=False))
    assert all(fault.what and fault.what_to_do for fault in check(kb))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=300))
def test_any_answer_is_checked(text: str) -> None:
    """Half links, dates that are none, alphabets mixed."""
    faults_of(text)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text[:4])
def test_long_answers_of_the_same_thing(text: str) -> None:
    """No pattern runs away with a text made to mislead it."""
    faults_of(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(YAML), max_size=30).map("".join).map(str.encode) | st.binary())
def test_any_tone_is_read_or_refused(content: bytes) -> None:
    """A value, or faults that say what to do."""
    with suppress(Broken):
        parsed = parse_tone(content, "kb/tone.yaml")
        assert parsed.value is not None or parsed.faults
        assert all(fault.what and fault.what_to_do for fault in parsed.faults)
