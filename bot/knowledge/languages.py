"""Which languages there are, and how each of them counts."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol

_CODE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")


def is_language(code: str) -> bool:
    """Whether this is a language code known to CLDR: `lv`, `pt-BR`."""
    if not _CODE.fullmatch(code):
        return False
    try:
        _locale(code)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def plural_category(language: str, number: float) -> str:
    """The CLDR category (zero, one, two, few, many, other) of a number of things."""
    return str(_locale(language).plural_form(number))


def name_of(code: str, language: str) -> str:
    """What a language is called in another one: "латышский"; its code if CLDR does not know."""
    return str(_locale(language).languages.get(code.partition("-")[0], code))


@lru_cache(maxsize=64)
def decimal_sign(language: str) -> str:
    """What stands before the hundredths: a comma, or a point, as in languages nobody knows."""
    return get_decimal_symbol(_locale(language)) if is_language(language) else "."


@lru_cache(maxsize=64)
def whole_number_categories(language: str) -> frozenset[str]:
    """The categories that counting needs; in Russian `other` is for fractions only."""
    return frozenset(plural_category(language, number) for number in range(201))


@lru_cache(maxsize=64)
def _locale(code: str) -> Locale:
    return Locale.parse(code, sep="-")
