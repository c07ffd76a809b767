"""One event of a customer: decided about, and all that follows from it written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, update
from sqlmodel import Session

from bot.domain import (
    Article,
    CustomerEvent,
    Deletion,
    Edit,
    InboundMessage,
    Outcome,
    Outgoing,
    Reading,
    Reply,
)
from bot.engine import Context, Decision, Standing, decide
from bot.knowledge.base import KnowledgeBase
from bot.outbox import Draft
from bot.service.complaints import answer_to_complaint, complaint_opened, raise_urgency
from bot.service.conversations import CONTACTS, CONVERSATIONS, Known, is_meant_for_us, load_known
from bot.service.house import House, joined
from bot.service.messages import text_of, write_down
from bot.service.ratings import rate
from bot.storage.tables import (
    Conversation,
    Ticket,
)
from handoff import queue, speaking, story

_SAVE = (
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == bindparam("conversation"))
    .values(
        language=bindparam("new_language"),
        context=bindparam("new_context"),
        last_at=bindparam("at"),
    )
)


def customer_event(
    session: Session, event: CustomerEvent, reading: Reading, house: House, now: datetime
) -> list[Draft]:
    """Decide about one event of a customer and write down all that follows from it."""
    return customer_turn(session, [event], reading, house, now) or []


def customer_turn(
    session: Session,
    events: Sequence[CustomerEvent],
    reading: Reading,
    house: House,
    now: datetime,
    can_wait: bool = False,
) -> list[Draft] | None:
    """Decide about one event, or about the messages of a burst as if they were one, and write down
    all that follows from it.

    None if the decision had better wait until the customer has finished, where it may
    (`can_wait`): nothing has been written down then but who they are."""
    event = cast(CustomerEvent, joined(events))
    if not is_meant_for_us(session, event):
        return []
    known = load_known(session, event, house, now)
    standing = Standing(
        language=known.language,
        chosen_language=known.chosen_language,
        name=known.name,
        with_person=known.ticket_id is not None,
        complaint=known.complaint,
        context=known.context,
        now=now,
    )
    today = now.astimezone(house.zone).date()
    decision = decide(event, reading, standing, house.kb, today, len(events))
    if can_wait and decision.can_wait:
        return None
    return _apply(session, events, event, known, decision, house, now)


def could_not_decide(
    session: Session, event: CustomerEvent, house: House, now: datetime
) -> list[Draft]:
    """Bring a person in for an event on which deciding failed: nothing a customer says is lost,
    whatever is wrong with us."""
    known = load_known(session, event, house, now)
    text = house.kb.say(known.language, "handing_over_sorry", name="")
    decision = Decision(
        outcome=Outcome.RELAYED if known.ticket_id else Outcome.HANDED_OFF,
        language=known.language,
        context=Context(),
        why=("the bot could not process the message",),
        reply=None if known.ticket_id else Reply(text),
        handoff=None if known.ticket_id else "error",
    )  # fmt: skip
    return _apply(session, [event], event, known, decision, house, now)


def _apply(
    session: Session,
    events: Sequence[CustomerEvent],
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
    message_id = write_down(session, events, known, decision, now)
    drafts: list[Draft] = []
    ticket_id = known.ticket_id
    if decision.settled is not None:
        ticket_id, drafts = answer_to_complaint(session, known, decision.settled, house, now)
    elif decision.handoff is not None:
        ticket, drafts = _hand_over(session, event, known, decision, house, now)
        ticket_id = ticket.id
    if ticket_id is not None and decision.handoff is None:
        for each in events:
            drafts += _show_desk(session, each, known, ticket_id, house)
        drafts += raise_urgency(session, ticket_id, decision, house)
    if decision.complains is not None:
        decision, more = complaint_opened(session, event, known, decision, message_id, house, now)
        drafts += more
    if decision.rated is not None:
        drafts += rate(session, event, known, decision.rated, house, now)
    _remember_choices(session, known.contact_id, decision, now)
    if decision.reply is not None:
        item = Outgoing("post", event.address, decision.reply)
        purpose = "to_customer" if ticket_id else ""
        drafts.append(Draft(item, purpose, ticket_id, message_id))
    return drafts


def _hand_over(
    session: Session,
    event: CustomerEvent,
    known: Known,
    decision: Decision,
    house: House,
    now: datetime,
) -> tuple[Ticket, list[Draft]]:
    conversation = session.get(Conversation, known.id)
    assert conversation is not None and decision.handoff is not None
    session.refresh(conversation)
    title = decision.article.title if decision.article else ""
    reason = house.desk.words(f"reason_{decision.handoff}", title=title)
    near = _nearest(decision, known, house.kb)
    words = getattr(event, "text", "")
    return queue.open_ticket(
        session, house.desk, conversation, reason, near, now,
        decision.urgency, decision.complains, words,
    )  # fmt: skip


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
            text = story.describe(desk, event.text, [asdict(a) for a in event.attachments])
        case Edit():
            text = f"✏️ {desk.words('desk_edited', text=event.text)}"
        case Deletion():
            text = f"🗑 {desk.words('desk_deleted', text=text_of(session, known, event))}"
        case _:
            return []  # a button of the bot's: nothing said
    return speaking.relay(desk, ticket, known.name, text)


def _remember_choices(session: Session, contact_id: int, decision: Decision, now: datetime) -> None:
    changes: dict[str, Any] = {}
    if decision.choose_language is not None:
        changes["language"] = decision.choose_language
    if decision.opted_out is not None:
        changes["opted_out_at"] = now if decision.opted_out else None
    if changes:
        statement = update(CONTACTS).where(CONTACTS.c.id == contact_id).values(**changes)
        session.connection().execute(statement)
