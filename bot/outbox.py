"""Durable out: what is to be sent, in order per destination, each send with one of three ends.

Functions take a session and never commit. What an end means to a ticket is the service's matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Table, bindparam, func, select, text, update
from sqlmodel import Session

from bot.domain import Address, Option, Outgoing, Reply
from bot.storage import lanes
from bot.storage.tables import OutboxItem, Ticket

OUTBOX: Table = OutboxItem.__table__  # type: ignore[attr-defined]
TICKETS: Table = Ticket.__table__  # type: ignore[attr-defined]

# Stands for "the card of this item's ticket", whose platform id is known only once it is posted.
CARD = "@card"

GAP = "a part may be missing: "  # begins the error of a long message that goes on after a doubt


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to send, and what it is for: `purpose` card, agent_reply, relay, … or nothing."""

    item: Outgoing
    purpose: str = ""
    ticket_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """An item whose turn it is. `in_doubt`: a send of it began, and nobody knows how it ended."""

    id: int
    item: Outgoing
    lane: str
    purpose: str
    ticket_id: int | None
    message_id: int | None
    attempts: int
    part: int  # which part of a message too long for one is next
    in_doubt: bool
    created_at: datetime
    gap: bool = False  # nobody knows whether an earlier part has arrived


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be sent now, one item per lane, held under one token."""

    token: str
    items: tuple[Sending, ...]
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The end of one send. `state`: sent, failed, uncertain, or queued: try again, or go on with
    the next part of a long message (then `part` has risen)."""

    sending: Sending
    state: str
    external_id: str = ""
    error: str = ""
    due: datetime | None = None  # when the lane may go on
    part: int = 0
    doubtful: bool = False  # it may have arrived before, too
    rest: str = ""  # of a long message that failed half-way: how what did not arrive begins


@cache
def _insert(dialect: str) -> Any:
    return lanes.insert(dialect, OUTBOX)


# In the words of the index: as bound values SQLite would not know that it fits, and read all rows.
UNSENT = text("outbox.state IN ('queued', 'sending')")
_FIRST = (
    select(func.min(OUTBOX.c.id))
    .where(OUTBOX.c.lane.in_(bindparam("lanes", expanding=True)), UNSENT)
    .group_by(OUTBOX.c.lane)
)
_ITEMS = (
    select(OUTBOX, TICKETS.c.card_id)
    .outerjoin(TICKETS, TICKETS.c.id == OUTBOX.c.ticket_id)
    .where(OUTBOX.c.id.in_(_FIRST.scalar_subquery()))
)
_BEGIN = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("item"))
    .values(state="sending", attempts=OUTBOX.c.attempts + 1, doubtful=bindparam("doubt"))
)
_END = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("item"))
    .values(
        state=bindparam("new_state"),
        external_id=bindparam("external"),
        error=bindparam("why"),
        part=bindparam("next_part"),
        doubtful=bindparam("doubt"),
        sent_at=bindparam("at"),
    )
)


def queue_of(channel: str) -> str:
    return f"out:{channel}"


def put(session: Session, drafts: Sequence[Draft], now: datetime) -> Counter[str]:
    """Queue what is to be sent; returns how many things for each channel. Lanes are locked in the
    order of queues and keys, then items follow in the order given, so that ids within a lane rise
    in the order of commits."""
    by_queue: dict[str, list[str]] = {}
    for draft in drafts:
        address = draft.item.address
        by_queue.setdefault(queue_of(address.channel), []).append(address.destination)
    for queue in sorted(by_queue):
        lanes.put(session, queue, by_queue[queue], now)
    if drafts:
        rows = [_row(draft, now) for draft in drafts]
        session.connection().execute(_insert(lanes.dialect_of(session)), rows)
    return Counter(draft.item.address.channel for draft in drafts)


def _row(draft: Draft, now: datetime) -> dict[str, Any]:
    address = draft.item.address
    return {
        "channel": address.channel,
        "lane": address.destination,
        "kind": draft.item.kind,
        "payload": to_payload(draft.item),
        "purpose": draft.purpose,
        "ticket_id": draft.ticket_id,
        "message_id": draft.message_id,
        "state": "queued",
        "doubtful": False,
        "attempts": 0,
        "part": 0,
        "created_at": now,
    }


def claim(session: Session, channel: str, rate: float, now: datetime, most: int) -> Claim:
    """Lease what `channel` may send now, at most `rate` items a second over all its lanes, and
    note that each is about to be sent: who finds that note later knows there is a doubt."""
    queue = queue_of(channel)
    limited = rate > 0
    allowed = lanes.allowance(session, queue, rate, now, most) if limited else most
    token, keys = lanes.claim(session, queue, now, allowed) if allowed else ("", [])
    if not keys:
        return Claim(token, (), lanes.next_due(session, queue))
    if limited:
        lanes.spend(session, queue, rate, now, len(keys))
    rows = session.connection().execute(_ITEMS, {"lanes": keys}).all()
    items = tuple(_sending(row._mapping) for row in rows)
    marks = [{"item": item.id, "doubt": item.in_doubt} for item in items]
    session.connection().execute(_BEGIN, marks)
    return Claim(token, items)


def _sending(row: RowMapping) -> Sending:
    item = from_payload(row["payload"], token=str(row["id"]))
    card = row["card_id"] or ""
    if item.address.thread_id == CARD:
        item = replace(item, address=replace(item.address, thread_id=card or None))
    if item.target == CARD:
        item = replace(item, target=card)
    return Sending(
        id=row["id"],
        item=item,
        lane=row["lane"],
        purpose=row["purpose"],
        ticket_id=row["ticket_id"],
        message_id=row["message_id"],
        attempts=row["attempts"],
        part=row["part"],
        in_doubt=row["state"] == "sending" or row["doubtful"],
        created_at=row["created_at"],
        gap=(row["error"] or "").startswith(GAP),
    )


def finish(session: Session, channel: str, token: str, ends: Sequence[Sent], now: datetime) -> None:
    """Record how sends ended and give their lanes back; raises LeaseLost if they were taken."""
    if not ends:
        return
    done = [(end.sending.lane, 0 if end.state == "queued" else 1, end.due or now) for end in ends]
    lanes.finish(session, queue_of(channel), token, done)
    rows = [
        {
            "item": end.sending.id,
            "new_state": end.state,
            "external": end.external_id or None,
            "why": end.error[:500] or None,
            "next_part": end.part,
            "doubt": end.doubtful,
            "at": now if end.state == "sent" else None,
        }
        for end in ends
    ]
    session.connection().execute(_END, rows)


# --- JSON ----------------------------------------------------------------------------------------


def to_payload(item: Outgoing) -> dict[str, Any]:
    """The item as JSON, empty fields left out."""
    address, reply = item.address, item.reply
    payload = {
        "kind": item.kind,
        "to": [address.channel, address.chat_id, address.thread_id],
        "text": reply.text,
        "options": [[o.label, o.value, o.url] for o in reply.options],
        "author": reply.author,
        "literal": reply.literal,
        "blocks": list(item.blocks),
        "target": item.target,
        "emoji": item.emoji,
    }
    return {key: value for key, value in payload.items() if value}


def from_payload(payload: Mapping[str, Any], token: str = "") -> Outgoing:
    """The item that `to_payload` wrote down."""
    return Outgoing(
        kind=payload["kind"],
        address=Address(*payload["to"]),
        reply=Reply(
            text=payload.get("text", ""),
            options=tuple(Option(*option) for option in payload.get("options", ())),
            author=payload.get("author", ""),
            literal=payload.get("literal", False),
        ),
        blocks=tuple(payload.get("blocks", ())),
        target=payload.get("target", ""),
        emoji=payload.get("emoji", ""),
        token=token,
    )
