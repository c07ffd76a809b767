"""Durable in: what the platforms sent, stored before it is acknowledged, taken in order.

Functions take a session and never commit."""

from __future__ import annotations

import hashlib
import json
import re
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
_CATCHING_UP = "catching up since"  # the id of a row that is a note, not an event
_HALF_PAIR = re.compile("[\ud800-\udfff]")


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
    """Lease ready lanes and read their waiting events, each lane's in its order."""
    token, keys = lanes.claim(session, QUEUE, now, most_lanes)
    if not keys:
        return Claim(token, (), lanes.next_due(session, QUEUE))
    rows = _waiting(session, keys, most_items)
    if len(rows) == most_items:  # there may be more: a flood in one lane must not starve the others
        share = max(1, most_items // len(keys))
        rows = [row for key in keys[:most_items] for row in _waiting(session, [key], share)]
    items = tuple(
        Waiting(row.id, row.channel, row.lane, json.loads(row.raw), row.received_at, row.attempts)
        for row in rows
    )
    # A lane beyond the item limit goes back untouched, to be claimed next.
    read = {item.lane for item in items}
    lanes.finish(session, QUEUE, token, [(key, 0, now) for key in keys if key not in read])
    return Claim(token, items)


def _waiting(session: Session, keys: Sequence[str], most: int) -> Sequence[Any]:
    return session.connection().execute(_WAITING, {"lanes": keys, "most": most}).all()


def take(session: Session, claim: Claim, now: datetime) -> None:
    """Open the transaction that processes a claim: fence it, and mark its events as done.

    Raises LeaseLost when somebody else has them now. All or nothing with what follows."""
    done = [(lane, count, now) for lane, count in claim.lanes().items()]
    lanes.finish(session, QUEUE, claim.token, done)
    rows = [{"item": item.id, "at": now, "why": None} for item in claim.items]
    session.connection().execute(_DONE, rows)


def leave(session: Session, items: Sequence[Waiting], due: datetime) -> None:
    """Let events of one lane wait until `due` after all, in the transaction that took them: the
    lane is theirs until it commits, so nobody has seen them as done."""
    lanes.restore(session, QUEUE, items[0].lane, len(items), due)
    rows = [{"item": item.id, "at": None, "why": None} for item in items]
    session.connection().execute(_DONE, rows)


def put_back(session: Session, claim: Claim, due: datetime, tried: bool = True) -> None:
    """Try the lanes again at `due`; `tried`: after a failure, which counts as an attempt of each
    first event."""
    first = {item.lane: item.id for item in reversed(claim.items)}
    if tried:
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


def heard(session: Session, channel: str, now: datetime) -> tuple[datetime, datetime]:
    """When the first and the last event of a channel were stored. Before there is any, this moment
    is noted as the first: a start at which nobody has said anything yet counts, too."""
    at = INBOX.c.received_at
    query = select(at).where(INBOX.c.channel == channel).limit(1)  # not min(): the index is walked
    first = session.connection().execute(query.order_by(at)).scalar()
    last = session.connection().execute(query.order_by(at.desc())).scalar()
    if first is not None and last is not None:
        return first, last
    row = _row(Arrival(channel, "first start", "", {}), now)
    row |= {"raw": None, "processed_at": now}
    session.connection().execute(_insert(lanes.dialect_of(session)), [row])
    return now, now


def catching_up(session: Session, channel: str, since: datetime) -> datetime:
    """Note that what was said since then is to be fetched, and return since when it is: what was
    noted first holds until `caught_up`, however often the fetching fails or is begun again."""
    # Under a name of its own, or it would be taken for something that the channel said.
    row = _row(Arrival(f"{channel}:", _CATCHING_UP, "", {}), since)
    row |= {"raw": None, "processed_at": since}
    session.connection().execute(_insert(lanes.dialect_of(session)), [row])
    query = select(INBOX.c.received_at).where(*_note(channel))
    noted: datetime = session.connection().execute(query).scalar_one()
    return noted


def caught_up(session: Session, channel: str, since: datetime) -> None:
    """All that was said since then is stored."""
    statement = delete(INBOX).where(*_note(channel), INBOX.c.received_at >= since)
    session.connection().execute(statement)


def _note(channel: str) -> tuple[Any, Any]:
    return INBOX.c.channel == f"{channel}:", INBOX.c.external_id == _CATCHING_UP


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
    statement = delete(INBOX).where(
        INBOX.c.received_at < before,
        INBOX.c.processed_at.is_not(None),
        INBOX.c.external_id != _CATCHING_UP,
    )
    return session.connection().execute(statement).rowcount


def storable(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload without what no database keeps in a text: NUL goes, half a surrogate pair is
    shown as the sign for that. One such character must not hold up a whole batch."""
    text = json.dumps(raw, ensure_ascii=False)
    if "\\u0000" not in text and not _HALF_PAIR.search(text):
        return raw
    cleaned: Mapping[str, Any] = _cleaned(raw)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF_PAIR.sub("\ufffd", value.replace("\x00", ""))
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def fingerprint(raw: Mapping[str, Any]) -> str:
    """A name for an event that has none that can be read; the same for the same content."""
    return "sha256:" + hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
