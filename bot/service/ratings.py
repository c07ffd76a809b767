"""What customers think, each subject rated once."""

from __future__ import annotations

from datetime import datetime

import sqlmodel
from sqlmodel import Session

from bot.domain import (
    CustomerEvent,
)
from bot.engine import Rated
from bot.outbox import Draft
from bot.service.conversations import Known
from bot.service.house import House
from bot.storage.tables import (
    Rating,
    Ticket,
)
from handoff import queue


def rate(
    session: Session,
    event: CustomerEvent,
    known: Known,
    rated: Rated,
    house: House,
    now: datetime,
) -> list[Draft]:
    if rated.kind == "helpful":
        subject = getattr(event, "message_id", "") or event.external_id
        rating = _upsert_rating(session, "helpful", f"{known.id}:{subject}", known.id, now)
        rating.article_id, rating.score = rated.subject, rated.score or 0
        return []
    ticket = session.get(Ticket, int(rated.subject))
    if ticket is None or ticket.conversation_id != known.id:
        return []  # somebody else's button, or an earlier installation's
    rating = _upsert_rating(session, "csat", f"ticket:{ticket.id}", known.id, now)
    rating.ticket_id = ticket.id
    if rated.score is not None and rated.score == rating.score:
        return []  # the same button once more
    if rated.score is not None:
        rating.score, rating.comment = rated.score, None
    else:
        rating.comment = rated.comment
    session.flush()
    return queue.rated(session, house.desk, ticket, known.name, rating, now)


def _upsert_rating(
    session: Session, kind: str, subject: str, conversation_id: int, now: datetime
) -> Rating:
    query = sqlmodel.select(Rating).where(Rating.kind == kind, Rating.subject == subject)
    rating = session.exec(query).one_or_none()
    if rating is None:
        rating = Rating(
            kind=kind, subject=subject, conversation_id=conversation_id, score=0, at=now
        )
        session.add(rating)
    rating.at = now
    return rating
