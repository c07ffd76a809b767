"""Articles that have run out, are about to, or speak of days that are past."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from babel import Locale

from bot.domain import Article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault
from bot.knowledge.tone import lower, without_addresses

SOON = timedelta(days=30)

_SHORT = 4  # letters of a month's name that has no ending to spare

_ANY_YEAR = re.compile(r"20\d\d")
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_POINTS = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](20\d\d)\b")
_UNIT = "€|eur|zł|tl|₺|[cmk]?m|[km]?g|[cm]?l|mah|wh?|ml|pcs|szt|gab|шт|г|кг|л|мл|мм|м"
_YEAR = re.compile(
    rf"(?<![\w.,:/€$£-])(?<!\d )(20[1-9]\d)(?![\w€$£%]|[-.,:/]\d| \d| ?(?:{_UNIT})(?!\w))",
    re.IGNORECASE,
)
# What stays true of a day that is past: what began then, what happened before or after it. And of
# a year: what laws and norms are called.
_BEFORE = re.compile(
    r"(?<!\w)(?:since|from|after|before|between|between [^.!?]{1,40} and|dated|founded in"
    r"|established in|©|copyright|act|law|directive|regulation|iso"
    r"|с|со|после|раньше|основан\w* в|закон\w*|гост"
    r"|kopš|pēc|pirms|dibināt\w*|likum\w*|od|po|przed|założon\w* w|ustaw\w*|kanun\w*|sayılı)"
    r"[\s(:*]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"['’]?\w*\s+(?:beri|itibaren|sonra|önce)\b", re.IGNORECASE)


def check_dates(kb: KnowledgeBase) -> Iterator[Fault]:
    """Warnings about articles out of date on `kb.today`, notes about those that will be within 30
    days."""
    for article in kb.expired:
        line = kb.line(article.path, "valid_until")
        what = f"it was valid until {article.valid_until} and is no longer used"
        do = "bring it up to date and change valid_until, or delete the file"
        yield Fault(article.path, line, what, do, "warning")
    for article in kb.articles.values():
        if article.valid_until and article.valid_until - kb.today <= SOON:
            left = (article.valid_until - kb.today).days
            days = "today is its last day" if not left else f"it runs out in {_days(left)}"
            what = f"{days}: valid_until is {article.valid_until}"
            do = "bring it up to date, or let it go"
            yield Fault(article.path, kb.line(article.path, "valid_until"), what, do, "note")
        yield from _stale(kb, article)


def past_dates(text: str, language: str, today: date) -> list[tuple[int, str]]:
    """(position, as written) of days that are over and years that are, in a text.

    A year by itself counts from the one before last on: until then last season's rules may be the
    rules. "Since 2019", "bought before 1 March 2024" and "ISO 9001:2015" are left alone."""
    prose = without_addresses(text)
    if not _ANY_YEAR.search(prose):
        return []
    found, rest = [], list(prose)
    for start, end, day in _days_in(prose, language):
        rest[start:end] = " " * (end - start)
        if day < today and not _stays_true(prose, start, end):
            found.append((start, text[start:end].rstrip(". ")))
    for year in _YEAR.finditer("".join(rest)):
        if int(year[1]) < today.year - 1 and not _stays_true(prose, *year.span()):
            found.append((year.start(), year[0]))
    return sorted(found)


def _stays_true(text: str, start: int, end: int) -> bool:
    return bool(_BEFORE.search(text[max(0, start - 60) : start]) or _AFTER.match(text, end))


def _stale(kb: KnowledgeBase, article: Article) -> Iterator[Fault]:
    places = [("title", article.title), ("body", article.body)]
    for key, text in places:
        for position, written in past_dates(text, article.language, kb.today):
            line = (kb.line(article.path, key) or 1) + text.count("\n", 0, position)
            what = f"it speaks of {written}, which is past"
            do = "bring it up to date, or give it a valid_until"
            yield Fault(article.path, line, what, do, "warning")


def _days_in(text: str, language: str) -> Iterator[tuple[int, int, date]]:
    """Every day written out with its year: 2024-03-01, 01.03.2024, 1 March 2024."""
    for found in _ISO.finditer(text):
        yield from _day(found, int(found[1]), int(found[2]), int(found[3]))
    for found in _POINTS.finditer(text):
        month, day = int(found[2]), int(found[1])
        yield from _day(found, int(found[3]), *((day, month) if month > 12 else (month, day)))
    months = _months(language)
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    number, year = r"(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?", r"(?P<y>20\d\d)"
    name = rf"(?P<m>{names})\w{{0,3}}\.?"
    for pattern in (
        rf"\b{number}\s+{name},?\s+{year}",
        rf"\b{name}\s+{number},?\s+{year}",
        rf"\b{year}\.\s?gada\s+{number}\s+{name}",
    ):
        for found in re.finditer(pattern, lower(text, language)):
            month = months[found["m"]]
            yield from _day(found, int(found["y"]), month, int(found["d"]))


def _day(found: re.Match[str], year: int, month: int, day: int) -> Iterator[tuple[int, int, date]]:
    try:
        yield found.start(), found.end(), date(year, month, day)
    except ValueError:
        return


def _months(language: str) -> dict[str, int]:
    """The beginnings of the months' names in lower case: endings differ from sentence to sentence
    ("marts", "1. martam")."""
    locale = Locale.parse(language, sep="-")
    named = (locale.months[context]["wide"] for context in ("format", "stand-alone"))
    return {
        (name[:-1] if len(name) > _SHORT else name): number
        for names in named
        for number, name in ((n, lower(str(name), language)) for n, name in names.items())
    }


def _days(count: int) -> str:
    return "a day" if count == 1 else f"{count} days"
