"""What happens for every message must not cost more the more messages there have been."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlmodel import Session

from bot import health, inbox, outbox
from bot.domain import Address, DeskHome, Outgoing, Reply
from bot.inbox import Arrival
from bot.outbox import Draft, Sent
from bot.storage.database import Database
from handoff import desk as desk_events
from tests.handoff.course_stage import IVO, Course

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

WHOLE_TABLE = re.compile(r"SCAN \w+$|Seq Scan", re.MULTILINE)
_LARGE = "(messages|outbox|ticket_events|tickets)"
LARGE_TABLE = re.compile(rf"SCAN {_LARGE}$|Seq Scan on {_LARGE}\b", re.MULTILINE)

Statement = tuple[str, Any]


@pytest.fixture
def statements(database: Database) -> Iterator[list[Statement]]:
    """Everything that is asked of the database, with the values, as it is asked."""
    asked: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any,
             many: bool) -> None:  # fmt: skip
        asked.append((statement, values[0] if isinstance(values, list) else values))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def plan(connection: Connection, statement: Statement) -> str:
    sql, values = statement
    if connection.dialect.name == "sqlite":
        lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        return "\n".join(line[-1] for line in lines)
    # Tables as small as a test's are read whole, unless that is made to look expensive.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return "\n".join(line[0] for line in connection.exec_driver_sql(f"EXPLAIN {sql}", values))


def plans(database: Database, statements: list[Statement]) -> list[str]:
    asked = [one for one in statements if one[0].startswith(("SELECT", "UPDATE", "DELETE"))]

    def explain(session: Session) -> list[str]:
        return [f"{one[0]}\n{plan(session.connection(), one)}" for one in asked]

    return database.transact(explain)


def test_no_step_of_a_message_reads_a_whole_table(
    database: Database, statements: list[Statement]
) -> None:
    """Storing, claiming, finishing and sending find their rows by an index."""
    address = Address("telegram", "1")
    database.transact(inbox.put, [Arrival("telegram", "1", "telegram:1", {})], NOW)
    database.transact(inbox.take, database.transact(inbox.claim, NOW, 10, 10), NOW)
    database.transact(outbox.put, [Draft(Outgoing("post", address, Reply("Hello")))], NOW)
    sending = database.transact(outbox.claim, "telegram", 28.0, NOW, 10)
    sent = [Sent(item, "sent", "5") for item in sending.items]
    database.transact(outbox.finish, "telegram", sending.token, sent, NOW)
    database.transact(health._figures, {address.channel: {address.chat_id}}, NOW)
    for found in plans(database, statements):
        assert not WHOLE_TABLE.search(found), found


def test_neither_a_home_nor_a_change_of_mind_reads_a_whole_table(
    database: Database, statements: list[Statement]
) -> None:
    """What colleagues do all day: they look at their home, and write, edit and delete replies."""
    desk = Course(database)
    desk.press(IVO, "claim")
    statements.clear()
    home = DeskHome("home", Address("slack", IVO.user_id), IVO, desk.now)
    for _ in range(2):
        database.transact(lambda session: _at_home(session, home, desk))
    message = desk.write(IVO, "On its way")
    desk.write(IVO, "It is on its way", message, "edited")
    desk.write(IVO, "", message, "deleted")
    for found in plans(database, statements):
        assert not LARGE_TABLE.search(found), found


def _at_home(session: Session, event: DeskHome, desk: Course) -> None:
    outbox.put(session, desk_events.handle(session, event, desk.desk, desk.now), desk.now)
