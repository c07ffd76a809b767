"""A desk channel is gone, and somebody has named another one: its open tickets go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from bot.domain import Address
from bot.outbox import Draft, from_payload, queue_of
from bot.outbox_changes import WITHDRAWN
from bot.outbox_order import NOTICE, RELAY
from bot.service.house import House
from bot.storage import lanes
from bot.storage.tables import OutboxItem, Ticket
from handoff.rows import Desk, record
from handoff.story import card_post

log = structlog.get_logger(__name__)


def moved(session: Session, house: House, old: str, now: datetime) -> list[Draft]:
    """The open tickets of this channel, with new cards on the desk that is configured now, and
    below them what waits to be said there; nothing while something is just being sent."""
    desk = house.desk
    waiting = _waiting(session, Address(desk.address.channel, old))
    if any(item.state == "sending" for item in waiting):
        return []
    for item in waiting:
        item.state = WITHDRAWN
        lanes.uncount(session, queue_of(item.channel), [item.lane])
    query = select(Ticket).where(Ticket.desk == old, col(Ticket.resolved_at).is_(None))
    tickets = {ticket.id: ticket for ticket in session.exec(query.order_by(col(Ticket.id)))}
    drafts = []
    for ticket in tickets.values():
        ticket.desk, ticket.card_id = desk.address.chat_id, None
        record(session, ticket, "moved", now, detail={"from": old, "to": ticket.desk})
        drafts.append(card_post(session, desk, ticket))
    for item in waiting:
        if item.ticket_id in tickets and item.purpose in {RELAY, NOTICE}:
            drafts.append(_again(desk, tickets[item.ticket_id], item))
    log.warning("tickets_moved", count=len(tickets), old=old, new=desk.address.chat_id)
    return drafts


def _waiting(session: Session, old: Address) -> Sequence[OutboxItem]:
    """What is to be sent there, its lanes locked, so that no claim reads it meanwhile."""
    of_desk = (col(OutboxItem.lane) == old.destination) | col(OutboxItem.lane).startswith(
        f"{old.destination}/", autoescape=True
    )
    query = select(OutboxItem).where(of_desk, col(OutboxItem.state).in_(("queued", "sending")))
    session.flush()
    for lane in sorted({item.lane for item in session.exec(query)}):
        lanes.lock(session, queue_of(old.channel), lane)
    fresh = query.order_by(col(OutboxItem.id)).execution_options(populate_existing=True)
    return session.exec(fresh).all()


def _again(desk: Desk, ticket: Ticket, item: OutboxItem) -> Draft:
    outgoing = replace(from_payload(item.payload), address=desk.thread(ticket))
    return Draft(outgoing, item.purpose, ticket.id, item.message_id)
