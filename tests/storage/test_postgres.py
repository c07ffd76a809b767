"""What only PostgreSQL has: transactions side by side, and a server that can fall silent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from bot.domain import Address, InboundMessage, Person, Reading
from bot.outbox import Draft
from bot.service import House, customer_event
from bot.storage import lanes
from bot.storage.database import Database, Unavailable
from bot.storage.tables import Conversation, Ticket
from bot.storage.upgrade import upgrade
from handoff.rows import Desk
from tests.conftest import shipped_kb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA = Person("5", "Ada")


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """A PostgreSQL database with the tables."""
    opened = Database(postgres_url)
    yield opened
    opened.close()


def waits_for_lock(database: Database) -> bool:
    with database.engine.connect() as connection:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                     " AND datname = current_database()")  # fmt: skip
        return bool(connection.execute(query).scalar())


def test_who_writes_while_the_ticket_is_resolved_is_answered(postgres: Database) -> None:
    """The message waits for the transaction that resolves, and then finds no open ticket."""
    kb = shipped_kb(NOW.date())
    house = House(kb, Desk(Address("slack", "C1"), kb, "en"), "en", ZoneInfo("UTC"))

    def says(words: str, *intents: str) -> list[Draft]:
        event = InboundMessage(words, Address("telegram", "5"), ADA, words, NOW, words)
        reading = Reading(words, {"en": 1.0}, (), frozenset(intents))
        return postgres.transact(customer_event, event, reading, house, NOW)

    says("a person please", "human")
    answers: list[Draft] = []
    with Session(postgres.engine) as session, session.begin():
        session.exec(select(Conversation).with_for_update()).one()
        session.exec(select(Ticket)).one().resolved_at = NOW
        session.flush()
        writing = threading.Thread(target=lambda: answers.extend(says("hello", "greeting")))
        writing.start()
        while not waits_for_lock(postgres):
            assert writing.is_alive()
    writing.join()
    assert [draft.item.address.channel for draft in answers] == ["telegram"]


LIMITS = {
    "statement_timeout": "20s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}


def limits(database: Database) -> dict[str, str]:
    with database.engine.connect() as connection:
        return {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in LIMITS}


def test_nothing_waits_for_ever(postgres: Database) -> None:
    """A process whose machine vanished in the middle of a transaction holds its locks for seconds,
    and who waits for one hears of it."""
    assert limits(postgres) == LIMITS
    upgrade(postgres)  # has its own limits: none
    assert limits(postgres) == LIMITS


@pytest.mark.parametrize(
    "statements",
    [
        ("SET LOCAL statement_timeout = 50", "SELECT pg_sleep(10)"),
        ("SET LOCAL lock_timeout = 50", "LOCK TABLE lanes"),
    ],
    ids=["slow", "locked"],
)
def test_a_limit_that_is_reached_means_that_the_database_is_away(
    postgres: Database, statements: tuple[str, ...]
) -> None:
    """The loops wait and try again; the process does not end."""

    def work(session: Session) -> None:
        for statement in statements:
            session.connection().exec_driver_sql(statement)

    with Session(postgres.engine) as other, other.begin():
        other.connection().exec_driver_sql("SELECT 1 FROM lanes")
        with pytest.raises(Unavailable):
            postgres.transact(work)


def test_a_transaction_that_was_given_up_means_it_too(postgres: Database) -> None:
    """A process that was suspended for a while in the middle of one goes on afterwards."""

    def work(session: Session) -> None:
        connection = session.connection()
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 50")
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with postgres.engine.connect() as other:
            query = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :number")
            while other.execute(query, {"number": number}).scalar():
                other.rollback()
        connection.exec_driver_sql("SELECT 1")

    with pytest.raises(Unavailable):
        postgres.transact(work)


def test_transactions_that_wait_for_each_other_both_come_through(postgres: Database) -> None:
    """The end of a send locks the customer's lane and then the desk's, an agent's action the other
    way round: the one that PostgreSQL gives up is run again."""
    meet = threading.Barrier(2)
    tries: list[str] = []

    def lock(session: Session, first: str, second: str) -> None:
        tries.append(first)
        lanes.put(session, first, ["x"], NOW)
        if len(tries) <= 2:
            meet.wait(20)
        lanes.put(session, second, ["x"], NOW)

    orders = [("out:slack", "out:telegram"), ("out:telegram", "out:slack")]
    both = [threading.Thread(target=postgres.transact, args=(lock, *order)) for order in orders]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(tries) >= 3  # PostgreSQL may give one up twice on a busy machine
    query = text("SELECT pending FROM lanes WHERE key = 'x'")
    with postgres.engine.connect() as connection:
        assert list(connection.execute(query).scalars()) == [2, 2]
