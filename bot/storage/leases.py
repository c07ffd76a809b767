"""Who alone may do something, among several processes on one database: a row with an end."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Table, delete
from sqlmodel import Session

from bot.storage.lanes import dialect_of, insert
from bot.storage.tables import Lease

LEASES: Table = Lease.__table__  # type: ignore[attr-defined]


def hold(session: Session, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or keep the lease until `now + length`; False while another holder's still runs."""
    statement = insert(dialect_of(session), LEASES).values(
        name=name, holder=holder, until=now + length
    )
    statement = statement.on_conflict_do_update(
        index_elements=[LEASES.c.name],
        set_={"holder": holder, "until": now + length},
        where=(LEASES.c.holder == holder) | (LEASES.c.until < now),
    ).returning(LEASES.c.holder)
    return session.connection().execute(statement).first() is not None


def release(session: Session, holder: str) -> None:
    """Give everything back at once, so that a successor need not wait."""
    session.connection().execute(delete(LEASES).where(LEASES.c.holder == holder))
