"""Cards: what they show, and that Slack takes them whatever customers are called or write."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.base import load
from bot.playground.slack.blocks import checked_blocks
from bot.storage.tables import Message
from handoff.cards import (
    Card,
    Line,
    Suggestion,
    at,
    bare_blocks,
    blocks,
    first_line,
    is_bare,
    plain,
    summary,
)
from handoff.story import excerpt, telling
from tests.conftest import KNOWLEDGE_BASE

KB = load(KNOWLEDGE_BASE, "en", date(2026, 11, 22))
LANGUAGES = ("en", "ru", "tr", "lv", "pl")
OPENED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CARD = Card(
    ticket_id=7,
    name="Maria Ozola",
    channel="Telegram",
    language="Latvian",
    reason="The customer asked for a person",
    opened_at=OPENED,
    lines=(Line("Maria Ozola", "My tent leaks"), Line("Bot", "I'm bringing in a colleague.")),
    suggestions=(Suggestion("How do I claim on the warranty?", "You have two years."),),
)
HOSTILE = [
    "<!channel> <@U1> <https://evil.example|https://bank.example>",
    "*_~`bold`~_*",
    "&amp; &lt;b&gt;",
    "x" * 5000,
    "&" * 4096,
    "*" * 4096,
    "\n" * 3000,
    "> quote\n> > quote\n```code",
    "‮evil‬ \u200b \x00 \x07",
    "👩‍👩‍👧‍👦" * 600,
    "line\n" * 700,
]


def words(key: str, **values: object) -> str:
    return KB.say("en", key, **values)


def shown(card: Card) -> str:
    return json.dumps(blocks(card, words), ensure_ascii=False)


def buttons(card: Card) -> list[str]:
    return [
        element["action_id"]
        for block in blocks(card, words)
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_a_card_shows_who_why_since_when_and_what_was_said() -> None:
    """Everything an agent needs before claiming it."""
    text = shown(CARD)
    for part in ("#7", "Maria Ozola", "Telegram", "Latvian", "asked for a person", "My tent leaks",
                 "claim on the warranty?", "You have two years.", at(OPENED)):  # fmt: skip
        assert part in text
    assert buttons(CARD) == ["claim", "resolve"]
    assert summary(CARD, words) == "#7 Maria Ozola · Waiting for a colleague"


def test_a_claimed_card_names_the_claimer_and_can_be_resolved() -> None:
    """There is nothing more to claim."""
    claimed = replace(CARD, claimed_by="Ivo")
    assert buttons(claimed) == ["resolve"]
    assert "With Ivo" in shown(claimed)


def test_a_resolved_card_has_no_buttons_and_shows_its_rating() -> None:
    """What is done can only be read."""
    resolved = replace(CARD, claimed_by="Ivo", resolved_by="Ivo", score=4)
    assert buttons(resolved) == []
    assert "★★★★☆" in shown(resolved)
    assert "Resolved by Ivo" in summary(resolved, words)


def test_the_hint_fits_the_card() -> None:
    """Who may claim is told so; afterwards it says whose words leave the house."""
    assert words("desk_hint") in shown(CARD)
    claimed = shown(replace(CARD, claimed_by="Ivo"))
    assert words("desk_hint") not in claimed
    assert "What Ivo writes in this thread" in claimed


def test_what_the_bot_said_is_one_short_line() -> None:
    """Its answers are long, and known."""
    assert first_line("Yes.") == "Yes."
    assert first_line("You have two years.\n\n1. Write to us") == "You have two years…"
    assert len(first_line("word " * 100)) <= 81


def test_a_bare_card_has_its_line_and_its_buttons() -> None:
    """Slack takes it, whatever is wrong with the other one."""
    made = bare_blocks(CARD, words)
    checked_blocks([dict(block) for block in made])
    assert [block["type"] for block in made] == ["section", "actions"]
    assert is_bare(made) and not is_bare(blocks(CARD, words))


def test_a_customer_without_a_name_is_called_so() -> None:
    """An empty name leaves no hole."""
    assert "no name" in shown(replace(CARD, name=""))
    assert "no name" in summary(replace(CARD, name=""), words)


def test_a_time_is_shown_in_the_zone_of_whoever_looks() -> None:
    """Slack's own date format, with UTC for old clients."""
    assert at(OPENED) == ("<!date^1795339800^{date_short_pretty} {time}|2026-11-22 09:30 UTC>")


def texts(node: Any) -> list[str]:
    """Every mrkdwn text in some blocks."""
    if isinstance(node, dict):
        own = [str(node["text"])] if node.get("type") == "mrkdwn" else []
        return own + [text for value in node.values() for text in texts(value)]
    return (
        [text for value in node for text in texts(value)] if isinstance(node, list | tuple) else []
    )


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda text: repr(text[:20]))
@pytest.mark.parametrize("where", ["name", "reason", "line", "who", "article", "origin", "agent"])
def test_slack_takes_a_card_whatever_is_in_it(where: str, evil: str) -> None:
    """Within every limit of Slack's, and with no mention or link that a customer wrote."""
    card = {
        "name": replace(CARD, name=evil),
        "reason": replace(CARD, reason=evil),
        "line": replace(CARD, lines=(Line("Maria", evil),) * 6),
        "who": replace(CARD, lines=(Line(evil, "hello"),) * 6),
        "article": replace(CARD, suggestions=(Suggestion(evil, evil),) * 3),
        "origin": replace(CARD, came_from=evil),
        "agent": replace(CARD, claimed_by=evil),
    }[where]
    checked_blocks([dict(block) for block in blocks(card, words)])
    for text in [*texts(blocks(card, words)), summary(card, words)]:
        assert set(re.findall(r"<[^>]*>?", text)) <= {at(OPENED)}
        assert not re.search(r"&(?!amp;|lt;|gt;)", text), "an escape was cut in two"


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=300), text=st.text(max_size=4096), claimed=st.text(max_size=40))
def test_any_text_makes_a_card_that_slack_takes(name: str, text: str, claimed: str) -> None:
    """Whatever Unicode has to offer."""
    card = replace(CARD, name=name, lines=(Line(name, text),) * 6, claimed_by=claimed)
    checked_blocks([dict(block) for block in blocks(card, words)])
    assert summary(card, words).strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [{}, {"claimed_by": "Ivo"}, {"resolved_by": "Ivo", "score": 1}])
def test_a_card_in_every_language(language: str, state: dict[str, Any]) -> None:
    """Labels fit Slack's buttons in each of the five, and no placeholder is left over."""
    card = replace(CARD, **state)

    def say(key: str, **values: object) -> str:
        return KB.say(language, key, **values)

    made = blocks(card, say)
    checked_blocks([dict(block) for block in made])
    assert not re.search(r"\{\w+\}", re.sub(r"<!date[^>]*>", "", json.dumps(made)))


def test_plain_text_shows_what_was_typed() -> None:
    """Formatting signs stay visible, and format nothing."""
    assert plain("a & b < c").replace("\u2060", "") == "a &amp; b &lt; c"
    assert "*bold*" not in plain("*bold*")
    assert plain("*bold*").replace("\u2060", "") == "*bold*"


def test_the_customers_last_messages_stay_on_the_card() -> None:
    """However much the bot has said since, the question itself is there; its own words in between
    are kept, those before it are not."""
    said = [("bot", "Hello"), ("contact", "Where is my order?"), *[("bot", "…")] * 6,
            ("contact", "That's not it"), ("contact", "A person!")]  # fmt: skip
    rows = [
        Message(id=number, conversation_id=1, author=author, text=text, sent_at=OPENED)
        for number, (author, text) in enumerate(said)
    ]
    shown = [message.text for message in reversed(telling(rows[::-1]))]
    assert shown == ["Where is my order?", "…", "…", "…", "…", "That's not it", "A person!"]


def test_an_article_is_shown_by_its_first_sentence() -> None:
    """Enough to choose by."""
    assert excerpt("You have **two years**. Write to us.") == "You have two years."
    assert excerpt("word " * 100).endswith("…")
