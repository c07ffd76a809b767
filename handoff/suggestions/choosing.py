"""Which articles may answer what a customer asked last. They are kept with the ticket by their ids,
and chosen anew whenever something else is asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlmodel import Session

from bot.domain import Article, Reading
from bot.engine.turn import SOME_SENSE, chance, merge
from bot.knowledge.base import KnowledgeBase
from handoff.rows import open_for
from handoff.story import excerpt

MOST = 3


def asked(reading: Reading, language: str, kb: KnowledgeBase, today: date) -> tuple[Article, ...]:
    """The best articles for what was just said, in the customer's language; none where it asks for
    nothing that any article is about: then what was asked before still stands. Of a text that asks
    for a person, too, or says that nothing helped, the rest counts. Pure."""
    if reading.intents & {"human", "unhelpful"}:
        parts = (asked(part, language, kb, today) for part in reading.parts)
        return next((found for found in parts if found), ())
    if reading.text.startswith("/"):
        return ()
    matches = merge(reading.matches, language, kb, today)
    if chance(matches) < kb.policy.clarify_chance:
        return ()
    near = [m.article for m in matches if m.score >= SOME_SENSE or m is matches[0]]
    return tuple(article for article in near if article.language == language)[:MOST]


def kept(articles: Iterable[Article]) -> list[dict[str, Any]]:
    """The articles as a ticket keeps them, and its card shows them."""
    chosen = list(articles)[:MOST]
    return [{"id": a.id, "title": a.title, "excerpt": excerpt(a.body)} for a in chosen]


def suggest(session: Session, conversation_id: int, articles: Iterable[Article]) -> None:
    """Let the card of the conversation's open ticket, if it has one, suggest these from now on;
    none leaves it as it is."""
    chosen = kept(articles)
    ticket = open_for(session, conversation_id) if chosen else None
    if ticket is not None and chosen != ticket.suggestions:
        ticket.suggestions = chosen
