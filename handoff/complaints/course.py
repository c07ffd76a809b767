"""What happens to complaints, from the first word to "yes, it is settled". Every function takes a
session, never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from bot.domain import Agent
from bot.knowledge.dates import when
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import (
    Complaint,
    ComplaintEvent,
    Contact,
    DeskAgent,
    FollowUpItem,
    Message,
    Ticket,
)
from handoff.complaints.rules import number_of
from handoff.complaints.settled import question
from handoff.remedies.approvals import alert
from handoff.remedies.shop_orders import UNANSWERED
from handoff.rows import (
    Desk,
    agent_name,
    conversation_of,
    name_of,
    open_for,
    plan_poll,
    record,
    zone_of,
)
from handoff.said import said_to_bot
from handoff.speaking import relay, tell_desk
from handoff.story import card_update

TEXT_LENGTH = 2000  # of the words a complaint began with


def open_complaint_of(session: Session, conversation_id: int) -> Complaint | None:
    """The conversation's complaint that is not closed."""
    query = select(Complaint).where(
        Complaint.conversation_id == conversation_id, col(Complaint.closed_at).is_(None)
    )
    return session.exec(query).first()


def has_open_complaint(session: Session, contact_id: int) -> bool:
    """Whether the customer waits for us to put something right, in any conversation."""
    query = select(Complaint.id).where(
        Complaint.contact_id == contact_id, col(Complaint.closed_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is not None


def note(
    session: Session,
    complaint: Complaint,
    kind: str,
    now: datetime,
    agent: Agent | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add to the complaint's history."""
    assert complaint.id is not None
    event = ComplaintEvent(
        complaint_id=complaint.id,
        kind=kind,
        agent_id=agent.user_id if agent else None,
        detail=dict(detail or {}),
        at=now,
    )
    session.add(event)


def begin(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    severity: str,
    text: str,
    now: datetime,
    agent: Agent | None = None,
) -> Complaint:
    """Open a complaint on a ticket whose conversation has none; whoever has the ticket owns it.
    `agent`: who opened it, if not the customer. The reminders are planned."""
    assert ticket.id is not None
    policy = desk.kb.policy.complaints
    complaint = Complaint(
        conversation_id=ticket.conversation_id,
        contact_id=conversation_of(session, ticket).contact_id,
        ticket_id=ticket.id,
        severity=severity,
        text=text[:TEXT_LENGTH],
        owner=ticket.claimed_by,
        opened_at=now,
        due_at=now + policy.due_after(severity),
    )
    session.add(complaint)
    session.flush()
    note(session, complaint, "opened", now, agent, {"severity": severity})
    plan_reminders(session, desk, complaint, now)
    return complaint


def plan_reminders(session: Session, desk: Desk, complaint: Complaint, now: datetime) -> None:
    """Plan, or plan anew, what is said ahead of the complaint's date, and when it has passed."""
    ahead = complaint.due_at - desk.kb.policy.complaints.remind_before
    _plan(session, complaint, "complaint_reminder", max(ahead, now))
    _plan(session, complaint, "complaint_breach", complaint.due_at)


def _plan(session: Session, complaint: Complaint, kind: str, run_at: datetime) -> None:
    """One row a complaint and kind: planned again, it waits again."""
    key = f"{kind}:{complaint.id}"
    item = session.exec(select(FollowUpItem).where(FollowUpItem.key == key)).first()
    if item is None:
        item = FollowUpItem(
            key=key,
            kind=kind,
            conversation_id=complaint.conversation_id,
            complaint_id=complaint.id,
            run_at=run_at,
        )
        session.add(item)
    item.run_at, item.done_at, item.result, item.attempts = run_at, None, None, 0


def acknowledgement(desk: Desk, complaint: Complaint, contact: Contact, language: str) -> str:
    """What the customer is told at once: that we are sorry, the number, who sees to it by when."""
    first_name = contact.name.split()[0] if contact.name.split() else ""
    return desk.kb.say(
        language,
        "complaint_opened",
        name=escape_markdown(first_name),
        number=number_of(complaint.id or 0),
        due=when(complaint.due_at, zone_of(contact, desk.zone), language),
    )


def claimed(session: Session, ticket: Ticket, agent: Agent, now: datetime) -> None:
    """Who claims the ticket of a complaint without an owner, or settles it, owns it from now on."""
    complaint = open_complaint_of(session, ticket.conversation_id)
    if complaint is not None and complaint.owner is None:
        complaint.owner = agent.user_id
        note(session, complaint, "owned", now, agent)


def given_to_owner(
    session: Session, desk: Desk, ticket: Ticket, complaint: Complaint, now: datetime
) -> list[Draft]:
    """A further ticket of a complaint is its owner's at once: nobody has to hear it all again. They
    are told in the thread; where they are off duty it is anybody's to take, as it says there."""
    if complaint.owner is None:
        return []
    known = session.get(DeskAgent, complaint.owner)
    if known is not None and not known.on_duty:
        values = {"agent": known.name, "number": number_of(complaint.id or 0)}
        return [tell_desk(desk, ticket, desk.words("desk_owner_off", **values))]
    ticket.claimed_by = complaint.owner
    record(session, ticket, "claimed", now, Agent(complaint.owner))
    owner = agent_name(session, complaint.owner)
    text = desk.words("desk_ticket_of_owner", agent=owner, number=number_of(complaint.id or 0))
    return [alert(desk, ticket, text, [complaint.owner])]


def ask_whether_settled(
    session: Session, desk: Desk, ticket: Ticket, complaint: Complaint, agent: Agent, now: datetime
) -> Draft:
    """The desk thinks that it is settled; whether it is, the customer says."""
    policy = desk.kb.policy.complaints
    note_asked(session, complaint, now, agent)
    _plan(session, complaint, "complaint_assume", now + policy.assume_settled_after)
    return question(session, desk, ticket, complaint, agent.first_name)


def note_asked(
    session: Session, complaint: Complaint, now: datetime, agent: Agent | None = None
) -> None:
    """From now on their answer is waited for; without an agent they are asked once more. What they
    write `after` that is told by the order of rows: no two clocks need agree about it."""
    complaint.asked_at = now
    said = select(func.max(Message.id)).where(Message.conversation_id == complaint.conversation_id)
    detail = {"after": session.exec(said).one() or 0, **({} if agent else {"again": True})}
    note(session, complaint, "asked", now, agent, detail)


def answered(
    session: Session, desk: Desk, complaint: Complaint, is_settled: bool, now: datetime
) -> tuple[Ticket, list[Draft]]:
    """The customer has said whether it is settled. If so it is closed, and a poll planned; if not,
    it goes on with the same owner, in the ticket it was in."""
    ticket = session.get(Ticket, complaint.ticket_id)
    assert ticket is not None  # a foreign key holds it
    name = name_of(session, desk, ticket)
    number = number_of(complaint.id or 0)
    if is_settled:
        close(session, desk, complaint, "settled", now)
        text = desk.words("desk_complaint_settled", name=name, number=number)
        return ticket, [tell_desk(desk, ticket, text), card_update(session, desk, ticket)]
    said = said_to_bot(session, desk, ticket, complaint.asked_at or complaint.closed_at or now)
    ticket = _reopen(session, desk, complaint, ticket, now)
    text = desk.words("desk_complaint_reopened", name=name, number=number)
    told = [alert(desk, ticket, text, [complaint.owner])]
    for words in said:  # while there was no ticket, for whose thread it would have been
        told += relay(desk, ticket, name, words)
    return ticket, [*told, card_update(session, desk, ticket)]


def close(session: Session, desk: Desk, complaint: Complaint, outcome: str, now: datetime) -> None:
    """Close it as settled (the customer says so) or assumed (they say nothing); only who says
    something is asked how it went."""
    complaint.closed_at, complaint.outcome, complaint.asked_at = now, outcome, None
    note(session, complaint, outcome, now)
    _unplan(session, complaint, now)
    if outcome == "settled":
        ticket = session.get_one(Ticket, complaint.ticket_id)
        plan_poll(session, desk, ticket, f"csat:{ticket.id}:{complaint.id}", now)


def _unplan(session: Session, complaint: Complaint, now: datetime) -> None:
    query = select(FollowUpItem).where(
        FollowUpItem.complaint_id == complaint.id,
        FollowUpItem.kind != UNANSWERED,  # what was ordered has to come all the same
        col(FollowUpItem.done_at).is_(None),
    )
    for item in session.exec(query):
        item.done_at, item.result = now, "not sent: the complaint is closed"


def _reopen(
    session: Session, desk: Desk, complaint: Complaint, ticket: Ticket, now: datetime
) -> Ticket:
    complaint.asked_at = complaint.closed_at = complaint.outcome = None
    note(session, complaint, "reopened", now)
    # Reopened, it has a new date; the first one has been kept or broken already.
    complaint.due_at = now + desk.kb.policy.complaints.due_after(complaint.severity)
    plan_reminders(session, desk, complaint, now)
    another = open_for(session, complaint.conversation_id)
    if another is not None and another.id is not None:
        complaint.ticket_id = another.id
        return another
    ticket.resolved_at = ticket.escalated_to = None
    ticket.claimed_by = complaint.owner or ticket.claimed_by
    record(session, ticket, "reopened", now)
    return ticket
