"""What the end of a send means to its ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session, col, func, select

from bot.domain import NO_CARD, NO_THREAD, TOO_LATE, Outgoing
from bot.outbox import Draft
from bot.storage.tables import (
    Message,
    OutboxItem,
    Ticket,
    TicketEvent,
)
from handoff import cards
from handoff.complaints import settled, unasked
from handoff.forms import views
from handoff.remedies import giving, shop_orders
from handoff.rows import CHANNEL_NAMES, Desk, contact_of, record
from handoff.speaking import tell_desk, whisper
from handoff.story import card_item, card_update

log = structlog.get_logger(__name__)

DELIVERED = "incoming_envelope"  # put on an agent's message once the customer has it
MOST_DOUBTS = 10  # posts of one ticket on the desk that are repeated because nobody knows
MOST_CARDS = 3  # new ones in place of deleted: who deletes more does so on purpose, or by a machine


def delivered(
    session: Session,
    desk: Desk,
    draft: Draft,
    state: str,
    external_id: str,
    error: str,
    doubtful: bool,
    now: datetime,
    rest: str = "",
) -> list[Draft]:
    """What the end of a send means to its ticket: the card's place, the agent's receipt, or a
    clear word in the thread that the customer did not get it."""
    ticket = session.get(Ticket, draft.ticket_id) if draft.ticket_id else None
    if ticket is None:
        return []
    if draft.purpose in {"card", "card_update"}:
        return _card_ended(session, desk, ticket, draft, state, external_id, error, now)
    if draft.purpose == views.PURPOSE:
        return [_form_not_opened(desk, draft, error)] if state == "failed" else []
    if draft.purpose in {"relay", "notice"}:
        return _line_ended(session, desk, ticket, draft, state, error, now)
    if draft.purpose == shop_orders.PURPOSE:
        return giving.shop_answered(session, desk, ticket, draft, state, external_id, error, now)
    if draft.purpose not in {"agent_reply", "to_customer", settled.PURPOSE}:
        return []
    channel = CHANNEL_NAMES.get(draft.item.address.channel, draft.item.address.channel)
    quoted = draft.item.reply.text[:200]
    if state == "failed":
        record(session, ticket, "undelivered", now, detail={"error": error, "text": quoted})
        reason = _failure(session, desk, ticket, channel, error)
        if draft.purpose == settled.PURPOSE:
            return unasked.not_asked(session, desk, ticket, draft, reason, now)
        key = "desk_not_whole" if rest else "desk_not_delivered"
        return [tell_desk(desk, ticket, desk.words(key, reason=reason, text=rest))]
    if state == "uncertain":
        record(session, ticket, "uncertain", now, detail={"error": error, "text": quoted})
        text = desk.words("desk_maybe_delivered", channel=channel, text=quoted)
        return [tell_desk(desk, ticket, text)]
    done = []
    if draft.purpose == "agent_reply":
        done += _receipt(session, desk, draft)
    if doubtful:
        record(session, ticket, "uncertain", now, detail={"error": "sent again", "text": quoted})
        done.append(tell_desk(desk, ticket, desk.words("desk_maybe_twice", text=quoted)))
    return done


def _form_not_opened(desk: Desk, draft: Draft, error: str) -> Draft:
    """Whoever pressed the button is told that no form will come, and what to do."""
    text = desk.words("desk_form_failed", detail=error)
    if error == TOO_LATE:
        text = desk.words("desk_form_late")
    return whisper(desk.address, views.filler_of(draft.item.address), text)


def _card_ended(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    draft: Draft,
    state: str,
    external_id: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    """Without a card nobody comes: one that may not be there is posted again, one that Slack does
    not take as it is goes without its story."""
    if state == "sent" or (state == "uncertain" and draft.purpose == "card_update"):
        if draft.purpose == "card":
            ticket.card_id = external_id
        return []
    if error == NO_CARD:
        return _with_card(session, desk, ticket, [card_update(session, desk, ticket)])
    if error == NO_THREAD:
        return _card_lost(session, desk, ticket, draft.item.target, [], now)
    log.error("card_not_posted", ticket=ticket.id, state=state, error=error)
    bare = state == "failed"
    if cards.is_bare(draft.item.blocks) if bare else _too_often(session, ticket, draft):
        return []  # nothing is left to leave out, or to hope for
    kind = draft.item.kind
    return [Draft(card_item(session, desk, ticket, kind, bare), draft.purpose, ticket.id)]


def _line_ended(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    draft: Draft,
    state: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    """What a customer said must stand in the thread: where the card is gone it follows a new one;
    where nobody knows, it rather stands there twice."""
    if state == "sent":
        return []
    place = draft.item.address.thread_id or ""
    again = [replace(draft, item=replace(draft.item, address=desk.thread()))]
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
    return [Draft(card_item(session, desk, ticket, "post"), "card", ticket.id), *again]


def _on_its_way(session: Session, ticket: Ticket) -> bool:
    query = select(OutboxItem.id).where(
        OutboxItem.ticket_id == ticket.id,
        OutboxItem.purpose == "card",
        col(OutboxItem.state).in_(("queued", "sending")),
    )
    return session.exec(query).first() is not None


def _receipt(session: Session, desk: Desk, draft: Draft) -> list[Draft]:
    message = session.get(Message, draft.message_id)
    if message is None or not message.external_id:
        return []
    item = Outgoing("react", desk.address, target=message.external_id, emoji=DELIVERED)
    return [Draft(item, "receipt", draft.ticket_id)]


def _failure(session: Session, desk: Desk, ticket: Ticket, channel: str, error: str) -> str:
    name = contact_of(session, ticket).name or desk.words("desk_customer")
    key = {"blocked": "failed_blocked", "gone": "failed_gone"}.get(error, "failed_other")
    return desk.words(key, name=name, channel=channel, detail=error)
