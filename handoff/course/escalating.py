"""A supervisor is asked to step in: whose shift it is by the rota, and the next one where nobody
answers. Every function takes a session, never commits, and returns what is to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import DeskAction, DeskForm, Outgoing, Reply
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Ticket, TicketEvent
from handoff.authorisation import refused
from handoff.buttons import button
from handoff.course import forms
from handoff.course.claiming import taken
from handoff.course.refusals import refusal, supervises
from handoff.course.rota import Supervisor, named, rota
from handoff.forms.handling import kept
from handoff.rows import Desk, card_link, clock, know_agent, name_of, record, state_of
from handoff.service_levels.keep import plan
from handoff.speaking import answer_at, tell_desk, whisper
from handoff.story import card_update
from handoff.tickets import Ruling, may_resolve

PAGE_NEXT = "page_next"  # the kind of follow-up that asks the next one
PAGE = "page"  # the purpose of what calls a supervisor


def escalate_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Open the form that asks why, unless somebody has been asked already."""
    if why := _objection(session, desk, ticket, now):
        return [whisper(answer_at(event), event.agent, why)]
    return [forms.opened("escalate", desk, ticket, event)]


def escalated(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Ask who is on duty by the rota, directly and on the card; the next one is asked a while
    later, if nobody says that they are on it."""
    reason = event.values.get("reason", "").strip()
    why = _objection(session, desk, ticket, now) or ("" if reason else desk.words("reason_missing"))
    if why:
        return [kept(session, desk, ticket, event, why, now)]
    know_agent(session, event.agent, now)
    first = rota(session, desk, now)[0]
    detail = {"to": first.id, "reason": reason, "by": event.agent.first_name}
    record(session, ticket, "escalated", now, event.agent, detail)
    agent = event.agent.first_name
    line = desk.words("desk_escalated", agent=agent, to=first.shown, reason=reason)
    return [tell_desk(desk, ticket, line), *_page(session, desk, ticket, first, now)]


def page_due(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """Nobody has said that they are on it: ask the next one of the rota; once it is through, the
    thread says so."""
    asked = _asked(session, ticket)
    if ticket.resolved_at is not None or not asked or _accepted(session, ticket) is not None:
        return []
    called = [str(event.detail["to"]) for event in asked]
    rest = [one for one in rota(session, desk, now) if one.id not in called]
    if not rest:
        return _rota_is_through(session, desk, ticket, called, now)
    record(session, ticket, "paged", now, detail={"to": rest[0].id})
    before = named(session, desk, called[-1])
    line = desk.words("desk_page_next", before=before.name, to=rest[0].shown)
    return [tell_desk(desk, ticket, line), *_page(session, desk, ticket, rest[0], now)]


def _rota_is_through(
    session: Session, desk: Desk, ticket: Ticket, called: Sequence[str], now: datetime
) -> list[Draft]:
    names = ", ".join(named(session, desk, each).name for each in called)
    record(session, ticket, "unanswered", now, detail={"asked": list(called)})
    ticket.escalated_to = None
    line = tell_desk(desk, ticket, desk.words("desk_page_over", names=names))
    return [line, card_update(session, desk, ticket)]


def accept(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """A supervisor is on it, and nobody else is asked. What nobody has is theirs; what somebody has
    stays with them until it is handed over."""
    agent, at = event.agent, answer_at(event)
    if not supervises(desk, agent.user_id):
        refused(session, event, event.action, "not a supervisor", now, ticket.id)
        return [whisper(at, agent, desk.words("desk_not_supervisor"))]
    if ticket.resolved_at is not None:
        return [whisper(at, agent, refusal(session, desk, ticket, Ruling.CLOSED, now))]
    before = _accepted(session, ticket)
    if before is not None:
        return [whisper(at, agent, _on_it(session, desk, before, now))]
    know_agent(session, agent, now)
    ticket.escalated_to = agent.user_id
    record(session, ticket, "accepted", now, agent)
    plan(session, ticket, PAGE_NEXT, None, now)
    drafts = [tell_desk(desk, ticket, desk.words("desk_accepted", agent=agent.first_name))]
    if ticket.claimed_by is None:
        drafts += taken(session, desk, ticket, agent, now)
    else:
        drafts.append(card_update(session, desk, ticket))
    return [*drafts, whisper(at, agent, desk.words("desk_you_accepted"))]


# --- what has been asked -------------------------------------------------------------------------


def _objection(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> str:
    ruling = may_resolve(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        return refusal(session, desk, ticket, ruling, now)
    if not rota(session, desk, now):
        return desk.words("desk_no_rota")
    if (accepted := _accepted(session, ticket)) is not None:
        return _on_it(session, desk, accepted, now)
    asked = _asked(session, ticket)
    if not asked:
        return ""
    to = named(session, desk, str(asked[-1].detail["to"]))
    return desk.words("desk_escalated_before", to=to.shown, time=clock(asked[-1].at, desk, now))


def _on_it(session: Session, desk: Desk, accepted: TicketEvent, now: datetime) -> str:
    who = named(session, desk, accepted.agent_id or "")
    return desk.words("desk_accepted_before", to=who.shown, time=clock(accepted.at, desk, now))


def _events(session: Session, ticket: Ticket) -> Sequence[TicketEvent]:
    """What became of the call for a supervisor that is not answered, since the ticket was opened
    last."""
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id,
        col(TicketEvent.kind).in_(("escalated", "paged", "accepted", "unanswered", "reopened")),
    )
    found = session.exec(query.order_by(col(TicketEvent.id))).all()
    ends = [n for n, event in enumerate(found) if event.kind in {"unanswered", "reopened"}]
    return found[ends[-1] + 1 :] if ends else found


def _asked(session: Session, ticket: Ticket) -> list[TicketEvent]:
    return [event for event in _events(session, ticket) if event.kind in {"escalated", "paged"}]


def _accepted(session: Session, ticket: Ticket) -> TicketEvent | None:
    return next((e for e in _events(session, ticket) if e.kind == "accepted"), None)


def _page(
    session: Session, desk: Desk, ticket: Ticket, to: Supervisor, now: datetime
) -> list[Draft]:
    """Call this one directly, show so on the card, and plan the next call."""
    ticket.escalated_to = to.id
    plan(session, ticket, PAGE_NEXT, now + desk.kb.policy.desk.page_next_after, now)
    first = _asked(session, ticket)[0].detail
    name = name_of(session, desk, ticket)
    values = {
        "agent": first["by"],
        "name": name,
        "reason": first["reason"],
        "ticket": ticket.id,
    }
    escaped = {key: escape_markdown(str(value)) for key, value in values.items()}
    text = f"{desk.words('desk_page', **escaped)}\n\n{card_link(ticket, f'#{ticket.id}')}"
    press = button("accept", desk.words("desk_button_accept"), str(ticket.id), style="primary")
    blocks = ({"type": "actions", "elements": [press]},)
    item = Outgoing("post", desk.direct(to.id), Reply(text), blocks=blocks)
    return [Draft(item, PAGE, ticket.id), card_update(session, desk, ticket)]


def not_paged(
    session: Session, desk: Desk, ticket: Ticket, draft: Draft, error: str
) -> list[Draft]:
    """The call did not reach its supervisor: the thread says so; the next one is asked in time."""
    who = named(session, desk, draft.item.address.chat_id)
    return [tell_desk(desk, ticket, desk.words("desk_page_failed", to=who.shown, detail=error))]
