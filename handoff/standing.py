"""Who a ticket's customer is and what has been tried, gathered from the rows in as few questions as
it takes; what the shop keeps off its cards (`policy.desk.hide`) is not even asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from bot.domain import Outcome
from bot.storage.tables import (
    Complaint,
    Contact,
    Conversation,
    Message,
    Purchase,
    Rating,
    Ticket,
)
from handoff.complaints.rules import number_of
from handoff.complaints.story import complaints_before
from handoff.facts import Customer, Earlier, clock_there
from handoff.gist import Gist, Said, wanted
from handoff.rows import CHANNEL_NAMES, Desk, card_url, zone_of
from handoff.waiting import how_long

MOST_EARLIER = 3  # tickets that a card names
EPISODE = timedelta(days=1)  # before the ticket: what was said before belongs to something else
_NOT_UNDERSTOOD = {Outcome.CLARIFIED, Outcome.REPHRASE}


class Bought(NamedTuple):
    """A customer's orders, and the last thing in them."""

    orders: int = 0
    since: datetime | None = None
    product: str = ""
    order: str = ""
    at: datetime | None = None


def customer_of(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    conversation: Conversation,
    contact: Contact,
    complaint: Complaint | None,
    now: datetime | None,
    shows_all: bool = False,
) -> Customer:
    """The customer as a card shows them. Without `now` their local time is left out; `shows_all`
    has what cards hide, too."""
    hidden = frozenset() if shows_all else frozenset(desk.kb.policy.desk.hide)
    bought = Bought() if {"purchases", "customer_since"} <= hidden else bought_by(session, contact)
    hides_orders, earlier = "purchases" in hidden, _Earlier()
    if "earlier_tickets" not in hidden:
        earlier = _earlier(session, ticket, contact)
    return Customer(
        channel=CHANNEL_NAMES.get(conversation.channel, conversation.channel),
        language=desk.words(f"language_{ticket.language}"),
        local_time=_local_time(desk, contact, now) if "local_time" not in hidden else "",
        since=bought.since or contact.created_at if "customer_since" not in hidden else None,
        has_bought=bought.orders > 0,
        orders=0 if hides_orders else bought.orders,
        product="" if hides_orders else bought.product,
        bought_at=None if hides_orders else bought.at,
        earlier=earlier.tickets,
        earlier_count=earlier.number,
        complaints=complaints_before(session, ticket, complaint),
    )


def bought_by(session: Session, contact: Contact) -> Bought:
    """What the shop has told us of their orders; nothing if it has told us none."""
    query = select(Purchase.product, Purchase.order_number, Purchase.bought_at).where(
        Purchase.contact_id == contact.id
    )
    last = session.exec(query.order_by(col(Purchase.bought_at).desc()).limit(1)).first()
    if last is None:
        return Bought()
    orders = func.count(func.distinct(Purchase.order_number))
    whole = select(orders, func.min(Purchase.bought_at)).where(Purchase.contact_id == contact.id)
    number, since = session.exec(whole).one()
    return Bought(number, since, *last)


class _Earlier(NamedTuple):
    tickets: tuple[Earlier, ...] = ()
    number: int = 0  # of all there are


def _earlier(session: Session, ticket: Ticket, contact: Contact) -> _Earlier:
    query = (
        select(Ticket, Rating.score, func.count().over())
        .join(Conversation, col(Conversation.id) == Ticket.conversation_id)
        .outerjoin(Rating, (col(Rating.ticket_id) == Ticket.id) & (col(Rating.kind) == "csat"))
        .where(Conversation.contact_id == contact.id, Ticket.id != ticket.id)
        .order_by(col(Ticket.id).desc())
        .limit(MOST_EARLIER)
    )
    rows = session.exec(query).all()
    tickets = (
        Earlier(each.id or 0, each.opened_at, card_url(each.desk, each.card_id), score)
        for each, score, _ in rows
    )
    return _Earlier(tuple(tickets), rows[0][2] if rows else 0)


def _local_time(desk: Desk, contact: Contact, now: datetime | None) -> str:
    """What their clock shows; nothing where their zone is not known."""
    theirs = zone_of(contact, desk.zone)
    if now is None or theirs.key != contact.timezone:
        return ""
    return clock_there(now, theirs, desk.zone, desk.words)


def gist_of(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    said: Sequence[Message],
    complaint: Complaint | None,
) -> Gist:
    """The conversation in two lines; `said` are its messages, the oldest first."""
    since = ticket.opened_at - EPISODE
    lately = [message for message in said if message.sent_at >= since]
    before = [message for message in lately if message.sent_at <= ticket.opened_at]
    theirs = [message for message in before if message.author == "contact"]
    shown = dict.fromkeys(m.article_id for m in before if m.author == "bot" and m.article_id)
    waited = ticket.opened_at - theirs[0].sent_at if theirs else timedelta()
    return Gist(
        wants=wanted(_wishes(lately)),
        shown=tuple(_title(desk, ticket, each) for each in shown),
        asked_back=sum(message.outcome in _NOT_UNDERSTOOD for message in before),
        unhelpful=_unhelpful(session, ticket, since),
        complaint=number_of(complaint.id or 0) if complaint and not complaint.closed_at else "",
        time=how_long(desk, waited) if waited >= timedelta(minutes=1) else "",
    )


def _wishes(said: Sequence[Message]) -> list[Said]:
    """The customer's messages, each with whether nothing came of it but a person."""
    wishes: list[Said] = []
    for message in said:
        if message.author == "contact":
            wishes.append(Said(message.text))
        elif wishes and message.outcome == Outcome.HANDED_OFF and not message.article_id:
            is_asked = any("asks for a person" in why for why in message.why)
            wishes[-1] = Said(wishes[-1].text, brought_person=is_asked)
    return wishes


def _title(desk: Desk, ticket: Ticket, article_id: str) -> str:
    """An article's title in the desk's language, else as the customer saw it."""
    found = (desk.kb.article(article_id, code) for code in (desk.language, ticket.language))
    return next((article.title for article in found if article is not None), article_id)


def _unhelpful(session: Session, ticket: Ticket, since: datetime) -> int:
    query = select(func.count()).where(
        Rating.kind == "helpful",
        Rating.conversation_id == ticket.conversation_id,
        Rating.score == 0,
        Rating.at >= since,
    )
    return session.exec(query).one()
