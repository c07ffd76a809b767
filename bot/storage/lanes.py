"""Lanes: what is kept in order. One row per conversation (in) or destination (out).

A lane's `due` is schedule, back-off, pace and lease at once, so one index finds the work. A claim
moves `due` past the lease and writes a token; only the holder of that token may finish. Lanes are
locked before their items, and those of one queue in the order of their keys. Two queues may be
locked in either order (the end of a send to a customer, then what it means to the desk): where two
transactions wait for each other, PostgreSQL gives one up, and `Database.transact` runs it again."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.storage.tables import Lane, Pace

LANES: Table = Lane.__table__  # type: ignore[attr-defined]
PACES: Table = Pace.__table__  # type: ignore[attr-defined]

# Longer than the longest bounded piece of work under a claim, so that a live worker keeps it.
LEASE = timedelta(seconds=45)


class LeaseLost(Exception):
    """The claim ran out and somebody else has the lane now; nothing of this transaction counts."""


def insert(dialect: str, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, which SQLAlchemy has per database only."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def dialect_of(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _put(dialect: str) -> Any:
    statement = insert(dialect, LANES)
    return statement.on_conflict_do_update(
        index_elements=[LANES.c.queue, LANES.c.key],
        set_={"pending": LANES.c.pending + statement.excluded.pending},
    )


_READY = (
    select(LANES.c.key)
    .where(
        LANES.c.queue == bindparam("q"),
        LANES.c.pending > 0,
        LANES.c.due <= bindparam("now"),
    )
    .order_by(LANES.c.due)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(LANES)
    .where(LANES.c.queue == bindparam("q"), LANES.c.key.in_(_READY.scalar_subquery()))
    .values(due=bindparam("until"), token=bindparam("claim"))
    .returning(LANES.c.key)
)
_NEXT_DUE = select(func.min(LANES.c.due)).where(
    LANES.c.queue == bindparam("q"), LANES.c.pending > 0
)
_AT_WORK = select(LANES.c.key).where(
    LANES.c.pending > 0, (LANES.c.due <= bindparam("now")) | LANES.c.token.is_not(None)
)
_FINISH = (
    update(LANES)
    .where(
        LANES.c.queue == bindparam("q"),
        LANES.c.key == bindparam("lane_key"),
        LANES.c.token == bindparam("claim"),
    )
    .values(pending=LANES.c.pending - bindparam("done"), due=bindparam("next"), token=None)
)
_LOCK = (
    select(LANES.c.key)
    .where(LANES.c.queue == bindparam("q"), LANES.c.key == bindparam("lane_key"))
    .with_for_update()
)
_UNCOUNT = (
    update(LANES)
    .where(LANES.c.queue == bindparam("q"), LANES.c.key == bindparam("lane_key"))
    .values(pending=LANES.c.pending - bindparam("done"))
)
_RESTORE = (
    update(LANES)
    .where(LANES.c.queue == bindparam("q"), LANES.c.key == bindparam("lane_key"))
    .values(pending=LANES.c.pending + bindparam("left"), due=bindparam("next"))
)
_RELEASE_ALL = (
    update(LANES).where(LANES.c.token.is_not(None)).values(token=None, due=bindparam("now"))
)
_PACE_OF = select(PACES.c.next_at).where(PACES.c.service == bindparam("name")).with_for_update()
_SET_PACE = (
    update(PACES).where(PACES.c.service == bindparam("name")).values(next_at=bindparam("next"))
)


def put(session: Session, queue: str, keys: Iterable[str], now: datetime) -> None:
    """Announce one item per key (a key may repeat); the lanes are locked until the commit.

    An empty lane's `due` may lie ahead (its pace, its back-off), so it is left as it is."""
    rows = [
        {"queue": queue, "key": key, "pending": count, "due": now, "token": None}
        for key, count in sorted(Counter(keys).items())
    ]
    if rows:
        session.connection().execute(_put(dialect_of(session)), rows)


def lock(session: Session, queue: str, key: str) -> None:
    """Hold a lane until the commit, so that nobody claims it meanwhile."""
    session.connection().execute(_LOCK, {"q": queue, "lane_key": key})


def uncount(session: Session, queue: str, keys: Iterable[str]) -> None:
    """Take back what `put` announced and turned out to be there already."""
    for key, count in Counter(keys).items():
        session.connection().execute(_UNCOUNT, {"q": queue, "lane_key": key, "done": count})


def claim(session: Session, queue: str, now: datetime, most: int) -> tuple[str, list[str]]:
    """Lease up to `most` ready lanes; returns the token and their keys, in order.

    The token begins with the name of the process whose session it is."""
    token = f"{session.info.get('process', '')}/{uuid.uuid4().hex}"
    found = session.connection().execute(
        _CLAIM, {"q": queue, "now": now, "most": most, "until": now + LEASE, "claim": token}
    )
    return token, sorted(row.key for row in found)


def next_due(session: Session, queue: str) -> datetime | None:
    """When the next lane becomes ready (or its lease runs out); None if all are empty."""
    due: datetime | None = session.connection().execute(_NEXT_DUE, {"q": queue}).scalar()
    return due


def at_work(session: Session, now: datetime) -> bool:
    """Whether anything is due or under way, in any queue."""
    return session.connection().execute(_AT_WORK.limit(1), {"now": now}).first() is not None


def finish(
    session: Session, queue: str, token: str, done: Sequence[tuple[str, int, datetime]]
) -> None:
    """Give lanes back: `done` is (key, items done, due again) each; raises LeaseLost."""
    if not done:
        return
    rows = [
        {"q": queue, "lane_key": key, "claim": token, "done": count, "next": due}
        for key, count, due in sorted(done)
    ]
    if session.connection().execute(_FINISH, rows).rowcount != len(rows):
        raise LeaseLost(f"{queue}: another process took over a lane; its work stands")


def restore(session: Session, queue: str, key: str, left: int, due: datetime) -> None:
    """Take back, in the same transaction, that `finish` counted these items as done."""
    row = {"q": queue, "lane_key": key, "left": left, "next": due}
    session.connection().execute(_RESTORE, row)


def release_all(session: Session, now: datetime) -> None:
    """Forget every lease. Right only where no other process can hold one: at the start on SQLite,
    under the file lock."""
    session.connection().execute(_RELEASE_ALL, {"now": now})


def release_of(session: Session, process: str, now: datetime) -> None:
    """Forget the leases of one process, which has died."""
    held = LANES.c.token.startswith(f"{process}/", autoescape=True)
    statement = update(LANES).where(held).values(token=None, due=now)
    session.connection().execute(statement)


def allowance(session: Session, service: str, rate: float, now: datetime, most: int) -> int:
    """How many sends of `service` may begin now at `rate` a second; the row stays locked.

    A virtual scheduling clock (GCRA): up to one second's worth may burst."""
    next_at = session.connection().execute(_PACE_OF, {"name": service}).scalar()
    if next_at is None:
        row = {"service": service, "next_at": now}
        statement = insert(dialect_of(session), PACES).on_conflict_do_nothing()
        session.connection().execute(statement, row)
        next_at = now
    ahead = (next_at - now).total_seconds()
    return max(0, min(most, int((1.0 - ahead) * rate)))


def spend(session: Session, service: str, rate: float, now: datetime, count: int) -> None:
    """Note that `count` sends begin; call after `allowance` in the same transaction."""
    if not count:
        return
    next_at = session.connection().execute(_PACE_OF, {"name": service}).scalar() or now
    next_at = max(next_at, now) + timedelta(seconds=count / rate)
    session.connection().execute(_SET_PACE, {"name": service, "next": next_at})
