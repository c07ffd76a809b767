"""What was asked in the past: since when, and out of which database."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, time, timedelta, tzinfo

from bot.knowledge.durations import parse_duration
from bot.service.asked import Question
from bot.service.questions import questions_since
from bot.storage.database import Database
from bot.storage.upgrade import upgrade

HOW = "write 30d, 12h, or a day as in 2026-10-01"
SHORTEST = timedelta(hours=1)


def since_when(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that "30d" (ago) or "2026-10-01" (as that day begins in the zone) means.

    Raises ValueError with a sentence that says how to write it."""
    text = text.strip()
    try:
        if text[:4].isdigit() and "-" in text:
            begin = datetime.combine(date.fromisoformat(text), time(), zone)
        else:
            begin = now - parse_duration(text)
    except ValueError:
        raise ValueError(f"--since {text}: is no time; {HOW}") from None
    if begin > now:
        raise ValueError(f"--since {text}: has not come yet; {HOW}")
    if now - begin < SHORTEST:
        raise ValueError(f"--since {text}: is less than an hour ago; {HOW}")
    return begin


def asked_since(database_url: str, since: datetime) -> list[Question]:
    """Every question since then; `frontdesk run` may be running beside this.

    Raises DatabaseError, and bot.storage.database.Unavailable."""
    with closing(Database(database_url)) as database:
        upgrade(database)
        return database.transact(questions_since, since)
