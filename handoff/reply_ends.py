"""What it means to a ticket how the change of a reply, or its deletion, ended for the customer."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import (
    FILE_GONE,
    FILE_NO_SCOPE,
    FILE_NOT_ALLOWED,
    FILE_NOT_FETCHED,
    FILE_TOO_LARGE,
    NEVER_SENT,
    NO_MESSAGE,
    TOO_LONG,
    TOO_OLD,
    WHO_KNOWS,
    Agent,
    Outgoing,
)
from bot.outbox import REPLY_DELETE, Draft
from bot.storage.tables import Message, Ticket
from handoff.rows import CHANNEL_NAMES, Desk, conversation_of, name_of, record
from handoff.speaking import tell_desk, whisper

CHANGED = "pencil2"  # put on an agent's message once the customer has its new words
_REASONS = {
    "blocked": "failed_blocked",
    "gone": "failed_gone",
    FILE_GONE: "failed_file_gone",
    FILE_NO_SCOPE: "failed_file_scope",
    FILE_NOT_ALLOWED: "failed_file_not_allowed",
    FILE_NOT_FETCHED: "desk_file_failed",
    FILE_TOO_LARGE: "failed_file_too_large",
    NEVER_SENT: "failed_never_sent",
    NO_MESSAGE: "failed_no_message",
    TOO_LONG: "failed_too_long",
    TOO_OLD: "failed_too_old",
    WHO_KNOWS: "failed_who_knows",
}
QUOTED = 200  # characters of what the customer keeps


def change_ended(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    draft: Draft,
    state: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    """The agent hears that the customer has the new words, or has them no more; where that could
    not be, the thread says why, and what the customer keeps."""
    original = session.get(Message, draft.message_id)
    if original is None:
        return []
    if draft.purpose == REPLY_DELETE:
        return _deleted(session, desk, ticket, original, state, error, now)
    if state == "sent":
        target = original.external_id or ""
        item = Outgoing("react", desk.place(ticket), target=target, emoji=CHANGED)
        return [Draft(item, "receipt", ticket.id)] if target else []
    kept = _before(session, original, draft.item.reply.text)
    return [_not_done(session, desk, ticket, "desk_edit_failed", kept, state, error, now)]


def _deleted(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    original: Message,
    state: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    if state == "sent" or error == NEVER_SENT:
        original.deleted_at = now
        author = Agent(original.agent_id or "")
        return [whisper(desk.thread(ticket), author, desk.words("desk_taken_back"))]
    kept = _versions(session, original)[-1]
    return [_not_done(session, desk, ticket, "desk_delete_failed", kept, state, error, now)]


def _not_done(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    key: str,
    kept: str,
    state: str,
    error: str,
    now: datetime,
) -> Draft:
    record(session, ticket, "unchanged", now, detail={"error": error, "state": state, "text": kept})
    reason = failure(session, desk, ticket, error or state)
    text = kept if len(kept) <= QUOTED else kept[: QUOTED - 1] + "…"
    return tell_desk(desk, ticket, desk.words(key, reason=reason, text=text))


def failure(session: Session, desk: Desk, ticket: Ticket, error: str) -> str:
    """Why the customer's platform did not do it, in the desk's words."""
    name = name_of(session, desk, ticket)
    platform = conversation_of(session, ticket).channel
    channel = CHANNEL_NAMES.get(platform, platform)
    key = _REASONS.get(error, "failed_other")
    limit = f"{desk.kb.policy.desk.files.max_megabytes} MB"
    return desk.words(key, name=name, channel=channel, detail=error, limit=limit)


def _versions(session: Session, original: Message) -> list[str]:
    """What the message said, the oldest first."""
    query = select(Message.text).where(
        Message.conversation_id == original.conversation_id,  # for its index
        Message.revises_id == original.id,
    )
    return [original.text, *session.exec(query.order_by(col(Message.id))).all()]


def _before(session: Session, original: Message, text: str) -> str:
    """What the message said before it was to say this."""
    versions = _versions(session, original)
    at = len(versions) - 1 - versions[::-1].index(text) if text in versions else 0
    return versions[max(0, at - 1)]
