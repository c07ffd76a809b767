"""Where credits, coupons and refunds come from: the shop's webhook, or a list of codes."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import inspect
from sqlmodel import Session, col, select

from bot.commands.doctor.finding import Finding
from bot.config import Settings
from bot.storage.database import Database, DatabaseError, Unavailable
from bot.storage.tables import OutboxItem, ShopCode
from handoff.complaints.rules import money
from handoff.remedies.shop_codes import Stock, stock
from handoff.remedies.shop_orders import PURPOSE

REMEDIES = "remedies"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is in the database: the codes, and why each order to the shop has no answer yet."""

    codes: tuple[Stock, ...] = ()
    waiting: tuple[str, ...] = ()


async def remedies(settings: Settings) -> list[Finding]:
    """Is the webhook set, does it answer, and which codes are left? Asks the shop nothing: it would
    take that for an order. What is wrong with the database is said elsewhere."""
    seen = await asyncio.to_thread(_look, settings.database_url)
    if settings.remedy_webhook_url:
        host = urlsplit(settings.remedy_webhook_url).hostname  # the rest may be a secret
        return [Finding(REMEDIES, True, f"posted to the shop at {host}"), *_unanswered(seen)]
    if seen.waiting:
        detail = f"{len(seen.waiting)} were approved for a webhook of the shop, which is not set"
        return [Finding(REMEDIES, None, detail, "Set REMEDY_WEBHOOK_URL again."), _codes(seen)]
    return [_codes(seen)]


def _unanswered(seen: _Seen) -> list[Finding]:
    failing = [why for why in seen.waiting if why]
    if not failing:
        return []
    detail = f"{len(failing)} wait for the shop's answer; the last attempt: {failing[-1]}"
    return [Finding(REMEDIES, None, detail, "They are tried again until it answers.")]


def _codes(seen: _Seen) -> Finding:
    if not seen.codes:
        how = "`frontdesk codes import`, or set REMEDY_WEBHOOK_URL, to give credits and coupons"
        return Finding(REMEDIES, True, f"the shop has no webhook, and there are no codes: {how}")
    left = ", ".join(f"{c.kind} {money(c.cents, c.currency)}: {c.left}" for c in seen.codes)
    detail = f"the shop has no webhook; codes left: {left}"
    if all(row.left for row in seen.codes):
        return Finding(REMEDIES, True, detail)
    return Finding(REMEDIES, None, detail, "Add some with `frontdesk codes import FILE.csv`.")


def _look(address: str) -> _Seen:
    scheme, _, path = address.partition(":///")
    if scheme == "sqlite" and not Path(path.partition("?")[0]).exists():
        return _Seen()  # looking would make it
    try:
        with closing(Database(address)) as database:
            if inspect(database.engine).has_table(str(ShopCode.__tablename__)):
                return database.transact(_seen)
    except (DatabaseError, *Unavailable):
        pass
    return _Seen()


def _seen(session: Session) -> _Seen:
    query = (
        select(OutboxItem.error)
        .where(OutboxItem.purpose == PURPOSE, col(OutboxItem.state).in_(("queued", "sending")))
        .order_by(col(OutboxItem.id))
    )
    waiting = tuple(why or "" for why in session.exec(query).all())
    return _Seen(tuple(stock(session)), waiting)
