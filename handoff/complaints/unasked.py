"""When the question whether a complaint is settled could not reach the customer: who was not asked
does not agree by saying nothing. Takes a session, never commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from bot.engine.values import Context
from bot.outbox import Draft
from bot.storage.tables import Complaint, FollowUpItem, OutboxItem, Ticket
from handoff.complaints import course, settled
from handoff.complaints.rules import number_of
from handoff.remedies.approvals import alert
from handoff.rows import Desk, conversation_of, open_for, record
from handoff.service_levels.keep import keep
from handoff.story import card_update


def not_asked(
    session: Session, desk: Desk, ticket: Ticket, draft: Draft, reason: str, now: datetime
) -> list[Draft]:
    """The complaint goes on in an open ticket, with its owner and its date; its owner is told that
    the customer was not asked, and why. `reason` is in the desk's words."""
    complaint = session.get(Complaint, settled.complaint_id_of(draft.item))
    if complaint is None or complaint.asked_at is None or _is_asked_again(session, ticket):
        return []
    complaint.asked_at = None
    course.note(session, complaint, "not_asked", now, detail={"reason": reason})
    _remind_again(session, complaint)
    ticket = _open_again(session, complaint, ticket, now)
    _forget_buttons(session, ticket)
    number = number_of(complaint.id or 0)
    text = desk.words("desk_complaint_not_asked", number=number, reason=reason)
    told = alert(desk, ticket, text, [complaint.owner])
    keep(session, desk, ticket, now)
    return [told, card_update(session, desk, ticket)]


def _is_asked_again(session: Session, ticket: Ticket) -> bool:
    """Whether another question is on its way, whose end is what counts."""
    query = select(OutboxItem.id).where(
        OutboxItem.ticket_id == ticket.id,
        OutboxItem.purpose == settled.PURPOSE,
        col(OutboxItem.state).in_(("queued", "sending")),
    )
    return session.exec(query).first() is not None


def _remind_again(session: Session, complaint: Complaint) -> None:
    """What was left out because the customer seemed to be asked is due again."""
    query = select(FollowUpItem).where(
        FollowUpItem.complaint_id == complaint.id,
        col(FollowUpItem.kind).in_(("complaint_reminder", "complaint_breach")),
        FollowUpItem.result != "sent",
    )
    for item in session.exec(query):
        item.done_at, item.result, item.attempts = None, None, 0


def _open_again(session: Session, complaint: Complaint, ticket: Ticket, now: datetime) -> Ticket:
    another = open_for(session, complaint.conversation_id)
    if another is None:
        ticket.resolved_at = None
        ticket.claimed_by = complaint.owner or ticket.claimed_by
        record(session, ticket, "reopened", now)
        return ticket
    assert another.id is not None
    complaint.ticket_id = another.id
    return another


def _forget_buttons(session: Session, ticket: Ticket) -> None:
    """A "yes" of theirs is no answer to what they have not read."""
    conversation = conversation_of(session, ticket)
    context = Context.from_json(conversation.context)
    if any((option.value or "").startswith("settled:") for option in context.options):
        conversation.context = replace(context, options=()).to_json()
