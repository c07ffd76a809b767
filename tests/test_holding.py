"""What is held waits in its place, keeps nobody else waiting, and is nobody's hot loop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot import outbox, outbox_changes
from bot.domain import NEVER_SENT, TOO_LONG, WHO_KNOWS, Address, Outgoing, Refused, Reply
from bot.outbox import REPLY, REPLY_EDIT, SENT, Claim, Draft, Sending, Sent
from bot.storage.database import Database
from bot.workers.steps import steps

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HELD = NOW + timedelta(seconds=5)
ANNA, BOB = Address("paper", "anna"), Address("paper", "bob")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def put(database: Database, *drafts: Draft) -> None:
    database.transact(outbox.put, drafts, NOW)


def claim(database: Database, now: datetime) -> Claim:
    def work(session: Session) -> Claim:
        return outbox_changes.aimed(session, outbox.claim(session, "paper", 0.0, now, 10))

    return database.transact(work)


def texts(claim: Claim) -> list[str]:
    return [sending.item.reply.text for sending in claim.items]


def ends(database: Database, claim: Claim, now: datetime, *parts: str, state: str = "sent") -> None:
    done = [Sent(sending, state, "id", due=now, parts=parts or None) for sending in claim.items]
    database.transact(outbox.finish, "paper", claim.token, done, now)


def a_reply(to: Address, text: str, held: datetime | None = HELD, number: int = 1) -> Draft:
    return Draft(Outgoing("post", to, Reply(text)), REPLY, None, number, hold_until=held)


def a_change(text: str, number: int = 1) -> Draft:
    return Draft(Outgoing("update", ANNA, Reply(text), target=SENT), REPLY_EDIT, None, number)


def test_what_is_held_keeps_its_chat_and_no_other(database: Database) -> None:
    """It is known when to look again, and where somebody may be shown that it is coming."""
    put(database, a_reply(ANNA, "held"), Draft(Outgoing("post", ANNA, Reply("behind it"))))
    put(database, Draft(Outgoing("post", BOB, Reply("another's"))))
    first = claim(database, NOW)
    assert texts(first) == ["another's"]
    assert (first.next_due, first.held) == (HELD, (ANNA,))
    ends(database, first, NOW)
    assert claim(database, later(4)).items == ()
    assert claim(database, later(4)).next_due == HELD
    for text in ("held", "behind it"):
        turn = claim(database, HELD)
        assert texts(turn) == [text]
        ends(database, turn, HELD)


def test_it_is_changed_and_taken_back_where_it_waits(database: Database) -> None:
    """Its time stays as it was; what is taken back lets the next go."""
    put(database, a_reply(ANNA, "one"), a_reply(ANNA, "two", number=2))
    assert database.transact(outbox_changes.rewrite, 1, "ONE")
    assert database.transact(outbox_changes.withdraw, 2)
    turn = claim(database, HELD)
    assert texts(turn) == ["ONE"]
    assert not database.transact(outbox_changes.rewrite, 1, "too late")
    assert not database.transact(outbox_changes.withdraw, 1)
    ends(database, turn, HELD)
    assert (claim(database, HELD).items, claim(database, HELD).next_due) == ((), None)


def test_what_may_have_arrived_is_not_rewritten(database: Database) -> None:
    """A send whose end nobody knows is followed by the change, never replaced by it."""
    put(database, a_reply(ANNA, "one", held=None))
    turn = claim(database, NOW)
    done = [Sent(turn.items[0], "queued", due=NOW, doubtful=True)]
    database.transact(outbox.finish, "paper", turn.token, done, NOW)
    assert not database.transact(outbox_changes.rewrite, 1, "two")
    assert not database.transact(outbox_changes.withdraw, 1)


def test_a_change_knows_what_it_changes_once_that_has_gone(database: Database) -> None:
    """It waits behind the send, and is given the ids of all its parts; the next, those left."""
    put(database, a_reply(ANNA, "one", held=None), a_change("two"), a_change("three"))
    ends(database, claim(database, NOW), NOW, "m1", "m2")
    first = claim(database, NOW)
    assert [sending.targets for sending in first.items] == [("m1", "m2")]
    ends(database, first, NOW, "m1")
    (second,) = claim(database, NOW).items
    assert second.targets == ("m1",)


def a_sending(kind: str, *targets: str) -> Sending:
    item = Outgoing(kind, ANNA, Reply("x"), target=SENT)  # type: ignore[arg-type]
    return Sending(1, item, "lane", REPLY_EDIT, None, 1, 0, 0, False, NOW, targets=targets)


@pytest.fixture
def part() -> Iterator[Outgoing]:
    """One rendered part."""
    yield Outgoing("update", ANNA, Reply("x"), target=SENT)


def test_each_part_is_changed_and_the_surplus_deleted(part: Outgoing) -> None:
    """In that order: where something goes wrong, the customer rather has too much."""
    done = steps(a_sending("update", "m1", "m2", "m3"), [part])
    assert [(step.kind, step.target) for step in done] == [
        ("update", "m1"), ("delete", "m2"), ("delete", "m3"),
    ]  # fmt: skip
    taken = steps(a_sending("delete", "m1", "", "m3"), [part])
    assert [step.target for step in taken] == ["m1", "m3"]


@pytest.mark.parametrize(
    ("kind", "targets", "parts", "reason"),
    [
        ("update", (), 1, NEVER_SENT),
        ("delete", (), 1, NEVER_SENT),
        ("update", ("m1", ""), 1, WHO_KNOWS),
        ("delete", ("",), 1, WHO_KNOWS),
        ("update", ("m1",), 2, TOO_LONG),
    ],
)
def test_what_cannot_be_done_whole_is_not_begun(
    kind: str, targets: tuple[str, ...], parts: int, reason: str, part: Outgoing
) -> None:
    """Each reason has its own sentence on the desk."""
    with pytest.raises(Refused) as refused:
        steps(a_sending(kind, *targets), [part] * parts)
    assert refused.value.reason == reason
