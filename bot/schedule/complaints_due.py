"""What time does to complaints: the owner is reminded, the supervisors hear of a date that has
passed, and who says nothing more is assumed to agree."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.knowledge.dates import when
from bot.outbox import Draft
from bot.service import House
from bot.storage.tables import Complaint, ComplaintEvent, FollowUpItem, Message, Ticket
from handoff import rows
from handoff.complaints import course, settled
from handoff.complaints.rules import number_of
from handoff.remedies import approvals, shop_orders
from handoff.rows import Desk
from handoff.speaking import tell_colleague, tell_desk
from handoff.story import card_update
from handoff.waiting import how_long

WAIT_FOR_PERSON = timedelta(hours=12)  # with whom the customer is talking


def deal_with(
    session: Session, item: FollowUpItem, house: House, allowed: datetime, now: datetime
) -> list[Draft]:
    """Do what has become due for a complaint, or put it off; what is to be sent because of it. The
    desk is told at any hour; to the customer nothing is said before `allowed`."""
    complaint = session.get(Complaint, item.complaint_id)
    if complaint is not None and item.kind == shop_orders.UNANSWERED:
        return _no_answer(session, item, complaint, house.desk, now)
    if complaint is None or complaint.closed_at is not None:
        return _done(item, "not sent: the complaint is closed", now)
    if item.kind == "complaint_assume":
        return _assume(session, item, complaint, house, allowed, now)
    if complaint.asked_at is not None:
        # The desk has done its part. If it is not settled, it begins anew, with a new date.
        return _done(item, "not sent: the customer was asked whether it is settled", now)
    if item.kind == "complaint_breach":
        return _breach(session, item, complaint, house.desk, now)
    return _remind(session, item, complaint, house.desk, now)


def _done(item: FollowUpItem, result: str, now: datetime) -> list[Draft]:
    item.done_at, item.result = now, result
    return []


def _remind(
    session: Session, item: FollowUpItem, complaint: Complaint, desk: Desk, now: datetime
) -> list[Draft]:
    """Ahead of the date: whose it is, or if it is nobody's, whoever could see to that."""
    if complaint.due_at <= now:
        return _done(item, "not sent: the date has passed", now)
    _done(item, "sent", now)
    people = [complaint.owner] if complaint.owner else _supervisors(desk)
    course.note(session, complaint, "reminded", now, detail={"told": people})
    return _tell(session, desk, complaint, "desk_complaint_due", people, now)


def _breach(
    session: Session, item: FollowUpItem, complaint: Complaint, desk: Desk, now: datetime
) -> list[Draft]:
    """Once for each date."""
    if complaint.due_at > now:
        item.run_at = complaint.due_at
        return []
    _done(item, "sent", now)
    people = _supervisors(desk)
    due = complaint.due_at.isoformat()
    course.note(session, complaint, "breached", now, detail={"due_at": due, "told": people})
    told = _tell(session, desk, complaint, "desk_complaint_late", people, now)
    return [*told, card_update(session, desk, _ticket(session, complaint))]


def _no_answer(
    session: Session, item: FollowUpItem, complaint: Complaint, desk: Desk, now: datetime
) -> list[Draft]:
    """An order to the shop waits for its answer for long: the desk is told, once."""
    remedy = shop_orders.waiting_remedy(session, item)
    if remedy is None:
        return _done(item, "not sent: the shop has answered", now)
    _done(item, "sent", now)
    ticket = _ticket(session, complaint)
    line = desk.words(
        "desk_remedy_unanswered",
        time=how_long(desk, now - (remedy.decided_at or item.run_at)),
        what=approvals.worth_of(desk, remedy),
        name=rows.name_of(session, desk, ticket),
        reason=shop_orders.last_trouble(session, remedy, number_of(complaint.id or 0)),
    )
    people = sorted(filter(None, {complaint.owner, remedy.decided_by}))
    return [approvals.alert(desk, ticket, line, people), card_update(session, desk, ticket)]


def _supervisors(desk: Desk) -> list[str]:
    return list(desk.kb.policy.complaints.roles.supervisor.people)


def _tell(
    session: Session, desk: Desk, complaint: Complaint, key: str, people: list[str], now: datetime
) -> list[Draft]:
    """A line in the thread, and the same to these people directly."""
    ticket = _ticket(session, complaint)
    owner = rows.agent_name(session, complaint.owner)
    values = {
        "number": number_of(complaint.id or 0),
        "name": rows.name_of(session, desk, ticket),
        "date": when(complaint.due_at, desk.zone, desk.language),
        "late": how_long(desk, now - complaint.due_at),
        "owner": desk.words("desk_owner", agent=owner) if owner else desk.words("desk_owner_none"),
    }
    line = desk.words(key, **values)
    if not people:
        line = f"{line}\n{desk.words('desk_no_supervisor')}"
    direct = (tell_colleague(desk, ticket, person, key, values) for person in people)
    return [tell_desk(desk, ticket, line), *direct]


def _assume(
    session: Session,
    item: FollowUpItem,
    complaint: Complaint,
    house: House,
    allowed: datetime,
    now: datetime,
) -> list[Draft]:
    """Silence closes it. Who has written something else meanwhile is asked once more; while they
    are with a person, or asleep, it waits. Who wants no messages is neither asked nor told."""
    if complaint.asked_at is None:
        return _done(item, "not sent: it is not settled", now)
    if rows.open_for(session, complaint.conversation_id) is not None:
        item.run_at = now + WAIT_FOR_PERSON
    elif rows.contact_of(session, _ticket(session, complaint)).opted_out_at is not None:
        return _close(session, item, complaint, house.desk, now)
    elif allowed > now:
        item.run_at = allowed
    elif _has_written(session, complaint) and not _was_asked_again(session, complaint):
        item.run_at = now + house.kb.policy.complaints.assume_settled_after
        return _ask_again(session, house.desk, complaint, now)
    else:
        said = settled.assumed(session, house.desk, _ticket(session, complaint), complaint)
        return [said, *_close(session, item, complaint, house.desk, now)]
    return []


def _has_written(session: Session, complaint: Complaint) -> bool:
    """Whether the customer has written since they were asked."""
    last, *_ = _asked(session, complaint)
    query = select(Message.id).where(
        Message.conversation_id == complaint.conversation_id,
        Message.author == "contact",
        col(Message.id) > last.detail.get("after", 0),
    )
    return session.exec(query.limit(1)).first() is not None


def _asked(session: Session, complaint: Complaint) -> list[ComplaintEvent]:
    """Each time the customer was asked, the last one first."""
    query = select(ComplaintEvent).where(
        ComplaintEvent.complaint_id == complaint.id, ComplaintEvent.kind == "asked"
    )
    return list(session.exec(query.order_by(col(ComplaintEvent.id).desc())))


def _was_asked_again(session: Session, complaint: Complaint) -> bool:
    return any(event.detail.get("again") for event in _asked(session, complaint)[:1])


def _ask_again(session: Session, desk: Desk, complaint: Complaint, now: datetime) -> list[Draft]:
    ticket = _ticket(session, complaint)
    agent = rows.agent_name(session, _asked(session, complaint)[0].agent_id)
    course.note_asked(session, complaint, now)
    line = _line(session, desk, ticket, complaint, "desk_complaint_asked_again")
    question = settled.question(session, desk, ticket, complaint, agent)
    return [question, tell_desk(desk, ticket, line), card_update(session, desk, ticket)]


def _close(
    session: Session, item: FollowUpItem, complaint: Complaint, desk: Desk, now: datetime
) -> list[Draft]:
    ticket = _ticket(session, complaint)
    _done(item, "closed as assumed settled", now)
    course.close(session, desk, complaint, "assumed", now)
    line = _line(session, desk, ticket, complaint, "desk_complaint_assumed")
    return [tell_desk(desk, ticket, line), card_update(session, desk, ticket)]


def _ticket(session: Session, complaint: Complaint) -> Ticket:
    """Where people look for it: the conversation's open ticket, or the one it was dealt with in."""
    ticket = rows.open_for(session, complaint.conversation_id)
    ticket = ticket or session.get(Ticket, complaint.ticket_id)
    assert ticket is not None  # a foreign key holds it
    return ticket


def _line(session: Session, desk: Desk, ticket: Ticket, complaint: Complaint, key: str) -> str:
    name, number = rows.name_of(session, desk, ticket), number_of(complaint.id or 0)
    return desk.words(key, name=name, number=number)
