"""Purchases from the shop's CSV file → rows, and the follow-ups planned for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bot.domain import Address, Person
from bot.knowledge.follow_ups import FollowUp
from bot.service import House, start_conversation
from bot.storage.tables import FollowUpItem, Purchase

COLUMNS = ("order", "contact", "channel", "chat_id", "product", "bought_at", "delivered_at")
CHANNELS = ("telegram", "slack")
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One purchase as the file has it; times are aware."""

    order: str
    contact: str
    channel: str
    chat_id: str
    product: str
    bought_at: datetime
    delivered_at: datetime | None


class WrongFile(Exception):
    """The file cannot be imported; `faults` are sentences with line numbers. Nothing was stored."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    new: int
    known: int
    planned: int


def read(lines: Iterable[str], zone: ZoneInfo) -> list[Line]:
    """Read a CSV file with the columns above, in any order; times without a zone are in `zone`.
    Cells are separated by commas or, as Excel does it in most of Europe, by semicolons.

    Raises WrongFile with every fault that is in it."""
    written = list(lines)
    first = written[0] if written else ""
    separator = ";" if first.count(";") > first.count(",") else ","
    rows = csv.DictReader(written, skipinitialspace=True, delimiter=separator)
    header = [(name or "").strip().lstrip("\ufeff").lower().replace(" ", "_")
              for name in rows.fieldnames or ()]  # fmt: skip
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        wanted = ",".join(COLUMNS)
        raise WrongFile(
            [f"line 1: no column {', '.join(missing)}; the first line must be {wanted}"]
        )
    rows.fieldnames = header
    faults: list[str] = []
    try:
        found = list(_lines(rows, zone, faults))
    except csv.Error as error:
        raise WrongFile([*faults, f"line {rows.line_num + 1}: cannot be read: {error}"]) from None
    if faults:
        raise WrongFile(faults)
    return found


def _lines(rows: csv.DictReader[str], zone: ZoneInfo, faults: list[str]) -> Iterator[Line]:
    for row in rows:
        cells = {key: (value or "").strip() for key, value in row.items() if key in COLUMNS}
        try:
            if None in row:
                raise ValueError("has more cells than line 1; put a cell with commas in quotes")
            yield _line(cells, zone)
        except ValueError as error:
            faults.append(f"line {rows.line_num}: {error}")


def _line(cells: Mapping[str, str], zone: ZoneInfo) -> Line:
    for column in ("order", "channel", "chat_id", "product", "bought_at"):
        if not cells.get(column):
            raise ValueError(f"{column} is empty")
    too_long = [column for column, cell in cells.items() if len(cell) > MAX_TEXT]
    if too_long:
        raise ValueError(f"{too_long[0]} is longer than {MAX_TEXT} characters")
    channel, chat_id = cells["channel"].lower(), cells["chat_id"]
    if channel not in CHANNELS:
        raise ValueError(f"channel is {cells['channel']!r}; write telegram or slack")
    if channel == "telegram" and not (chat_id.isascii() and chat_id.isdigit()):
        raise ValueError(f"chat_id is {chat_id!r}; on Telegram it is a number like 123456789")
    if channel == "slack" and chat_id[:1] not in {"U", "W", "D"}:
        raise ValueError(f"chat_id is {chat_id!r}; on Slack it is a member's id like U0123ABCD")
    bought_at = _time(cells, "bought_at", zone)
    assert bought_at is not None
    delivered_at = _time(cells, "delivered_at", zone)
    if delivered_at is not None and delivered_at < bought_at:
        raise ValueError("delivered_at lies before bought_at")
    return Line(
        cells["order"],
        cells["contact"],
        channel,
        chat_id,
        cells["product"],
        bought_at,
        delivered_at,
    )


def _time(cells: Mapping[str, str], column: str, zone: ZoneInfo) -> datetime | None:
    cell = cells.get(column, "")
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{column} is {cell!r}; write 2026-11-22 or 2026-11-22 14:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def store(session: Session, lines: Iterable[Line], house: House, now: datetime) -> Imported:
    """Store purchases, each once however often the file is imported, and plan what follows them.
    A delivery that has become known since the last import is added."""
    new = known = planned = 0
    for line in lines:
        purchase = _find(session, line)
        if purchase is None:
            purchase = _add(session, line, house, now)
            new += 1
        else:
            purchase.delivered_at = line.delivered_at or purchase.delivered_at
            known += 1
        for follow_up in house.kb.follow_ups.values():
            planned += _plan(session, purchase, follow_up)
    return Imported(new, known, planned)


def _find(session: Session, line: Line) -> Purchase | None:
    query = select(Purchase).where(
        Purchase.order_number == line.order, Purchase.product == line.product
    )
    return session.exec(query).first()


def _add(session: Session, line: Line, house: House, now: datetime) -> Purchase:
    address = Address(line.channel, line.chat_id)
    person = Person(line.chat_id, line.contact)
    conversation = start_conversation(session, address, person, house, now)
    assert conversation.id is not None
    # Held: whose it is may be changing, see bot.service.joining.
    session.refresh(conversation, with_for_update={"read": True, "key_share": True})
    purchase = Purchase(
        order_number=line.order,
        contact_id=conversation.contact_id,
        conversation_id=conversation.id,
        product=line.product,
        bought_at=line.bought_at,
        delivered_at=line.delivered_at,
    )
    session.add(purchase)
    session.flush()
    return purchase


def _plan(session: Session, purchase: Purchase, follow_up: FollowUp) -> bool:
    """Plan a follow-up once, as soon as the day it counts from is known."""
    event: datetime | None = getattr(purchase, follow_up.event)
    key = f"{follow_up.id}:{purchase.id}"
    if event is None or session.exec(select(FollowUpItem).where(FollowUpItem.key == key)).first():
        return False
    item = FollowUpItem(
        key=key,
        kind=follow_up.id,
        conversation_id=purchase.conversation_id,
        purchase_id=purchase.id,
        run_at=event + follow_up.delay,
    )
    session.add(item)
    return True
