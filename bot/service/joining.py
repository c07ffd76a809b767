"""One person on several channels becomes one contact, by a code from one channel that they type on
another. Every function takes a session and never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import SystemRandom
from typing import Any, TypeVar

from sqlmodel import Session, col, delete, select, update

from bot.domain import Address, Option, Outgoing, Reply
from bot.engine import Decision
from bot.engine.join_codes import PAYLOAD, new_code, shown
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.service.conversations import Known
from bot.service.house import House
from bot.storage.tables import (
    Complaint,
    Contact,
    Conversation,
    Identity,
    JoinCode,
    Message,
    Purchase,
    Ticket,
)
from handoff.rows import CHANNEL_NAMES, address_of, open_for, record
from handoff.speaking import tell_desk
from handoff.story import card_update

Row = TypeVar("Row", Contact, JoinCode)
GOOD_FOR = timedelta(minutes=15)
WRONG_TRIES, WITHIN = 5, timedelta(hours=1)
KEPT_FOR = timedelta(days=1)  # codes, for whoever wonders what happened


class Refused(StrEnum):
    """Why nobody was joined: the phrase that says so."""

    WRONG = "join_wrong"  # or used, or too late: nobody who guesses learns which
    TOO_MANY = "join_too_many"
    OWN = "join_own"
    ALREADY = "join_already"


def answered(
    session: Session, known: Known, decision: Decision, at: Address, house: House, now: datetime
) -> tuple[Decision, list[Draft]]:
    """The decision with its reply, where somebody wants to be known as one on several channels;
    and what others are to hear of it. Any other decision as it is."""
    if decision.joins is None:
        return decision, []
    if not decision.joins:
        reply = _code_for(session, known, decision, at, house, now)
        return replace(decision, reply=reply), []
    found = redeem(session, known, decision.joins, now)
    name, language = _first(known.name), decision.language
    if isinstance(found, Refused):
        said = house.kb.say(language, found)
        why = (*decision.why, f"not joined: {found.name.lower()}")
        return replace(_with(decision, said), why=why), []
    other = session.get_one(Conversation, found)
    said = house.kb.say(language, "join_done", name=name, channel=_channel(other.channel))
    told = [_tell_other(session, other, at.channel, house, now)]
    contact = session.get_one(Contact, other.contact_id)
    return _with(decision, said), [*told, *_tell_desk(session, contact, house, now)]


def _with(decision: Decision, said: str) -> Decision:
    return replace(decision, reply=Reply(said))


def _first(name: str) -> str:
    return escape_markdown(name.split()[0]) if name.split() else ""


def _channel(name: str) -> str:
    return CHANNEL_NAMES.get(name, name)


# --- a code is given -----------------------------------------------------------------------------


def _code_for(
    session: Session, known: Known, decision: Decision, at: Address, house: House, now: datetime
) -> Reply:
    code, language = issue(session, known, now), decision.language
    minutes = GOOD_FOR // timedelta(minutes=1)
    said = house.kb.say(
        language, "join_code", name=_first(known.name), code=shown(code), minutes=minutes
    )
    if not house.deep_link or at.channel == "telegram":
        return Reply(said)
    label = house.kb.say(language, "join_open")
    return Reply(said, (Option(label, url=f"{house.deep_link}{PAYLOAD}{code}"),))


def issue(session: Session, known: Known, now: datetime) -> str:
    """A new code for this contact; what they were given before is none any more."""
    gone = (col(JoinCode.contact_id) == known.contact_id) & col(JoinCode.used_at).is_(None)
    is_old = col(JoinCode.created_at) < now - KEPT_FOR
    session.exec(delete(JoinCode).where(gone | is_old))
    random = SystemRandom()
    code = new_code(random)
    while session.get(JoinCode, code) is not None:
        code = new_code(random)
    session.add(
        JoinCode(
            code=code, contact_id=known.contact_id, conversation_id=known.id, created_at=now
        )
    )  # fmt: skip
    session.flush()
    return code


# --- a code is typed -----------------------------------------------------------------------------


def redeem(session: Session, known: Known, code: str, now: datetime) -> int | Refused:
    """Join whoever typed the code to whoever was given it: the number of the conversation in which
    that was. After too many wrong tries the right code does not help, either."""
    peeked = session.get(JoinCode, code)
    ids = sorted({known.contact_id, *([peeked.contact_id] if peeked else [])})
    # Always in this order, so that two who do it at once do not wait for each other.
    contacts = {each: _locked(session, Contact, each) for each in ids}
    typed = contacts[known.contact_id]
    lately = [at for at in typed.wrong_codes if now.timestamp() - at < WITHIN.total_seconds()]
    if len(lately) >= WRONG_TRIES:
        return Refused.TOO_MANY
    row = _locked(session, JoinCode, code) if peeked else None
    if row is None or row.used_at is not None or now - row.created_at >= GOOD_FOR:
        typed.wrong_codes = [*lately, now.timestamp()]
        return Refused.WRONG
    if row.conversation_id == known.id:
        return Refused.OWN
    giver = contacts.get(row.contact_id)  # or it has been joined itself since it was looked up
    if giver is None:
        giver = _locked(session, Contact, row.contact_id)
    row.used_at = now
    if giver.id == typed.id:
        return Refused.ALREADY
    _join(session, typed, giver)
    return row.conversation_id


def _locked(session: Session, table: type[Row], key: Any) -> Row:
    """The row as it is now, held until the commit, whatever was read of it before."""
    session.flush()
    return session.get_one(table, key, with_for_update=True, populate_existing=True)


def _join(session: Session, typed: Contact, giver: Contact) -> None:
    """The younger of two contacts becomes the older. Who does not want to be written to, still does
    not; of two languages the one counts that was chosen where they are now."""
    older, younger = sorted((typed, giver), key=lambda each: (each.created_at, each.id or 0))
    older.name = typed.name or giver.name
    older.language = typed.language or giver.language
    older.timezone = typed.timezone or giver.timezone
    stopped = [each.opted_out_at for each in (typed, giver) if each.opted_out_at is not None]
    older.opted_out_at = min(stopped, default=None)
    older.wrong_codes = sorted({*typed.wrong_codes, *giver.wrong_codes})
    # The accounts and conversations first: whoever is about to add to what belongs to them holds
    # these, is waited for, and what they have added is then moved, too.
    for table in (Identity, Conversation, Purchase, Complaint, JoinCode):
        session.exec(
            update(table)
            .where(col(table.contact_id) == younger.id)
            .values(contact_id=older.id)
        )  # fmt: skip
    earlier = col(Contact.joined_to) == younger.id
    session.exec(update(Contact).where(earlier).values(joined_to=older.id))
    younger.joined_to = older.id
    session.flush()


# --- who hears of it -----------------------------------------------------------------------------


def _tell_other(
    session: Session, other: Conversation, channel: str, house: House, now: datetime
) -> Draft:
    """Where the code was given: who has not typed it themselves must know."""
    text = house.kb.say(other.language, "join_told", channel=_channel(channel))
    ticket = open_for(session, other.id or 0)
    ticket_id = ticket.id if ticket else None
    message = Message(
        conversation_id=other.id or 0, ticket_id=ticket_id, author="bot", text=text,
        why=["joined"], sent_at=now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    purpose = "to_customer" if ticket else ""
    return Draft(Outgoing("post", address_of(other), Reply(text)), purpose, ticket_id, message.id)


def _tell_desk(session: Session, contact: Contact, house: House, now: datetime) -> list[Draft]:
    """In the threads of what is open, for its card now knows more."""
    desk, theirs = house.desk, _channels(session, contact)
    name = contact.name or desk.words("desk_customer")
    text = desk.words("desk_joined", name=name, channels=", ".join(theirs))
    query = (
        select(Ticket)
        .join(Conversation, col(Conversation.id) == Ticket.conversation_id)
        .where(Conversation.contact_id == contact.id, col(Ticket.resolved_at).is_(None))
        .order_by(col(Ticket.id))
    )
    drafts: list[Draft] = []
    for ticket in session.exec(query):
        record(session, ticket, "joined", now, None, {"contact": contact.id})
        drafts += [tell_desk(desk, ticket, text), card_update(session, desk, ticket)]
    return drafts


def _channels(session: Session, contact: Contact) -> Sequence[str]:
    query = select(Conversation.channel).where(Conversation.contact_id == contact.id).distinct()
    return sorted(_channel(name) for name in session.exec(query))
