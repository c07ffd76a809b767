"""One event of a customer: decided about, and all that follows from it written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, update
from sqlmodel import Session

from bot.domain import (
    CustomerEvent,
    InboundMessage,
    Outcome,
    Outgoing,
    Reading,
    Reply,
)
from bot.engine import Context, Decision, Standing, decide
from bot.outbox import Draft
from bot.service import joining, private
from bot.service.complaints import answer_to_complaint, complaint_opened, raise_urgency
from bot.service.conversations import (
    CONTACTS,
    CONVERSATIONS,
    Known,
    is_by_contact,
    is_meant_for_us,
    load_known,
)
from bot.service.handing_over import gives_up, hand_over, no_longer_needed
from bot.service.house import House, joined
from bot.service.messages import write_down
from bot.service.ratings import rate
from bot.service.relaying import show_desk
from bot.service.waiting import with_place
from bot.storage.tables import (
    Ticket,
)
from handoff.course import returning, snoozing
from handoff.rows import Desk, zone_named
from handoff.service_levels import keep
from handoff.suggestions import choosing

_FAREWELL = {"thanks", "goodbye"}  # who says no more than that, waits for no answer

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
        is_claimed=known.is_claimed,
        opens_at=_opens_at(house, now),
        zone=zone_named(known.timezone, house.zone),
        lately_with=_lately_with(session, known, house.desk, now),
        complaint=known.complaint,
        context=known.context,
        now=now,
    )
    today = now.astimezone(house.zone).date()
    decision = decide(event, reading, standing, house.kb, today, len(events))
    if can_wait and decision.can_wait:
        return None
    if private.belongs_in_private(session, event, known, decision):
        return _in_private(session, events, event, reading, known, decision, house, now)
    if isinstance(event, InboundMessage) and event.recalled is not None:
        private.forget(session, event.recalled)
    wants_answer = not (reading.intents and reading.intents <= _FAREWELL)
    decision, told = joining.answered(session, known, decision, event.address, house, now)
    drafts = _apply(session, events, event, known, decision, house, now, wants_answer)
    drafts += told
    near = choosing.asked(reading, decision.language, house.kb, today)
    choosing.suggest(session, known.id, near)
    return drafts


def _opens_at(house: House, now: datetime) -> datetime | None:
    """When somebody will be at the desk; None while somebody is, or if nobody ever will be."""
    opens_at = house.kb.policy.service.business_hours(house.zone).opens_at(now)
    return opens_at if opens_at is not None and opens_at > now else None


def _lately_with(session: Session, known: Known, desk: Desk, now: datetime) -> str | None:
    """Who had the ticket that would go on, if a person is needed: their name if they are there."""
    ticket = returning.to_go_on(session, desk, known.last_ticket_id, now)
    if ticket is None or ticket.claimed_by is None:
        return None
    return returning.helper_of(session, desk, ticket, now)


def _in_private(
    session: Session,
    events: Sequence[CustomerEvent],
    event: CustomerEvent,
    reading: Reading,
    known: Known,
    decision: Decision,
    house: House,
    now: datetime,
) -> list[Draft]:
    """Go on where the customer is alone, with a polite line where they wrote."""
    moved = private.in_private(session, events)
    is_open = moved is not None
    pointed = private.pointed_there(session, event, known, decision, is_open, house, now)
    drafts = customer_turn(session, moved, reading, house, now) if moved else None
    return [*(drafts or ()), *pointed]


def could_not_decide(
    session: Session, event: CustomerEvent, house: House, now: datetime
) -> list[Draft]:
    """Bring a person in for an event on which deciding failed: nothing a customer says is lost,
    whatever is wrong with us. Where others read along, they come to where the customer is alone."""
    if getattr(event, "private", None) is not None:
        moved = private.in_private(session, [event])
        if moved is None:  # they must write there first: what they asked is kept until then
            known = load_known(session, event, house, now)
            return private.pointed_there(
                session, event, known, _undecided(known, house), False, house, now
            )
        event = moved[0]
    known = load_known(session, event, house, now)
    return _apply(session, [event], event, known, _undecided(known, house), house, now)


def _undecided(known: Known, house: House) -> Decision:
    text = house.kb.say(known.language, "handing_over_sorry", name="")
    return Decision(
        outcome=Outcome.RELAYED if known.ticket_id else Outcome.HANDED_OFF,
        language=known.language,
        context=Context(),
        why=("the bot could not process the message",),
        reply=None if known.ticket_id else Reply(text),
        handoff=None if known.ticket_id else "error",
    )  # fmt: skip


def _apply(
    session: Session,
    events: Sequence[CustomerEvent],
    event: CustomerEvent,
    known: Known,
    decision: Decision,
    house: House,
    now: datetime,
    wants_answer: bool = True,
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
        ticket, drafts = hand_over(session, event, known, decision, house, now)
        ticket_id = ticket.id
        is_open = _opens_at(house, now) is None
        decision = with_place(session, decision, ticket, message_id, is_open, house, now)
    elif ticket_id is not None and (decision.cancels or gives_up(event)):
        drafts = no_longer_needed(session, ticket_id, decision, house, now)
    is_code = decision.joins is not None  # which is nothing that anybody need read or answer
    if ticket_id is not None and decision.handoff is None and not is_code:
        drafts += show_desk(session, events, known, ticket_id, house)
        if isinstance(event, InboundMessage):
            ticket = session.get_one(Ticket, ticket_id)
            drafts += snoozing.customer_wrote(session, house.desk, ticket, now)
        drafts += raise_urgency(session, ticket_id, decision, house)
    if decision.complains is not None:
        decision, more = complaint_opened(session, event, known, decision, message_id, house, now)
        drafts += more
    if decision.rated is not None:
        drafts += rate(session, event, known, decision.rated, house, now)
    if ticket_id is not None and decision.handoff is None and not is_code:
        said = wants_answer and isinstance(event, InboundMessage)
        drafts += _clocks(session, ticket_id, said, house, now)
    if is_by_contact(session, event):  # in somebody else's thread one chooses for nobody
        _remember_choices(session, known.contact_id, decision, now)
    if decision.reply is not None:
        # Where others read along, it is shown what is answered.
        target = getattr(event, "message_id", "") if getattr(event, "private", None) else ""
        item = Outgoing("post", event.address, decision.reply, target=target)
        purpose = "to_customer" if ticket_id else ""
        drafts.append(Draft(item, purpose, ticket_id, message_id))
    return drafts


def _clocks(
    session: Session, ticket_id: int, wants_answer: bool, house: House, now: datetime
) -> list[Draft]:
    """How long the customer waits is counted; it may have become more urgent, too."""
    ticket = session.get_one(Ticket, ticket_id)
    return (keep.wrote if wants_answer else keep.keep)(session, house.desk, ticket, now)


def _remember_choices(session: Session, contact_id: int, decision: Decision, now: datetime) -> None:
    changes: dict[str, Any] = {}
    if decision.choose_language is not None:
        changes["language"] = decision.choose_language
    if decision.opted_out is not None:
        changes["opted_out_at"] = now if decision.opted_out else None
    if changes:
        statement = update(CONTACTS).where(CONTACTS.c.id == contact_id).values(**changes)
        session.connection().execute(statement)
