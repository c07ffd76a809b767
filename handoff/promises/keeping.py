"""Whether promises are kept: who made one is reminded before, and asked afterwards. Every function
takes a session, never commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.domain import DeskAction, Outgoing, Reply, number_in
from bot.outbox import Draft
from bot.storage.tables import FollowUpItem, Promise, Ticket
from handoff.authorisation import refused
from handoff.buttons import button
from handoff.course.refusals import supervises
from handoff.promises.wording import on_desk
from handoff.remedies.approvals import alert
from handoff.rows import Desk, agent_name, know_agent, name_of, record
from handoff.speaking import answer_at, tell_colleague, tell_desk, whisper
from handoff.wording import plain

REMINDER, DUE = "promise_reminder", "promise_due"
GRACE = timedelta(minutes=15)  # after it should have happened, before anybody is asked


def plan_reminders(session: Session, desk: Desk, made: Promise) -> None:
    """Plan, or plan anew, what is said ahead of a promise and after it; nothing once it is over."""
    is_over = made.withdrawn_at is not None or made.kept is not None
    ahead = made.starts_at - desk.kb.policy.desk.remind_promise
    is_near = ahead <= made.made_at  # who has just promised it, knows
    _plan(session, made, REMINDER, None if is_over or is_near else ahead)
    _plan(session, made, DUE, None if is_over else (made.ends_at or made.starts_at) + GRACE)


def _plan(session: Session, made: Promise, kind: str, at: datetime | None) -> None:
    key = f"{kind}:{made.id}"
    item = session.exec(select(FollowUpItem).where(FollowUpItem.key == key)).first()
    if item is None and at is not None:
        item = FollowUpItem(
            key=key, kind=kind, conversation_id=made.conversation_id, ticket_id=made.ticket_id,
            promise_id=made.id, run_at=at,
        )  # fmt: skip
        session.add(item)
    if item is None:
        return
    if at is None:
        item.done_at = item.done_at or item.run_at
        return
    item.run_at, item.done_at, item.result, item.attempts = at, None, None, 0


def remind(session: Session, desk: Desk, made: Promise, now: datetime) -> list[Draft]:
    """Ahead of it, whoever has the customer now is reminded; not when its time has come."""
    if _is_over(made) or made.starts_at <= now or made.made_at > made.starts_at:
        return []
    ticket = session.get_one(Ticket, made.ticket_id)
    owner = ticket.claimed_by or made.made_by
    values = _values(session, desk, ticket, made)
    line = desk.words("desk_promise_soon", **values)
    direct = tell_colleague(desk, ticket, owner, "desk_promise_soon", values)
    return [alert(desk, ticket, line, [owner]), direct]


def ask(session: Session, desk: Desk, made: Promise, now: datetime) -> list[Draft]:
    """After it, the same colleague is asked whether it was kept."""
    if _is_over(made):
        return []
    ticket = session.get_one(Ticket, made.ticket_id)
    owner = ticket.claimed_by or made.made_by
    text = plain(desk.words("desk_promise_due", **_values(session, desk, ticket, made)))
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{owner}> {text}"}}
    about = f"{ticket.id}:{made.id}"
    buttons = [
        button("promise_kept", desk.words("desk_button_promise_kept"), about, style="primary"),
        button("promise_broken", desk.words("desk_button_promise_broken"), about),
    ]
    blocks = (section, {"type": "actions", "elements": buttons})
    item = Outgoing("post", desk.thread(ticket), Reply(text), blocks=blocks)
    return [Draft(item, "notice", ticket.id)]


def kept(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """`promise_kept`, by the button."""
    return _decided(session, desk, ticket, event, True, now)


def broken(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """`promise_broken`, by the button: the thread says that the customer should hear of it."""
    return _decided(session, desk, ticket, event, False, now)


def _decided(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, is_kept: bool, now: datetime
) -> list[Draft]:
    made, agent = session.get(Promise, number_in(event.subject) or 0), event.agent
    at = answer_at(event)
    if made is None or made.ticket_id != ticket.id or _is_over(made):
        return [whisper(at, agent, desk.words("desk_promise_over"))]
    if agent.user_id not in {ticket.claimed_by, made.made_by} and not supervises(
        desk, agent.user_id
    ):
        refused(session, event, event.action, "not their ticket", now, ticket.id)
        return [whisper(at, agent, desk.words("desk_promise_not_yours"))]
    know_agent(session, agent, now)
    made.kept, made.decided_by, made.decided_at = is_kept, agent.user_id, now
    kind = "promise_kept" if is_kept else "promise_broken"
    record(session, ticket, kind, now, agent, {"promise": made.id})
    plan_reminders(session, desk, made)
    values = {**_values(session, desk, ticket, made), "agent": agent.first_name}
    return [tell_desk(desk, ticket, desk.words(f"desk_{kind}", **values))]


def _is_over(made: Promise) -> bool:
    return made.withdrawn_at is not None or made.kept is not None


def _values(session: Session, desk: Desk, ticket: Ticket, made: Promise) -> dict[str, str]:
    name = name_of(session, desk, ticket)
    owner = agent_name(session, ticket.claimed_by or made.made_by)
    return {"name": name, "what": made.what, "time": on_desk(made, desk), "agent": owner}
