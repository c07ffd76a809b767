"""The questions customers really asked, and how each of them ended, out of the database."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlmodel import Session

from bot.service.asked import Ending, Question, Talk
from bot.service.conversations import CONTACTS, CONVERSATIONS, TICKETS
from bot.service.messages import MESSAGES
from bot.storage.database import unlimited
from bot.storage.tables import DeskAgent, Rating

__all__ = ["Ending", "Question", "questions_since"]

RATINGS: Table = Rating.__table__  # type: ignore[attr-defined]
AGENTS: Table = DeskAgent.__table__  # type: ignore[attr-defined]

_SAID = (
    select(
        MESSAGES.c.id,
        MESSAGES.c.conversation_id,
        MESSAGES.c.ticket_id,
        MESSAGES.c.author,
        MESSAGES.c.agent_id,
        MESSAGES.c.text,
        MESSAGES.c.revises_id,
        MESSAGES.c.deleted_at,
        MESSAGES.c.outcome,
        MESSAGES.c.article_id,
        MESSAGES.c.why,
        MESSAGES.c.sent_at,
        CONVERSATIONS.c.contact_id,
        CONVERSATIONS.c.language,
        CONTACTS.c.name,
    )
    .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation_id)
    .join(CONTACTS, CONTACTS.c.id == CONVERSATIONS.c.contact_id)
    .where(CONVERSATIONS.c.last_at >= bindparam("since"), MESSAGES.c.sent_at >= bindparam("since"))
    .order_by(MESSAGES.c.conversation_id, MESSAGES.c.id)
)
_RATED = (
    select(RATINGS.c.conversation_id, RATINGS.c.article_id, RATINGS.c.score, RATINGS.c.at)
    .where(RATINGS.c.kind == "helpful", RATINGS.c.at >= bindparam("since"))
    .order_by(RATINGS.c.at, RATINGS.c.id)
)
_OPENED = select(TICKETS.c.conversation_id, TICKETS.c.opened_at, TICKETS.c.suggestions).where(
    TICKETS.c.opened_at >= bindparam("since")
)


def questions_since(session: Session, since: datetime) -> list[Question]:
    """Every question asked since then, by conversation and in the order of asking.

    Small talk, commands, requests for a person, numbers, and what was said to a person are none;
    neither is what a customer took back. Messages of one burst are one question."""
    connection = session.connection()
    unlimited(connection)
    agents = {row.id: row.name for row in connection.execute(select(AGENTS.c.id, AGENTS.c.name))}
    rated: dict[int, list[Any]] = {}
    for rating in connection.execute(_RATED, {"since": since}):
        rated.setdefault(rating.conversation_id, []).append(rating)
    opened = {
        (row.conversation_id, row.opened_at): tuple(s["title"] for s in row.suggestions)
        for row in connection.execute(_OPENED, {"since": since})
    }
    questions: list[Question] = []
    rows = connection.execute(_SAID, {"since": since})
    for number, said in itertools.groupby(rows, key=lambda row: row.conversation_id):
        talk = Talk(opened, agents)
        for row in said:
            talk.read(row)
        questions += _with_ratings(talk.finished(), rated.get(number, ()))
    return questions


def _with_ratings(asked: list[Question], ratings: Sequence[Any]) -> list[Question]:
    """👍 and 👎 are about the latest question that this article had answered by then."""
    for rating in ratings:
        about = [
            place
            for place, question in enumerate(asked)
            if question.article_id == rating.article_id and question.asked_at <= rating.at
        ]
        if about:
            asked[about[-1]] = replace(asked[about[-1]], helpful=bool(rating.score))
    return asked
