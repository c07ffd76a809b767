"""Which of what waits is sent next, and what goes together with it.

Slack takes one message a second in a channel, so a busy desk has more to say than it may. What
does not count as a message there has lanes of its own, and waits for none; of what does, cards and
notices go before what customers write, and what one has written meanwhile goes as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, select, text, update
from sqlmodel import Session

from bot.storage.lanes import LANES
from bot.storage.tables import OutboxItem, Ticket

OUTBOX: Table = OutboxItem.__table__  # type: ignore[attr-defined]
TICKETS: Table = Ticket.__table__  # type: ignore[attr-defined]

CARD_POST, CARD_UPDATE, NOTICE, RELAY = "card", "card_update", "notice", "relay"
FILE_IN = "file_in"  # a customer's, for the thread
CARDS = frozenset({CARD_POST, CARD_UPDATE})
MOST_TOGETHER = 50  # of one customer's messages in one post…
MOST_LENGTH = 2_000  # …and characters; Slack takes 3,000, and counts some of them several times

# Cards of one channel that are rewritten at a time. More would be quicker as long as Slack lets us;
# once it does not, more would only be refused.
CARDS_AT_ONCE = 4

# Neither messages nor bound to their order. The platforms count these calls by method; so do we.
_BESIDE = frozenset({"whisper", "react", "form", "home", "typing"})
_RANKS = {NOTICE: 1, RELAY: 2}

Row = Mapping[str, Any]

# In the words of the index: as bound values SQLite would not know that it fits, and read all rows.
UNSENT = text("outbox.state IN ('queued', 'sending')")
_ROW = select(OUTBOX, TICKETS.c.card_id).outerjoin(TICKETS, TICKETS.c.id == OUTBOX.c.ticket_id)
_HEAD = (
    select(OUTBOX.c.id)
    .where(OUTBOX.c.lane == LANES.c.key, UNSENT)
    .order_by(OUTBOX.c.rank, OUTBOX.c.id)
    .limit(1)
    .correlate(LANES)
)
_HEADS = select(_HEAD.scalar_subquery()).where(
    LANES.c.queue == bindparam("q"), LANES.c.key.in_(bindparam("lanes", expanding=True))
)
_FIRST = _ROW.where(OUTBOX.c.id.in_(_HEADS.scalar_subquery()))
_OF_THREAD = _ROW.where(
    OUTBOX.c.ticket_id == bindparam("ticket"),
    OUTBOX.c.lane == bindparam("of_lane"),
    OUTBOX.c.purpose.in_((NOTICE, RELAY)),
    UNSENT,
).order_by(OUTBOX.c.id)
_EARLIER = _OF_THREAD.where(OUTBOX.c.id < bindparam("item")).limit(1)
_LATER = _OF_THREAD.where(OUTBOX.c.id > bindparam("item")).limit(MOST_TOGETHER - 1)
_POSTED = select(TICKETS.c.id).where(
    TICKETS.c.id.in_(bindparam("tickets", expanding=True)), TICKETS.c.card_id.is_not(None)
)
_NOT_DRAWN = (
    select(OUTBOX.c.id, OUTBOX.c.ticket_id)
    .where(
        OUTBOX.c.ticket_id.in_(bindparam("tickets", expanding=True)),
        OUTBOX.c.purpose.in_(CARDS),
        OUTBOX.c.state == "queued",
        UNSENT,
    )
    .with_for_update()  # one that is just being claimed is waited for, and is then none of these
)
_SOONER = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("item"), OUTBOX.c.rank > bindparam("wanted"))
    .values(rank=bindparam("wanted"))
)


# --- on the way in -------------------------------------------------------------------------------


def placed(session: Session, rows: Sequence[Row]) -> list[Row]:
    """The same rows, with the lane and the rank that each is to have.

    A card's update goes beside the messages, too, and so does a customer's file, for which the desk
    would have to wait until it is fetched; where the card is still to be posted, they follow
    that."""
    changed = {row["ticket_id"] for row in rows if row["purpose"] in {CARD_UPDATE, FILE_IN}}
    posted = set[int]()
    if changed:
        found = session.connection().execute(_POSTED, {"tickets": sorted(changed)})
        posted.update(found.scalars())
    return [_placed(row, row["ticket_id"] in posted) for row in rows]


def _placed(row: Row, is_posted: bool) -> Row:
    if row["kind"] in _BESIDE:
        return {**row, "lane": f"{row['lane']}/{row['kind']}"}
    if row["purpose"] == CARD_UPDATE and is_posted:
        return {**row, "lane": f"{row['lane']}/{row['kind']}/{row['ticket_id'] % CARDS_AT_ONCE}"}
    if row["purpose"] == FILE_IN and is_posted:
        return {**row, "lane": f"{row['lane']}/{row['kind']}"}
    if row["purpose"] == CARD_UPDATE:
        return {**row, "rank": 0}
    return {**row, "rank": _RANKS.get(row["purpose"], row["rank"])}


def news(session: Session, rows: Sequence[Row]) -> list[Row]:
    """The rows without updates of cards that are to be drawn anyway: a card shows what is so when
    it is sent, not when that was asked for. Their lanes have to be locked."""
    soonest: dict[int, int] = {}
    for row in rows:
        if row["purpose"] == CARD_UPDATE:
            ticket = row["ticket_id"]
            soonest[ticket] = min(row["rank"], soonest.get(ticket, row["rank"]))
    if not soonest:
        return list(rows)
    drawn: set[int] = set()
    for found in session.connection().execute(_NOT_DRAWN, {"tickets": sorted(soonest)}).all():
        drawn.add(found.ticket_id)
        wanted = {"item": found.id, "wanted": soonest[found.ticket_id]}
        session.connection().execute(_SOONER, wanted)
    kept: list[Row] = []
    for row in rows:
        ticket = row["ticket_id"]
        if row["purpose"] == CARD_UPDATE:
            if ticket in drawn:
                continue
            row = {**row, "rank": soonest[ticket]}
        if row["purpose"] in CARDS:
            drawn.add(ticket)
        kept.append(row)
    return kept


# --- on the way out ------------------------------------------------------------------------------


def turns(session: Session, queue: str, keys: Sequence[str]) -> list[list[Row]]:
    """What these lanes send next, each with what goes along with it, in order."""
    found = _read(session, _FIRST, {"q": queue, "lanes": keys})
    return [_together(session, _of_turn(session, row)) for row in found]


def _read(session: Session, query: Any, values: Mapping[str, Any]) -> list[Row]:
    return [dict(row) for row in session.connection().execute(query, values).mappings()]


def _of_turn(session: Session, row: Row) -> Row:
    """A notice goes before what other customers write, not before what its own wrote earlier."""
    if row["purpose"] != NOTICE or row["ticket_id"] is None:
        return row
    return next(iter(_read(session, _EARLIER, _thread_of(row))), row)


def _together(session: Session, row: Row) -> list[Row]:
    """The item, and the messages after it that make one post with it. One that has begun to be
    sent stays as it is: nobody knows who has read it."""
    if row["purpose"] != RELAY or row["ticket_id"] is None:
        return [row]
    later = _read(session, _LATER, _thread_of(row))
    if row["state"] == "sending" or row["doubtful"] or row["part"]:
        return [row, *(each for each in later if each["merged_into"] == row["id"])]
    group, room = [row], MOST_LENGTH - _length(row)
    for each in later:
        room -= _length(each)
        if room < 0 or not _joins(row, each):
            break
        group.append(each)
    return group


def _thread_of(row: Row) -> dict[str, Any]:
    return {"ticket": row["ticket_id"], "of_lane": row["lane"], "item": row["id"]}


def _length(row: Row) -> int:
    return len(row["payload"].get("text", "")) + 1


def _joins(first: Row, each: Row) -> bool:
    """Whether it reads on from the first: the same person's words, and nothing but words."""
    return (
        each["purpose"] == RELAY
        and each["state"] == "queued"
        and not each["doubtful"]
        and not each["part"]
        and _but_words(each) == _but_words(first)
    )


def _but_words(row: Row) -> Row:
    return {key: value for key, value in row["payload"].items() if key != "text"}


def joined(texts: Sequence[str]) -> str:
    """Several messages as one text, each a line of its own, or where they have lines themselves, a
    paragraph."""
    return ("\n\n" if any("\n" in text for text in texts) else "\n").join(texts)
