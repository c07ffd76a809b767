"""Whose conversation it is, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlmodel
from sqlalchemy import Table, bindparam, func, select, update
from sqlmodel import Session

from bot.domain import (
    Address,
    ButtonPress,
    CustomerEvent,
    InboundMessage,
    Person,
)
from bot.engine import Context
from bot.engine.values import OpenComplaint
from bot.service.house import House
from bot.storage.tables import (
    Complaint,
    Contact,
    Conversation,
    Identity,
    Ticket,
)

COMPLAINTS: Table = Complaint.__table__  # type: ignore[attr-defined]
CONTACTS: Table = Contact.__table__  # type: ignore[attr-defined]
CONVERSATIONS: Table = Conversation.__table__  # type: ignore[attr-defined]
IDENTITIES: Table = Identity.__table__  # type: ignore[attr-defined]
TICKETS: Table = Ticket.__table__  # type: ignore[attr-defined]
COMMENT_WITHIN = timedelta(hours=1)  # of a rating
STILL_SAYS_NO = timedelta(days=30)  # to a complaint that was closed because they said nothing
_LAST_TICKET = (
    select(func.max(TICKETS.c.id))
    .where(TICKETS.c.conversation_id == CONVERSATIONS.c.id)
    .correlate(CONVERSATIONS)
    .scalar_subquery()
)
_LOAD = (
    select(
        CONVERSATIONS.c.id,
        CONVERSATIONS.c.contact_id,
        CONVERSATIONS.c.language,
        CONVERSATIONS.c.context,
        CONVERSATIONS.c.last_at,
        CONTACTS.c.language.label("chosen"),
        CONTACTS.c.name,
        CONTACTS.c.timezone,
        TICKETS.c.id.label("ticket_id"),
        TICKETS.c.claimed_by,
        COMPLAINTS.c.id.label("complaint_id"),
        COMPLAINTS.c.asked_at,
        _LAST_TICKET.label("last_ticket_id"),
    )
    .join(CONTACTS, CONTACTS.c.id == CONVERSATIONS.c.contact_id)
    .outerjoin(
        TICKETS,
        (TICKETS.c.conversation_id == CONVERSATIONS.c.id) & TICKETS.c.resolved_at.is_(None),
    )
    .outerjoin(
        COMPLAINTS,
        (COMPLAINTS.c.conversation_id == CONVERSATIONS.c.id) & COMPLAINTS.c.closed_at.is_(None),
    )
    .where(CONVERSATIONS.c.key == bindparam("key"))
)
_CONTEXTS = select(CONVERSATIONS.c.key, CONVERSATIONS.c.context).where(
    CONVERSATIONS.c.key.in_(bindparam("keys", expanding=True))
)
_LOCK = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.key == bindparam("key")).with_for_update()


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation and its contact as they stand in the database."""

    id: int
    contact_id: int
    language: str
    chosen_language: str | None
    name: str
    ticket_id: int | None  # of the one that is not resolved
    context: Context
    complaint: OpenComplaint | None = None
    last_ticket_id: int | None = None
    is_claimed: bool = False
    timezone: str | None = None


def load_known(session: Session, event: CustomerEvent, house: House, now: datetime) -> Known:
    key = event.address.conversation_key
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # A statement of its own: one that waits for a lock goes on to read the other tables as
        # they were before the wait, and would find a ticket open that was resolved meanwhile.
        connection.execute(_LOCK, {"key": key})
    row = connection.execute(_LOAD, {"key": key}).one_or_none()
    if row is None:
        start_conversation(session, event.address, event.contact, house, now)
        row = connection.execute(_LOAD, {"key": key}).one()
    # What the platform says of them now; an imported purchase knew little, and people move.
    name, timezone = event.contact.name or row.name, event.contact.timezone or row.timezone
    if (name, timezone) != (row.name, row.timezone) and is_by_contact(session, event):
        change = update(CONTACTS).where(CONTACTS.c.id == row.contact_id)
        session.connection().execute(change.values(name=name, timezone=timezone))
    context = _still_meant(Context.from_json(row.context), now - row.last_at)
    complaint = _assumed(session, row.id, event, context, now)
    if row.complaint_id:
        complaint = OpenComplaint(row.complaint_id, row.asked_at is not None)
    return Known(
        id=row.id,
        contact_id=row.contact_id,
        language=row.language,
        chosen_language=row.chosen if row.chosen in house.kb.languages else None,
        name=name,
        ticket_id=row.ticket_id,
        context=context,
        complaint=complaint,
        last_ticket_id=row.last_ticket_id,
        is_claimed=row.claimed_by is not None,
        timezone=timezone,
    )


def _assumed(
    session: Session, conversation_id: int, event: CustomerEvent, context: Context, now: datetime
) -> OpenComplaint | None:
    """The complaint that was closed because the customer said nothing, where this may be what they
    say to that."""
    shown = [event.value] if isinstance(event, ButtonPress) else []
    shown += [option.value or "" for option in context.options]
    if not any(value.startswith("settled:") for value in shown):
        return None
    query = sqlmodel.select(Complaint).where(Complaint.conversation_id == conversation_id)
    last = session.exec(query.order_by(COMPLAINTS.c.id.desc()).limit(1)).first()
    if last is None or last.outcome != "assumed" or last.closed_at is None:
        return None
    is_late = now - last.closed_at > STILL_SAYS_NO
    return None if is_late else OpenComplaint(last.id or 0, is_asked=True, is_assumed=True)


def contexts(session: Session, keys: Sequence[str]) -> Mapping[str, Context]:
    """What is remembered of these conversations, as far as there are any, by their keys."""
    rows = session.connection().execute(_CONTEXTS, {"keys": keys})
    return {row.key: Context.from_json(row.context) for row in rows}


def start_conversation(
    session: Session, address: Address, person: Person, house: House, now: datetime
) -> Conversation:
    """The conversation at `address`, begun if need be, with the contact whose account writes."""
    query = sqlmodel.select(Conversation).where(Conversation.key == address.conversation_key)
    found = session.exec(query).one_or_none()
    if found is not None:
        return found
    hint = (person.language or "").partition("-")[0].lower()
    conversation = Conversation(
        key=address.conversation_key,
        channel=address.channel,
        chat_id=address.chat_id,
        thread_id=address.thread_id,
        contact_id=_contact(session, address.channel, person, now),
        language=hint if hint in house.kb.languages else house.default_language,
        created_at=now,
        last_at=now,
    )
    session.add(conversation)
    session.flush()
    return conversation


def _contact(session: Session, channel: str, person: Person, now: datetime) -> int:
    # Held: who is just being joined to another contact, is that one.
    account = (channel, person.user_id)
    identity = session.get(Identity, account, with_for_update={"read": True})
    if identity is not None:
        return identity.contact_id
    contact = Contact(name=person.name, timezone=person.timezone, created_at=now)
    session.add(contact)
    session.flush()
    assert contact.id is not None
    session.add(Identity(channel=channel, user_id=person.user_id, contact_id=contact.id))
    session.flush()
    return contact.id


def _still_meant(context: Context, silence: timedelta) -> Context:
    """Words after a rating belong to it only for a while; later they begin something new."""
    return replace(context, comment_on=None) if silence > COMMENT_WITHIN else context


def is_meant_for_us(session: Session, event: CustomerEvent) -> bool:
    """In a channel, what is not addressed to us counts only in a thread that its author began with
    us; everybody else there talks to somebody else, and presses other people's buttons."""
    if isinstance(event, InboundMessage):
        return event.addressed or event.contact.user_id in _accounts(session, event.address)
    if event.address.thread_id is None:
        return True
    accounts = _accounts(session, event.address)
    if not accounts:  # a thread that we do not know: only our own buttons can stand in it
        return isinstance(event, ButtonPress)
    return event.contact.user_id in accounts


def is_by_contact(session: Session, event: CustomerEvent) -> bool:
    """In a thread others may call us, too; a direct chat has one person in it."""
    at = event.address
    return at.thread_id is None or event.contact.user_id in _accounts(session, at)


def _accounts(session: Session, address: Address) -> set[str]:
    """The accounts of the contact whose conversation this is; none if there is no conversation."""
    query = (
        select(IDENTITIES.c.user_id)
        .join(CONVERSATIONS, CONVERSATIONS.c.contact_id == IDENTITIES.c.contact_id)
        .where(
            CONVERSATIONS.c.key == address.conversation_key,
            IDENTITIES.c.channel == address.channel,
        )
    )
    return set(session.connection().execute(query).scalars())
