"""What a claimer says to a customer, and what becomes of it when they change their mind.

A reply waits a moment before it leaves (`policy.desk.hold`): until then it is changed or taken back
where it waits. After that its change or deletion follows it to the customer. Takes a session, never
commits."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from bot import outbox_changes
from bot.domain import Agent, DeskMessage, Outgoing, Reply
from bot.outbox import REPLY, REPLY_DELETE, REPLY_EDIT, SENT, Draft
from bot.storage.tables import Message, Ticket, TicketEvent
from handoff.rows import Desk, address_of, conversation_of, record, state_of
from handoff.speaking import whisper
from handoff.tickets import NOTE_MARK, Route, route


def reply(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    text: str,
    message_id: str,
    now: datetime,
    *,
    literal: bool = True,
    article_id: str | None = None,
) -> list[Draft]:
    """Send the claimer's words to the customer, signed with the first name, once the hold is over.
    `message_id` is that of the Slack message with these words, or empty where there is none; they
    are Markdown if not `literal`."""
    message = said(session, desk, ticket, agent, text, message_id, now, article_id=article_id)
    signed = Reply(text, author=agent.first_name, literal=literal)
    item = Outgoing("post", address_of(conversation_of(session, ticket)), signed)
    held = held_until(desk, now)
    return [Draft(item, REPLY, ticket.id, message.id, hold_until=held)]


def held_until(desk: Desk, now: datetime) -> datetime | None:
    """Until when what an agent sends now may still be changed where it waits."""
    hold = desk.kb.policy.desk.hold
    return now + hold if hold else None


def said(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    text: str,
    message_id: str,
    now: datetime,
    *,
    article_id: str | None = None,
) -> Message:
    """Keep what an agent says to the customer, as a reply of its own or, written before the last
    has left, as more of that one."""
    message = _row(ticket, agent, text, message_id or None, now, article_id=article_id)
    session.add(message)
    session.flush()
    last = _last_replied(session, ticket)
    if last is not None and last.agent_id == agent.user_id and _goes_on(session, desk, last, now):
        last.detail = {**last.detail, "messages": [*last.detail["messages"], message.id]}
    else:
        record(session, ticket, "replied", now, agent, {"messages": [message.id]})
    return message


def _row(
    ticket: Ticket,
    agent: Agent,
    text: str,
    message_id: str | None,
    now: datetime,
    *,
    revises: int | None = None,
    article_id: str | None = None,
) -> Message:
    return Message(
        conversation_id=ticket.conversation_id,
        ticket_id=ticket.id,
        author="agent",
        agent_id=agent.user_id,
        text=text,
        external_id=message_id,
        revises_id=revises,
        article_id=article_id,
        sent_at=now,
    )


def _last_replied(session: Session, ticket: Ticket) -> TicketEvent | None:
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "replied"
    )
    return session.exec(query.order_by(col(TicketEvent.id).desc())).first()


def _goes_on(session: Session, desk: Desk, event: TicketEvent, now: datetime) -> bool:
    messages = event.detail.get("messages")
    last = session.get(Message, messages[-1]) if messages else None
    return last is not None and now < last.sent_at + desk.kb.policy.desk.hold


# --- changed and taken back ----------------------------------------------------------------------


def ticket_of(session: Session, event: DeskMessage) -> Ticket | None:
    """The ticket that a message was a reply in, wherever its card is by now."""
    message = _original(session, event)
    return session.get(Ticket, message.ticket_id) if message else None


def changed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskMessage, now: datetime
) -> list[Draft]:
    """What the edit or the deletion of a message in the ticket's thread means to the customer:
    nothing at all, unless the message was sent to them."""
    original = _original(session, event)
    text = event.text.strip() if event.change == "edited" else ""
    if original is None or original.deleted_at is not None:
        return _of_note(desk, ticket, event, text)
    if not text:
        return _taken_back(session, desk, ticket, original, event, now)
    if text.startswith(NOTE_MARK):
        return _made_a_note(session, desk, ticket, original, event, text, now)
    if text == _latest(session, original).text:
        return []
    return _reworded(session, ticket, original, event.agent, text, now)


def _original(session: Session, event: DeskMessage) -> Message | None:
    """What was sent to a customer as this message, by the one who has changed it now."""
    query = (
        select(Message)
        .join(Ticket, col(Ticket.id) == Message.ticket_id)
        .where(
            Message.external_id == event.message_id,
            Message.author == "agent",
            Message.agent_id == event.agent.user_id,
            col(Message.revises_id).is_(None),
            Ticket.desk == event.address.chat_id,
        )
    )
    return session.exec(query).first()


def _latest(session: Session, original: Message) -> Message:
    query = select(Message).where(
        Message.conversation_id == original.conversation_id,  # for its index
        Message.revises_id == original.id,
    )
    return session.exec(query.order_by(col(Message.id).desc())).first() or original


def _of_note(desk: Desk, ticket: Ticket, event: DeskMessage, text: str) -> list[Draft]:
    """A note stays one; who seems to mean it for the customer now is told how."""
    if not text or route(state_of(ticket), event.agent.user_id, text) is not Route.REPLY:
        return []
    return [whisper(event.address, event.agent, desk.words("desk_stays_note"))]


def _taken_back(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    original: Message,
    event: DeskMessage,
    now: datetime,
) -> list[Draft]:
    if _withdrawn(session, ticket, original, event.agent, now):
        return [whisper(event.address, event.agent, desk.words("desk_withdrawn"))]
    record(session, ticket, "deleted", now, event.agent, {"message": original.id})
    to = address_of(conversation_of(session, ticket))
    return [Draft(Outgoing("delete", to, target=SENT), REPLY_DELETE, ticket.id, original.id)]


def _made_a_note(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    original: Message,
    event: DeskMessage,
    text: str,
    now: datetime,
) -> list[Draft]:
    key = "desk_mark_too_late"
    if _withdrawn(session, ticket, original, event.agent, now):
        key = "desk_withdrawn_note"
    note = {"text": text.removeprefix(NOTE_MARK).strip(), "message": event.message_id}
    record(session, ticket, "noted", now, event.agent, note)
    return [whisper(event.address, event.agent, desk.words(key))]


def _withdrawn(
    session: Session, ticket: Ticket, original: Message, agent: Agent, now: datetime
) -> bool:
    """Take the reply back where it waits, if all of it still does: then it never was one."""
    assert original.id is not None
    if not outbox_changes.withdraw(session, original.id):
        return False
    original.deleted_at = now
    detail = {"message": original.id, "text": _latest(session, original).text}
    record(session, ticket, "withdrawn", now, agent, detail)
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "replied"
    )
    for event in session.exec(query).all():
        messages = event.detail.get("messages", [])
        if messages == [original.id]:
            session.delete(event)
        elif original.id in messages:
            left = [each for each in messages if each != original.id]
            event.detail = {**event.detail, "messages": left}
    return True


def _reworded(
    session: Session, ticket: Ticket, original: Message, agent: Agent, text: str, now: datetime
) -> list[Draft]:
    assert original.id is not None
    session.add(_row(ticket, agent, text, original.external_id, now, revises=original.id))
    waited = outbox_changes.rewrite(session, original.id, text)
    detail = {"message": original.id, "text": text, **({"held": True} if waited else {})}
    record(session, ticket, "edited", now, agent, detail)
    if waited:
        return []
    signed = Reply(text, author=agent.first_name, literal=True)
    item = Outgoing("update", address_of(conversation_of(session, ticket)), signed, target=SENT)
    return [Draft(item, REPLY_EDIT, ticket.id, original.id)]
