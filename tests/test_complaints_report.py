"""`frontdesk complaints`: what is open and late, what it was about, what comes back, the cost."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import Session
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.complaints import Kept, Repeat, cause_labels, read_records, survey
from bot.commands.complaints_report import COLUMNS, as_json, as_rows, as_words
from bot.config import Settings
from bot.service.complaint_records import Given, Record
from bot.storage.database import Database, DatabaseError
from bot.storage.tables import RemedyItem, Ticket
from tests.conftest import KNOWLEDGE_BASE
from tests.handoff.complaint_stage import BOSS, DAY, EVA, HOUR, IVO, MORNING, Stage

RIGA = ZoneInfo("Europe/Riga")
LABELS = {"lost": "Lost parcel", "faulty": "Broke in use"}
NOW = MORNING
ON_TIME, LATE = timedelta(days=2), timedelta(days=4)  # of a date three days after the beginning

Frontdesk = Callable[..., Result]


def record(id: int, age: float, **fields: Any) -> Record:
    """A complaint that was made so many days ago, by a customer of its own if no other is named."""
    opened = NOW - timedelta(days=age)
    known: dict[str, Any] = {
        "severity": "normal", "cause": "", "owner": "Ivo", "contact_id": id,
        "customer": f"Customer {id}", "channel": "telegram", "opened_at": opened,
        "due_at": opened + 3 * DAY,
    }  # fmt: skip
    return Record(id, **{**known, **fields})


def closed(id: int, age: float, state: str, after: timedelta = ON_TIME, **fields: Any) -> Record:
    """One whose customer was asked so long after it began, and which was closed a day later."""
    asked = NOW - timedelta(days=age) + after
    return record(id, age, asked_at=asked, closed_at=asked + DAY, state=state, **fields)


# --- figures --------------------------------------------------------------------------------------


def test_settled_and_assumed_are_never_mixed() -> None:
    """Nor is what was on time with what was late: by when the desk had done its part, not by how
    long the customer took to say so."""
    found = survey(
        [
            closed(1, 20, "settled"),
            closed(2, 20, "settled", LATE),
            closed(3, 20, "assumed"),
            closed(4, 20, "settled", breaches=1),
            record(5, 4),
            record(6, 4, state="asked", asked_at=NOW - 2 * DAY),
        ],
        LABELS,
        NOW,
    )
    assert (found.settled, found.assumed) == (Kept(1, 2), Kept(1, 0))
    assert (found.open, found.asked, found.overdue, found.total) == (2, 1, 1, 6)


def test_the_same_mistake_is_seen_to_come_back() -> None:
    """By cause, the last thirty days against the thirty before; the most frequent first."""
    records = [
        closed(1, 45, "settled", cause="lost"),
        closed(2, 20, "assumed", cause="lost"),
        record(3, 1, cause="lost"),
        closed(4, 50, "settled", cause="faulty"),
        record(5, 1),
    ]
    lost, unknown, faulty = survey(records, LABELS, NOW).causes
    assert (lost.label, lost.open, lost.settled, lost.assumed, lost.all) == (
        "Lost parcel",
        1,
        1,
        1,
        3,
    )
    assert (lost.lately, lost.before) == (2, 1)
    assert (unknown.cause, unknown.lately) == ("", 1)
    assert (faulty.lately, faulty.before) == (0, 1)


def test_who_complains_again() -> None:
    """Of the same thing after it had been closed is another matter than of something else."""
    records = [
        closed(1, 50, "settled", contact_id=7, customer="Maria", cause="lost"),
        closed(2, 30, "settled", contact_id=7, customer="Maria", cause="faulty"),
        record(3, 1, contact_id=7, customer="Maria", cause="lost"),
        record(4, 1, cause="lost"),
        record(5, 2, contact_id=8, cause="lost"),
        record(6, 1, contact_id=8, cause="lost"),  # in another chat; the first is still open
    ]
    found = survey(records, LABELS, NOW)
    assert found.repeats[0] == Repeat("Maria", (1, 2, 3))
    assert found.again == (Repeat("Maria", (1, 3), "lost"),)


def test_what_was_given() -> None:
    """By kind and currency; euros are not added to zlotys."""
    euros, zlotys = Given("credit", 2000, "EUR"), Given("credit", 500, "PLN")
    records = [record(1, 1, given=(euros, Given("apology"))), record(2, 1, given=(euros, zlotys))]
    found = survey(records, LABELS, NOW)
    assert found.given == (
        (Given("apology"), 1),
        (Given("credit", 4000, "EUR"), 2),
        (Given("credit", 500, "PLN"), 1),
    )


@pytest.mark.parametrize(
    ("chosen", "listed"),
    [
        ({}, [2, 1]),
        ({"overdue": True}, [2]),
        ({"closed": True}, [2, 1, 3]),
        ({"cause": "lost"}, [1]),
        ({"cause": "none"}, [2]),
        ({"since": NOW - 2 * DAY}, [1]),
    ],
    ids=["open", "overdue", "all", "by cause", "without a cause", "since"],
)
def test_what_is_listed(chosen: dict[str, Any], listed: list[int]) -> None:
    """The open ones, the most urgent first; the closed ones after them, where they are wanted."""
    records = [record(1, 1, cause="lost"), record(2, 5), closed(3, 20, "settled", cause="lost")]
    found = survey(records, LABELS, NOW, **chosen)
    assert [each.id for each in found.listed] == listed


# --- as people, programs and spreadsheets read it -------------------------------------------------


def test_in_words() -> None:
    """Number, how late, since when, what, whose, and what it took so far."""
    late = record(
        7, 4, severity="high", cause="lost", transfers=2, reopened=1,
        given=(Given("credit", 2000, "EUR"),), customer="Maria\x1b[2J Ozola",
    )  # fmt: skip
    said = as_words(survey([late], LABELS, NOW), RIGA)
    for part in ("1 open, 1 of them overdue", "C-0007", "OVERDUE by 24 h", "due 2026-11-21 11:00",
                 "high · Lost parcel · owner Ivo · Maria[2J Ozola (telegram)", "passed on twice",
                 "opened again once", "given: credit 20 EUR"):  # fmt: skip
        assert part in said
    assert "\x1b" not in said


def test_nothing_to_complain_about() -> None:
    """An empty house says so."""
    assert as_words(survey([], LABELS, NOW), RIGA) == "There are no complaints."


def test_as_json() -> None:
    """The same for programs; what is unknown is null."""
    found = survey([record(1, 4, owner=""), closed(2, 9, "assumed")], LABELS, NOW)
    shown = json.loads(json.dumps(as_json(found)))
    (first,) = shown["complaints"]
    assert (first["number"], first["state"], first["overdue_hours"]) == ("C-0001", "open", 24.0)
    assert first["owner"] is None and first["cause"] is None
    assert (shown["settled"], shown["assumed"]) == (
        {"on_time": 0, "late": 0},
        {"on_time": 1, "late": 0},
    )


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1+1"])
def test_a_spreadsheet_computes_nothing(name: str) -> None:
    """A customer can be called like a formula; numbers stay numbers."""
    (row,) = as_rows(survey([record(1, 4, customer=name)], LABELS, NOW))
    shown = dict(zip(COLUMNS, row, strict=True))
    assert shown["customer"] == f"'{name}"
    assert (shown["overdue_hours"], shown["late"], shown["closed_at"]) == (24.0, "yes", "")


# --- out of the database --------------------------------------------------------------------------


def test_from_the_database(database: Database, database_url: str) -> None:
    """What really happened: names for ids, transfers, remedies that were given and no others."""
    stage = Stage(database)
    stage.complains()
    stage.says("A person, please", "human", chat="2", name="Ann")
    stage.claims(EVA, ticket=2)
    stage.claims(IVO)
    stage.hands_over(IVO, EVA.user_id, "on leave")
    stage.classifies(EVA, "normal", "lost")
    stage.passes(4 * DAY)
    database.transact(_give)
    stage.resolves(EVA)
    stage.presses("settled:0:1")
    (found,) = read_records(database_url)
    assert (found.customer, found.owner, found.cause) == ("Maria Ozola", "Eva", "lost")
    assert (found.transfers, found.reopened, found.breaches) == (1, 1, 1)
    assert found.given == (Given("credit", 2000, "EUR"),)
    assert found.state == "open" and not found.is_overdue(stage.now) and found.is_late(stage.now)


def _give(session: Session) -> None:
    for given_at in (MORNING, None):
        item = RemedyItem(
            complaint_id=1, kind="credit", cents=2000, currency="EUR", reason="late",
            proposed_by=BOSS, proposed_at=MORNING, given_at=given_at,
            decision="approved" if given_at else "refused",
        )  # fmt: skip
        session.add(item)


def test_asked_again_is_not_late(database: Database, database_url: str) -> None:
    """The desk had done its part when it asked the first time."""
    stage = Stage(database)
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.passes(HOUR)
    stage.says("hello", "greeting")
    stage.passes(7 * DAY)
    (found,) = read_records(database_url)
    assert (found.state, found.asked_at) == ("asked", MORNING)
    assert not found.is_late(stage.now)


def test_asked_by_another_colleague_is_not_late(database: Database, database_url: str) -> None:
    """Who resolves another matter of theirs asks anew; that the first asked in time remains. A
    "no" ends that."""
    stage = Stage(database)
    stage.complains()
    stage.resolves(IVO)
    stage.passes(5 * DAY)
    database.transact(_another_matter, stage)
    stage.resolves(EVA, ticket=2)
    (found,) = read_records(database_url)
    assert (found.state, found.asked_at) == ("asked", MORNING)
    assert not found.is_late(stage.now)
    stage.presses("settled:0:1")
    (found,) = read_records(database_url)
    assert found.asked_at is None


def _another_matter(session: Session, stage: Stage) -> None:
    ticket = Ticket(
        conversation_id=1, reason="asked", language="en", desk="C0DESK", opened_at=stage.now
    )
    session.add(ticket)


def test_missing_tables(tmp_path: Path) -> None:
    """No database, and an empty one: a sentence each, and no file is made."""
    url = f"sqlite:///{tmp_path}/frontdesk.db"
    with pytest.raises(DatabaseError, match="there is no database at"):
        read_records(url)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "frontdesk.db").touch()
    with pytest.raises(DatabaseError, match="frontdesk db upgrade"):
        read_records(url)


def test_tables_of_an_older_version(database: Database, database_url: str) -> None:
    """It names the command that mends it; a newer version's are not guessed at."""
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(DatabaseError, match="frontdesk db upgrade"):
        read_records(database_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer Frontdesk"):
        read_records(database_url)


def test_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    """The short names have to do."""
    assert cause_labels(KNOWLEDGE_BASE)["lost"] == "Lost parcel"
    assert cause_labels(tmp_path) == {}
    for broken in ("complaints: {nonsense: 1}", "complaints: [", "\x00"):
        (tmp_path / "policy.yaml").write_text(broken, encoding="utf-8")
        assert cause_labels(tmp_path) == {}


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def frontdesk(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Frontdesk:
    """The command line on a database in which one complaint is four days old."""
    stage = Stage(database)
    stage.now = datetime.now(UTC) - 4 * DAY
    stage.complains(name="=Maria")
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("KNOWLEDGE_BASE", str(KNOWLEDGE_BASE))
    return lambda *args: CliRunner().invoke(app, ["complaints", *args])


def test_the_command(frontdesk: Frontdesk, tmp_path: Path) -> None:
    """On a page, as JSON, and into a file."""
    assert "C-0001  OVERDUE by 24 h" in frontdesk().stdout
    shown = json.loads(frontdesk("--overdue", "--json").stdout)
    assert [each["customer"] for each in shown["complaints"]] == ["=Maria"]
    done = frontdesk("--all", "--csv", str(tmp_path / "out.csv"))
    assert done.exit_code == 0 and "1 written to" in done.stdout
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["number"], row["customer"], row["late"]) == ("C-0001", "'=Maria", "yes")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--cause", "weather"], "there is no such cause; there are"),
        (["--since", "tomorrow"], "is no time"),
        (["--csv", "/no/such/folder/out.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_tried(frontdesk: Frontdesk, args: list[str], said: str) -> None:
    """One line, and exit code 2."""
    done = frontdesk(*args)
    assert done.exit_code == 2 and said in done.stderr
