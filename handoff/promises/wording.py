"""When a promise is to be kept, as the customer and as the desk read it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.dates import date_and_time
from bot.storage.tables import Promise
from handoff.rows import Desk


def time_of(
    promise: Promise,
    kb: KnowledgeBase,
    zone: ZoneInfo,
    shop: ZoneInfo,
    language: str,
) -> str:
    """The day and the hours on the clock of `zone`, which is named where it is not the shop's:
    "Tuesday, 24 November, 10:00–12:00 (Istanbul)". Never "tomorrow": it is kept and read again."""
    starts, ends = promise.starts_at, promise.ends_at
    shown = date_and_time(starts, zone, language)
    if ends is not None:
        shown = f"{shown}–{ends.astimezone(zone):%H:%M}"
    if starts.astimezone(zone).utcoffset() != starts.astimezone(shop).utcoffset():
        shown = f"{shown} ({zone.key.rpartition('/')[2].replace('_', ' ')})"
    return shown if ends is not None else kb.say(language, "promise_by", time=shown)


def on_desk(promise: Promise, desk: Desk) -> str:
    """The same on the shop's clock, in the desk's words."""
    return time_of(promise, desk.kb, desk.zone, desk.zone, desk.language)
