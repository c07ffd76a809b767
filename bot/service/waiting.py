"""What a customer who waits for a person is told besides: how many wait before them, and how long
it is likely to take."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.engine import Decision
from bot.knowledge.base import KnowledgeBase
from bot.service.house import House
from bot.storage.tables import Message, Ticket
from handoff.estimate import usual_wait
from handoff.waiting import line_up

_HOUR = timedelta(hours=1)


def with_place(
    session: Session,
    decision: Decision,
    ticket: Ticket,
    message_id: int | None,
    is_open: bool,
    house: House,
    now: datetime,
) -> Decision:
    """The decision, its reply followed by the customer's place in the queue and what is usual at
    this hour, here and in what was written down; nothing of it where nobody is there, or somebody
    has the ticket already, and no numbers for who is upset, complains or may be in danger."""
    reply, is_urgent = decision.reply, decision.urgency > 0 or decision.complains is not None
    if reply is None or is_urgent or not is_open or ticket.claimed_by is not None:
        return decision
    said = _place(session, decision.language, ticket, house, now)
    if not said:
        return decision
    text = "\n\n".join((reply.text, said))
    message = session.get(Message, message_id) if message_id else None
    if message is not None:
        message.text = text
    return replace(decision, reply=replace(reply, text=text))


def _place(session: Session, language: str, ticket: Ticket, house: House, now: datetime) -> str:
    parts = []
    waiting = [each for each in line_up(session, {ticket.desk}) if each.ticket.claimed_by is None]
    mine = next((each for each in waiting if each.ticket.id == ticket.id), None)
    ahead = sum(1 for each in waiting if mine and each.order < mine.order)
    if ahead:
        parts.append(house.kb.say(language, "queue_place", n=ahead))
    usual = usual_wait(session, house.desk, ticket.desk, now)
    if usual is not None:
        time = _in_words(usual, language, house.kb)
        parts.append(house.kb.say(language, "queue_soon", time=time))
    return " ".join(parts)


def _in_words(time: timedelta, language: str, kb: KnowledgeBase) -> str:
    if time < 2 * _HOUR:
        return kb.say(language, "minutes_short", n=time // timedelta(minutes=1))
    return kb.say(language, "hours_short", n=time // _HOUR)
