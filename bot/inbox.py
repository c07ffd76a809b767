"""Durable in: what the platforms sent, stored before it is acknowledged, taken in order.

Functions take a session and never commit."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlmodel import Session

from bot.storage import lanes
from bot.storage.tables import InboxItem

INBOX: Table = InboxItem.__table__  # type: ignore[attr-defined]
QUEUE = "in"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event to store. `error` says why it could not be read: it is kept, and not processed."""

    channel: str
    external_id: str
    lane: str
    raw: Mapping[str, Any]
    position: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One stored event whose turn it is."""

    id: int
    channel: str
    lane: str
    raw: Mapping[str, Any]
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Some lanes and their first items, held under one token."""

    token: str
    items: tuple[Waiting, ...]
    next_due: datetime | None = None

    def lanes(self) -> Counter[str]:
        return Counter(item.lane for item in self.items)


@cache
def _insert(dialect: str) -> Any:
    return (
        lanes.insert(dialect, INBOX)
        .on_conflict_do_nothing(index_elements=[INBOX.c.channel, INBOX.c.external_id])
        .returning(INBOX.c.channel, INBOX.c.external_id)
    )


_WAITING = (
    select(
        INBOX.c.id,
        INBOX.c.channel,
        INBOX.c.lane,
        INBOX.c.raw,
        INBOX.c.received_at,
        INBOX.c.attempts,
    )
    .where(INBOX.c.lane.in_(bindparam("lanes", expanding=True)), INBOX.c.processed_at.is_(None))
    .order_by(INBOX.c.lane, INBOX.c.position, INBOX.c.id)
    .limit(bindparam("most"))
)
_DONE = (
    update(INBOX)
    .where(INBOX.c.id == bindparam("item"))
    .values(processed_at=bindparam("at"), error=bindparam("why"))
)
_TRIED = update(INBOX).where(INBOX.c.id == bindparam("item")).values(attempts=INBOX.c.attempts + 1)


def put(session: Session, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Store events, each once however often it is delivered; returns how many were new."""
    unique = {(arrival.channel, arrival.external_id): arrival for arrival in arrivals}
    readable = [arrival for arrival in unique.values() if arrival.error is None]
    lanes.put(session, QUEUE, (arrival.lane for arrival in readable), now)
    rows = [_row(arrival, now) for arrival in unique.values()]
    if not rows:
        return 0
    found = session.connection().execute(_insert(lanes.dialect_of(session)), rows)
    new = {(row.channel, row.external_id) for row in found}
    known = [a.lane for a in readable if (a.channel, a.external_id) not in new]
    lanes.uncount(session, QUEUE, known)
    return len(new)


def _row(arrival: Arrival, now: datetime) -> dict[str, Any]:
    return {
        "channel": arrival.channel,
        "external_id": arrival.external_id,
        "lane": arrival.lane,
        "position": arrival.position,
        "raw": json.dumps(arrival.raw, ensure_ascii=False, separators=(",", ":")),
        "received_at": now,
        "processed_at": now if arrival.error else None,
        "attempts": 0,
        "error": arrival.error,
    }


def claim(session: Session, now: datetime, most_lanes: int, most_items: int) -> Claim:
    """Lease ready lanes and read their waiting events, oldest first."""
    token, keys = lanes.claim(session, QUEUE, now, most_lanes)
    if not keys:
        return Claim(token, (), lanes.next_due(session, QUEUE))
    rows = session.connection().execute(_WAITING, {"lanes": keys, "most": most_items}).all()
    items = tuple(
        Waiting(row.id, row.channel, row.lane, json.loads(row.raw), row.received_at, row.attempts)
        for row in rows
    )
    # A lane beyond the item limit goes back untouched, to be claimed next.
    read = {item.lane for item in items}
    lanes.finish(session, QUEUE, token, [(key, 0, now) for key in keys if key not in read])
    return Claim(token, items)


def take(session: Session, claim: Claim, now: datetime) -> None:
    """Open the transaction that processes a claim: fence it, and mark its events as done.

    Raises LeaseLost when somebody else has them now. All or nothing with what follows."""
    done = [(lane, count, now) for lane, count in claim.lanes().items()]
    lanes.finish(session, QUEUE, claim.token, done)
    rows = [{"item": item.id, "at": now, "why": None} for item in claim.items]
    session.connection().execute(_DONE, rows)


def put_back(session: Session, claim: Claim, due: datetime) -> None:
    """After a failure: count the attempt of each first event, and try the lanes again at `due`."""
    first = {item.lane: item.id for item in reversed(claim.items)}
    session.connection().execute(_TRIED, [{"item": item} for item in first.values()])
    lanes.finish(session, QUEUE, claim.token, [(lane, 0, due) for lane in first])


def quarantine(session: Session, claim: Claim, item: Waiting, why: str, now: datetime) -> None:
    """Set one event aside for a person to look at; the lane goes on with the next."""
    lanes.finish(session, QUEUE, claim.token, [(item.lane, 1, now)])
    session.connection().execute(_DONE, [{"item": item.id, "at": now, "why": why[:500]}])


def quarantined(session: Session) -> int:
    """How many events were set aside."""
    query = select(func.count()).select_from(INBOX).where(INBOX.c.error.is_not(None))
    return int(session.connection().execute(query).scalar() or 0)


def forget(session: Session, before: datetime) -> int:
    """Drop the raw payloads of events processed before `before`; their ids stay, so that a late
    redelivery is still known. Returns how many."""
    statement = (
        update(INBOX)
        .where(
            INBOX.c.received_at < before,
            INBOX.c.processed_at.is_not(None),
            INBOX.c.raw.is_not(None),
        )
        .values(raw=None)
    )
    return session.connection().execute(statement).rowcount


def drop(session: Session, before: datetime) -> int:
    """Drop processed events altogether; only for a time beyond any platform's redelivery."""
    statement = delete(INBOX).where(INBOX.c.received_at < before, INBOX.c.processed_at.is_not(None))
    return session.connection().execute(statement).rowcount


def fingerprint(raw: Mapping[str, Any]) -> str:
    """A name for an event that has none that can be read; the same for the same content."""
    return "sha256:" + hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
