"""What was sent, compared with what was received and with what the database says about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from bot.outbox import OUTBOX
from bot.storage.tables import InboxItem, Ticket, TicketEvent
from tests.faults.cast import MARK, Agent, Customer, marks
from tests.faults.knowledge import STORY

TICKETS = Ticket.__table__  # type: ignore[attr-defined]
EVENTS = TicketEvent.__table__  # type: ignore[attr-defined]
INBOX = InboxItem.__table__  # type: ignore[attr-defined]


@dataclass
class Findings:
    """What came of it. Everything but `repeated` and `uncertain` is a fault."""

    lost: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    turned: list[str] = field(default_factory=list)  # out of order
    unmarked: list[str] = field(default_factory=list)  # repeated, and nothing says so
    untold: list[str] = field(default_factory=list)  # in doubt, and the thread does not say so
    wrong: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        named = ("lost", "crossed", "turned", "unmarked", "untold", "wrong")
        return {name: found for name in named if (found := getattr(self, name))}

    def __str__(self) -> str:
        parts = [f"{name}: {' '.join(found)}" for name, found in vars(self).items() if found]
        return "; ".join(parts) or "all as sent"


@dataclass(frozen=True)
class Row:
    """One thing that was to be sent, as its outbox row tells it."""

    kind: str
    to: str
    text: str
    marks: tuple[str, ...]
    purpose: str
    state: str
    doubtful: bool

    @property
    def in_doubt(self) -> bool:
        return self.doubtful or self.state == "uncertain"


def compare(
    connection: Connection,
    customers: Sequence[Customer],
    agents: Sequence[Agent],
    late: frozenset[str] = frozenset(),
) -> Findings:
    """Compare; `late` are the marks of messages that the platform itself delivered late."""
    found = Findings()
    rows = _rows(connection)
    for customer in customers:
        _customer(found, customer, agents, rows, late)
    for agent in agents:
        _receipts(found, agent, rows)
    _whispers(found, agents, rows)
    _database(found, connection, customers)
    return found


def _rows(connection: Connection) -> list[Row]:
    query = select(
        OUTBOX.c.lane, OUTBOX.c.payload, OUTBOX.c.purpose, OUTBOX.c.state, OUTBOX.c.doubtful
    )
    return [_row(*row) for row in connection.execute(query)]


def _row(lane: str, payload: dict[str, Any], purpose: str, state: str, doubtful: bool) -> Row:
    text = str(payload.get("text", ""))
    return Row(payload["kind"], lane, text, tuple(marks(text)), purpose, state, doubtful)


def _customer(
    found: Findings,
    customer: Customer,
    agents: Sequence[Agent],
    rows: Sequence[Row],
    late: frozenset[str],
) -> None:
    seen = [mark for text in customer.mouth.shown() for mark in marks(text)]
    below = [mark for message in agents[0].thread(customer) for mark in marks(message.text)]
    relayed = [mark for mark in below if _kind(mark) == "m"]
    _own(found, customer, seen, "mark- a r")
    _own(found, customer, relayed, "m")
    for mark in below:
        if MARK.fullmatch(mark) and not mark.startswith((f"c{customer.number}", "mark-")):
            found.crossed.append(f"{mark} in the thread of c{customer.number}")
    answers = [customer.own("a", n) for n in range(1, customer.asked + 1)]
    _arrived(found, answers, seen, _of(rows, ""), late)
    replies = [m for agent in agents for m in agent.replied if m.startswith(f"c{customer.number}r")]
    _arrived(found, replies, seen, _of(rows, "agent_reply"), late)
    written = [customer.own("m", n) for n in range(1, customer.written + 1)]
    _arrived(found, written, relayed, _of(rows, "relay"), late)
    if customer.needs_person and customer.written:
        _story(found, customer, seen, rows)
    doubts = [row.marks[0] for row in _of(rows, "agent_reply") if row.in_doubt]
    mine = [mark for mark in doubts if mark.startswith(f"c{customer.number}r")]
    found.untold += [mark for mark in mine if mark not in below]


def _of(rows: Iterable[Row], purpose: str) -> list[Row]:
    return [row for row in rows if row.kind == "post" and row.purpose == purpose]


def _kind(mark: str) -> str:
    found = MARK.fullmatch(mark)
    return (found[2] or "mark-") if found else ""


def _own(found: Findings, customer: Customer, seen: Iterable[str], kinds: str) -> None:
    """Nothing of anybody else, and nothing of a kind that does not belong here."""
    for mark in seen:
        kind = _kind(mark)
        foreign = kind != "mark-" and not mark.startswith(f"c{customer.number}{kind}")
        if foreign or kind not in kinds.split():
            found.crossed.append(f"{mark} at c{customer.number}")


def _arrived(
    found: Findings,
    sent: Sequence[str],
    seen: Sequence[str],
    rows: Iterable[Row],
    late: frozenset[str],
) -> None:
    """Each once and in order, unless its row says what became of it."""
    counts = Counter(seen)
    by_mark: dict[str, list[Row]] = {}
    for row in rows:
        for mark in row.marks:
            by_mark.setdefault(mark, []).append(row)
    for mark in sent:
        _one(found, mark, counts[mark], by_mark.get(mark, []))
    first = list(dict.fromkeys(mark for mark in seen if mark in sent and mark not in late))
    wanted = [mark for mark in sent if mark in first]
    if first != wanted:
        found.turned.append(f"{' '.join(first)} for {' '.join(wanted)}")


def _one(found: Findings, mark: str, count: int, rows: Sequence[Row]) -> None:
    states = {row.state for row in rows}
    if len(rows) != 1:
        (found.lost if not rows else found.wrong).append(f"{mark}: {len(rows)} rows")
    elif count == 0 and not states & {"failed", "uncertain"}:
        found.lost.append(f"{mark} ({', '.join(states)})")
    elif count > 1:
        marked = any(row.in_doubt for row in rows)
        (found.repeated if marked else found.unmarked).append(f"{mark} x{count}")
    if "uncertain" in states:
        found.uncertain.append(f"{mark} x{count}")


def _story(found: Findings, customer: Customer, seen: Sequence[str], rows: Sequence[Row]) -> None:
    """Told once that somebody comes, who came, and that it is settled; asked once how it was."""
    counts = Counter(mark for mark in seen if _kind(mark) == "mark-")
    mine = [row for row in rows if row.to == customer.mouth.lane]
    for name in (*STORY, "poll"):
        mark = f"mark-{name}"
        told = [row for row in mine if mark in row.marks]
        if name == "poll" and all(row.state == "queued" for row in told):
            continue  # planned for a moment after the end of this story
        before = len(found.lost) + len(found.unmarked)
        _one(found, mark, counts[mark], told)
        if len(found.lost) + len(found.unmarked) > before:
            found.wrong.append(f"c{customer.number} was told {dict(counts)}")


def _receipts(found: Findings, agent: Agent, rows: Sequence[Row]) -> None:
    sent = {row.marks[0] for row in _of(rows, "agent_reply") if row.state == "sent"}
    for mark, ts in agent.replied.items():
        if mark in sent and not agent.has_receipt(ts):
            found.lost.append(f"the receipt of {mark}")


def _whispers(found: Findings, agents: Sequence[Agent], rows: Sequence[Row]) -> None:
    """What only an agent sees names the customer it is about; each once."""
    whispered = [row for row in rows if row.kind == "whisper"]
    for agent in agents:
        seen = Counter(message.text for message in agent.slack.ephemerals(agent.person))
        for text, count in seen.items():
            known = [row for row in whispered if row.text == text]
            if count > len(known):
                marked = any(row.in_doubt for row in known)
                (found.repeated if marked else found.unmarked).append(f"“{text[:15]}…” x{count}")


def _database(found: Findings, connection: Connection, customers: Sequence[Customer]) -> None:
    tickets = connection.execute(select(TICKETS.c.id)).all()
    expected = sum(customer.needs_person for customer in customers)
    if len(tickets) != expected:
        found.wrong.append(f"{len(tickets)} tickets for {expected} who asked for a person")
    claims = select(EVENTS.c.ticket_id).where(EVENTS.c.kind == "claimed")
    claimed = Counter(connection.execute(claims).scalars())
    found.wrong += [f"ticket {t} was claimed {n} times" for t, n in claimed.items() if n > 1]
    errors = select(INBOX.c.error).where(INBOX.c.error.is_not(None))
    found.wrong += [f"set aside: {error}" for error in connection.execute(errors).scalars()]
