"""A desk channel that nothing can be posted to: archived, deleted, or the bot removed from it.

What is for it waits. Whoever supervises is told directly, as long as that works; the customers hear
that it takes longer as from any ticket that nobody takes (see `handoff.service_levels`)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from bot import outbox
from bot.domain import DESK_SHUT, Address, Outgoing, Reply
from bot.outbox import OUTBOX, UNSENT, Draft
from bot.service.house import House
from bot.service.lately import desks_with_tickets
from bot.service.moving import moved
from bot.storage import leases
from bot.storage.lanes import LANES
from handoff.rows import Desk
from handoff.service_levels.told import supervisors

PATIENCE = timedelta(seconds=60)  # in which it may be mended, or somebody may just be trying out
REMIND = timedelta(hours=1)
TRIED = 3  # sends of one thing, before it is more than a hitch

_HEADS = (
    select(OUTBOX.c.lane, OUTBOX.c.error)
    .where(
        OUTBOX.c.lane.in_(bindparam("lanes", expanding=True)),
        OUTBOX.c.created_at < bindparam("late"),
        OUTBOX.c.attempts >= TRIED,
        OUTBOX.c.error.is_not(None),
        UNSENT,
    )
    .order_by(OUTBOX.c.id)
)
_UNTOUCHED = select(LANES.c.key).where(
    LANES.c.queue == bindparam("q"),
    LANES.c.key.in_(bindparam("lanes", expanding=True)),
    LANES.c.pending > 0,
    LANES.c.due < bindparam("late"),
)
_WAITING = (
    select(OUTBOX.c.lane, func.count())
    .where(OUTBOX.c.lane.in_(bindparam("lanes", expanding=True)), UNSENT)
    .group_by(OUTBOX.c.lane)
)
# Slack's codes that have a sentence of their own on what to do.
_KNOWN = ("is_archived", "not_in_channel", "channel_not_found")


@dataclass(frozen=True, slots=True)
class Stuck:
    """A desk channel in which nothing gets on: why, in the words of the last attempt ("": nobody
    tries), and how much waits there."""

    desk: str
    why: str
    waiting: int


def stuck(session: Session, channel: str, desks: Collection[str], now: datetime) -> list[Stuck]:
    """The desk channels in which what is to be posted does not get on, for longer than a minute.
    On a busy desk much waits, and is posted all the same: that is none of these."""
    by_lane = {Address(channel, desk).destination: desk for desk in desks}
    late = {"lanes": list(by_lane), "late": now - PATIENCE}
    connection = session.connection()
    queue = outbox.queue_of(channel)
    why = dict.fromkeys(connection.execute(_UNTOUCHED, {**late, "q": queue}).scalars(), "")
    why |= {row.lane: row.error for row in connection.execute(_HEADS, late)}
    if not why:
        return []
    waiting = connection.execute(_WAITING, {"lanes": list(why)}).all()
    return [Stuck(by_lane[lane], why[lane], count) for lane, count in waiting]


def tell_of_shut_desks(session: Session, house: House, now: datetime) -> Mapping[str, int]:
    """Tell whoever supervises of each desk channel that nothing can be posted to, once an hour; if
    it is a desk no longer, its open tickets go to the one there is. Returns how many things each
    channel is to send because of it."""
    desk, channel = house.desk, house.desk.address.channel
    named = {desk.address.chat_id, *desk.kb.policy.desk.channels}
    drafts = []
    for one in stuck(session, channel, named | desks_with_tickets(session), now):
        if not one.why.startswith(DESK_SHUT):
            continue
        if one.desk not in named:
            drafts += moved(session, house, one.desk, now)
        # The lease is nobody's to keep: whoever asks within the hour does not get it.
        elif leases.hold(session, f"desk_shut:{one.desk}", uuid.uuid4().hex, now, REMIND):
            drafts += _told(desk, one, now)
    session.flush()
    return outbox.put(session, drafts, now) if drafts else Counter[str]()


def _told(desk: Desk, one: Stuck, now: datetime) -> list[Draft]:
    code = one.why.removeprefix(DESK_SHUT)
    key = f"desk_shut_{code}" if code in _KNOWN else "desk_shut_other"
    link = f"[{one.desk}](https://slack.com/archives/{one.desk})"
    text = desk.words("desk_shut", channel=link, n=one.waiting) + " " + desk.words(key, code=code)
    return [
        Draft(Outgoing("post", desk.direct(person), Reply(text)))
        for person in supervisors(desk, now)
    ]
