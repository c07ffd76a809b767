"""Who is told when a clock runs out, or nobody takes a ticket. Takes a session, never commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.domain import Option, Outgoing, Reply
from bot.engine import Context
from bot.engine.feelings import DANGER
from bot.engine.waiting import CANCEL, LEAVE_MESSAGE, WAIT
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import DeskAgent, Message, Ticket
from handoff.complaints.course import open_complaint_of
from handoff.remedies.approvals import alert
from handoff.routing import on_duty
from handoff.rows import (
    Desk,
    address_of,
    agent_name,
    card_link,
    clock,
    contact_of,
    conversation_of,
    record,
)
from handoff.service_levels import unclaimed
from handoff.service_levels.clock import BREACHED, WARNED, Timed
from handoff.service_levels.keep import DUE, UNCLAIMED, clocks_of, keep, plan
from handoff.speaking import tell_colleague, tell_desk
from handoff.story import card_update
from handoff.waiting import how_long
from handoff.wording import plain

AT_CLOSING = timedelta(minutes=5)  # after which colleagues still hear what ran out by then
MOST_NAMED = 5  # of those on duty, in a line that asks somebody to take a ticket


def clock_due(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """Tell of each clock what is due by now, once, and plan what comes next; found late while it is
    closed, it is told when somebody is there."""
    opens_at = _closed_until(desk, now)
    drafts: list[Draft] = []
    for timed in clocks_of(session, desk, ticket).all:
        if word := timed.word_at(now):
            if opens_at is not None and _closed_until(desk, now - AT_CLOSING):
                plan(session, ticket, DUE, opens_at, now)
                return []
            drafts += _tell(session, desk, ticket, timed, word, now)
    if drafts:
        drafts.append(card_update(session, desk, ticket))
    return [*drafts, *keep(session, desk, ticket, now)]


def _closed_until(desk: Desk, now: datetime) -> datetime | None:
    """When the desk opens, if it is closed now and ever opens."""
    opens_at = desk.kb.policy.service.business_hours(desk.zone).opens_at(now)
    return opens_at if opens_at is not None and opens_at > now else None


def supervisors(desk: Desk, now: datetime) -> list[str]:
    """Who is to know of what goes wrong: whose shift it is by the rota, else all supervisors."""
    policy = desk.kb.policy
    on_shift = [each.slack for each in policy.desk.rota if each.covers(now, desk.zone)]
    named = on_shift or [*policy.complaints.roles.supervisor.people]
    return list(dict.fromkeys(named))


def _tell(
    session: Session, desk: Desk, ticket: Ticket, timed: Timed, word: str, now: datetime
) -> list[Draft]:
    """A line in the thread, and the same directly: of most of the time to the owner, of the end, or
    if the owner is off duty, to a supervisor."""
    owner, chiefs = _owner_on_duty(session, ticket), supervisors(desk, now)
    told = chiefs if word == BREACHED or (ticket.claimed_by and not owner) else owner
    due = timed.due.isoformat() if timed.due else ""
    detail = {"clock": str(timed.kind), "due": due, "told": told}
    record(session, ticket, word, now, detail=detail)
    key = "desk_sla_due" if word == WARNED else "desk_sla_late"
    name = agent_name(session, ticket.claimed_by)
    values = {
        "clock": desk.words(f"desk_clock_{timed.kind}"),
        "name": _name(session, desk, ticket),
        "time": clock(timed.due, desk, now),
        "owner": desk.words("desk_owner", agent=name) if name else desk.words("desk_waiting"),
    }
    line = desk.words(key, **values)
    if word == BREACHED and not chiefs:
        line = f"{line}\n{desk.words('desk_no_supervisor')}"
    direct = (tell_colleague(desk, ticket, person, key, values) for person in told)
    return [alert(desk, ticket, line, [*owner, *told]), *direct]


def _owner_on_duty(session: Session, ticket: Ticket) -> list[str]:
    owner = session.get(DeskAgent, ticket.claimed_by) if ticket.claimed_by else None
    return [owner.id] if owner is not None and owner.on_duty else []


def unclaimed_due(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """Take the steps that are due by now because nobody has taken the ticket, each once and only
    while somebody could take it: found late, they wait until it opens, and one that another has
    overtaken is left out."""
    events = clocks_of(session, desk, ticket).events
    due = unclaimed.steps_due(desk, ticket, events, now)
    if due and (opens_at := _closed_until(desk, now)):
        plan(session, ticket, UNCLAIMED, opens_at, now)
        return []
    since = unclaimed.since(events) or ticket.opened_at
    left_out = unclaimed.overtaken(due, bool(supervisors(desk, now)))
    drafts: list[Draft] = []
    for step in due:
        record(session, ticket, step, now, detail={"left_out": True} if step in left_out else None)
        if step not in left_out:
            drafts += _STEPS[step](session, desk, ticket, since, now)
    return [*drafts, *keep(session, desk, ticket, now)]


def _nudge(
    session: Session, desk: Desk, ticket: Ticket, since: datetime, now: datetime
) -> list[Draft]:
    """A line in the channel itself, where it is seen, to those who are on duty there."""
    there = on_duty(session, ticket.desk, now)
    first = sorted(there, key=lambda person: person != ticket.suggested_to)[:MOST_NAMED]
    name = plain(_name(session, desk, ticket))
    time = how_long(desk, now - since)
    line = desk.words("desk_unclaimed", name=name, time=time)
    mentions = " ".join(f"<@{person}>" for person in first)
    text = f"{mentions} {_slack_link(ticket)} {line}".strip()
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    item = Outgoing("post", desk.place(ticket), Reply(f"#{ticket.id} {line}"), blocks=(block,))
    return [Draft(item, "nudge", ticket.id)]


def _slack_link(ticket: Ticket) -> str:
    markdown = card_link(ticket, f"#{ticket.id}")
    _, bracket, url = markdown.partition("](")
    return f"<{url.removesuffix(')')}|#{ticket.id}>" if bracket else f"#{ticket.id}"


def _tell_supervisor(
    session: Session, desk: Desk, ticket: Ticket, since: datetime, now: datetime
) -> list[Draft]:
    values = {
        "name": _name(session, desk, ticket),
        "time": how_long(desk, now - since),
        "reason": ticket.reason,
    }
    chiefs = supervisors(desk, now)
    line = desk.words("desk_unclaimed_supervisor", **values)
    if not chiefs:
        line = f"{line}\n{desk.words('desk_no_supervisor')}"
    key = "desk_unclaimed_supervisor"
    direct = (tell_colleague(desk, ticket, person, key, values) for person in chiefs)
    return [alert(desk, ticket, line, chiefs), *direct]


def _tell_customer(
    session: Session, desk: Desk, ticket: Ticket, since: datetime, now: datetime
) -> list[Draft]:
    """That it takes longer, and what they may do; nobody in danger is offered to wait, and nobody
    who is upset or complains to go on with the bot."""
    conversation, contact = conversation_of(session, ticket), contact_of(session, ticket)

    def say(key: str, **values: object) -> str:
        return desk.kb.say(conversation.language, key, **values)

    if ticket.urgency >= DANGER:
        reply = Reply(say("emergency_still_waiting"))
    else:
        first_name = contact.name.split()[0] if contact.name.split() else ""
        key, buttons = "still_waiting", {WAIT: "wait_here", LEAVE_MESSAGE: "leave_message"}
        if ticket.urgency or open_complaint_of(session, ticket.conversation_id):
            key = "still_waiting_upset"
        else:
            buttons[CANCEL] = "go_on_with_bot"
        options = tuple(Option(say(label), value) for value, label in buttons.items())
        reply = Reply(say(key, name=escape_markdown(first_name)), options)
    message = Message(
        conversation_id=ticket.conversation_id, ticket_id=ticket.id, author="bot",
        text=reply.text, why=["nobody has taken the ticket"], sent_at=now,
    )  # fmt: skip
    session.add(message)
    context = Context.from_json(conversation.context)
    conversation.context = replace(context, options=reply.options).to_json()
    session.flush()
    item = Outgoing("post", address_of(conversation), reply)
    line = desk.words("desk_unclaimed_told", name=_name(session, desk, ticket))
    to_customer = Draft(item, "to_customer", ticket.id, message.id)
    return [to_customer, tell_desk(desk, ticket, line)]


def _name(session: Session, desk: Desk, ticket: Ticket) -> str:
    return contact_of(session, ticket).name or desk.words("desk_customer")


_STEPS = {
    unclaimed.NUDGE: _nudge,
    unclaimed.SUPERVISOR: _tell_supervisor,
    unclaimed.CUSTOMER: _tell_customer,
}
