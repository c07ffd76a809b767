"""What the end of a send means to its ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from bot.domain import TOO_LATE, Outgoing
from bot.outbox import REPLY_DELETE, REPLY_EDIT, Draft
from bot.storage.tables import (
    Message,
    Ticket,
)
from handoff import file_ends, files, posts
from handoff.articles import making, order
from handoff.complaints import settled, unasked
from handoff.course import escalating
from handoff.forms import views
from handoff.remedies import giving, shop_orders
from handoff.reply_ends import change_ended, failure
from handoff.rows import CHANNEL_NAMES, Desk, record
from handoff.speaking import tell_desk, whisper
from handoff.suggestions import receipts

DELIVERED = "incoming_envelope"  # put on an agent's message once the customer has it


def delivered(
    session: Session,
    desk: Desk,
    draft: Draft,
    state: str,
    external_id: str,
    error: str,
    doubtful: bool,
    now: datetime,
    rest: str = "",
    pieces: Sequence[Draft] = (),
) -> list[Draft]:
    """What the end of a send means to its ticket: the card's place, the agent's receipt, or a
    clear word in the thread that the customer did not get it. `pieces`: what went as one."""
    ticket = session.get(Ticket, draft.ticket_id) if draft.ticket_id else None
    if ticket is None:
        return []
    if draft.purpose in {"card", "card_update"}:
        return posts.card_ended(session, desk, ticket, draft, state, external_id, error, now)
    if draft.purpose == views.PURPOSE:
        return [_form_not_opened(desk, ticket, draft, error)] if state == "failed" else []
    if draft.purpose == escalating.PAGE:
        failed = state == "failed"
        return escalating.not_paged(session, desk, ticket, draft, error) if failed else []
    if draft.purpose == "notice" and draft.message_id and state == "sent":
        return receipts.line_posted(session, desk, ticket, draft, external_id, DELIVERED)
    if draft.purpose == files.FROM_CUSTOMER:
        return file_ends.not_shown(session, desk, ticket, draft, state, error, now)
    if draft.purpose in {"relay", "notice"}:
        return posts.line_ended(session, desk, ticket, draft, pieces, state, error, now)
    if draft.purpose == shop_orders.PURPOSE:
        return giving.shop_answered(session, desk, ticket, draft, state, external_id, error, now)
    if draft.purpose == order.PURPOSE:
        return making.ended(desk, ticket, draft, state, external_id, error)
    if draft.purpose in {REPLY_EDIT, REPLY_DELETE}:
        return change_ended(session, desk, ticket, draft, state, error, now)
    if draft.purpose not in {"agent_reply", "to_customer", settled.PURPOSE}:
        return []
    channel = CHANNEL_NAMES.get(draft.item.address.channel, draft.item.address.channel)
    file = draft.item.file
    quoted = draft.item.reply.text[:200] or (file.name if file else "")
    if state == "failed":
        record(session, ticket, "undelivered", now, detail={"error": error, "text": quoted})
        if draft.purpose == "agent_reply" and error in file_ends.REFUSALS:
            return [file_ends.not_passed_on(session, desk, ticket, draft, error)]
        reason = failure(session, desk, ticket, error)
        if draft.purpose == settled.PURPOSE:
            return unasked.not_asked(session, desk, ticket, draft, reason, now)
        key = "desk_not_whole" if rest else "desk_not_delivered"
        return [tell_desk(desk, ticket, desk.words(key, reason=reason, text=rest))]
    if state == "uncertain":
        record(session, ticket, "uncertain", now, detail={"error": error, "text": quoted})
        text = desk.words("desk_maybe_delivered", channel=channel, text=quoted)
        return [tell_desk(desk, ticket, text)]
    done = []
    if draft.purpose == "agent_reply":
        done += _receipt(session, desk, ticket, draft)
    if doubtful:
        record(session, ticket, "uncertain", now, detail={"error": "sent again", "text": quoted})
        done.append(tell_desk(desk, ticket, desk.words("desk_maybe_twice", text=quoted)))
    return done


def _form_not_opened(desk: Desk, ticket: Ticket, draft: Draft, error: str) -> Draft:
    """Whoever pressed the button is told that no form will come, and what to do."""
    text = desk.words("desk_form_failed", detail=error)
    if error == TOO_LATE:
        text = desk.words("desk_form_late")
    return whisper(desk.place(ticket), views.filler_of(draft.item.address), text)


def _receipt(session: Session, desk: Desk, ticket: Ticket, draft: Draft) -> list[Draft]:
    message = session.get(Message, draft.message_id)
    if message is None or not message.external_id:
        return []
    item = Outgoing("react", desk.place(ticket), target=message.external_id, emoji=DELIVERED)
    return [Draft(item, "receipt", draft.ticket_id)]
