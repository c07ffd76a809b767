"""Follow-ups that are due. Whether one still makes sense is decided when it is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot import outbox
from bot.domain import Option, Outgoing, Reply
from bot.engine import Context
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.schedule import complaints_due, desk_due
from bot.service import House
from bot.storage.database import Unavailable
from bot.storage.tables import (
    Contact,
    Conversation,
    FollowUpItem,
    Message,
    Purchase,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff import rows
from handoff.complaints import course

TOO_LATE = timedelta(days=7)  # after this nobody wants it any more
ATTEMPTS = 5  # of deciding about one that fails
WAIT_AFTER_FAILURE = timedelta(minutes=15)
WAIT_FOR_PERSON = timedelta(hours=12)  # while a colleague is talking to the customer


class Undecidable(Exception):
    """Deciding about this follow-up failed; nothing of it counts."""

    def __init__(self, item: int, why: str) -> None:
        super().__init__(f"follow-up {item}: {why}")
        self.item, self.why = item, why


def run_next(session: Session, house: House, now: datetime) -> bool:
    """Deal with the follow-up that has been due longest; False if none is due. Several processes
    may ask at once: each row is dealt with by one. Raises Undecidable; see `put_off`."""
    query = (
        select(FollowUpItem)
        .where(col(FollowUpItem.done_at).is_(None), FollowUpItem.run_at <= now)
        .order_by(col(FollowUpItem.run_at), col(FollowUpItem.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    item = session.exec(query).first()
    if item is None:
        return False
    assert item.id is not None
    number = item.id
    conversation = session.get(Conversation, item.conversation_id, with_for_update=True)
    assert conversation is not None  # a foreign key holds it
    contact = session.get(Contact, conversation.contact_id)
    assert contact is not None
    try:
        _decide(session, item, conversation, contact, house, now)
        session.flush()
    except Unavailable:
        raise
    except Exception as error:
        raise Undecidable(number, type(error).__name__) from error
    return True


def put_off(session: Session, failed: Undecidable, now: datetime) -> None:
    """After a failure: later again, and after some attempts not at all; the others go on."""
    item = session.get(FollowUpItem, failed.item, with_for_update=True)
    if item is None or item.done_at is not None:
        return
    item.attempts += 1
    item.run_at = now + WAIT_AFTER_FAILURE * item.attempts
    if item.attempts >= ATTEMPTS:
        _done(item, f"not sent: it failed {item.attempts} times, with {failed.why}", now)


def _decide(
    session: Session,
    item: FollowUpItem,
    conversation: Conversation,
    contact: Contact,
    house: House,
    now: datetime,
) -> None:
    later = next_allowed(now, rows.zone_of(contact, house.zone), house)
    if item.complaint_id is not None:
        outbox.put(session, complaints_due.deal_with(session, item, house, later, now), now)
        return
    if item.kind in desk_due.KINDS:
        outbox.put(session, desk_due.deal_with(session, item, house, now), now)
        return
    if item.kind != "csat":
        conversation = _latest(session, conversation)
    assert conversation.id is not None
    if contact.opted_out_at is not None:
        _done(item, "not sent: the customer opted out", now)
    elif now - item.run_at > TOO_LATE:
        _done(item, "not sent: too late", now)
    elif course.has_open_complaint(session, conversation.contact_id):
        _wait_for_complaint(session, item, house, now)
    elif rows.open_for(session, conversation.id) is not None:
        if item.kind == "csat":
            _done(item, "not sent: the customer is with a person again", now)
        else:
            item.run_at = now + WAIT_FOR_PERSON
    elif later > now:
        item.run_at = later
    else:
        sent = _send(session, item, conversation, contact, house, now)
        _done(item, "sent" if sent else "not sent: there is nothing to send any more", now)


def _wait_for_complaint(session: Session, item: FollowUpItem, house: House, now: datetime) -> None:
    """Nobody who waits for us to put something right is asked how they like it."""
    if item.kind == "csat":
        _done(item, "not sent: a complaint is open", now)
    elif now - _first_due(session, item, house) > TOO_LATE:
        _done(item, "not sent: too late, after a complaint", now)
    else:
        item.run_at = now + WAIT_FOR_PERSON


def _first_due(session: Session, item: FollowUpItem, house: House) -> datetime:
    """When it was to be sent at first, however often it has been put off."""
    purchase = session.get(Purchase, item.purchase_id)
    follow_up = house.kb.follow_ups.get(item.kind)
    if purchase is None or follow_up is None:
        return item.run_at
    event: datetime | None = getattr(purchase, follow_up.event)
    return event + follow_up.delay if event else item.run_at


def _done(item: FollowUpItem, result: str, now: datetime) -> None:
    item.done_at, item.result = now, result


def next_allowed(now: datetime, zone: ZoneInfo, house: House) -> datetime:
    """`now`, or when the allowed hours begin next on the customer's clock."""
    hours = house.kb.policy.follow_up_hours
    local = now.astimezone(zone)
    if hours.start <= local.time() < hours.end:
        return now
    day = local.date() if local.time() < hours.start else local.date() + timedelta(days=1)
    start = datetime.combine(day, hours.start, zone)
    begins = start.astimezone(now.tzinfo)
    # In the night in which an hour comes twice, the first of the two may be over.
    return begins if begins > now else start.replace(fold=1).astimezone(now.tzinfo)


def _send(
    session: Session,
    item: FollowUpItem,
    conversation: Conversation,
    contact: Contact,
    house: House,
    now: datetime,
) -> bool:
    language = contact.language or conversation.language
    if item.kind == "csat":
        reply = _poll(session, item, language, house)
    else:
        reply = _after_purchase(session, item, contact, language, house)
    if reply is None:
        return False
    assert conversation.id is not None
    message = Message(
        conversation_id=conversation.id, author="bot", text=reply.text, ticket_id=item.ticket_id,
        why=[f"follow-up: {item.kind}"], sent_at=now,
    )  # fmt: skip
    session.add(message)
    _remember_buttons(conversation, reply)
    session.flush()
    post = Outgoing("post", rows.address_of(conversation), reply)
    outbox.put(session, [Draft(post, "follow_up", item.ticket_id, message.id)], now)
    return True


def _remember_buttons(conversation: Conversation, reply: Reply) -> None:
    """So that "4" typed in answer to the poll means the fourth button."""
    context = Context.from_json(conversation.context)
    options = tuple(option for option in reply.options if option.value)
    conversation.context = replace(context, options=options, comment_on=None).to_json()


def _poll(session: Session, item: FollowUpItem, language: str, house: House) -> Reply | None:
    ticket = session.get(Ticket, item.ticket_id)
    rated = select(Rating).where(Rating.kind == "csat", Rating.ticket_id == item.ticket_id)
    if ticket is None or ticket.resolved_at is None or session.exec(rated).first():
        return None
    replied = select(TicketEvent.id).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "replied"
    )
    agent = rows.agent_name(session, ticket.claimed_by) if session.exec(replied).first() else ""
    text = house.kb.say(language, "csat_question", agent=escape_markdown(agent))
    scores = tuple(Option(str(n), f"csat:{ticket.id}:{n}") for n in range(1, 6))
    return Reply(text, scores)


def _after_purchase(
    session: Session, item: FollowUpItem, contact: Contact, language: str, house: House
) -> Reply | None:
    purchase = session.get(Purchase, item.purchase_id)
    if purchase is None:
        return None
    first_name = contact.name.split()[0] if contact.name.split() else ""
    reply = house.kb.follow_up(
        item.kind,
        language,
        name=escape_markdown(first_name),
        product=escape_markdown(purchase.product),
        order=escape_markdown(purchase.order_number),
    )
    if reply is None:
        return None
    stop = Option(house.kb.say(language, "follow_up_opt_out"), "opt_out")
    return replace(reply, options=(*reply.options, stop))


def _latest(session: Session, conversation: Conversation) -> Conversation:
    """Where this contact talks with us now: Slack opens a chat of its own for a member's id."""
    query = (
        select(Conversation)
        .where(
            Conversation.contact_id == conversation.contact_id,
            Conversation.channel == conversation.channel,
            col(Conversation.thread_id).is_(None),
        )
        .order_by(col(Conversation.last_at).desc(), col(Conversation.id).desc())
        .limit(1)
        .with_for_update()
    )
    return session.exec(query).first() or conversation
