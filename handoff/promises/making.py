"""A promise is made, changed, taken back. Every function takes a session, never commits, and
returns what is to be sent because of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from bot.domain import Address, Agent, DeskAction, DeskCommand, DeskForm, Outgoing, Reply, number_in
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Message, Promise, Ticket
from handoff.authorisation import refused
from handoff.buttons import button
from handoff.course.refusals import supervises
from handoff.forms import views
from handoff.forms.handling import kept
from handoff.forms.opening import form_for
from handoff.named import ticket_named
from handoff.promises.calendar import calendar_file
from handoff.promises.form import FORM, fields, values_of
from handoff.promises.keeping import plan_reminders
from handoff.promises.plan import Plan, plan_of
from handoff.promises.spoken import spoken
from handoff.promises.wording import on_desk, time_of
from handoff.rows import (
    Desk,
    address_of,
    contact_of,
    conversation_of,
    know_agent,
    record,
    zone_of,
)
from handoff.speaking import whisper
from handoff.suggestions.sending import not_sent
from handoff.wording import plain

WITH_CALENDAR = {"telegram"}  # where a file opens in the customer's calendar


def pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Open the form, with the promise that is to be changed, if the button was about one."""
    promise = _promise_of(session, ticket, event.subject)
    if why := _objection(session, desk, ticket, promise, event, now):
        return [not_sent(desk, ticket, event, why)]
    values: Mapping[str, str] = {}
    if promise is not None:
        values = values_of(
            promise.what, promise.starts_at, promise.ends_at, promise.place, desk.zone
        )
    return [_opened(desk, ticket, event, values)]


def typed(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    """`/desk promise #7 courier Tuesday 10–12`: promised at once where all of it was understood,
    else the form opens with what was."""
    named = ticket_named(session, desk, event, text, now)
    if named.ticket is None:
        return [whisper(event.address, event.agent, named.why)]
    if why := _objection(session, desk, named.ticket, None, event, now):
        return [not_sent(desk, named.ticket, event, why)]
    said = spoken(named.rest, desk.language, now, desk.zone)
    plan, _ = plan_of(said.values, now, desk.zone)
    if plan is None:
        return [_opened(desk, named.ticket, event, said.values)]
    done = desk.words("desk_promise_sent", what=plan.what)
    return [
        *promise(session, desk, named.ticket, event.agent, plan, now),
        whisper(event.address, event.agent, done),
    ]


def _opened(
    desk: Desk, ticket: Ticket, event: DeskAction | DeskCommand, values: Mapping[str, str]
) -> Draft:
    at = event.address
    about = event.subject if isinstance(event, DeskAction) else ""
    subject = views.Subject(ticket.id or 0, Address(at.channel, ticket.desk, ticket.card_id), about)
    view = views.modal(FORM, subject, fields(desk.words, values), desk.words)
    return form_for(event, ticket, view)


def sent(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Promise what the form says, or change what was promised."""
    before = _promise_of(session, ticket, event.subject)
    why = _objection(session, desk, ticket, before, event, now)
    plan, wrong = plan_of(event.values, now, desk.zone)
    why = why or " ".join(desk.words(key) for key in wrong.values())
    if why or plan is None:
        return [kept(session, desk, ticket, event, why, now)]
    if before is not None:
        return _changed(session, desk, ticket, event.agent, before, plan, now)
    return promise(session, desk, ticket, event.agent, plan, now)


def promise(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, plan: Plan, now: datetime
) -> list[Draft]:
    """Put it down, and tell the customer in writing; the owner is reminded before, and asked
    afterwards."""
    assert ticket.id is not None
    know_agent(session, agent, now)
    made = Promise(
        ticket_id=ticket.id, conversation_id=ticket.conversation_id, what=plan.what,
        place=plan.place, starts_at=plan.starts_at, ends_at=plan.ends_at,
        made_by=agent.user_id, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(session, ticket, "promised", now, agent, {"promise": made.id, "what": made.what})
    plan_reminders(session, desk, made)
    line = _line(desk, ticket, made, "desk_promised", agent, now)
    return [*_to_customer(session, desk, ticket, made, "promise_made", now), line]


def _changed(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    made: Promise,
    plan: Plan,
    now: datetime,
) -> list[Draft]:
    same = Plan(made.what, made.starts_at, made.ends_at, made.place)
    if plan == same:
        return []
    know_agent(session, agent, now)
    made.what, made.place = plan.what, plan.place
    made.starts_at, made.ends_at = plan.starts_at, plan.ends_at
    made.version += 1
    detail = {"promise": made.id, "what": made.what, "version": made.version}
    record(session, ticket, "promise_changed", now, agent, detail)
    plan_reminders(session, desk, made)
    line = _line(desk, ticket, made, "desk_promise_changed", agent, now)
    return [*_to_customer(session, desk, ticket, made, "promise_changed", now), line]


def withdraw(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Take it back: the customer is told, and it leaves their calendar."""
    made, agent = _promise_of(session, ticket, event.subject), event.agent
    why = _objection(session, desk, ticket, made, event, now)
    if made is None or why:
        return [not_sent(desk, ticket, event, why or desk.words("desk_promise_over"))]
    know_agent(session, agent, now)
    made.withdrawn_at, made.version = now, made.version + 1
    record(session, ticket, "promise_withdrawn", now, agent, {"promise": made.id})
    plan_reminders(session, desk, made)
    line = _line(desk, ticket, made, "desk_promise_withdrawn", agent, now)
    return [*_to_customer(session, desk, ticket, made, "promise_withdrawn", now), line]


def _promise_of(session: Session, ticket: Ticket, subject: str) -> Promise | None:
    made = session.get(Promise, number_in(subject) or 0)
    return made if made is not None and made.ticket_id == ticket.id else None


def _objection(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    made: Promise | None,
    event: DeskAction | DeskForm | DeskCommand,
    now: datetime,
) -> str:
    """Why this colleague may not promise, or not change what was promised; "" if they may."""
    agent = event.agent.user_id
    about = event.subject if not isinstance(event, DeskCommand) else ""
    if about and (made is None or made.withdrawn_at or made.kept is not None):
        return desk.words("desk_promise_over")
    owners = {ticket.claimed_by, made.made_by if made else None}
    if agent not in owners and not supervises(desk, agent):
        if ticket.claimed_by is not None:
            refused(session, event, FORM, "not their ticket", now, ticket.id)
        return desk.words("desk_promise_not_yours")
    if made is None and ticket.resolved_at is not None:
        return desk.words("desk_closed")
    return ""


def _line(
    desk: Desk, ticket: Ticket, made: Promise, key: str, agent: Agent, now: datetime
) -> Draft:
    """A line in the thread, with what can be done about the promise while it stands."""
    values = {"agent": agent.first_name, "what": made.what, "time": on_desk(made, desk)}
    text = plain(desk.words(key, **values, place=made.place))
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    about = f"{ticket.id}:{made.id}"
    buttons = [
        button("promise", desk.words("desk_button_change"), about),
        button("promise_withdraw", desk.words("desk_button_withdraw"), about),
    ]
    blocks = (section,) if made.withdrawn_at else (
        section, {"type": "actions", "elements": buttons}
    )  # fmt: skip
    item = Outgoing("post", desk.thread(ticket), Reply(text), blocks=blocks)
    return Draft(item, "notice", ticket.id)


def _to_customer(
    session: Session, desk: Desk, ticket: Ticket, made: Promise, key: str, now: datetime
) -> list[Draft]:
    """In writing, with the day and the time on their clock; where they have a calendar beside the
    chat, for that, too."""
    conversation, contact = conversation_of(session, ticket), contact_of(session, ticket)
    language, address = conversation.language, address_of(conversation)
    time = time_of(made, desk.kb, zone_of(contact, desk.zone), desk.zone, language)
    first_name = contact.name.split()[0] if contact.name.split() else ""
    values = {"name": first_name, "what": made.what, "time": time, "place": made.place}
    escaped = {name: escape_markdown(value) for name, value in values.items()}
    text = desk.kb.say(language, key, **escaped)
    message = Message(
        conversation_id=ticket.conversation_id, ticket_id=ticket.id, author="bot", text=text,
        why=[f"promise {made.id}"], sent_at=now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    drafts = [Draft(Outgoing("post", address, Reply(text)), "to_customer", ticket.id, message.id)]
    if address.channel in WITH_CALENDAR:
        file = calendar_file(
            made.id or 0, made.version, made.what, made.place, made.starts_at, made.ends_at, now,
            withdrawn=made.withdrawn_at is not None,
        )  # fmt: skip
        drafts.append(Draft(Outgoing("file", address, file=file), "to_customer", ticket.id))
    return drafts
