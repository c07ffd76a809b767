"""An approved remedy as an order to the shop: what is posted to its webhook."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlmodel import Session, col, select

from bot import outbox
from bot.domain import Address, Outgoing, Reply
from bot.outbox import Draft
from bot.storage.tables import (
    Complaint,
    FollowUpItem,
    OutboxItem,
    RemedyItem,
    Ticket,
)
from handoff.complaints.rules import number_of
from handoff.rows import account_of, contact_of, conversation_of

CHANNEL = "shop"
PURPOSE = "remedy"
UNANSWERED = "remedy_unanswered"  # the follow-up by which the desk hears of it
PATIENCE = timedelta(hours=1)


def order(session: Session, ticket: Ticket, complaint: Complaint, remedy: RemedyItem) -> Draft:
    """What the shop is to do. The orders of one complaint follow each other, those of others do not
    wait for them; of one that gets no answer the desk is told later. `target` is the key by which
    the shop knows an order that comes again; it holds the time, for a new database counts from 1
    again."""
    conversation, contact = conversation_of(session, ticket), contact_of(session, ticket)
    number = number_of(complaint.id or 0)
    body = {
        "complaint": number,
        "remedy": remedy.id,
        "kind": remedy.kind,
        "amount": amount_of(remedy.cents),
        "currency": remedy.currency,
        "customer": {
            "name": contact.name,
            "channel": conversation.channel,
            "id": account_of(session, conversation) or conversation.chat_id,
        },
        "reason": remedy.reason,
    }
    key = f"{number}-{remedy.id}-{int(remedy.proposed_at.timestamp() * 1000)}"
    text = json.dumps(body, ensure_ascii=False)
    item = Outgoing("post", Address(CHANNEL, number), Reply(text, literal=True), target=key)
    session.add(_reminder(complaint, remedy))
    return Draft(item, PURPOSE, ticket.id)


def _reminder(complaint: Complaint, remedy: RemedyItem) -> FollowUpItem:
    assert remedy.decided_at is not None  # only what is approved is ordered
    return FollowUpItem(
        key=f"{UNANSWERED}:{remedy.id}",
        kind=UNANSWERED,
        conversation_id=complaint.conversation_id,
        complaint_id=complaint.id,
        run_at=remedy.decided_at + PATIENCE,
    )


def waiting_remedy(session: Session, reminder: FollowUpItem) -> RemedyItem | None:
    """The remedy of an order that still has no answer."""
    remedy = session.get(RemedyItem, int(reminder.key.rpartition(":")[2]))
    if remedy is None or remedy.given_at is not None or remedy.failure is not None:
        return None
    return remedy


def last_trouble(session: Session, remedy: RemedyItem, number: str) -> str:
    """Why the order has no answer yet, as the last try found it; "" while there was none."""
    query = select(OutboxItem).where(
        OutboxItem.lane == Address(CHANNEL, number).destination,
        col(OutboxItem.state).in_(("queued", "sending")),
    )
    for row in session.exec(query):
        if remedy_id_of(outbox.from_payload(row.payload)) == remedy.id:
            return row.error or ""
    return ""


def remedy_id_of(item: Outgoing) -> int:
    """The remedy that an order is for."""
    return int(json.loads(item.reply.text)["remedy"])


def amount_of(cents: int | None) -> str | None:
    """An amount for programs: "20.00"."""
    return None if cents is None else f"{cents // 100}.{cents % 100:02d}"
