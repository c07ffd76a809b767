"""Complaints as they stand in the database, each with what happened to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from bot.service.conversations import COMPLAINTS, CONTACTS, CONVERSATIONS
from bot.storage.database import unlimited
from bot.storage.tables import ComplaintEvent, DeskAgent, RemedyItem

AGENTS: Table = DeskAgent.__table__  # type: ignore[attr-defined]
EVENTS: Table = ComplaintEvent.__table__  # type: ignore[attr-defined]
REMEDIES: Table = RemedyItem.__table__  # type: ignore[attr-defined]

_ALL = (
    select(
        COMPLAINTS,
        CONTACTS.c.name.label("customer"),
        CONVERSATIONS.c.channel,
        AGENTS.c.name.label("owner_name"),
    )
    .join(CONTACTS, CONTACTS.c.id == COMPLAINTS.c.contact_id)
    .join(CONVERSATIONS, CONVERSATIONS.c.id == COMPLAINTS.c.conversation_id)
    .outerjoin(AGENTS, AGENTS.c.id == COMPLAINTS.c.owner)
    .order_by(COMPLAINTS.c.id)
)
_HAPPENED = (
    select(EVENTS.c.complaint_id, EVENTS.c.kind, EVENTS.c.detail, EVENTS.c.at)
    .where(EVENTS.c.kind.in_(("transferred", "reopened", "breached", "asked", "not_asked")))
    .order_by(EVENTS.c.id)
)
_GIVEN = (
    select(REMEDIES.c.complaint_id, REMEDIES.c.kind, REMEDIES.c.cents, REMEDIES.c.currency)
    .where(REMEDIES.c.given_at.is_not(None))
    .order_by(REMEDIES.c.id)
)


@dataclass(frozen=True, slots=True)
class Given:
    """A remedy that the customer has been promised; `cents` where it is worth an amount."""

    kind: str
    cents: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A complaint. `owner` is a name, "" while nobody has it; `asked_at` since when the desk has
    thought that it is settled; `breaches` how many of its dates passed before that."""

    id: int
    severity: str
    cause: str
    owner: str
    contact_id: int
    customer: str
    channel: str
    opened_at: datetime
    due_at: datetime
    asked_at: datetime | None = None
    closed_at: datetime | None = None
    state: str = "open"  # open, asked (the customer has not answered yet), settled, assumed
    transfers: int = 0
    reopened: int = 0
    breaches: int = 0
    given: tuple[Given, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the desk still has to do its part, and should have by now."""
        return self.state == "open" and self.due_at < now

    def is_late(self, now: datetime) -> bool:
        """Whether a date has passed before the desk had done its part."""
        done = now if self.state == "open" else self.asked_at or self.closed_at or now
        return self.breaches > 0 or done > self.due_at


def complaint_records(session: Session) -> list[Record]:
    """Every complaint, in the order of their numbers."""
    connection = session.connection()
    unlimited(connection)
    events = _by_complaint(connection.execute(_HAPPENED))
    given = _by_complaint(connection.execute(_GIVEN))
    rows = connection.execute(_ALL)
    return [_record(row, events.get(row.id, []), given.get(row.id, [])) for row in rows]


def _by_complaint(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.complaint_id].append(row)
    return found


def _record(row: Any, events: list[Any], given: list[Any]) -> Record:
    kinds = [event.kind for event in events]
    waits = "open" if row.asked_at is None else "asked"
    return Record(
        id=row.id,
        severity=row.severity,
        cause=row.cause or "",
        owner=row.owner_name or row.owner or "",
        contact_id=row.contact_id,
        customer=row.customer,
        channel=row.channel,
        opened_at=row.opened_at,
        due_at=row.due_at,
        asked_at=_done_since(events),
        closed_at=row.closed_at,
        state=row.outcome or waits,
        transfers=kinds.count("transferred"),
        reopened=kinds.count("reopened"),
        breaches=kinds.count("breached"),
        given=tuple(Given(each.kind, each.cents, each.currency) for each in given),
    )


def _done_since(events: Iterable[Any]) -> datetime | None:
    """Since when the desk has done its part: it first asked, and neither was told that it is not
    settled, nor found that the question could not arrive. However often it asked again after."""
    since = None
    for event in events:
        if event.kind == "asked":
            since = since or event.at
        elif event.kind in {"reopened", "not_asked"}:
            since = None
    return since
