"""The use cases: what one transaction does. Every function takes a session and never commits;
whoever calls it through `Database.run` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from bot import inbox, outbox
from bot.domain import DeskAction, DeskMessage
from bot.outbox import Draft
from bot.service.conversations import start_conversation
from bot.service.customers import could_not_decide, customer_event
from bot.service.house import House, Understood
from bot.service.lately import caught_up, lately
from bot.service.messages import MESSAGES
from bot.service.sending import next_sends, sends_ended
from handoff import desk

__all__ = [
    "MESSAGES",
    "House",
    "Understood",
    "caught_up",
    "could_not_decide",
    "customer_event",
    "lately",
    "next_sends",
    "process",
    "sends_ended",
    "start_conversation",
]


def process(
    session: Session,
    claim: inbox.Claim,
    work: Sequence[Understood],
    house: House,
    now: datetime,
) -> Counter[str]:
    """Deal with claimed events, all or nothing: state, tickets, outbox, and the mark that they are
    done. Returns how many things each channel is to send; raises LeaseLost if the claim ran out."""
    for one in work:
        if one.failure is not None:
            raise one.failure
    items = tuple(one.waiting for one in work)
    inbox.take(session, replace(claim, items=items), now)
    drafts: list[Draft] = []
    for one in work:
        if isinstance(one.event, (DeskAction, DeskMessage)):
            drafts += desk.handle(session, one.event, house.desk, now)
        elif one.event is not None:
            drafts += customer_event(session, one.event, one.reading, house, now)
        session.flush()
    return outbox.put(session, drafts, now)
