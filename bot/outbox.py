"""Durable out: what is to be sent, in order per destination, each send with one of three ends.

Functions take a session and never commit. What an end means to a ticket is the service's matter."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session

from bot import outbox_order as order
from bot.domain import Address, File, Option, Outgoing, Reply
from bot.outbox_order import OUTBOX as OUTBOX
from bot.outbox_order import UNSENT as UNSENT
from bot.storage import lanes

# Stands for "the card of this item's ticket", whose platform id is known only once it is posted.
CARD = "@card"

# Stands for "whatever this item's message was sent as", whose platform ids are known only once it
# has gone; so such an item is sent in the order of its chat.
SENT = "@sent"
REPLY, REPLY_EDIT, REPLY_DELETE = "agent_reply", "reply_edit", "reply_delete"  # purposes

GAP = "a part may be missing: "  # begins the error of a long message that goes on after a doubt


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to send, and what it is for: `purpose` card, agent_reply, relay, … or nothing.
    `hold_until`: it may still be changed or taken back until then; what comes after it waits, too.
    `rank`: within its destination what has a lower one goes first; of a ticket's purposes that have
    an order of their own (see `outbox_order`) it counts for cards alone."""

    item: Outgoing
    purpose: str = ""
    ticket_id: int | None = None
    message_id: int | None = None
    rank: int = 0
    hold_until: datetime | None = None


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
    sent_parts: tuple[str, ...] = ()  # the ids of those that have; "" where nobody knows
    targets: tuple[str, ...] = ()  # the ids of what it changes or takes back, where it says SENT
    pieces: tuple[Sending, ...] = ()  # where several go as one: each as it was

    @property
    def ids(self) -> list[int]:
        """The items that end with it."""
        return [piece.id for piece in self.pieces] or [self.id]


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be sent now, one item per lane, held under one token."""

    token: str
    items: tuple[Sending, ...]
    next_due: datetime | None = None
    held: tuple[Address, ...] = ()  # where something waits that may still be changed


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
    parts: tuple[str, ...] | None = None  # the platform's ids of what has arrived, if that changed


@cache
def _insert(dialect: str) -> Any:
    return lanes.insert(dialect, OUTBOX)


_BEGIN = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("item"))
    .values(
        state="sending",
        attempts=OUTBOX.c.attempts + 1,
        doubtful=bindparam("doubt"),
        merged_into=bindparam("carrier"),
    )
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
        sent_parts=bindparam("ids"),
        sent_at=bindparam("at"),
    )
)


def queue_of(channel: str) -> str:
    return f"out:{channel}"


def put(session: Session, drafts: Sequence[Draft], now: datetime) -> Counter[str]:
    """Queue what is to be sent; returns how many things for each channel. Lanes are locked in the
    order of queues and keys, then items follow in the order given, so that ids within a lane rise
    in the order of commits."""
    rows = order.placed(session, [_row(draft, now) for draft in drafts])
    announced = _lanes_of(rows)
    for queue in sorted(announced):
        lanes.put(session, queue, announced[queue].elements(), now)
    kept = order.news(session, rows)
    needed = _lanes_of(kept)
    for queue, keys in announced.items():
        lanes.uncount(session, queue, (keys - needed.get(queue, Counter())).elements())
    if kept:
        session.connection().execute(_insert(lanes.dialect_of(session)), kept)
    return Counter(row["channel"] for row in kept)


def _lanes_of(rows: Sequence[order.Row]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(queue_of(row["channel"]), Counter())[row["lane"]] += 1
    return found


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
        "sent_parts": [],
        "rank": draft.rank,
        "hold_until": draft.hold_until,
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
    turns = order.turns(session, queue, keys)
    held = [rows[0] for rows in turns if _is_held(rows[0], now)]
    waits = [(row["lane"], 0, row["hold_until"]) for row in held]
    lanes.finish(session, queue, token, waits)
    items = tuple(_turn(rows) for rows in turns if not _is_held(rows[0], now))
    if limited:
        lanes.spend(session, queue, rate, now, len(items))
    marks = [
        {"item": each, "doubt": item.in_doubt, "carrier": item.id if each != item.id else None}
        for item in items
        for each in item.ids
    ]
    if marks:
        session.connection().execute(_BEGIN, marks)
    next_due = min((due for _, _, due in waits), default=None)
    if not items:
        next_due = lanes.next_due(session, queue)
    return Claim(token, items, next_due, tuple(Address(*row["payload"]["to"]) for row in held))


def _is_held(row: order.Row, now: datetime) -> bool:
    """Whether it may still be changed or taken back, and its chat waits for that."""
    until: datetime | None = row["hold_until"]
    return until is not None and until > now and row["state"] == "queued"


def _turn(rows: Sequence[order.Row]) -> Sending:
    """One send: the only row, or several as one."""
    pieces = tuple(_sending(row) for row in rows)
    first = pieces[0]
    if len(pieces) == 1:
        return first
    text = order.joined([piece.item.reply.text for piece in pieces])
    item = replace(first.item, reply=replace(first.item.reply, text=text))
    return replace(first, item=item, pieces=pieces)


def _sending(row: order.Row) -> Sending:
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
        sent_parts=tuple(row["sent_parts"]),
    )


def finish(session: Session, channel: str, token: str, ends: Sequence[Sent], now: datetime) -> None:
    """Record how sends ended and give their lanes back; raises LeaseLost if they were taken."""
    if not ends:
        return
    done = [(end.sending.lane, _done(end), end.due or now) for end in ends]
    lanes.finish(session, queue_of(channel), token, done)
    rows = [
        {
            "item": item,
            "new_state": end.state,
            "external": end.external_id or None,
            "why": end.error[:500] or None,
            "next_part": end.part,
            "doubt": end.doubtful,
            "ids": list(end.sending.sent_parts if end.parts is None else end.parts),
            "at": now if end.state == "sent" else None,
        }
        for end in ends
        for item in end.sending.ids
    ]
    session.connection().execute(_END, rows)


def _done(end: Sent) -> int:
    return 0 if end.state == "queued" else len(end.sending.ids)


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
        "file": _file_to_payload(item.file) if item.file else None,
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
        file=_file_from_payload(payload["file"]) if "file" in payload else None,
        token=token,
    )


def _file_to_payload(file: File) -> dict[str, Any]:
    return {**asdict(file), "content": b64encode(file.content).decode()}


def _file_from_payload(stored: Mapping[str, Any]) -> File:
    return File(**{**stored, "content": b64decode(stored["content"])})
