"""What a customer's words do to a complaint, or to the urgency of a ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from bot.domain import CustomerEvent, Reply
from bot.engine import Decision
from bot.engine.feelings import DANGER
from bot.outbox import Draft
from bot.service.conversations import Known
from bot.service.house import House
from bot.storage.tables import Complaint, Contact, Message, Ticket
from handoff.complaints import course
from handoff.story import card_update, felt_lately


def complaint_opened(
    session: Session,
    event: CustomerEvent,
    known: Known,
    decision: Decision,
    message_id: int | None,
    house: House,
    now: datetime,
) -> tuple[Decision, list[Draft]]:
    """The decision with the complaint's acknowledgement before its reply, here and in what was
    written down; and what the desk is shown. Where a person has the conversation already, the
    complaint is opened in their ticket."""
    drafts: list[Draft] = []
    complaint = course.open_complaint_of(session, known.id)
    if complaint is None and known.ticket_id is not None:
        ticket = session.get(Ticket, known.ticket_id)
        assert ticket is not None and decision.complains is not None
        words = getattr(event, "text", "")
        complaint = course.begin(session, house.desk, ticket, decision.complains, words, now)
        drafts.append(card_update(session, house.desk, ticket))
    contact = session.get(Contact, known.contact_id)
    assert complaint is not None and contact is not None
    said = course.acknowledgement(house.desk, complaint, contact, decision.language)
    reply = decision.reply or Reply("")
    text = "\n\n".join(filter(None, (said, reply.text)))
    message = session.get(Message, message_id) if message_id else None
    if message is not None:
        message.text = text
    return replace(decision, reply=replace(reply, text=text)), drafts


def answer_to_complaint(
    session: Session, known: Known, is_settled: bool, house: House, now: datetime
) -> tuple[int | None, list[Draft]]:
    """Close the complaint, or go on with it, also where it was assumed to be settled; returns the
    ticket in which it goes on."""
    complaint = session.get(Complaint, known.complaint.id) if known.complaint else None
    if complaint is None or complaint.outcome == "settled":
        return known.ticket_id, []
    ticket, drafts = course.answered(session, house.desk, complaint, is_settled, now)
    return (known.ticket_id if is_settled else ticket.id), drafts


def raise_urgency(
    session: Session, ticket_id: int, decision: Decision, house: House
) -> list[Draft]:
    """A customer who becomes upset while they wait moves up; nobody moves down. The card is drawn
    anew then, and whenever they feel another way than a message ago. Danger becomes the reason."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        return []
    is_news = decision.urgency > ticket.urgency
    ticket.urgency = max(decision.urgency, ticket.urgency)
    if is_news and decision.urgency == DANGER:
        ticket.reason = house.desk.words("reason_emergency")
    if decision.mood is not None:
        feelings = felt_lately(session, house.desk, ticket)
        before, now = ("calm", "calm", *(feelings.levels if feelings else ()))[-2:]
        is_news = is_news or now != before
    return [card_update(session, house.desk, ticket)] if is_news else []
