"""What is changed about a reply that is to be sent: before it goes, in the queue; and after that,
where it went. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col
from sqlmodel import select as rows_of

from bot.outbox import OUTBOX, REPLY, REPLY_EDIT, SENT, Claim, queue_of
from bot.storage import lanes
from bot.storage.tables import OutboxItem

WITHDRAWN = "withdrawn"


def rewrite(session: Session, message_id: int, text: str) -> bool:
    """Let this reply say `text`, if it has certainly not left; returns whether it does. When it
    goes stays as it was."""
    waiting = [item for item in _items(session, message_id) if _waits(item)]
    for item in waiting:
        if item.payload.get("text"):
            item.payload = {**item.payload, "text": text}
            return True
    return False


def withdraw(session: Session, message_id: int) -> bool:
    """Never send what of this reply has certainly not left; returns whether that is all of it."""
    items = _items(session, message_id)
    waiting = [item for item in items if _waits(item)]
    for item in waiting:
        item.state = WITHDRAWN
        lanes.uncount(session, queue_of(item.channel), [item.lane])
    return bool(waiting) and len(waiting) == len(items)


def _items(session: Session, message_id: int) -> Sequence[OutboxItem]:
    """What the reply is sent as. Its lane is locked first, so that no claim reads one thing while
    another is written."""
    query = rows_of(OutboxItem).where(
        OutboxItem.message_id == message_id, OutboxItem.purpose == REPLY
    )
    session.flush()
    for item in session.exec(query).all():
        lanes.lock(session, queue_of(item.channel), item.lane)
    fresh = query.order_by(col(OutboxItem.id)).execution_options(populate_existing=True)
    return session.exec(fresh).all()


def _waits(item: OutboxItem) -> bool:
    """Whether nothing of it can have arrived."""
    return item.state == "queued" and item.part == 0 and not item.doubtful


def aimed(session: Session, claim: Claim) -> Claim:
    """The claim, its items that change or take back a reply with the ids of what that was sent
    as. They are known by now, for within a chat one thing is sent after the other."""
    wanted = {item.message_id for item in claim.items if item.item.target == SENT}
    if not wanted:
        return claim
    known = {each: _parts(session, each) for each in wanted if each is not None}
    items = []
    for item in claim.items:
        if item.item.target == SENT:
            words, files = known.get(item.message_id or 0, ((), ()))
            targets = words if item.item.kind == "update" else (*words, *files)
            item = replace(item, targets=targets)
        items.append(item)
    return replace(claim, items=tuple(items))


def _parts(session: Session, message_id: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of the messages that a reply's words are in now, and of those that are only files;
    "" where nobody knows whether one has arrived."""
    query = (
        select(OUTBOX.c.purpose, OUTBOX.c.state, OUTBOX.c.sent_parts, OUTBOX.c.payload)
        .where(OUTBOX.c.message_id == message_id, OUTBOX.c.purpose.in_((REPLY, REPLY_EDIT)))
        .order_by(OUTBOX.c.id)
    )
    words: Iterable[str] = ()
    files: list[str] = []
    for purpose, state, parts, payload in session.connection().execute(query):
        if purpose == REPLY and not payload.get("text"):
            files += parts
        elif purpose == REPLY or state == "sent":  # an edit that failed has changed no ids
            words = parts
    return tuple(words), tuple(files)
