"""The rules of complaints: what they are called, and what a remedy is worth. Pure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from bot.knowledge.complaint_policy import MOST
from bot.knowledge.languages import decimal_sign

# What people write for a currency beside its three letters. A sign may stand for several.
_DOLLARS = "USD CAD AUD NZD SGD HKD"
_SIGNS = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eiro": "EUR", "евро": "EUR", "avro": "EUR",
    "$": _DOLLARS, "dollars": _DOLLARS, "£": "GBP", "₺": "TRY", "tl": "TRY", "₽": "RUB",
    "руб": "RUB", "р": "RUB", "zł": "PLN", "zl": "PLN", "kr": "SEK NOK DKK ISK", "kč": "CZK",
}  # fmt: skip
LONGEST = 60  # characters of anything that could be an amount

_AMOUNT = re.compile(
    r"(?P<before>[^\d\s.,'+-]*)\s*(?P<number>[+-]?\d[\d .,']*)(?P<after>[^\d]*)", re.DOTALL
)
# Thousands are parted by the same sign throughout, and it is not the one before the hundredths.
_GROUPED = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?:(?P<part>[ .,'])\d{3})(?:(?P=part)\d{3})*)"
    r"(?:(?!(?P=part))[.,](?P<rest>\d{1,2}))?"
)
_PLAIN = re.compile(r"(?P<whole>\d+)(?:[.,](?P<rest>\d{1,2}))?")


class NoAmount(ValueError):
    """What was written is no amount that can be given; `reason` is a phrase's key: amount_missing,
    amount_not_a_number, amount_not_positive, amount_too_much, amount_currency."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def number_of(complaint_id: int) -> str:
    """What a complaint is called by everybody: C-0007."""
    return f"C-{complaint_id:04d}"


def cents_of(written: str, currency: str) -> int:
    """Hundredths of the currency, from an amount as people write it: 20, 20.50, 20,5, €20, 20 EUR,
    1 200,00, 1.200, 20,-. What could be read in two ways is refused. Raises NoAmount."""
    text = _plain(written)
    if not text:
        raise NoAmount("amount_missing")
    found = _AMOUNT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise NoAmount("amount_not_a_number")
    number = found["number"].rstrip()
    after = found["after"].strip()
    if after[:1] == "-" and number[-1:] in {".", ","}:  # 20,- as prices are written
        number, after = number[:-1], after.lstrip("-").strip()
    amount = _decimal(number)
    for named in (found["before"], after):
        _check_currency(named, currency)
    if amount <= 0:
        raise NoAmount("amount_not_positive")
    if amount > MOST:
        raise NoAmount("amount_too_much")
    return int(amount * 100)


def _plain(written: str) -> str:
    """Without what cannot be seen, and with one sign each for space, minus and apostrophe."""
    whole = unicodedata.normalize("NFC", written)
    seen = "".join(c for c in whole if unicodedata.category(c) != "Cf")
    text = " ".join(seen.split())
    return re.sub("[−–—]", "-", text).replace("’", "'")


def _decimal(number: str) -> Decimal:
    sign, digits = (number[0], number[1:]) if number[0] in "+-" else ("", number)
    found = _GROUPED.fullmatch(digits) or _PLAIN.fullmatch(digits)
    if found is None:
        raise NoAmount("amount_not_a_number")
    whole = re.sub(r"\D", "", found["whole"])
    return Decimal(f"{sign}{whole}.{found['rest'] or 0}")


def _check_currency(named: str, currency: str) -> None:
    name = named.strip().removesuffix(".").casefold()
    if not name:
        return
    if not (name.isalpha() or (len(name) == 1 and unicodedata.category(name) == "Sc")):
        raise NoAmount("amount_not_a_number")
    if currency not in _SIGNS.get(name, name.upper()).split():
        raise NoAmount("amount_currency")


def money(cents: int, currency: str, language: str = "en") -> str:
    """An amount for people who read this language: 20 EUR, 20.50 EUR, 20,50 EUR."""
    whole, rest = divmod(cents, 100)
    sign = decimal_sign(language)
    return f"{whole}{sign}{rest:02d} {currency}" if rest else f"{whole} {currency}"
