"""The use cases: what one transaction does. Every function takes a session and never commits;
whoever calls it through `Database.run` does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlmodel
from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlmodel import Session

from bot import inbox, outbox
from bot.domain import (
    Address,
    Article,
    CustomerEvent,
    Deletion,
    DeskAction,
    DeskMessage,
    Edit,
    Event,
    InboundMessage,
    Outcome,
    Outgoing,
    Person,
    Reading,
    Reply,
)
from bot.engine import Context, Decision, Rated, Standing, decide
from bot.knowledge.base import KnowledgeBase
from bot.outbox import Draft
from bot.storage.tables import (
    Contact,
    Conversation,
    Identity,
    Message,
    Rating,
    Ticket,
)
from handoff import desk as desk_events
from handoff import queue
from handoff.queue import Desk

CONTACTS: Table = Contact.__table__  # type: ignore[attr-defined]
CONVERSATIONS: Table = Conversation.__table__  # type: ignore[attr-defined]
IDENTITIES: Table = Identity.__table__  # type: ignore[attr-defined]
MESSAGES: Table = Message.__table__  # type: ignore[attr-defined]
TICKETS: Table = Ticket.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Understood:
    """A stored event with what was read out of it, ready for its transaction."""

    waiting: inbox.Waiting
    event: Event | None  # None: nothing for us
    reading: Reading


@dataclass(frozen=True, slots=True)
class House:
    """What a transaction needs to know besides its event: the knowledge base as it is now."""

    kb: KnowledgeBase
    desk: Desk
    default_language: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation and its contact as they stand in the database."""

    id: int
    contact_id: int
    language: str
    chosen_language: str | None
    name: str
    ticket_id: int | None
    context: Context


_LOAD = (
    select(
        CONVERSATIONS.c.id,
        CONVERSATIONS.c.contact_id,
        CONVERSATIONS.c.language,
        CONVERSATIONS.c.context,
        CONTACTS.c.language.label("chosen"),
        CONTACTS.c.name,
        TICKETS.c.id.label("ticket_id"),
    )
    .join(CONTACTS, CONTACTS.c.id == CONVERSATIONS.c.contact_id)
    .outerjoin(
        TICKETS,
        (TICKETS.c.conversation_id == CONVERSATIONS.c.id) & TICKETS.c.resolved_at.is_(None),
    )
    .where(CONVERSATIONS.c.key == bindparam("key"))
    .with_for_update(of=CONVERSATIONS)
)
_SAVE = (
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == bindparam("conversation"))
    .values(
        language=bindparam("new_language"),
        context=bindparam("new_context"),
        last_at=bindparam("at"),
    )
)
_SAY = insert(MESSAGES).returning(MESSAGES.c.id, sort_by_parameter_order=True)


def process(
    session: Session,
    claim: inbox.Claim,
    work: Sequence[Understood],
    house: House,
    now: datetime,
) -> int:
    """Deal with claimed events, all or nothing: state, tickets, outbox, and the mark that they are
    done. Returns how many things are to be sent; raises LeaseLost if the claim ran out."""
    items = tuple(one.waiting for one in work)
    inbox.take(session, replace(claim, items=items), now)
    drafts: list[Draft] = []
    for one in work:
        if isinstance(one.event, (DeskAction, DeskMessage)):
            drafts += desk_events.handle(session, one.event, house.desk, now)
        elif one.event is not None:
            drafts += customer_event(session, one.event, one.reading, house, now)
        session.flush()
    outbox.put(session, drafts, now)
    return len(drafts)


# --- a customer's event --------------------------------------------------------------------------


def customer_event(
    session: Session, event: CustomerEvent, reading: Reading, house: House, now: datetime
) -> list[Draft]:
    """Decide about one event of a customer and write down all that follows from it."""
    if not _is_meant_for_us(session, event):
        return []
    known = _load(session, event, house, now)
    standing = Standing(
        language=known.language,
        chosen_language=known.chosen_language,
        name=known.name,
        with_person=known.ticket_id is not None,
        context=known.context,
    )
    today = now.astimezone(house.zone).date()
    decision = decide(event, reading, standing, house.kb, today)
    return _apply(session, event, known, decision, house, now)


def _is_meant_for_us(session: Session, event: CustomerEvent) -> bool:
    """In a channel, what is said without a mention counts only in a thread that its author began
    with us; everybody else there talks to somebody else."""
    if not isinstance(event, InboundMessage) or event.addressed:
        return True
    query = (
        select(IDENTITIES.c.user_id)
        .join(CONVERSATIONS, CONVERSATIONS.c.contact_id == IDENTITIES.c.contact_id)
        .where(
            CONVERSATIONS.c.key == event.address.conversation_key,
            IDENTITIES.c.channel == event.address.channel,
        )
    )
    return event.contact.user_id in session.connection().execute(query).scalars().all()


def could_not_decide(
    session: Session, event: CustomerEvent, house: House, now: datetime
) -> list[Draft]:
    """Bring a person in for an event on which deciding failed: nothing a customer says is lost,
    whatever is wrong with us."""
    known = _load(session, event, house, now)
    text = house.kb.say(known.language, "handing_over_sorry", name="")
    decision = Decision(
        outcome=Outcome.RELAYED if known.ticket_id else Outcome.HANDED_OFF,
        language=known.language,
        context=Context(),
        why=("the bot could not process the message",),
        reply=None if known.ticket_id else Reply(text),
        handoff=None if known.ticket_id else "error",
    )  # fmt: skip
    return _apply(session, event, known, decision, house, now)


def _load(session: Session, event: CustomerEvent, house: House, now: datetime) -> Known:
    key = event.address.conversation_key
    row = session.connection().execute(_LOAD, {"key": key}).one_or_none()
    if row is None:
        start_conversation(session, event.address, event.contact, house, now)
        row = session.connection().execute(_LOAD, {"key": key}).one()
    if event.contact.name and event.contact.name != row.name:
        change = update(CONTACTS).where(CONTACTS.c.id == row.contact_id)
        session.connection().execute(change.values(name=event.contact.name))
    return Known(
        id=row.id,
        contact_id=row.contact_id,
        language=row.language,
        chosen_language=row.chosen if row.chosen in house.kb.languages else None,
        name=event.contact.name or row.name,
        ticket_id=row.ticket_id,
        context=Context.from_json(row.context),
    )


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
    identity = session.get(Identity, (channel, person.user_id))
    if identity is not None:
        return identity.contact_id
    contact = Contact(name=person.name, timezone=person.timezone, created_at=now)
    session.add(contact)
    session.flush()
    assert contact.id is not None
    session.add(Identity(channel=channel, user_id=person.user_id, contact_id=contact.id))
    session.flush()
    return contact.id


def _apply(
    session: Session,
    event: CustomerEvent,
    known: Known,
    decision: Decision,
    house: House,
    now: datetime,
) -> list[Draft]:
    session.connection().execute(
        _SAVE,
        {
            "conversation": known.id,
            "new_language": decision.language,
            "new_context": decision.context.to_json(),
            "at": now,
        },
    )
    message_id = _write_down(session, event, known, decision, now)
    drafts: list[Draft] = []
    ticket_id = known.ticket_id
    if decision.handoff is not None:
        ticket, drafts = _hand_over(session, known, decision, house, now)
        ticket_id = ticket.id
    elif ticket_id is not None:
        drafts = _show_desk(session, event, known, ticket_id, house)
    if decision.rated is not None:
        drafts += _rate(session, event, known, decision.rated, house, now)
    _remember_choices(session, known.contact_id, decision, now)
    if decision.reply is not None:
        item = Outgoing("post", event.address, decision.reply)
        purpose = "to_customer" if ticket_id else ""
        drafts.append(Draft(item, purpose, ticket_id, message_id))
    return drafts


def _write_down(
    session: Session, event: CustomerEvent, known: Known, decision: Decision, now: datetime
) -> int | None:
    """Keep what was said; returns the id of the bot's message, if it says anything."""
    rows = []
    common: dict[str, Any] = {
        "conversation_id": known.id,
        "ticket_id": known.ticket_id,
        "attachments": [],
        "external_id": None,
        "revises_id": None,
        "outcome": None,
        "article_id": None,
        "why": [],
        "sent_at": now,
    }
    if isinstance(event, Deletion):
        session.connection().execute(
            update(MESSAGES)
            .where(
                MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id
            )
            .values(deleted_at=now)
        )
    elif isinstance(event, (InboundMessage, Edit)):
        attachments = event.attachments if isinstance(event, InboundMessage) else ()
        revises = _original(session, known, event) if isinstance(event, Edit) else None
        rows.append({**common, "author": "contact", "text": event.text, "revises_id": revises,
                     "external_id": event.message_id, "sent_at": min(event.sent_at, now),
                     "attachments": [asdict(a) for a in attachments]})  # fmt: skip
    if decision.reply is not None:
        article = decision.article.id if decision.article else None
        rows.append({**common, "author": "bot", "text": decision.reply.text, "article_id": article,
                     "outcome": decision.outcome.value, "why": list(decision.why)})  # fmt: skip
    if not rows:
        return None
    ids = session.connection().execute(_SAY, rows).scalars().all()
    return ids[-1] if decision.reply is not None else None


def _original(session: Session, known: Known, event: Edit) -> int | None:
    query = (
        select(MESSAGES.c.id)
        .where(MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id)
        .order_by(MESSAGES.c.id)
        .limit(1)
    )
    return session.connection().execute(query).scalar()


def _hand_over(
    session: Session, known: Known, decision: Decision, house: House, now: datetime
) -> tuple[Ticket, list[Draft]]:
    conversation = session.get(Conversation, known.id)
    assert conversation is not None and decision.handoff is not None
    session.refresh(conversation)
    title = decision.article.title if decision.article else ""
    reason = house.desk.words(f"reason_{decision.handoff}", title=title)
    near = _nearest(decision, known, house.kb)
    return queue.open_ticket(session, house.desk, conversation, reason, near, now)


def _nearest(decision: Decision, known: Known, kb: KnowledgeBase) -> Iterable[Article]:
    """The articles nearest to what the customer wanted: of the last question that meant anything,
    since "a person, please" is no question."""
    ids = [decision.article.id] if decision.article else []
    ids += [name for name in (decision.context.close or known.context.close) if name not in ids]
    found = (kb.article(name, decision.language) for name in ids)
    return [article for article in found if article is not None][:3]


def _show_desk(
    session: Session, event: CustomerEvent, known: Known, ticket_id: int, house: House
) -> list[Draft]:
    ticket = session.get(Ticket, ticket_id)
    assert ticket is not None
    desk = house.desk
    match event:
        case InboundMessage():
            text = queue.describe(desk, event.text, [asdict(a) for a in event.attachments])
        case Edit():
            text = f"✏️ {desk.words('desk_edited', text=event.text)}"
        case Deletion():
            text = f"🗑 {desk.words('desk_deleted', text=_text_of(session, known, event))}"
        case _:
            return []  # a button of the bot's: nothing said
    return queue.relay(desk, ticket, known.name, text)


def _text_of(session: Session, known: Known, event: Deletion) -> str:
    query = (
        select(MESSAGES.c.text)
        .where(MESSAGES.c.conversation_id == known.id, MESSAGES.c.external_id == event.message_id)
        .order_by(MESSAGES.c.id.desc())
        .limit(1)
    )
    return session.connection().execute(query).scalar() or "…"


def _remember_choices(session: Session, contact_id: int, decision: Decision, now: datetime) -> None:
    changes: dict[str, Any] = {}
    if decision.choose_language is not None:
        changes["language"] = decision.choose_language
    if decision.opted_out is not None:
        changes["opted_out_at"] = now if decision.opted_out else None
    if changes:
        statement = update(CONTACTS).where(CONTACTS.c.id == contact_id).values(**changes)
        session.connection().execute(statement)


# --- ratings -------------------------------------------------------------------------------------


def _rate(
    session: Session,
    event: CustomerEvent,
    known: Known,
    rated: Rated,
    house: House,
    now: datetime,
) -> list[Draft]:
    if rated.kind == "helpful":
        subject = getattr(event, "message_id", "") or event.external_id
        rating = _upsert_rating(session, "helpful", f"{known.id}:{subject}", known.id, now)
        rating.article_id, rating.score = rated.subject, rated.score or 0
        return []
    ticket = session.get(Ticket, int(rated.subject))
    if ticket is None or ticket.conversation_id != known.id:
        return []  # somebody else's button, or an earlier installation's
    rating = _upsert_rating(session, "csat", f"ticket:{ticket.id}", known.id, now)
    rating.ticket_id = ticket.id
    if rated.score is not None:
        rating.score, rating.comment = rated.score, None
    else:
        rating.comment = rated.comment
    session.flush()
    return queue.rated(session, house.desk, ticket, known.name, rating, now)


def _upsert_rating(
    session: Session, kind: str, subject: str, conversation_id: int, now: datetime
) -> Rating:
    query = sqlmodel.select(Rating).where(Rating.kind == kind, Rating.subject == subject)
    rating = session.exec(query).one_or_none()
    if rating is None:
        rating = Rating(
            kind=kind, subject=subject, conversation_id=conversation_id, score=0, at=now
        )
        session.add(rating)
    rating.at = now
    return rating


# --- the ends of sends ---------------------------------------------------------------------------


def sends_ended(
    session: Session,
    channel: str,
    token: str,
    ends: Sequence[outbox.Sent],
    house: House,
    now: datetime,
) -> int:
    """Record how sends ended and what that means to their tickets; returns what is to be sent
    because of it. Raises LeaseLost if another process has the lanes."""
    outbox.finish(session, channel, token, ends, now)
    drafts: list[Draft] = []
    for end in ends:
        if end.state != "queued" and end.sending.ticket_id is not None:
            drafts += _tell_ticket(session, end, house, now)
    session.flush()
    outbox.put(session, drafts, now)
    return len(drafts)


def _tell_ticket(session: Session, end: outbox.Sent, house: House, now: datetime) -> list[Draft]:
    sending = end.sending
    draft = Draft(sending.item, sending.purpose, sending.ticket_id, sending.message_id)
    return queue.delivered(
        session, house.desk, draft, end.state, end.external_id, end.error, end.doubtful, now
    )


# --- what was missed -----------------------------------------------------------------------------


def lately(session: Session, channel: str) -> tuple[datetime | None, list[Address]]:
    """When `channel` was last heard, and the threads in which something may have been said since:
    those of unresolved tickets and of recent conversations."""
    heard = select(func.max(inbox.INBOX.c.received_at)).where(inbox.INBOX.c.channel == channel)
    since = session.connection().execute(heard).scalar()
    cards = select(TICKETS.c.desk, TICKETS.c.card_id).where(
        TICKETS.c.resolved_at.is_(None), TICKETS.c.card_id.is_not(None)
    )
    talks = (
        select(CONVERSATIONS.c.chat_id, CONVERSATIONS.c.thread_id)
        .where(CONVERSATIONS.c.channel == channel, CONVERSATIONS.c.thread_id.is_not(None))
        .order_by(CONVERSATIONS.c.last_at.desc())
        .limit(20)
    )
    rows = [*session.connection().execute(cards), *session.connection().execute(talks)]
    return since, [Address(channel, chat_id, thread) for chat_id, thread in rows]
