"""Import a file of purchases, while `frontdesk run` may be running beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.config import Settings
from bot.domain import Address
from bot.knowledge.base import load
from bot.schedule.purchases import Imported, read, store
from bot.service import House
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from handoff.rows import Desk


def import_purchases(settings: Settings, file: Path) -> tuple[Imported, int]:
    """Read the whole file, then store it in one transaction: all of it or nothing. Also returns
    how many of the purchases have no delivery date, which follow-ups may wait for.

    Raises WrongFile, OSError, UnicodeDecodeError, KnowledgeBaseMissing, DatabaseError."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        purchases = read(lines, settings.zone)
    now = datetime.now(UTC)
    kb = load(settings.knowledge_base, settings.default_language, now.date())
    desk = Desk(Address("slack", settings.slack_desk_channel or ""), kb, settings.default_language)
    house = House(kb, desk, settings.default_language, settings.zone)
    database = Database(settings.database_url)
    try:
        upgrade(database)
        done = database.transact(store, purchases, house, now)
        return done, sum(purchase.delivered_at is None for purchase in purchases)
    finally:
        database.close()
