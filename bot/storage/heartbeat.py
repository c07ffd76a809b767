"""Which processes are alive, among several on one database.

A lane's lease has to outlast the longest send, and a customer should not have to wait that long
because a process has died. So each says every few seconds that it lives, and what a silent one
held is freed. Should it live after all, its claims no longer count: their tokens are gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from bot.storage import lanes, leases
from bot.storage.leases import LEASES

BEAT = timedelta(seconds=2)
SILENCE = timedelta(seconds=10)
_PREFIX = "process:"

# Each process's last beat, and since when (by the observer's clock) there was no other.
Seen = dict[str, tuple[datetime, datetime]]


def beat(session: Session, process: str, now: datetime) -> None:
    """Note that `process` is alive."""
    leases.hold(session, f"{_PREFIX}{process}", process, now, SILENCE)


def leave(session: Session, process: str, now: datetime) -> None:
    """Give back at once whatever `process` holds: it stops, or it is dead."""
    lanes.release_of(session, process, now)
    leases.release(session, process)


def bury(session: Session, now: datetime, seen: Seen) -> list[str]:
    """Free what the processes held that have been silent too long; returns their names.

    `seen` is the caller's memory from look to look. Silence is measured by the caller's clock
    alone, for clocks of machines differ. Who could not look for a while has to forget it: after a
    time in which nobody could reach the database everybody has been silent."""
    query = select(LEASES.c.holder, LEASES.c.until).where(LEASES.c.name.startswith(_PREFIX))
    beats: dict[str, datetime] = {
        row.holder: row.until for row in session.connection().execute(query)
    }
    dead = []
    for process, last in sorted(beats.items()):
        if seen.get(process, (None, now))[0] != last:
            seen[process] = (last, now)
        elif now - seen[process][1] > SILENCE and _buried(session, process, last):
            leave(session, process, now)
            dead.append(process)
    return dead


def _buried(session: Session, process: str, last: datetime) -> bool:
    """False if it has said something meanwhile, or somebody else was quicker."""
    row = (LEASES.c.name == f"{_PREFIX}{process}") & (LEASES.c.until == last)
    return session.connection().execute(delete(LEASES).where(row)).rowcount > 0
