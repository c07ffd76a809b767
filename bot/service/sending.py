"""The ends of sends, and what they mean to their tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from bot import outbox, outbox_changes
from bot.outbox import Draft
from bot.outbox_order import CARDS
from bot.service.house import House
from handoff import delivery, drawing


def sends_ended(
    session: Session,
    channel: str,
    token: str,
    ends: Sequence[outbox.Sent],
    house: House,
    now: datetime,
) -> Counter[str]:
    """Record how sends ended and what that means to their tickets; returns how many things each
    channel is to send because of it. Raises LeaseLost if another process has the lanes."""
    outbox.finish(session, channel, token, ends, now)
    drafts: list[Draft] = []
    for end in ends:
        if end.state != "queued" and end.sending.ticket_id is not None:
            drafts += _tell_ticket(session, end, house, now)
    session.flush()
    return outbox.put(session, drafts, now)


def next_sends(
    session: Session,
    channel: str,
    rate: float,
    most: int,
    token: str,
    ends: Sequence[outbox.Sent],
    house: House,
    now: datetime,
) -> tuple[Counter[str], outbox.Claim]:
    """`sends_ended`, if there are any, and the claim of what `channel` may send next, with cards
    drawn as things are now, in one commit: a flush to the disk is the price of a send, so it is
    paid once and not twice."""
    more = sends_ended(session, channel, token, ends, house, now) if ends else Counter[str]()
    claim = outbox_changes.aimed(session, outbox.claim(session, channel, rate, now, most))
    return more, replace(
        claim, items=tuple(_drawn(session, each, house, now) for each in claim.items)
    )


def _drawn(
    session: Session, sending: outbox.Sending, house: House, now: datetime
) -> outbox.Sending:
    is_card = sending.purpose in CARDS
    return drawing.drawn(session, house.desk, sending, now) if is_card else sending


def _tell_ticket(session: Session, end: outbox.Sent, house: House, now: datetime) -> list[Draft]:
    sending = end.sending
    draft = _draft_of(sending)
    return delivery.delivered(
        session,
        house.desk,
        draft,
        end.state,
        end.external_id,
        end.error,
        end.doubtful,
        now,
        end.rest,
        [_draft_of(piece) for piece in sending.pieces],
    )


def _draft_of(sending: outbox.Sending) -> Draft:
    return Draft(sending.item, sending.purpose, sending.ticket_id, sending.message_id)
