"""What the shipped shop says to the little words, buttons and numbers that customers send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.domain import Address, Attachment, ButtonPress, InboundMessage, Option, Outcome, Person
from bot.engine import Context, Decision, Standing, decide
from bot.mind import Mind
from tests.conftest import shipped_mind

TODAY = date(2026, 11, 22)
LANGUAGES = ("en", "ru", "tr", "lv", "pl")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CHAT, ANNA = Address("telegram", "1"), Person("1", "Anna")


@pytest.fixture(scope="module")
def mind() -> Mind:
    """The knowledge base as it ships."""
    return shipped_mind(TODAY)


def said(mind: Mind, text: str, standing: Standing, kind: str = "") -> Decision:
    attachments = (Attachment(kind),) if kind else ()
    event = InboundMessage("1", CHAT, ANNA, text, NOW, attachments=attachments)
    return decide(event, mind.read(text), standing, mind.kb, TODAY)


def pressed(mind: Mind, value: str, standing: Standing) -> Decision:
    event = ButtonPress("1", CHAT, ANNA, value, NOW)
    return decide(event, mind.read(""), standing, mind.kb, TODAY)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", ["no", "ok", "stop", "start", "help", "yes", "👍", "HB-104233"])
def test_a_little_word_leaves_the_language_alone(mind: Mind, language: str, word: str) -> None:
    """People answer "no" and "ok", and write "start" because we told them to, in any language."""
    assert said(mind, word, Standing(language)).language == language


@pytest.mark.parametrize(
    ("greeting", "language"),
    [("labdien", "lv"), ("merhaba", "tr"), ("cześć", "pl"), ("привет", "ru")],
)
def test_a_greeting_says_which_language_is_meant(mind: Mind, greeting: str, language: str) -> None:
    """The first word of somebody whose telephone is English."""
    decision = said(mind, greeting, Standing("en"))
    assert (decision.outcome, decision.language) == (Outcome.GREETED, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_leads_somewhere(mind: Mind, language: str) -> None:
    """No button of the welcome is dead; a topic of one article shows it."""
    welcome = said(mind, "/start", Standing(language))
    assert welcome.reply is not None and len(welcome.reply.options) >= 8
    for option in welcome.reply.options:
        decision = pressed(mind, str(option.value), Standing(language))
        assert decision.outcome in {Outcome.CLARIFIED, Outcome.ANSWERED, Outcome.HANDED_OFF}


@pytest.mark.parametrize("text", ["HB-104233", "my order number is HB-104233", "00112345678"])
def test_a_number_alone_is_for_a_person(mind: Mind, text: str) -> None:
    """It names an order and asks nothing: a colleague can look it up."""
    assert said(mind, text, Standing("en")).outcome is Outcome.OFFERED_HUMAN


def test_an_order_number_is_no_button(mind: Mind) -> None:
    """ "0011234567" after the poll is not the score 1."""
    scores = tuple(Option(str(n), f"csat:7:{n}") for n in range(1, 6))
    standing = Standing("en", context=Context(options=scores))
    assert said(mind, "0011234567", standing).rated is None
    rated = said(mind, "1", standing).rated
    assert rated is not None and rated.score == 1


def test_a_bad_rating_is_not_thanked_like_a_good_one(mind: Mind) -> None:
    """Who was not helped is asked what went wrong."""
    replies = [pressed(mind, f"csat:7:{score}", Standing("en")).reply for score in (1, 5)]
    assert all(replies) and replies[0] != replies[1]


def test_a_sticker_needs_nobody(mind: Mind) -> None:
    """A picture may matter to a colleague, a thumbs-up does not."""
    standing = replace(Standing("en"), name="Anna")
    assert said(mind, "", standing, "sticker").outcome is Outcome.GREETED
    assert said(mind, "", standing, "photo").outcome is Outcome.OFFERED_HUMAN
