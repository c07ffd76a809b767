"""What was said, kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlmodel import Session

from bot.domain import (
    CustomerEvent,
    Deletion,
    Edit,
    InboundMessage,
)
from bot.engine import Decision
from bot.service.conversations import Known
from bot.storage.tables import (
    Message,
)

MESSAGES: Table = Message.__table__  # type: ignore[attr-defined]
_SAY = insert(MESSAGES).returning(MESSAGES.c.id, sort_by_parameter_order=True)


def write_down(
    session: Session,
    events: Sequence[CustomerEvent],
    known: Known,
    decision: Decision,
    now: datetime,
) -> int | None:
    """Keep what was said, each message of a burst as its own; returns the id of the bot's message,
    if it says anything."""
    common: dict[str, Any] = {
        "conversation_id": known.id,
        "ticket_id": known.ticket_id,
        "attachments": [],
        "external_id": None,
        "revises_id": None,
        "outcome": None,
        "article_id": None,
        "why": [],
        "mood": None,
        "mood_reasons": None,
        "sent_at": now,
    }
    rows = [common | row for event in events for row in _said(session, event, known, now)]
    if rows and decision.mood is not None:  # of a burst as a whole: its last message has it
        rows[-1] |= {
            "mood": decision.mood.score,
            "mood_reasons": list(decision.mood.reasons),
        }
    if decision.reply is not None:
        article = decision.article.id if decision.article else None
        rows.append({**common, "author": "bot", "text": decision.reply.text, "article_id": article,
                     "outcome": decision.outcome.value, "why": list(decision.why)})  # fmt: skip
    if not rows:
        return None
    ids = session.connection().execute(_SAY, rows).scalars().all()
    return ids[-1] if decision.reply is not None else None


def _said(
    session: Session, event: CustomerEvent, known: Known, now: datetime
) -> list[dict[str, Any]]:
    """What becomes of the customer's words: a row, or a mark on one that is there."""
    if isinstance(event, Deletion):
        session.connection().execute(
            update(MESSAGES)
            .where(
                MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id
            )
            .values(deleted_at=now)
        )
    if not isinstance(event, (InboundMessage, Edit)):
        return []
    attachments = event.attachments if isinstance(event, InboundMessage) else ()
    revises = _original(session, known, event) if isinstance(event, Edit) else None
    return [{"author": "contact", "text": event.text, "revises_id": revises,
             "external_id": event.message_id, "sent_at": min(event.sent_at, now),
             "attachments": [asdict(a) for a in attachments]}]  # fmt: skip


def _original(session: Session, known: Known, event: Edit) -> int | None:
    query = (
        select(MESSAGES.c.id)
        .where(MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id)
        .order_by(MESSAGES.c.id)
        .limit(1)
    )
    return session.connection().execute(query).scalar()


def versions_of(session: Session, known: Known, event: Edit) -> list[str]:
    """All that the message has said, this edit's words last."""
    query = (
        select(MESSAGES.c.text)
        .where(MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id)
        .order_by(MESSAGES.c.id)
    )
    return list(session.connection().execute(query).scalars())


def text_of(session: Session, known: Known, event: Deletion) -> str:
    query = (
        select(MESSAGES.c.text)
        .where(MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id)
        .order_by(MESSAGES.c.id.desc())
        .limit(1)
    )
    return session.connection().execute(query).scalar() or "…"
