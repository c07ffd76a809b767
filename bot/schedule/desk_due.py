"""What has come due on the desk: clocks that run out, tickets that nobody takes, and what else its
people are to hear later. Each kind of follow-up row has a function here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from bot.outbox import Draft
from bot.service import House
from bot.storage.tables import FollowUpItem, Promise, Ticket
from handoff.course import escalating, snoozing
from handoff.promises import keeping
from handoff.rows import Desk
from handoff.service_levels import keep, told

Due = Callable[[Session, FollowUpItem, House, datetime], list[Draft]]


def deal_with(session: Session, item: FollowUpItem, house: House, now: datetime) -> list[Draft]:
    """Do what is due by this row, of a kind in KINDS; what is to be sent because of it. The row is
    done with that, unless its function plans it anew (`run_at`, and `done_at` None again) or says
    in `result` why nothing came of it. It may come late, and after the ticket has been closed."""
    item.done_at, item.result = now, None
    drafts = KINDS[item.kind](session, item, house, now)
    if item.done_at is not None and item.result is None:
        item.result = "sent" if drafts else "not sent: nothing is due any more"
    return drafts


def _of_ticket(
    act: Callable[[Session, Desk, Ticket, datetime], list[Draft]],
) -> Due:
    """What is done about the row's ticket, if it is still there."""

    def deal(session: Session, item: FollowUpItem, house: House, now: datetime) -> list[Draft]:
        ticket = session.get(Ticket, item.ticket_id)
        return act(session, house.desk, ticket, now) if ticket is not None else []

    return deal


def _of_promise(
    act: Callable[[Session, Desk, Promise, datetime], list[Draft]],
) -> Due:
    """What is done about the row's promise, if it is still there."""

    def deal(session: Session, item: FollowUpItem, house: House, now: datetime) -> list[Draft]:
        promise = session.get(Promise, item.promise_id)
        return act(session, house.desk, promise, now) if promise is not None else []

    return deal


KINDS: dict[str, Due] = {
    keeping.REMINDER: _of_promise(keeping.remind),
    keeping.DUE: _of_promise(keeping.ask),
    keep.DUE: _of_ticket(told.clock_due),
    keep.UNCLAIMED: _of_ticket(told.unclaimed_due),
    snoozing.OVER: _of_ticket(snoozing.over),
    escalating.PAGE_NEXT: _of_ticket(escalating.page_due),
}
