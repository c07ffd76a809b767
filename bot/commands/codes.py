"""`frontdesk codes`: the shop's list of codes for credits and coupons, read and counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.commands.csv_rows import Row, read_rows
from bot.knowledge.complaint_policy import CODED
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from handoff.complaints.rules import NoAmount, cents_of, money
from handoff.remedies.shop_codes import NewCode, OtherWorth, Stock, stock, store

COLUMNS = ("kind", "amount", "currency", "code")
_CODE = re.compile(r"[!-~]{1,100}")
_AMOUNTS = {
    "amount_missing": "is empty",
    "amount_not_a_number": "is no number; write it like 20 or 20.50",
    "amount_not_positive": "is not above zero",
    "amount_too_much": "is above a million",
    "amount_currency": "names another currency than its column",
}


class WrongCodes(Exception):
    """The file cannot be imported; `faults` are sentences with line numbers, without any code.
    Nothing was stored."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def read_codes(file: Path) -> list[NewCode]:
    """The codes of a CSV file with the columns above, in any order. Raises WrongCsv if it is none,
    WrongCodes with every fault that is in its rows."""
    codes, faults = list[NewCode](), list[str]()
    for row in read_rows(file, COLUMNS):
        try:
            codes.append(_code(row))
        except ValueError as error:
            faults.append(f"line {row.line}: {error}")
    seen: dict[str, NewCode] = {}
    for code in codes:
        first = seen.setdefault(code.code, code)
        if first.worth != code.worth:
            faults.append(f"line {code.line}: the code of line {first.line}, worth something else")
    if faults:
        raise WrongCodes(faults)
    return codes


def _code(row: Row) -> NewCode:
    kind, currency = row["kind"].strip().lower(), row["currency"].strip().upper()
    if kind not in CODED:
        raise ValueError(f"kind is {row['kind']!r}; write {' or '.join(sorted(CODED))}")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(f"currency is {row['currency']!r}; write three letters, like EUR")
    try:
        cents = cents_of(row["amount"], currency)
    except NoAmount as error:
        raise ValueError(f"amount {row['amount']!r} {_AMOUNTS[error.reason]}") from None
    code = row["code"].strip()
    if not _CODE.fullmatch(code):
        raise ValueError("code must be 1 to 100 letters, digits and signs, without spaces")
    return NewCode(row.line, code, kind, cents, currency)


def import_codes(database_url: str, file: Path) -> tuple[int, int]:
    """Read the whole file, then store it in one transaction; how many codes are new, and how many
    were known. Raises WrongCsv, WrongCodes, DatabaseError, bot.storage.database.Unavailable."""
    codes = read_codes(file)
    different = len({code.code for code in codes})
    with closing(Database(database_url)) as database:
        upgrade(database)
        try:
            new = database.transact(store, codes, datetime.now(UTC))
        except OtherWorth as error:
            what = "the code was imported before, worth something else"
            raise WrongCodes([f"line {line}: {what}" for line in error.lines]) from None
    return new, different - new


def codes_there(database_url: str) -> list[Stock]:
    """How many codes are left and given, by what they are worth. Raises DatabaseError, and
    bot.storage.database.Unavailable."""
    with closing(Database(database_url)) as database:
        upgrade(database)
        return database.transact(stock)


def as_rows(found: Iterable[Stock]) -> list[Mapping[str, object]]:
    """For programs: amounts as in "20.00"."""
    return [
        {
            "kind": row.kind,
            "amount": f"{row.cents // 100}.{row.cents % 100:02d}",
            "currency": row.currency,
            "left": row.left,
            "given": row.given,
        }
        for row in found
    ]


def as_words(found: Sequence[Stock]) -> str:
    """For people: a line for each kind and amount."""
    if not found:
        return "no codes yet; add some with: frontdesk codes import FILE.csv"
    names = [f"{row.kind} {money(row.cents, row.currency)}" for row in found]
    width = max(map(len, names))
    return "\n".join(
        f"{name:<{width}}  {row.left:>6} left  {row.given:>6} given"
        for name, row in zip(names, found, strict=True)
    )
