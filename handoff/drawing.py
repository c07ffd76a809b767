"""Cards are drawn when they are sent, from the rows as they are then. On a busy desk much may have
happened since somebody asked for it; none of that needs another message then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.domain import Outgoing, Reply
from bot.outbox import Sending
from bot.storage.tables import Ticket
from handoff import cards
from handoff.rows import Desk, agent_name, contact_of
from handoff.story import card_item
from handoff.waiting import before

log = structlog.get_logger(__name__)


def drawn(session: Session, desk: Desk, sending: Sending, now: datetime) -> Sending:
    """The same card, with what it is to show."""
    item = sending.item
    if item.kind == "update" and not item.target:
        return sending  # there is no card to be rewritten
    session.expire_all()  # others may have changed what has been read in this transaction
    ticket = session.get(Ticket, sending.ticket_id) if sending.ticket_id else None
    return replace(sending, item=card_now(session, desk, ticket, item, now)) if ticket else sending


def card_now(
    session: Session, desk: Desk, ticket: Ticket, item: Outgoing, now: datetime
) -> Outgoing:
    """The card as it is now. One that cannot be drawn is drawn bare: whatever is wrong with its
    story, somebody has to be brought in."""
    try:
        made = _card(session, desk, ticket, item, now)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("card_not_drawn", ticket=ticket.id)
        made = _barest(session, desk, ticket, item)
    return replace(item, reply=made.reply, blocks=made.blocks)


def _card(session: Session, desk: Desk, ticket: Ticket, item: Outgoing, now: datetime) -> Outgoing:
    first: tuple[str, ...] = ()
    if item.kind == "post" and ticket.claimed_by is None:
        first = before(session, replace(desk, address=desk.place(ticket)), ticket, now)
    bare = cards.is_bare(item.blocks)
    return card_item(session, desk, ticket, item.kind, bare, first, now)


def _barest(session: Session, desk: Desk, ticket: Ticket, item: Outgoing) -> Outgoing:
    card = cards.Card(
        ticket_id=ticket.id or 0,
        name=contact_of(session, ticket).name,
        reason=ticket.reason,
        opened_at=ticket.opened_at,
        claimed_by=agent_name(session, ticket.claimed_by),
        resolved_by=desk.words("desk_who_bot") if ticket.resolved_at else "",
        urgency=ticket.urgency,
    )
    summary = Reply(cards.summary(card, desk.words))
    return replace(item, reply=summary, blocks=cards.bare_blocks(card, desk.words))
