"""Everything that was ever said with a customer, on whatever channel, gathered from the rows."""

from __future__ import annotations

from sqlmodel import Session, col, select

from bot.storage.tables import Contact, Conversation, Message
from handoff.cards import without_marks
from handoff.history.pages import Entry
from handoff.rows import CHANNEL_NAMES, Desk, agent_name
from handoff.said import describe, versions

MOST = 2000  # messages, the last; nobody reads more in a form


def entries_of(session: Session, desk: Desk, contact: Contact) -> list[Entry]:
    """All of it, the newest last."""
    query = (
        select(Message, Conversation.channel)
        .join(Conversation, col(Conversation.id) == Message.conversation_id)
        .where(Conversation.contact_id == contact.id)
        .order_by(col(Message.sent_at).desc(), col(Message.id).desc())
        .limit(MOST)
    )
    rows = list(session.exec(query))
    channels = {message.id: channel for message, channel in rows}
    found = versions(message for message, _ in reversed(rows))
    return [_entry(session, desk, contact, each, channels[each[0].id]) for each in found]


def _entry(
    session: Session, desk: Desk, contact: Contact, versions: list[Message], channel: str
) -> Entry:
    texts = [_text(desk, message) for message in versions]
    deleted = [message.deleted_at for message in versions if message.deleted_at is not None]
    return Entry(
        at=versions[0].sent_at,
        who=_who(session, desk, contact, versions[0]),
        channel=CHANNEL_NAMES.get(channel, channel),
        text=texts[-1],
        before=tuple(texts[:-1]),
        taken_back=deleted[-1] if deleted else None,
    )


def _who(session: Session, desk: Desk, contact: Contact, message: Message) -> str:
    if message.author == "agent":
        return agent_name(session, message.agent_id)
    if message.author == "bot":
        return desk.words("desk_who_bot")
    return contact.name or desk.words("desk_customer")


def _text(desk: Desk, message: Message) -> str:
    is_ours = message.author == "bot" or message.article_id is not None
    text = without_marks(message.text) if is_ours else message.text
    return describe(desk, text, message.attachments)
