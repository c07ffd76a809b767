"""Forms on the desk: which opens for whom, and what is done when it is sent. Every function takes a
session, never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from bot.domain import Address, DeskAction, DeskForm
from bot.outbox import Draft
from bot.storage.tables import Complaint, RemedyItem, Ticket
from handoff import queue
from handoff.authorisation import refused
from handoff.complaints import changes
from handoff.complaints.course import open_complaint_of
from handoff.complaints.rules import number_of
from handoff.forms import views
from handoff.forms.checks import amount_of, as_meant, faults
from handoff.forms.opening import form_for
from handoff.remedies import approvals, proposals
from handoff.rows import Desk, agent_name, know_agent, state_of
from handoff.speaking import whisper
from handoff.tickets import Ruling, may_resolve


def opened(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Open the form of the button that was pressed, or tell its presser alone why not."""
    at, agent = replace(event.address, thread_id=None), event.agent
    complaint = open_complaint_of(session, ticket.conversation_id)
    present = _present(session, desk, complaint, event)
    objection = _objection(session, desk, ticket, complaint, event, now)
    if objection:
        return [whisper(at, agent, objection)]
    place = Address(at.channel, at.chat_id, ticket.card_id or event.address.thread_id)
    subject = views.Subject(event.ticket_id, place, event.subject)
    view = views.view(event.action, subject, present, desk.kb.policy.complaints, desk.words)
    return [form_for(event, ticket, view)]


def _objection(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint | None,
    event: DeskAction | DeskForm,
    now: datetime,
) -> str:
    """Why there is nothing to fill in, or "" if there is."""
    name = event.action if isinstance(event, DeskAction) else event.name
    if name == "complaint":
        closed = complaint is None and may_resolve(state_of(ticket)) is Ruling.CLOSED
        return desk.words("desk_closed") if closed else ""
    if name == "remedy":
        return "" if complaint else desk.words("desk_no_complaint")
    remedy = _remedy_of(session, ticket, event.remedy_id)
    if remedy is None:
        return desk.words("desk_unknown_ticket")
    # Before anything is typed; the reason is asked for by the form.
    why = proposals.objection(session, desk, remedy, event.agent, name == "approve", now)
    if why and remedy.decision is None:
        refused(session, event, name, "may not decide", now, ticket.id)
    return why


def _remedy_of(session: Session, ticket: Ticket, remedy_id: int | None) -> RemedyItem | None:
    """The remedy, if it belongs to a complaint of this ticket's conversation."""
    remedy = session.get(RemedyItem, remedy_id) if remedy_id else None
    complaint = session.get(Complaint, remedy.complaint_id) if remedy else None
    theirs = complaint is not None and complaint.conversation_id == ticket.conversation_id
    return remedy if theirs else None


def _present(
    session: Session, desk: Desk, complaint: Complaint | None, event: DeskAction
) -> views.Present:
    policy = desk.kb.policy.complaints
    remedy = session.get(RemedyItem, event.remedy_id) if event.remedy_id else None
    asked = remedy and desk.words(
        "form_asked",
        agent=agent_name(session, remedy.proposed_by),
        remedy=approvals.worth_of(desk, remedy),
        reason=remedy.reason,
        words=remedy.words,
    )
    return views.Present(
        severity=complaint.severity if complaint else views.SEVERITIES[0],
        cause=(complaint.cause or "") if complaint else "",
        own_limit=int(policy.role_of(event.agent.user_id).limit * 100),
        asked=asked or "",
        language=desk.language,
    )


# --- sent ----------------------------------------------------------------------------------------


def sent(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Do what the form says. What has become impossible while it was open is not done: its sender
    is told why, and what they wrote is kept with the ticket."""
    complaint = open_complaint_of(session, ticket.conversation_id)
    why = _refusal(session, desk, ticket, complaint, event, now)
    if why:
        return [kept(session, desk, ticket, event, why, now)]
    know_agent(session, event.agent, now)
    drafts = _done(session, desk, ticket, complaint, event, now)
    if drafts and all(draft.item.kind == "whisper" for draft in drafts):  # it was refused after all
        _keep(session, ticket, event, now)
    return drafts


def kept(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, why: str, now: datetime
) -> Draft:
    """Keep what was typed as a note of the ticket, and tell its author why no more came of it."""
    _keep(session, ticket, event, now)
    at = replace(event.address, thread_id=None)
    return whisper(at, event.agent, desk.words("desk_form_kept", why=why))


def _keep(session: Session, ticket: Ticket, event: DeskForm, now: datetime) -> None:
    typed = "; ".join(f"{field}: {text}" for field, text in event.values.items() if text)
    queue.note(session, ticket, event.agent, f"{event.name} ({typed})", now, told=True)


def _refusal(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint | None,
    event: DeskForm,
    now: datetime,
) -> str:
    objection = _objection(session, desk, ticket, complaint, event, now)
    if objection:
        return objection
    return " ".join(faults(event, desk.kb, desk.language).values())


def _classified(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint | None,
    event: DeskForm,
    now: datetime,
) -> list[Draft]:
    """What others have changed while the form was open stays; its sender is told, if they wanted it
    otherwise."""
    values, sent = event.values, event.values
    if complaint is not None:
        present = {"severity": complaint.severity, "cause": complaint.cause or ""}
        values = as_meant(event, present)
    severity, cause = values["severity"], values.get("cause", "")
    done = changes.classify(session, desk, ticket, event.agent, severity, cause, now)
    if complaint is not None and (severity, cause) != (sent["severity"], sent.get("cause", "")):
        said = _stays(desk, complaint)
        done.append(whisper(replace(event.address, thread_id=None), event.agent, said))
    return done


def _stays(desk: Desk, complaint: Complaint) -> str:
    """What somebody is told who wanted to classify it, while others had already."""
    cause = complaint.cause or ""
    return desk.words(
        "desk_changed_meanwhile",
        number=number_of(complaint.id or 0),
        severity=desk.words(f"severity_{complaint.severity}"),
        cause=desk.kb.policy.complaints.causes.get(cause, cause),
    )


def _done(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint | None,
    event: DeskForm,
    now: datetime,
) -> list[Draft]:
    agent, values = event.agent, event.values
    reason = values.get("reason", "").strip()
    if event.name == "complaint":
        return _classified(session, desk, ticket, complaint, event, now)
    if event.name == "remedy":
        assert complaint is not None  # or `_objection` would have said so
        cents = amount_of(event, desk.kb.policy.complaints)
        kind, words = values["kind"], values.get("words", "")
        return proposals.propose(
            session, desk, ticket, complaint, agent, kind, cents, reason, words, now
        )
    remedy = _remedy_of(session, ticket, event.remedy_id)
    assert remedy is not None
    approves = event.name == "approve"
    return proposals.decide(session, desk, ticket, remedy, agent, approves, reason, now)
