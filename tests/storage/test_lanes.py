"""The durable queue on both databases: order, leases, pace, and no deadlock."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import inbox, outbox
from bot.domain import Address, Outgoing, Reply
from bot.inbox import Arrival
from bot.outbox import Draft, Sent
from bot.storage import lanes, leases
from bot.storage.database import Database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def arrival(number: int, lane: str = "telegram:1", position: float | None = None) -> Arrival:
    at = number if position is None else position
    return Arrival("telegram", str(number), lane, {"update_id": number}, at)


def post(chat: str, text: str) -> Draft:
    return Draft(Outgoing("post", Address("telegram", chat), Reply(text)))


def test_an_event_counts_once_however_often_it_is_delivered(database: Database) -> None:
    """Platforms deliver again; the id decides, within a batch and across batches."""
    assert database.transact(inbox.put, [arrival(1), arrival(1), arrival(2)], NOW) == 2
    assert database.transact(inbox.put, [arrival(1), arrival(3)], NOW) == 1
    claim = database.transact(inbox.claim, NOW, 10, 10)
    assert [item.raw["update_id"] for item in claim.items] == [1, 2, 3]
    database.transact(inbox.take, claim, NOW)
    assert database.transact(inbox.claim, NOW + SECOND, 10, 10).items == ()


def test_a_claimed_lane_is_nobody_elses_until_its_lease_ends(database: Database) -> None:
    """Two workers never have the same conversation; a dead one's is taken over."""
    database.transact(inbox.put, [arrival(1)], NOW)
    first = database.transact(inbox.claim, NOW, 10, 10)
    assert database.transact(inbox.claim, NOW + SECOND, 10, 10).items == ()
    second = database.transact(inbox.claim, NOW + lanes.LEASE, 10, 10)
    assert len(second.items) == 1
    with pytest.raises(lanes.LeaseLost):
        database.transact(inbox.take, first, NOW + lanes.LEASE)
    database.transact(inbox.take, second, NOW + lanes.LEASE)


def test_what_was_claimed_by_the_loser_of_a_lease_stays_undone(database: Database) -> None:
    """The fence is inside the transaction: the loser's marks are rolled back with it."""
    database.transact(inbox.put, [arrival(1)], NOW)
    first = database.transact(inbox.claim, NOW, 10, 10)
    second = database.transact(inbox.claim, NOW + lanes.LEASE, 10, 10)
    with pytest.raises(lanes.LeaseLost):
        database.transact(inbox.take, first, NOW)
    assert [item.id for item in second.items] == [item.id for item in first.items]


def test_a_late_retry_is_put_back_in_its_place(database: Database) -> None:
    """Order within a conversation is the platform's, not that of arrival."""
    later_first = [arrival(2, position=2.0), arrival(1, position=1.0)]
    database.transact(inbox.put, later_first, NOW)
    claim = database.transact(inbox.claim, NOW, 10, 10)
    assert [item.raw["update_id"] for item in claim.items] == [1, 2]


def test_a_failed_event_is_tried_again_later_and_holds_back_only_its_lane(
    database: Database,
) -> None:
    """Back-off is a lane's due time."""
    database.transact(inbox.put, [arrival(1, "a"), arrival(2, "b")], NOW)
    claim = database.transact(inbox.claim, NOW, 10, 10)
    only_a = inbox.Claim(claim.token, tuple(i for i in claim.items if i.lane == "a"))
    only_b = inbox.Claim(claim.token, tuple(i for i in claim.items if i.lane == "b"))
    database.transact(inbox.put_back, only_a, NOW + 4 * SECOND)
    database.transact(inbox.take, only_b, NOW)
    idle = database.transact(inbox.claim, NOW + SECOND, 10, 10)
    assert idle.items == () and idle.next_due == NOW + 4 * SECOND
    again = database.transact(inbox.claim, NOW + 4 * SECOND, 10, 10)
    assert [item.attempts for item in again.items] == [1]


def test_a_flood_in_one_conversation_holds_up_no_other(database: Database) -> None:
    """However much waits in one lane, each lane that is ready gets its share of every claim, in
    its order."""
    flood = [arrival(number, "a") for number in range(100)]
    others = [arrival(200 + number, lane) for number in range(3) for lane in ("b", "c")]
    unique = [replace(one, external_id=f"{one.lane}{one.position}") for one in (*flood, *others)]
    database.transact(inbox.put, unique, NOW)
    claim = database.transact(inbox.claim, NOW, 10, 12)
    found = [(item.lane, item.raw["update_id"]) for item in claim.items]
    assert found == [
        *(("a", number) for number in range(4)),
        *((lane, 200 + number) for lane in ("b", "c") for number in range(3)),
    ]
    database.transact(inbox.take, claim, NOW)
    rest = database.transact(inbox.claim, NOW + SECOND, 10, 12)
    assert [item.raw["update_id"] for item in rest.items] == list(range(4, 16))


def test_an_unreadable_event_is_kept_but_holds_up_nobody(database: Database) -> None:
    """Poison is set aside, counted, and the queue goes on."""
    poison = Arrival("telegram", "sha256:x", "", {"bad": True}, error="KeyError: 'update_id'")
    database.transact(inbox.put, [poison, arrival(1)], NOW)
    assert len(database.transact(inbox.claim, NOW, 10, 10).items) == 1
    assert database.transact(inbox.quarantined) == 1


def test_payloads_are_forgotten_and_duplicates_still_known(database: Database) -> None:
    """What customers wrote goes after a week; the id stays to know a redelivery by."""
    database.transact(inbox.put, [arrival(1)], NOW)
    claim = database.transact(inbox.claim, NOW, 10, 10)
    database.transact(inbox.take, claim, NOW)
    assert database.transact(inbox.forget, NOW + SECOND) == 1
    assert database.transact(inbox.put, [arrival(1)], NOW + SECOND) == 0


def test_sends_keep_their_order_and_one_is_under_way_per_chat(database: Database) -> None:
    """The next message of a chat waits for the end of the one before."""
    database.transact(outbox.put, [post("1", "a"), post("1", "b"), post("2", "c")], NOW)
    claim = database.transact(outbox.claim, "telegram", 0, NOW, 10)
    assert sorted(item.item.reply.text for item in claim.items) == ["a", "c"]
    ends = [Sent(item, "sent", "9", due=NOW + SECOND) for item in claim.items]
    database.transact(outbox.finish, "telegram", claim.token, ends, NOW)
    assert database.transact(outbox.claim, "telegram", 0, NOW, 10).items == ()
    paced = database.transact(outbox.claim, "telegram", 0, NOW + SECOND, 10)
    assert [item.item.reply.text for item in paced.items] == ["b"]


def test_a_send_that_a_dead_process_began_is_in_doubt(database: Database) -> None:
    """The note "about to be sent" is in the database before the first byte leaves."""
    database.transact(outbox.put, [post("1", "a")], NOW)
    assert not database.transact(outbox.claim, "telegram", 0, NOW, 10).items[0].in_doubt
    again = database.transact(outbox.claim, "telegram", 0, NOW + lanes.LEASE, 10)
    assert again.items[0].in_doubt


def test_a_platforms_limit_holds_over_all_chats_and_processes(database: Database) -> None:
    """Thirty a second means thirty, whoever asks."""
    database.transact(outbox.put, [post(str(n), "hi") for n in range(50)], NOW)
    first = database.transact(outbox.claim, "telegram", 30, NOW, 100)
    assert len(first.items) == 30
    assert database.transact(outbox.claim, "telegram", 30, NOW, 100).items == ()
    half = database.transact(outbox.claim, "telegram", 30, NOW + SECOND / 2, 100)
    assert len(half.items) == 15


async def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    """Fifty writers into shared lanes: no lock error, no lost update, right counts."""

    async def write(number: int) -> None:
        batch = [arrival(number * 10 + n, f"lane{n % 3}") for n in range(6)]
        await database.run(inbox.put, batch, NOW)
        await database.run(outbox.put, [post(str(n % 3), "x") for n in range(6)], NOW)

    await asyncio.gather(*(write(number) for number in range(50)))
    claim = await database.run(inbox.claim, NOW, 10, 1000)
    assert len(claim.items) == 300
    await database.run(inbox.take, claim, NOW)
    assert (await database.run(inbox.claim, NOW + SECOND, 10, 1000)).items == ()


def test_one_holder_at_a_time_has_a_lease(database: Database) -> None:
    """One process polls; another stands by, and takes over when the first is gone."""
    minute = timedelta(seconds=60)
    assert database.transact(leases.hold, "telegram", "a", NOW, minute)
    assert not database.transact(leases.hold, "telegram", "b", NOW, minute)
    assert database.transact(leases.hold, "telegram", "a", NOW + minute / 2, minute)
    assert not database.transact(leases.hold, "telegram", "b", NOW + minute, minute)
    assert database.transact(leases.hold, "telegram", "b", NOW + 2 * minute, minute)
    database.transact(leases.release, "b")
    assert database.transact(leases.hold, "telegram", "a", NOW + 2 * minute, minute)
