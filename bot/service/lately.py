"""What may have been said while nobody listened."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from bot import inbox
from bot.domain import (
    Address,
)
from bot.service.conversations import CONVERSATIONS, TICKETS

OVERLAP = timedelta(days=1)


def lately(session: Session, channel: str, now: datetime) -> tuple[datetime, list[Address]]:
    """Since when `channel` may have said something that we do not know, and the threads in which
    it may have: those of unresolved tickets and of recent conversations.

    Since when is kept until `caught_up`: while what was missed is being fetched, newer events are
    stored, and an outage may have been longer than the day that reaching back adds. But never
    behind the first start: what was said before that is not ours to answer."""
    first, last = inbox.heard(session, channel, now)
    since = inbox.catching_up(session, channel, max(first, last - OVERLAP))
    cards = select(TICKETS.c.desk, TICKETS.c.card_id).where(
        TICKETS.c.resolved_at.is_(None), TICKETS.c.card_id.is_not(None)
    )
    talks = (
        select(CONVERSATIONS.c.chat_id, CONVERSATIONS.c.thread_id)
        .where(CONVERSATIONS.c.channel == channel, CONVERSATIONS.c.thread_id.is_not(None))
        .order_by(CONVERSATIONS.c.last_at.desc())
        .limit(20)
    )
    rows = [*session.connection().execute(cards), *session.connection().execute(talks)]
    return since, [Address(channel, chat_id, thread) for chat_id, thread in rows]


def desks_with_tickets(session: Session) -> frozenset[str]:
    """The desk channels in which there are tickets still to be dealt with."""
    query = select(TICKETS.c.desk).where(TICKETS.c.resolved_at.is_(None)).distinct()
    return frozenset(session.connection().execute(query).scalars())


def caught_up(session: Session, channel: str, since: datetime) -> None:
    """All that was said since then has been stored."""
    inbox.caught_up(session, channel, since)
