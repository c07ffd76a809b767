"""The receipt of what was sent with a button: there is no message of the colleague's to put it on,
so it goes on the line that shows it in the thread. Takes a session, never commits."""

from __future__ import annotations

from sqlmodel import Session, select

from bot.domain import Outgoing
from bot.outbox import REPLY, Draft
from bot.storage.tables import Message, OutboxItem, Ticket
from handoff.rows import Desk


def line_posted(
    session: Session, desk: Desk, ticket: Ticket, draft: Draft, external_id: str, emoji: str
) -> list[Draft]:
    """The line stands in the thread: it is known from now on as the place of the receipt, which is
    due at once if the customer was quicker than the desk."""
    message = session.get(Message, draft.message_id) if draft.message_id else None
    if message is None or message.external_id:
        return []
    message.external_id = external_id
    arrived = select(OutboxItem.id).where(
        OutboxItem.message_id == message.id,
        OutboxItem.purpose == REPLY,
        OutboxItem.state == "sent",
    )
    if session.exec(arrived).first() is None:
        return []
    item = Outgoing("react", desk.place(ticket), target=external_id, emoji=emoji)
    return [Draft(item, "receipt", ticket.id)]
