"""A process says that it is alive; what a silent one held is free for the others within seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import inbox
from bot.inbox import Arrival
from bot.storage import heartbeat, lanes, leases
from bot.storage.database import Database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LONG = timedelta(minutes=1)


@pytest.fixture
def other(database: Database) -> Database:
    """A second process on the same database."""
    return Database(database.url.render_as_string(hide_password=False))


def lanes_of(claim: inbox.Claim) -> list[str]:
    return [item.lane for item in claim.items]


def test_what_a_dead_process_held_is_freed(database: Database, other: Database) -> None:
    """Its customers and its turn to poll do not wait until the leases have run out."""
    database.transact(inbox.put, [Arrival("telegram", "1", "telegram:1", {})], NOW)
    other.transact(heartbeat.beat, other.process, NOW)
    dead = other.transact(inbox.claim, NOW, 10, 10)
    assert other.transact(leases.hold, "telegram", other.process, NOW, LONG)
    other.close()

    seen: heartbeat.Seen = {}
    assert database.transact(heartbeat.bury, NOW, seen) == []
    soon = NOW + heartbeat.SILENCE / 2
    assert database.transact(heartbeat.bury, soon, seen) == []
    assert database.transact(inbox.claim, soon, 10, 10).items == ()
    later = NOW + heartbeat.SILENCE + SECOND
    assert later < NOW + lanes.LEASE
    assert database.transact(heartbeat.bury, later, seen) == [other.process]
    assert lanes_of(database.transact(inbox.claim, later, 10, 10)) == ["telegram:1"]
    assert database.transact(leases.hold, "telegram", database.process, later, LONG)
    with pytest.raises(lanes.LeaseLost):
        database.transact(inbox.take, dead, later)


def test_the_living_keep_what_they_hold(database: Database, other: Database) -> None:
    """Only what the dead one held is touched, and who beats is not dead."""
    arrivals = [Arrival("telegram", str(n), f"telegram:{n}", {}) for n in (1, 2)]
    database.transact(inbox.put, arrivals, NOW)
    seen: heartbeat.Seen = {}
    for process in (database, other):
        process.transact(heartbeat.beat, process.process, NOW)
    assert database.transact(heartbeat.bury, NOW, seen) == []
    mine = database.transact(inbox.claim, NOW, 1, 10)
    other.transact(inbox.claim, NOW, 1, 10)
    other.close()
    later = NOW + heartbeat.SILENCE + SECOND
    database.transact(heartbeat.beat, database.process, later)
    assert database.transact(heartbeat.bury, later, seen) == [other.process]
    freed = lanes_of(database.transact(inbox.claim, later, 10, 10))
    assert len(freed) == 1 and freed != lanes_of(mine)
    database.transact(inbox.take, mine, later)


def test_a_clean_stop_gives_everything_back(database: Database, other: Database) -> None:
    """Who says goodbye leaves nothing to wait for, and nobody to bury."""
    database.transact(inbox.put, [Arrival("telegram", "1", "telegram:1", {})], NOW)
    other.transact(heartbeat.beat, other.process, NOW)
    other.transact(inbox.claim, NOW, 10, 10)  # a send that did not end in time
    other.transact(heartbeat.leave, other.process, NOW)
    other.close()
    assert lanes_of(database.transact(inbox.claim, NOW, 10, 10)) == ["telegram:1"]
    seen: heartbeat.Seen = {}
    assert database.transact(heartbeat.bury, NOW, seen) == []
    assert database.transact(heartbeat.bury, NOW + LONG, seen) == []


def test_clocks_that_differ_bury_nobody(database: Database, other: Database) -> None:
    """A machine whose clock is ahead sees the beats of the others as old; it buries only who has
    beaten no more for as long as it has watched."""
    database.transact(inbox.put, [Arrival("telegram", "1", "telegram:1", {})], NOW)
    held = other.transact(inbox.claim, NOW, 10, 10)
    seen: heartbeat.Seen = {}
    for second in range(0, 40, 2):
        now = NOW + second * SECOND
        other.transact(heartbeat.beat, other.process, now)
        assert database.transact(heartbeat.bury, now + LONG, seen) == []
    other.transact(inbox.take, held, NOW)
    other.close()
    assert database.transact(heartbeat.bury, now + 2 * LONG, seen) == [other.process]
