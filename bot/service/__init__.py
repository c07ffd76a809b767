"""The use cases: what one transaction does. Every function takes a session and never commits;
whoever calls it through `Database.run` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from sqlmodel import Session

from bot import inbox, outbox
from bot.domain import CustomerEvent, DeskEvent, DeskMessage
from bot.engine import Context
from bot.engine.burst import patience
from bot.outbox import Draft
from bot.service.conversations import contexts, start_conversation
from bot.service.customers import could_not_decide, customer_event, customer_turn
from bot.service.house import House, Understood
from bot.service.lately import caught_up, desks_with_tickets, lately
from bot.service.messages import MESSAGES
from bot.service.private import recalled
from bot.service.sending import next_sends, sends_ended
from bot.service.unreachable import stuck, tell_of_shut_desks
from handoff import desk

__all__ = [
    "MESSAGES",
    "House",
    "Understood",
    "caught_up",
    "claim",
    "could_not_decide",
    "customer_event",
    "desks_with_tickets",
    "lately",
    "next_sends",
    "process",
    "recalled",
    "sends_ended",
    "start_conversation",
    "stuck",
    "tell_of_shut_desks",
]


def claim(
    session: Session, now: datetime, most_lanes: int, most_items: int
) -> tuple[inbox.Claim, Mapping[str, Context]]:
    """Claim events that wait, and read what is remembered of their conversations, by lane: what
    they say may continue what was said before."""
    claimed = inbox.claim(session, now, most_lanes, most_items)
    lanes = list(claimed.lanes())
    return claimed, contexts(session, lanes) if lanes else {}


def process(
    session: Session,
    claim: inbox.Claim,
    work: Sequence[Understood],
    house: House,
    now: datetime,
) -> Counter[str]:
    """Deal with claimed turns, all or nothing: state, tickets, outbox, and the mark that they are
    done. Returns how many things each channel is to send; raises LeaseLost if the claim ran out.

    A customer who may have more to say is left waiting for a moment (`policy.burst`), with the
    events of that turn; they are claimed again with what came meanwhile."""
    for one in work:
        if one.failure is not None:
            raise one.failure
    items = tuple(item for one in work for item in one.items)
    inbox.take(session, replace(claim, items=items), now)
    last = {one.lane: one for one in work}
    drafts: list[Draft] = []
    sends = Counter[str]()
    for one in work:
        if _changes_words(one):  # which may wait to be sent since a moment ago
            sends += outbox.put(session, drafts, now)
            drafts = []
        until = _patience(one, house, now) if last[one.lane] is one else None
        said = _deal_with(session, one, until, house, now)
        if said is None and until is not None:
            inbox.leave(session, one.items, until)
        drafts += said or ()
        session.flush()
    return sends + outbox.put(session, drafts, now)


def _changes_words(one: Understood) -> bool:
    return any(isinstance(event, DeskMessage) and event.change != "new" for event in one.events)


def _patience(one: Understood, house: House, now: datetime) -> datetime | None:
    """Until when more may come; None if that time is over."""
    until = patience([item.received_at for item in one.items], house.kb.policy.burst)
    return until if until > now else None


def _deal_with(
    session: Session, one: Understood, until: datetime | None, house: House, now: datetime
) -> list[Draft] | None:
    first = one.events[0] if one.events else None
    if first is None:
        return []
    if isinstance(first, DeskEvent):
        return desk.handle(session, first, house.desk, now)
    events = cast(Sequence[CustomerEvent], one.events)
    return customer_turn(session, events, one.reading, house, now, can_wait=until is not None)
