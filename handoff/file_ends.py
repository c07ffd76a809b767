"""What it means to a ticket how the sending of a file ended. Takes a session, never commits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.domain import (
    FILE_GONE,
    FILE_NO_SCOPE,
    FILE_NOT_ALLOWED,
    FILE_NOT_FETCHED,
    FILE_TOO_LARGE,
    NO_CARD,
    NO_THREAD,
    Agent,
)
from bot.outbox import Draft
from bot.storage.tables import Message, Ticket, TicketEvent
from handoff import posts
from handoff.reply_ends import failure
from handoff.rows import Desk, conversation_of, record
from handoff.speaking import say_to_customer, tell_desk, whisper

REFUSED = "file_refused"  # a ticket's event
REFUSALS = {FILE_GONE, FILE_NO_SCOPE, FILE_NOT_ALLOWED, FILE_NOT_FETCHED, FILE_TOO_LARGE}
TOLD_FOR = timedelta(minutes=1)  # of an album's pictures the customer hears once
GIVEN_TO_BOTS = {"telegram": 20}  # megabytes at most
# What the customer hears, and the desk.
_CUSTOMERS = {
    FILE_TOO_LARGE: "file_too_large",
    FILE_NOT_ALLOWED: "file_not_allowed",
    FILE_NO_SCOPE: "file_not_now",
}
_DESKS = {
    FILE_TOO_LARGE: "desk_file_too_large",
    FILE_NOT_ALLOWED: "desk_file_not_allowed",
    FILE_NO_SCOPE: "failed_file_scope",
    FILE_GONE: "failed_file_gone",
}


def not_shown(
    session: Session, desk: Desk, ticket: Ticket, draft: Draft, state: str, error: str,
    now: datetime,
) -> list[Draft]:  # fmt: skip
    """How a customer's file ended that was to be in the thread. Where it may not be, the desk hears
    what it was, and the customer why it has not arrived."""
    if state == "sent" or draft.item.file is None:
        return []
    if error in {NO_CARD, NO_THREAD}:
        return posts.line_ended(session, desk, ticket, draft, (), state, error, now)
    name = draft.item.file.name
    if state == "uncertain":
        return [tell_desk(desk, ticket, desk.words("desk_file_unknown", name=name))]
    is_known = _told_lately(session, ticket, error, now)
    record(session, ticket, REFUSED, now, detail={"error": error, "name": name})
    channel, most = conversation_of(session, ticket).channel, desk.kb.policy.desk.files
    limit = f"{min(most.max_megabytes, GIVEN_TO_BOTS.get(channel, most.max_megabytes))} MB"
    reason = desk.words(_DESKS.get(error, "desk_file_failed"), limit=limit)
    line = tell_desk(desk, ticket, desk.words("desk_file_missing", name=name, reason=reason))
    if is_known:
        return [line]
    key, language = _CUSTOMERS.get(error, "file_failed"), conversation_of(session, ticket).language
    return [line, say_to_customer(session, ticket, desk.kb.say(language, key, limit=limit))]


def _told_lately(session: Session, ticket: Ticket, error: str, now: datetime) -> bool:
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id,
        TicketEvent.kind == REFUSED,
        TicketEvent.at > now - TOLD_FOR,
    )
    found = session.exec(query.order_by(col(TicketEvent.id))).all()
    return any(each.detail.get("error") == error for each in found)


def not_passed_on(session: Session, desk: Desk, ticket: Ticket, draft: Draft, error: str) -> Draft:
    """Why an agent's file has not gone to the customer: to them alone."""
    assert draft.item.file is not None
    reason = failure(session, desk, ticket, error)
    text = desk.words("desk_file_not_sent", name=draft.item.file.name, reason=reason)
    message = session.get(Message, draft.message_id) if draft.message_id else None
    if message is None or not message.agent_id:
        return tell_desk(desk, ticket, text)
    return whisper(desk.thread(ticket), Agent(message.agent_id), text)
