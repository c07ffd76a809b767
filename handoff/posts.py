"""What the end of a post means on the desk: without a card nobody comes, and what a customer said
must stand below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session, col, func, select

from bot.domain import NO_CARD, NO_THREAD
from bot.outbox import Draft
from bot.storage.tables import OutboxItem, Ticket, TicketEvent
from handoff import cards
from handoff.rows import Desk, record
from handoff.story import card_item, card_post, card_update

log = structlog.get_logger(__name__)

MOST_DOUBTS = 10  # posts of one ticket on the desk that are repeated because nobody knows
MOST_CARDS = 3  # new ones in place of deleted: who deletes more does so on purpose, or by a machine


def card_ended(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    draft: Draft,
    state: str,
    external_id: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    """The card's place, or another card: one that may not be there is posted again, one that Slack
    does not take as it is goes without its story."""
    if state == "sent" or (state == "uncertain" and draft.purpose == "card_update"):
        if draft.purpose == "card":
            ticket.card_id = external_id
        return []
    if error == NO_CARD:
        return _with_card(session, desk, ticket, [card_update(session, desk, ticket)])
    if error == NO_THREAD:
        return _card_lost(session, desk, ticket, draft.item.target, [], now)
    log.error("card_not_posted", ticket=ticket.id, state=state, error=error)
    if state != "failed":
        hopeless = _too_often(session, ticket, draft)
        return [] if hopeless else [card_post(session, desk, ticket)]
    if cards.is_bare(draft.item.blocks):
        return []  # nothing is left to leave out
    bare = card_item(session, desk, ticket, draft.item.kind, bare=True)
    return [Draft(bare, draft.purpose, ticket.id)]


def line_ended(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    draft: Draft,
    pieces: Sequence[Draft],
    state: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    """What a customer said must stand in the thread: where the card is gone it follows a new one;
    where nobody knows, it rather stands there twice. What went as one goes again each by itself."""
    if state == "sent":
        return []
    place = draft.item.address.thread_id or ""
    at = desk.thread(ticket)
    again = [replace(each, item=replace(each.item, address=at)) for each in pieces or (draft,)]
    if state == "uncertain" and not _too_often(session, ticket, draft):
        return again
    if error == NO_CARD:
        return _with_card(session, desk, ticket, again)
    if error == NO_THREAD:
        return _card_lost(session, desk, ticket, place, again, now)
    log.error("line_not_posted", ticket=ticket.id, purpose=draft.purpose, error=error)
    return []


def _too_often(session: Session, ticket: Ticket, draft: Draft) -> bool:
    """Whether so much has ended without an answer that it must be us."""
    query = select(func.count()).where(
        OutboxItem.ticket_id == ticket.id,
        OutboxItem.purpose == draft.purpose,
        OutboxItem.state == "uncertain",
        col(OutboxItem.merged_into).is_(None),
    )
    return session.exec(query).one() > MOST_DOUBTS


def _card_lost(
    session: Session, desk: Desk, ticket: Ticket, lost: str, again: list[Draft], now: datetime
) -> list[Draft]:
    if ticket.card_id == lost:
        ticket.card_id = None
        record(session, ticket, "card_lost", now, detail={"card": lost})
    return _with_card(session, desk, ticket, again)


def _with_card(session: Session, desk: Desk, ticket: Ticket, again: list[Draft]) -> list[Draft]:
    """The same, behind a new card if there is none and none on its way."""
    session.flush()
    if ticket.card_id or _on_its_way(session, ticket):
        return again
    lost = select(func.count()).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "card_lost"
    )
    if session.exec(lost).one() > MOST_CARDS:
        log.error("card_given_up", ticket=ticket.id)
        return []
    return [card_post(session, desk, ticket), *again]


def _on_its_way(session: Session, ticket: Ticket) -> bool:
    query = select(OutboxItem.id).where(
        OutboxItem.ticket_id == ticket.id,
        OutboxItem.purpose == "card",
        col(OutboxItem.state).in_(("queued", "sending")),
    )
    return session.exec(query).first() is not None
