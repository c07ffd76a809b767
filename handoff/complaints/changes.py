"""What the desk does about a complaint besides settling it: opens one, says how severe it is and
what went wrong, hands it over. Takes a session, never commits, and returns what is to be sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Agent
from bot.engine.feelings import UPSET
from bot.knowledge.dates import when
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Complaint, ComplaintEvent, Message, Ticket
from handoff.complaints import course
from handoff.complaints.rules import number_of
from handoff.forms.views import SEVERITIES
from handoff.rows import (
    Desk,
    agent_name,
    contact_of,
    conversation_of,
    know_agent,
    name_of,
    record,
    zone_of,
)
from handoff.speaking import say_to_customer, tell_colleague, tell_desk, whisper
from handoff.story import card_update


def classify(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    severity: str,
    cause: str,
    now: datetime,
) -> list[Draft]:
    """Put on record how severe the complaint is, and its cause ("" leaves it as it is). Where none
    is open one is opened, and the customer told at once. What is no choice changes nothing; the
    agent alone is told."""
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    refusal = _no_choice(desk, severity, cause)
    if not refusal and complaint is None and ticket.resolved_at is not None:
        refusal = desk.words("desk_closed")
    if refusal:
        return [whisper(desk.place(ticket), agent, refusal)]
    know_agent(session, agent, now)
    if complaint is None:
        return _opened(session, desk, ticket, agent, severity, cause, now)
    return _changed(session, desk, ticket, complaint, agent, severity, cause, now)


def transfer(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    to: str,
    reason: str,
    now: datetime,
) -> list[Draft]:
    """Give the ticket and its complaint to the colleague with the Slack id `to`; all are told, the
    customer, too. What cannot be is whispered. A complaint that nobody has yet gets its first owner
    so, which does not count as a transfer."""
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    refusal = _no_transfer(session, desk, ticket, complaint, to, reason)
    if refusal or complaint is None:
        return [whisper(desk.place(ticket), agent, refusal)]
    know_agent(session, agent, now)
    detail = {"from": complaint.owner, "to": to, "reason": reason.strip()}
    course.note(
        session, complaint, "transferred" if complaint.owner else "owned", now, agent, detail
    )
    record(session, ticket, "transferred", now, agent, detail)
    complaint.owner = ticket.claimed_by = to
    told = _told_of_transfer(session, desk, ticket, complaint, agent, reason.strip())
    return [card_update(session, desk, ticket), *told]


# --- what cannot be -------------------------------------------------------------------------------


def _no_choice(desk: Desk, severity: str, cause: str) -> str:
    """A sentence that names what could have been chosen; "" if all is well."""
    causes = desk.kb.policy.complaints.causes
    if severity not in SEVERITIES:
        return _choose(desk, severity, (desk.words(f"severity_{each}") for each in SEVERITIES))
    return _choose(desk, cause, causes.values()) if cause and cause not in causes else ""


def _choose(desk: Desk, value: str, choices: Iterable[str]) -> str:
    return desk.words("desk_no_such_choice", value=value, choices=", ".join(choices))


def _no_transfer(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint | None,
    to: str,
    reason: str,
) -> str:
    if complaint is None:
        return desk.words("desk_no_complaint")
    if ticket.resolved_at is not None:
        return desk.words("desk_closed")
    if not to:
        return desk.words("choice_missing")
    if to == complaint.owner == ticket.claimed_by:  # an owner may take back what others claimed
        return desk.words("desk_has_complaint", agent=agent_name(session, to))
    return "" if reason.strip() else desk.words("reason_missing")


# --- opening and classifying ----------------------------------------------------------------------


def _opened(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    severity: str,
    cause: str,
    now: datetime,
) -> list[Draft]:
    words = _last_words(session, ticket)
    complaint = course.begin(session, desk, ticket, severity, words, now, agent)
    if cause:
        complaint.cause = cause
        course.note(session, complaint, "classified", now, agent, {"cause": cause})
    ticket.urgency = max(ticket.urgency, UPSET)
    contact, language = contact_of(session, ticket), conversation_of(session, ticket).language
    said = course.acknowledgement(desk, complaint, contact, language)
    number = number_of(complaint.id or 0)
    line = desk.words("desk_complaint_opened", agent=agent.first_name, number=number)
    return [
        say_to_customer(session, ticket, said),
        card_update(session, desk, ticket),
        tell_desk(desk, ticket, line),
    ]


def _last_words(session: Session, ticket: Ticket) -> str:
    """What the customer wrote last: the complaint that the agent has read."""
    query = select(Message.text).where(
        Message.conversation_id == ticket.conversation_id,
        Message.author == "contact",
        col(Message.deleted_at).is_(None),
        Message.text != "",
    )
    return session.exec(query.order_by(col(Message.id).desc()).limit(1)).first() or ""


def _changed(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint,
    agent: Agent,
    severity: str,
    cause: str,
    now: datetime,
) -> list[Draft]:
    cause = cause or complaint.cause or ""
    if (severity, cause) == (complaint.severity, complaint.cause or ""):
        return []
    due_before = complaint.due_at
    if severity != complaint.severity:
        complaint.severity = severity
        due_after = desk.kb.policy.complaints.due_after(severity)
        complaint.due_at = _began(session, complaint) + due_after
        course.plan_reminders(session, desk, complaint, now)
    complaint.cause = cause or None
    detail = {"severity": severity, "cause": cause, "due_at": complaint.due_at.isoformat()}
    course.note(session, complaint, "classified", now, agent, detail)
    drafts = [
        card_update(session, desk, ticket),
        tell_desk(desk, ticket, _as_classified(desk, complaint, agent)),
    ]
    # Nobody is let down by an earlier date; who is asked whether it is settled, needs none.
    if complaint.due_at > due_before and complaint.asked_at is None:
        drafts.append(_new_date(session, desk, ticket, complaint))
    return drafts


def _began(session: Session, complaint: Complaint) -> datetime:
    """From when its date counts: its first word, or since it was opened again."""
    query = select(ComplaintEvent.at).where(
        ComplaintEvent.complaint_id == complaint.id, ComplaintEvent.kind == "reopened"
    )
    again = session.exec(query.order_by(col(ComplaintEvent.id).desc()).limit(1)).first()
    return again or complaint.opened_at


def _as_classified(desk: Desk, complaint: Complaint, agent: Agent) -> str:
    cause = complaint.cause or ""
    return desk.words(
        "desk_complaint_classified",
        agent=agent.first_name,
        number=number_of(complaint.id or 0),
        severity=desk.words(f"severity_{complaint.severity}"),
        cause=desk.kb.policy.complaints.causes.get(cause, cause),
        date=when(complaint.due_at, desk.zone, desk.language),
    )


def _new_date(session: Session, desk: Desk, ticket: Ticket, complaint: Complaint) -> Draft:
    language = conversation_of(session, ticket).language
    zone = zone_of(contact_of(session, ticket), desk.zone)
    due = when(complaint.due_at, zone, language)
    number = number_of(complaint.id or 0)
    said = desk.kb.say(language, "complaint_new_date", number=number, due=due)
    return say_to_customer(session, ticket, said)


# --- handing over ---------------------------------------------------------------------------------


def _told_of_transfer(
    session: Session, desk: Desk, ticket: Ticket, complaint: Complaint, agent: Agent, reason: str
) -> list[Draft]:
    owner = complaint.owner or ""
    values = {
        "agent": agent.first_name,
        "to": agent_name(session, owner),
        "number": number_of(complaint.id or 0),
        "name": name_of(session, desk, ticket),
        "reason": reason,
    }
    is_own = owner == agent.user_id
    key = "desk_complaint_taken" if is_own else "desk_complaint_transferred"
    told = [tell_desk(desk, ticket, desk.words(key, **values))]
    if not is_own:
        told.append(tell_colleague(desk, ticket, owner, key, values))
    language = conversation_of(session, ticket).language
    who, number = escape_markdown(values["to"]), values["number"]
    said = desk.kb.say(language, "complaint_transferred", agent=who, number=number)
    return [*told, say_to_customer(session, ticket, said)]
