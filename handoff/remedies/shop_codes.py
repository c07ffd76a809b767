"""The shop's codes for credits and coupons: each is worth one thing, and given away once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from bot.storage import lanes
from bot.storage.tables import ShopCode

BATCH = 500  # codes that are looked up, or written, at once
CODES: Table = ShopCode.__table__  # type: ignore[attr-defined]

Worth = tuple[str, int, str]  # credit or coupon, cents, currency


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code of the shop's list; `line` is where it stands there."""

    line: int
    code: str
    kind: str
    cents: int
    currency: str

    @property
    def worth(self) -> Worth:
        return self.kind, self.cents, self.currency


@dataclass(frozen=True, slots=True)
class Stock:
    """How many codes of one worth are left, and how many have been given."""

    kind: str
    cents: int
    currency: str
    left: int
    given: int


class OtherWorth(Exception):
    """Codes are known already, and worth something else; `lines` are where these stand."""

    def __init__(self, lines: Sequence[int]) -> None:
        super().__init__(f"other codes in lines {lines}")
        self.lines = tuple(lines)


def free(session: Session, kind: str, cents: int | None, currency: str | None) -> ShopCode | None:
    """A code of exactly this worth, held for this transaction: who asks at the same time gets
    another one. None if none is left. It is given away by writing `remedy_id` into it."""
    query = (
        select(ShopCode)
        .where(
            ShopCode.kind == kind,
            ShopCode.cents == cents,
            ShopCode.currency == currency,
            col(ShopCode.remedy_id).is_(None),
        )
        .order_by(col(ShopCode.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.exec(query).first()


def stock(session: Session) -> list[Stock]:
    """All there are, by what they are worth."""
    worth = (CODES.c.kind, CODES.c.currency, CODES.c.cents)
    counts = func.count(), func.count(CODES.c.remedy_id)
    query = sql_select(*worth, *counts).group_by(*worth).order_by(*worth)
    rows = session.connection().execute(query).all()
    return [Stock(kind, cents, unit, all_ - gone, gone) for kind, unit, cents, all_, gone in rows]


def store(session: Session, codes: Sequence[NewCode], now: datetime) -> int:
    """Keep the codes, each once however often it comes; returns how many are new. Raises
    OtherWorth if one is known as something else: then the transaction must not be committed."""
    new, wrong = 0, list[int]()
    for begin in range(0, len(codes), BATCH):
        batch = codes[begin : begin + BATCH]
        new += _add(session, batch, now)
        worths = _worths(session, batch)
        wrong += [code.line for code in batch if worths[code.code] != code.worth]
    if wrong:
        raise OtherWorth(wrong)
    return new


def _add(session: Session, batch: Sequence[NewCode], now: datetime) -> int:
    rows: dict[str, dict[str, object]] = {}
    for code in batch:  # of several the first counts; the others are compared with it
        row = {"code": code.code, "kind": code.kind, "cents": code.cents}
        rows.setdefault(code.code, {**row, "currency": code.currency, "imported_at": now})
    statement = lanes.insert(lanes.dialect_of(session), CODES)
    statement = statement.on_conflict_do_nothing(index_elements=[CODES.c.code])
    added = statement.values(list(rows.values())).returning(CODES.c.id)
    return len(session.connection().execute(added).all())


def _worths(session: Session, batch: Sequence[NewCode]) -> dict[str, Worth]:
    query = select(ShopCode.code, ShopCode.kind, ShopCode.cents, ShopCode.currency)
    rows = session.exec(query.where(col(ShopCode.code).in_([code.code for code in batch])))
    return {code: (kind, cents, currency) for code, kind, cents, currency in rows.all()}
