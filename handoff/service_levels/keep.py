"""A ticket's clocks in the database: kept with the ticket, and planned for when somebody is to be
told. Takes a session, never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.outbox import Draft
from bot.storage.tables import Complaint, FollowUpItem, Ticket, TicketEvent
from handoff.rows import Desk, record
from handoff.service_levels import unclaimed
from handoff.service_levels.clock import (
    BREACHED,
    REPLIES,
    Happened,
    Tape,
    Timed,
    played,
    reply_clock,
    resolution_clock,
)
from handoff.story import card_update

DUE, UNCLAIMED = "sla_due", "sla_unclaimed"  # kinds of follow-ups


@dataclass(frozen=True, slots=True)
class Clocks:
    """A ticket's events, what they make of its clocks, and the clocks that run or stand still."""

    events: Sequence[TicketEvent]
    tape: Tape
    reply: Timed | None
    resolution: Timed | None

    @property
    def all(self) -> tuple[Timed, ...]:
        return tuple(each for each in (self.reply, self.resolution) if each is not None)


def keep(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """Bring the clocks of a ticket up to date after anything that happened to it, and plan when
    somebody is to be told next; done twice, it changes nothing more. The card, if it shows another
    clock now."""
    clocks = clocks_of(session, desk, ticket)
    _note_late_answer(session, ticket, clocks, now)
    reply, resolution = clocks.reply, clocks.resolution
    before = (ticket.reply_due, ticket.resolve_due)
    ticket.reply_since = clocks.tape.waiting_since if clocks.tape.is_open else None
    ticket.reply_due = reply.due if reply else None
    ticket.resolve_due = resolution.due if resolution else None
    moments = (each.next_at for each in clocks.all)
    plan(session, ticket, DUE, min(filter(None, moments), default=None), now)
    chain = unclaimed.next_step(desk, ticket, clocks.events)
    plan(session, ticket, UNCLAIMED, chain[0] if chain else None, now)
    is_shown = ticket.card_id is not None and ticket.resolved_at is None
    is_news = before != (ticket.reply_due, ticket.resolve_due)
    return [card_update(session, desk, ticket)] if is_shown and is_news else []


def wrote(session: Session, desk: Desk, ticket: Ticket, now: datetime) -> list[Draft]:
    """The customer wrote something that wants an answer; how long it waits is counted from here."""
    if ticket.reply_since is None and ticket.resolved_at is None:
        record(session, ticket, "wrote", now)
    return keep(session, desk, ticket, now)


def clocks_of(session: Session, desk: Desk, ticket: Ticket) -> Clocks:
    """How the clocks of a ticket stand, by all that has happened to it."""
    session.flush()
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)
    events = session.exec(query.order_by(col(TicketEvent.id))).all()
    happened = (Happened(e.kind, e.at, str(e.detail.get("clock", ""))) for e in events)
    tape = played(happened)
    service = desk.kb.policy.service
    targets = service.targets(ticket.urgency, _severity(session, ticket))
    given = (tape, targets, service.business_hours(desk.zone), service.warn_at)
    return Clocks(events, tape, reply_clock(*given), resolution_clock(*given))


def _severity(session: Session, ticket: Ticket) -> str | None:
    query = select(Complaint.severity).where(
        Complaint.conversation_id == ticket.conversation_id, col(Complaint.closed_at).is_(None)
    )
    return session.exec(query).first()


def _note_late_answer(session: Session, ticket: Ticket, clocks: Clocks, now: datetime) -> None:
    """An answer that came late is on record as that, even if it came before anybody was told."""
    since, due = ticket.reply_since, ticket.reply_due
    if since is None or due is None or due > now or clocks.tape.waiting_since == since:
        return
    told = (e for e in clocks.events if e.kind == BREACHED and e.at >= since)
    if not any(event.detail.get("clock") in REPLIES for event in told):
        before = [e for e in clocks.events if e.kind == "replied"]
        clock = REPLIES[len(before) > 1]
        detail = {"clock": clock, "due": due.isoformat(), "answered": True}
        record(session, ticket, BREACHED, now, detail=detail)


def plan(session: Session, ticket: Ticket, kind: str, at: datetime | None, now: datetime) -> None:
    """One row a ticket and kind: when it is due, or no more."""
    assert ticket.id is not None
    key = f"{kind}:{ticket.id}"
    item = session.exec(select(FollowUpItem).where(FollowUpItem.key == key)).first()
    if at is None:
        if item is not None and item.done_at is None:
            item.done_at, item.result = now, "not sent: nothing is due any more"
        return
    if item is None:
        item = FollowUpItem(
            key=key,
            kind=kind,
            conversation_id=ticket.conversation_id,
            ticket_id=ticket.id,
            run_at=at,
        )
        session.add(item)
    item.run_at, item.done_at, item.result, item.attempts = at, None, None, 0
