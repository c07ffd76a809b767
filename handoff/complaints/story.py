"""What a card shows of a complaint, gathered from its rows."""

from __future__ import annotations

from sqlmodel import Session, col, func, select

from bot.storage.tables import Complaint, ComplaintEvent, RemedyItem, Ticket
from handoff.complaints.cards import ComplaintView, RemedyLine
from handoff.complaints.rules import money, number_of
from handoff.remedies.rules import state_of
from handoff.rows import Desk, agent_name, conversation_of


def complaint_of(session: Session, ticket: Ticket) -> Complaint | None:
    """The complaint a ticket is about: the open one of its conversation while it is unresolved,
    else the last one that was dealt with in it."""
    query = select(Complaint).where(Complaint.conversation_id == ticket.conversation_id)
    if ticket.resolved_at is None:
        is_open = col(Complaint.closed_at).is_(None)
        if found := session.exec(query.where(is_open)).first():
            return found
    query = query.where(Complaint.ticket_id == ticket.id)
    return session.exec(query.order_by(col(Complaint.id).desc())).first()


def complaint_view(session: Session, desk: Desk, complaint: Complaint) -> ComplaintView:
    """Everything a card shows of it."""
    events = _events(session, complaint)
    transfers = [event for event in events if event.kind == "transferred"]
    causes = desk.kb.policy.complaints.causes
    cause = complaint.cause or ""
    return ComplaintView(
        number=number_of(complaint.id or 0),
        severity=complaint.severity,
        due_at=complaint.due_at,
        is_overdue=complaint.closed_at is None and _is_breached(complaint, events),
        owner=agent_name(session, complaint.owner),
        cause=causes.get(cause, cause),
        transfers=len(transfers),
        transfer_reason=str(transfers[-1].detail.get("reason", "")) if transfers else "",
        remedies=_remedies(session, desk, complaint),
        asked_at=complaint.asked_at,
        outcome=complaint.outcome or "",
    )


def complaints_before(session: Session, ticket: Ticket, complaint: Complaint | None) -> int:
    """How many other complaints the same customer has made."""
    contact_id = conversation_of(session, ticket).contact_id
    query = select(func.count()).where(Complaint.contact_id == contact_id)
    if complaint is not None:
        query = query.where(Complaint.id != complaint.id)
    return session.exec(query).one()


def _events(session: Session, complaint: Complaint) -> list[ComplaintEvent]:
    query = select(ComplaintEvent).where(
        ComplaintEvent.complaint_id == complaint.id,
        col(ComplaintEvent.kind).in_(("transferred", "breached")),
    )
    return list(session.exec(query.order_by(col(ComplaintEvent.id))))


def _is_breached(complaint: Complaint, events: list[ComplaintEvent]) -> bool:
    """Whether its date has passed, by what is on record: a card has no clock of its own, and is
    drawn anew when that happens. A date that was put off since is not passed yet."""
    return any(e.kind == "breached" and e.at >= complaint.due_at for e in events)


def _remedies(session: Session, desk: Desk, complaint: Complaint) -> tuple[RemedyLine, ...]:
    query = select(RemedyItem).where(RemedyItem.complaint_id == complaint.id)
    rows = session.exec(query.order_by(col(RemedyItem.id)))
    return tuple(_remedy(session, desk, row) for row in rows)


def _remedy(session: Session, desk: Desk, row: RemedyItem) -> RemedyLine:
    cents, currency = row.cents, row.currency or ""
    return RemedyLine(
        kind=row.kind,
        amount=money(cents, currency, desk.language) if cents is not None else "",
        state=state_of(row.decision, row.given_at is not None, row.failure),
        agent=agent_name(session, row.decided_by or row.proposed_by),
        reason=row.failure or row.decision_reason or row.reason,
    )
