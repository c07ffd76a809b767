"""A ticket that rests until a time, or until the customer writes. Every function takes a session,
never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Agent, DeskAction, DeskForm
from bot.knowledge.dates import when
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.course import forms
from handoff.course.refusals import not_theirs, supervises
from handoff.course.times import until
from handoff.forms.handling import kept
from handoff.remedies.approvals import alert
from handoff.rows import Desk, know_agent, name_of, record, state_of
from handoff.service_levels.keep import keep, plan
from handoff.speaking import answer_at, tell_desk, whisper
from handoff.story import card_update
from handoff.tickets import Ruling, may_put_aside

OVER = "snooze_over"  # the kind of follow-up that wakes it


def snooze_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Open the form that asks until when."""
    if (no := _refusal(session, desk, ticket, event, now)) is not None:
        return [no]
    return [forms.opened("snooze", desk, ticket, event)]


def snoozed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Let it rest: its clocks stand still, and it is last in the queue."""
    if (no := _refusal(session, desk, ticket, event, now)) is not None:
        return [no]
    chosen = until(event.values, now, desk.zone)
    if chosen.fault:
        return [kept(session, desk, ticket, event, desk.words(chosen.fault), now)]
    know_agent(session, event.agent, now)
    ticket.snoozed_at, ticket.snoozed_until = now, chosen.at
    at = chosen.at.isoformat() if chosen.at else ""
    record(session, ticket, "snoozed", now, event.agent, {"until": at})
    plan(session, ticket, OVER, chosen.at, now)
    date = when(chosen.at, desk.zone, desk.language) if chosen.at else ""
    key = "desk_snoozed_by" if chosen.at else "desk_snoozed_by_open"
    line = desk.words(key, agent=event.agent.first_name, date=date)
    return [card_update(session, desk, ticket), tell_desk(desk, ticket, line)]


def wake(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """`wake`, by the button: anybody may."""
    if ticket.snoozed_at is None:
        return [whisper(answer_at(event), event.agent, desk.words("desk_not_snoozed"))]
    know_agent(session, event.agent, now)
    end_of_snooze(session, ticket, now, event.agent)
    line = desk.words("desk_woken", agent=event.agent.first_name)
    return [card_update(session, desk, ticket), tell_desk(desk, ticket, line)]


def customer_wrote(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """What the customer writes wakes it; the owner is called to the thread."""
    return _woken(session, desk, ticket, "desk_woken_by_customer", now)


def over(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """Its time has come, if it still rests: it is woken, and the owner told."""
    if ticket.snoozed_until is None or ticket.snoozed_until > now or ticket.resolved_at is not None:
        return []
    told = _woken(session, desk, ticket, "desk_snooze_over", now)
    return [*told, *keep(session, desk, ticket, now)]


def end_of_snooze(
    session: Session, ticket: Ticket, now: datetime, agent: Agent | None = None
) -> bool:
    """It rests no longer; whether it did."""
    if ticket.snoozed_at is None:
        return False
    ticket.snoozed_at = ticket.snoozed_until = None
    record(session, ticket, "woken", now, agent)
    plan(session, ticket, OVER, None, now)
    return True


def _woken(session: Session, desk: Desk, ticket: Ticket, key: str, now: datetime) -> list[Draft]:
    if not end_of_snooze(session, ticket, now):
        return []
    name = name_of(session, desk, ticket)
    line = alert(desk, ticket, desk.words(key, name=name), [ticket.claimed_by])
    return [card_update(session, desk, ticket), line]


def _refusal(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction | DeskForm, now: datetime
) -> Draft | None:
    chief = supervises(desk, event.agent.user_id)
    ruling = may_put_aside(state_of(ticket), event.agent.user_id, chief)
    if ruling is Ruling.GRANTED:
        return None
    return not_theirs(session, desk, ticket, event, ruling, now)
