"""A ticket is handed over to a colleague, with the reason, and its complaint with it. Each function
takes a session, never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Agent, DeskAction, DeskForm
from bot.outbox import Draft
from bot.storage.tables import DeskAgent, Ticket
from handoff.complaints import changes, course
from handoff.course import forms
from handoff.course.refusals import refusal
from handoff.course.snoozing import end_of_snooze
from handoff.forms.handling import kept
from handoff.rows import Desk, agent_name, know_agent, name_of, record, state_of
from handoff.speaking import answer_at, tell_colleague, tell_customer, tell_desk, whisper
from handoff.story import card_update
from handoff.tickets import Ruling, may_resolve


def transfer_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Open the form that asks to whom, and why."""
    ruling = may_resolve(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        text = refusal(session, desk, ticket, ruling, now)
        return [whisper(answer_at(event), event.agent, text)]
    return [forms.opened("transfer", desk, ticket, event)]


def transferred(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Give it to the colleague whom the form names, on this ticket's desk and on duty; what cannot
    be is said to whoever sent it, and what they wrote is kept."""
    to, reason = event.colleague, event.values.get("reason", "").strip()
    why = _objection(session, desk, ticket, to, reason, now)
    if why or to is None:
        return [kept(session, desk, ticket, event, why, now)]
    if course.open_complaint_of(session, ticket.conversation_id) is not None:
        know_agent(session, to, now)
        drafts = changes.transfer(session, desk, ticket, event.agent, to.user_id, reason, now)
        if ticket.claimed_by == to.user_id:
            end_of_snooze(session, ticket, now, event.agent)
        return drafts
    return hand_over(session, desk, ticket, event.agent, to, reason, now)


def hand_over(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    to: Agent,
    reason: str,
    now: datetime,
) -> list[Draft]:
    """`agent` gives a ticket without a complaint to `to`, who may be themselves: the thread, the
    customer, and who did not do it are told."""
    know_agent(session, agent, now)
    know_agent(session, to, now)
    left = ticket.claimed_by
    end_of_snooze(session, ticket, now, agent)
    ticket.claimed_by = to.user_id
    detail = {"from": left, "to": to.user_id, "reason": reason}
    record(session, ticket, "transferred", now, agent, detail)
    values = {
        "agent": agent.first_name,
        "to": to.first_name,
        "ticket": str(ticket.id),
        "name": name_of(session, desk, ticket),
        "reason": reason,
    }
    key = "desk_taken_over" if to.user_id == agent.user_id else "desk_transferred"
    told = {left, to.user_id} - {agent.user_id, None}
    direct = [
        tell_colleague(desk, ticket, each or "", key, values) for each in sorted(told, key=str)
    ]
    said = "agent_changed" if left else "agent_joined"
    return [
        card_update(session, desk, ticket),
        tell_desk(desk, ticket, desk.words(key, **values)),
        *direct,
        tell_customer(session, desk, ticket, said, to),
    ]


def _objection(
    session: Session, desk: Desk, ticket: Ticket, to: Agent | None, reason: str, now: datetime
) -> str:
    """Why it cannot be handed over so; "" if it can."""
    ruling = may_resolve(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        return refusal(session, desk, ticket, ruling, now)
    if to is None:
        return desk.words("choice_missing")
    if not to.on_desk or (to.desks and ticket.desk not in to.desks):
        return desk.words("desk_not_colleague", name=to.name or to.user_id)
    known = session.get(DeskAgent, to.user_id)
    if known is not None and not known.on_duty:
        return desk.words("desk_colleague_off_duty", agent=to.first_name)
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    if complaint is None and ticket.claimed_by == to.user_id:
        return desk.words("desk_has_it", agent=agent_name(session, to.user_id))
    return "" if reason else desk.words("reason_missing")
