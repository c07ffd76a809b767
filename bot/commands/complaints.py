"""What became of complaints: which are open and late, what they were about, what comes back, what
was given. What the customer says is settled, and what is only assumed to be, is never added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, inspect

from bot.knowledge.faults import Broken
from bot.knowledge.policy import parse_policy
from bot.service.complaint_records import Given, Record, complaint_records
from bot.storage.database import Database, DatabaseError
from bot.storage.upgrade import current, newest

MONTH = timedelta(days=30)
NO_CAUSE = "none"  # on the command line: of no cause yet


@dataclass(frozen=True, slots=True)
class Kept:
    """Of those that ended alike, how many of the desk's dates were kept, and how many were not."""

    on_time: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    """What went wrong, by how the complaints about it stand. `lately` were made in the last thirty
    days, `before` in the thirty before those, whatever was chosen to be counted."""

    cause: str
    label: str
    open: int
    settled: int
    assumed: int
    lately: int
    before: int

    @property
    def all(self) -> int:
        return self.open + self.settled + self.assumed


@dataclass(frozen=True, slots=True)
class Repeat:
    """A customer who complained more than once, by the complaints' ids. With a `cause`: of the
    same thing again, after it had been closed."""

    customer: str
    complaints: tuple[int, ...]
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Complaints:
    """`listed` are those that were asked for, the rest is about all that were chosen from."""

    now: datetime
    labels: Mapping[str, str]
    listed: tuple[Record, ...] = ()
    total: int = 0
    open: int = 0
    asked: int = 0
    overdue: int = 0
    settled: Kept = Kept()
    assumed: Kept = Kept()
    causes: tuple[Cause, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    again: tuple[Repeat, ...] = ()
    given: tuple[tuple[Given, int], ...] = ()  # what was given in all, and how often

    def label(self, cause: str) -> str:
        return self.labels.get(cause, cause)


def read_records(database_url: str) -> list[Record]:
    """Every complaint; `frontdesk run` may be running beside this. Changes nothing.

    Raises DatabaseError, and bot.storage.database.Unavailable."""
    with closing(Database(database_url)) as database:
        file = database.url.database or ""
        if database.is_sqlite and not Path(file).exists():
            raise DatabaseError(f"DATABASE_URL: there is no database at {file}")
        with database.engine.connect() as connection:
            _check_tables(connection)
        return database.transact(complaint_records)


def _check_tables(connection: Connection) -> None:
    at, known = current(connection), newest()
    if at is not None and at > known:
        raise DatabaseError(
            f"DATABASE_URL: the database is at version {at}, this program knows {known}; "
            "install the newer Frontdesk again"
        )
    tables = inspect(connection)
    if at != known or not all(
        map(tables.has_table, ("complaints", "complaint_events", "remedies"))
    ):
        raise DatabaseError(
            "DATABASE_URL: the database has no tables of complaints yet; run `frontdesk db upgrade`"
        )


def cause_labels(knowledge_base: Path) -> Mapping[str, str]:
    """What causes are called; nothing where the policy is missing or wrong: then their short names
    have to do, and `frontdesk kb check` says what is wrong."""
    path = knowledge_base / "policy.yaml"
    try:
        policy = parse_policy(path.read_bytes(), str(path)).value
    except (OSError, Broken):
        return {}
    return policy.complaints.causes if policy else {}


def survey(
    records: Sequence[Record],
    labels: Mapping[str, str],
    now: datetime,
    since: datetime | None = None,
    cause: str = "",
    overdue: bool = False,
    closed: bool = False,
) -> Complaints:
    """The complaints made `since` then, of one `cause` if it is named. Listed are the open ones, of
    these only the `overdue`, or all with the `closed`."""
    wanted = "" if cause == NO_CAUSE else cause
    about = [record for record in records if not cause or record.cause == wanted]
    chosen = [record for record in about if since is None or record.opened_at >= since]
    listed = [record for record in chosen if closed or record.is_open]
    if overdue:
        listed = [record for record in listed if record.is_overdue(now)]
    listed.sort(key=lambda record: (not record.is_open, record.due_at, record.id))
    states = Counter(record.state for record in chosen)
    ids = {record.id for record in chosen}
    return Complaints(
        now=now,
        labels=labels,
        listed=tuple(listed),
        total=len(chosen),
        open=states["open"] + states["asked"],
        asked=states["asked"],
        overdue=sum(record.is_overdue(now) for record in chosen),
        settled=_kept(chosen, "settled", now),
        assumed=_kept(chosen, "assumed", now),
        causes=_causes(chosen, about, labels, now),
        repeats=tuple(each for each in _repeats(records) if ids & set(each.complaints)),
        again=tuple(each for each in _again(records) if ids & set(each.complaints)),
        given=_given(chosen),
    )


def _kept(records: Iterable[Record], state: str, now: datetime) -> Kept:
    late = [record.is_late(now) for record in records if record.state == state]
    return Kept(len(late) - sum(late), sum(late))


def _causes(
    chosen: Iterable[Record], about: Iterable[Record], labels: Mapping[str, str], now: datetime
) -> tuple[Cause, ...]:
    """The most frequent of late first."""
    states = Counter((r.cause, "open" if r.is_open else r.state) for r in chosen)
    opened = [(record.cause, now - record.opened_at) for record in about]
    lately = Counter(cause for cause, age in opened if age <= MONTH)
    before = Counter(cause for cause, age in opened if MONTH < age <= 2 * MONTH)
    causes = [
        Cause(
            cause=cause,
            label=labels.get(cause, cause),
            open=states[cause, "open"],
            settled=states[cause, "settled"],
            assumed=states[cause, "assumed"],
            lately=lately[cause],
            before=before[cause],
        )
        for cause in {cause for cause, _ in states}
    ]
    return tuple(sorted(causes, key=lambda each: (-each.lately, -each.all, each.cause)))


def _repeats(records: Sequence[Record]) -> list[Repeat]:
    by_contact: defaultdict[int, list[Record]] = defaultdict(list)
    for record in records:
        by_contact[record.contact_id].append(record)
    return [_repeat(theirs) for theirs in by_contact.values() if len(theirs) > 1]


def _again(records: Sequence[Record]) -> list[Repeat]:
    """What came back although it had been closed."""
    alike: defaultdict[tuple[int, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.cause:
            alike[record.contact_id, record.cause].append(record)
    found = []
    for (_, cause), theirs in alike.items():
        first = min((r.closed_at for r in theirs if r.closed_at), default=None)
        if first is not None and any(r.opened_at >= first for r in theirs):
            found.append(_repeat(theirs, cause))
    return found


def _repeat(records: Sequence[Record], cause: str | None = None) -> Repeat:
    return Repeat(records[-1].customer, tuple(record.id for record in records), cause)


def _given(records: Iterable[Record]) -> tuple[tuple[Given, int], ...]:
    """By kind and currency; amounts in different currencies are never added up."""
    sums: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for given in (each for record in records for each in record.given):
        key = given.kind, given.currency or ""
        sums[key] += given.cents or 0
        times[key] += 1
    return tuple(
        (Given(kind, sums[kind, unit] if unit else None, unit or None), count)
        for (kind, unit), count in sorted(times.items())
    )
