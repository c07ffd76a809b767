"""What is known of a customer beyond their words, as a card shows it in a few grey lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handoff.wording import Words, day, link, plain, short

PRODUCT_LENGTH = 60
HIGHEST = 5  # stars of a rating


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier ticket of the same customer; `url` leads to its card, where that is known."""

    ticket_id: int
    opened_at: datetime
    url: str = ""
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a ticket's customer is. What the shop keeps off its cards, and what nobody knows, is
    empty. `since`: the first purchase or, where there is none (`has_bought` is false), the first
    word; `local_time` is ready to show; `earlier` are the last tickets of `earlier_count`."""

    channel: str = ""
    language: str = ""
    local_time: str = ""
    since: datetime | None = None
    has_bought: bool = False
    orders: int = 0
    product: str = ""
    bought_at: datetime | None = None
    earlier: tuple[Earlier, ...] = ()
    earlier_count: int = 0
    complaints: int = 0


def customer_lines(customer: Customer, words: Words) -> tuple[str, ...]:
    """Where they are, what they have bought, what was before: a line each, those that are empty
    left out."""
    lines = (_where(customer), _bought(customer, words), _before(customer, words))
    return tuple(" · ".join(parts) for parts in lines if parts)


def _where(customer: Customer) -> list[str]:
    return [part for part in (customer.channel, customer.language, customer.local_time) if part]


def _bought(customer: Customer, words: Words) -> list[str]:
    parts = []
    if customer.since is not None:
        key = "desk_customer_since" if customer.has_bought else "desk_first_contact"
        parts.append(words(key, date=day(customer.since)))
    if customer.orders:
        parts.append(words("desk_orders", n=customer.orders))
    if customer.product and customer.bought_at is not None:
        product = plain(short(customer.product, PRODUCT_LENGTH))
        parts.append(words("desk_last_order", product=product, date=day(customer.bought_at)))
    return parts


def _before(customer: Customer, words: Words) -> list[str]:
    parts = []
    if customer.earlier:
        tickets = ", ".join(_ticket(each) for each in customer.earlier)
        more = customer.earlier_count - len(customer.earlier)
        more_words = words("desk_queue_more", n=more) if more > 0 else ""
        parts.append(words("desk_earlier", list=" ".join(filter(None, (tickets, more_words)))))
    if customer.complaints:
        parts.append(f"{words('desk_complaints_before')}: {customer.complaints}")
    return parts


def _ticket(each: Earlier) -> str:
    label = f"#{each.ticket_id}"
    parts = [link(each.url, label) if each.url else label, day(each.opened_at)]
    return " ".join([*parts, stars(each.score)] if each.score is not None else parts)


def stars(score: int) -> str:
    """A rating: ★★★★☆."""
    return "★" * score + "☆" * (HIGHEST - score)


def clock_there(now: datetime, theirs: ZoneInfo, ours: ZoneInfo, words: Words) -> str:
    """The customer's time, and how far it is from the shop's: "14:05 there, +1 h"."""
    local = now.astimezone(theirs)
    ahead = (local.utcoffset() or timedelta()) - (now.astimezone(ours).utcoffset() or timedelta())
    minutes = int(ahead.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    length = words("desk_hours", n=f"{hours}:{rest:02}" if rest else hours)
    by = f"{'+' if minutes > 0 else '−'}{length}" if minutes else None
    return words("desk_local_time", time=f"{local:%H:%M}", by=by)
