"""What is asked where others read along, and is answered where the customer is alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from bot.domain import (
    Address,
    ButtonPress,
    CustomerEvent,
    InboundMessage,
    Option,
    Outcome,
    Outgoing,
    Reply,
)
from bot.engine import Context, Decision
from bot.engine.privacy import is_payment, is_private_matter
from bot.outbox import Draft
from bot.service.conversations import CONVERSATIONS, IDENTITIES, TICKETS, Known
from bot.service.house import House
from bot.service.messages import write_down

RECALL = "private_"  # how the payload of an invitation begins; the conversation's number follows
RECALLED_WITHIN = timedelta(days=1)
MOST_RECALLED = 1000  # characters


def belongs_in_private(
    session: Session, event: CustomerEvent, known: Known, decision: Decision
) -> bool:
    """Whether to go on where the customer is alone: for it is nobody else's business, or because a
    person is with them there. A ticket that is open where others read along stays there."""
    if not isinstance(event, InboundMessage | ButtonPress) or event.private is None:
        return False
    if known.ticket_id is not None:
        return False
    text = event.text if isinstance(event, InboundMessage) else ""
    return is_private_matter(text, decision) or _has_ticket(session, event.private)


def _has_ticket(session: Session, address: Address) -> bool:
    query = (
        select(TICKETS.c.id)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == TICKETS.c.conversation_id)
        .where(CONVERSATIONS.c.key == address.conversation_key, TICKETS.c.resolved_at.is_(None))
    )
    return session.connection().execute(query).first() is not None


def in_private(session: Session, events: Sequence[CustomerEvent]) -> list[CustomerEvent] | None:
    """The same events as if they had happened in the private chat, where there is one beside; None
    if the customer must write there first, for it has never been opened."""
    moved = [_moved(each) for each in events]
    is_open = not getattr(events[0], "invitation", "") or _exists(session, moved[0].address)
    return moved if is_open else None


def _moved(event: CustomerEvent) -> CustomerEvent:
    if isinstance(event, InboundMessage) and event.private is not None:
        return replace(event, address=event.private, private=None, addressed=True)
    if isinstance(event, ButtonPress) and event.private is not None:
        return replace(event, address=event.private, private=None)
    return event


def _exists(session: Session, address: Address) -> bool:
    query = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.key == address.conversation_key)
    return session.connection().execute(query).first() is not None


def pointed_there(
    session: Session,
    event: CustomerEvent,
    known: Known,
    decision: Decision,
    is_open: bool,
    house: House,
    now: datetime,
) -> list[Draft]:
    """The polite line in public, once in a while. Where the customer must open the private chat
    first, it has the way there, and what they asked is kept for them until then."""
    text = getattr(event, "text", "")
    key = "moved_to_private" if is_open else "moved_invitation"
    said = house.kb.say(decision.language, key)
    if is_payment(text):
        said = f"{said}\n\n{house.kb.say(decision.language, 'moved_delete')}"
    options: tuple[Option, ...] = ()
    context = replace(known.context, pointed_at=now.timestamp())
    if is_open and known.context.was_pointed(now) and not is_payment(text):
        return []
    if not is_open:
        label = house.kb.say(decision.language, "moved_button")
        url = f"{getattr(event, 'invitation', '')}{RECALL}{known.id}"
        options = (Option(label, url=url),)
        asked = text or f"/{getattr(event, 'value', '')}"  # the button for a person: /human
        context = replace(context, recall=asked[:MOST_RECALLED], recall_at=now.timestamp())
    _save_context(session, known.id, context)
    reply = Reply(said, options)
    line = replace(decision, outcome=Outcome.NOTED, reply=reply, article=None,
                   why=("moved to a private chat", *decision.why))  # fmt: skip
    message_id = write_down(session, (), known, line, now)
    target = getattr(event, "message_id", "")
    return [Draft(Outgoing("post", event.address, reply, target=target), "", None, message_id)]


def _save_context(session: Session, conversation_id: int, context: Context) -> None:
    change = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id)
    session.connection().execute(change.values(context=context.to_json()))


def recalled(session: Session, payload: str, user_id: str, now: datetime) -> tuple[int, str] | None:
    """What the invitation with this payload was about: the number of the conversation and the
    text; None if there is nothing, it is too long ago, or somebody else asked it."""
    number = payload.removeprefix(RECALL)
    if not payload.startswith(RECALL) or not number.isdigit() or len(number) > 18:
        return None
    query = (
        select(CONVERSATIONS.c.context)
        .join(IDENTITIES, IDENTITIES.c.contact_id == CONVERSATIONS.c.contact_id)
        .where(
            CONVERSATIONS.c.id == int(number),
            IDENTITIES.c.channel == CONVERSATIONS.c.channel,
            IDENTITIES.c.user_id == user_id,
        )
    )
    row = session.connection().execute(query).first()
    context = Context.from_json(row.context) if row else Context()
    is_late = now.timestamp() - context.recall_at > RECALLED_WITHIN.total_seconds()
    return None if is_late or not context.recall else (int(number), context.recall)


def forget(session: Session, conversation_id: int) -> None:
    """What was recalled is not recalled again."""
    query = select(CONVERSATIONS.c.context).where(CONVERSATIONS.c.id == conversation_id)
    stored = session.connection().execute(query.with_for_update()).scalar()
    if stored is not None:
        context = Context.from_json(stored)
        _save_context(session, conversation_id, replace(context, recall="", recall_at=0.0))
