"""The shop's CSV file: what is taken, and every way in which a line can be wrong, by its number."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from bot.domain import Address
from bot.knowledge.base import KnowledgeBase
from bot.schedule.purchases import COLUMNS, Imported, Line, WrongFile, read, store
from bot.service import House
from bot.storage.database import Database
from bot.storage.tables import Contact, Conversation, FollowUpItem, Identity, Purchase
from handoff.rows import Desk
from tests.conftest import shipped_kb

RIGA = ZoneInfo("Europe/Riga")
HEADER = ",".join(COLUMNS)
GOOD = "HB-1,Ann,telegram,123,Tent,2026-11-01,2026-11-05 14:30"
NOW = datetime(2026, 11, 6, 12, tzinfo=UTC)


def lines_of(*rows: str, header: str = HEADER) -> list[Line]:
    return read(io.StringIO("\n".join([header, *rows]), newline=""), RIGA)


def faults_of(*rows: str, header: str = HEADER) -> list[str]:
    with pytest.raises(WrongFile) as caught:
        lines_of(*rows, header=header)
    return caught.value.faults


def test_a_plain_file() -> None:
    """Each line is a purchase; times without a zone are the shop's."""
    (line,) = lines_of(GOOD)
    assert line == Line(
        "HB-1", "Ann", "telegram", "123", "Tent",
        datetime(2026, 11, 1, tzinfo=RIGA), datetime(2026, 11, 5, 14, 30, tzinfo=RIGA),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (f"\ufeff{HEADER}", GOOD),
        (HEADER.replace(",", ";"), GOOD.replace(",", ";")),
        ("Order, Contact, Channel, Chat ID, Product, Bought at, Delivered at", GOOD),
        (f"{HEADER},note", f"{GOOD},a gift"),
        (HEADER, GOOD.replace("telegram", "Telegram").replace("HB-1", " HB-1 ")),
        ("product,order,contact,channel,chat_id,bought_at,delivered_at",
         "Tent,HB-1,Ann,telegram,123,2026-11-01,2026-11-05 14:30"),
    ],
    ids=["byte order mark", "semicolons", "other spelling", "more columns", "spaces", "any order"],
)  # fmt: skip
def test_what_spreadsheets_make_of_it_is_taken(header: str, row: str) -> None:
    """However a spreadsheet writes the same file, the same purchase is read."""
    assert lines_of(row, header=header) == lines_of(GOOD)


def test_quoted_cells_may_hold_what_separates() -> None:
    """A product with a comma, or a line break, in quotes."""
    (line,) = lines_of('HB-1,Ann,slack,U123,"Tent, green\nand light",2026-11-01T10:00:00Z,')
    assert line.product == "Tent, green\nand light"
    assert line.bought_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert line.delivered_at is None


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (",Ann,telegram,123,Tent,2026-11-01,", "order is empty"),
        ("HB-1,Ann,,123,Tent,2026-11-01,", "channel is empty"),
        ("HB-1,Ann,telegram,,Tent,2026-11-01,", "chat_id is empty"),
        ("HB-1,Ann,telegram,123,,2026-11-01,", "product is empty"),
        ("HB-1,Ann,telegram,123,Tent,,", "bought_at is empty"),
        ("HB-1,Ann,telegram", "chat_id is empty"),
        ("HB-1,Ann,email,a@b.example,Tent,2026-11-01,", "channel is 'email'; write telegram or"),
        ("HB-1,Ann,telegram,@ann,Tent,2026-11-01,", "chat_id is '@ann'; on Telegram it is a num"),
        ("HB-1,Ann,telegram,1.2E+09,Tent,2026-11-01,", "chat_id is '1.2E+09'; on Telegram"),
        ("HB-1,Ann,telegram,-100,Tent,2026-11-01,", "chat_id is '-100'; on Telegram"),
        ("HB-1,Ann,slack,ann,Tent,2026-11-01,", "chat_id is 'ann'; on Slack it is a member's id"),
        ("HB-1,Ann,telegram,123,Tent,01.11.2026,", "bought_at is '01.11.2026'; write 2026-11-22"),
        ("HB-1,Ann,telegram,123,Tent,2026-11-01,soon", "delivered_at is 'soon'; write 2026-11-22"),
        ("HB-1,Ann,telegram,123,Tent,2026-11-01,2026-10-01", "delivered_at lies before bought_at"),
        (f"HB-1,Ann,telegram,123,{'T' * 201},2026-11-01,", "product is longer than 200"),
        ("HB-1,Ann,telegram,123,Tent, green,2026-11-01,,", "has more cells than line 1"),
    ],
    ids=lambda text: text[:40],
)
def test_a_wrong_line_is_named_with_its_number(row: str, says: str) -> None:
    """The second line of purchases stands in line 3 of the file."""
    (fault,) = faults_of(GOOD, row)
    assert fault.startswith(f"line 3: {says}")


def test_every_fault_is_named_at_once() -> None:
    """Nobody has to import ten times to learn of ten mistakes."""
    faults = faults_of(",,,,,,", GOOD, "HB-2,Ann,fax,1,Tent,2026-11-01,")
    assert [fault.partition(":")[0] for fault in faults] == ["line 2", "line 4"]


@pytest.mark.parametrize("header", ["", "order,contact", "sep=;"])
def test_a_file_without_the_columns_says_which_line_must_come_first(header: str) -> None:
    """An empty file, a list without a header, another export."""
    (fault,) = faults_of(header=header)
    assert fault.startswith("line 1: no column ")
    assert HEADER in fault


def test_an_endless_cell_is_a_fault_not_a_crash() -> None:
    """A quotation mark that is never closed swallows the rest of a big file."""
    faults = faults_of(f'HB-1,Ann,telegram,123,"{"x" * 140_000},2026-11-01,')
    assert "cannot be read" in faults[-1]


# --- what is stored ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return shipped_kb(date(2026, 11, 6))


@pytest.fixture
def house(kb: KnowledgeBase) -> House:
    return House(kb, Desk(Address("slack", "C1"), kb, "en"), "en", RIGA)


def planned(session: Session) -> dict[str, datetime]:
    return {item.key: item.run_at for item in session.exec(select(FollowUpItem)).all()}


def test_importing_twice_changes_nothing(database: Database, house: House) -> None:
    """The shop may send its whole list every night."""
    lines = lines_of(GOOD, GOOD, "HB-1,Ann,telegram,123,Stove,2026-11-01,")
    assert database.transact(store, lines, house, NOW) == Imported(2, 1, 1)
    assert database.transact(store, lines, house, NOW) == Imported(0, 3, 0)
    with Session(database.engine) as session:
        assert len(session.exec(select(Purchase)).all()) == 2
        assert len(session.exec(select(Contact)).all()) == 1
        assert len(session.exec(select(Conversation)).all()) == 1


def test_a_delivery_that_becomes_known_later_is_followed_up(
    database: Database, house: House
) -> None:
    """Bought yesterday, delivered next week: the follow-up is planned when the day is known, and
    a later list without the day does not forget it."""
    bought = "HB-1,Ann,telegram,123,Tent,2026-11-01,"
    assert database.transact(store, lines_of(bought), house, NOW) == Imported(1, 0, 0)
    delivered = lines_of(f"{bought}2026-11-05 14:30")
    assert database.transact(store, delivered, house, NOW) == Imported(0, 1, 1)
    assert database.transact(store, lines_of(bought), house, NOW) == Imported(0, 1, 0)
    with Session(database.engine) as session:
        (purchase,) = session.exec(select(Purchase)).all()
        assert purchase.delivered_at == datetime(2026, 11, 5, 12, 30, tzinfo=UTC)
        assert planned(session) == {
            f"after-delivery:{purchase.id}": datetime(2026, 11, 8, 12, 30, tzinfo=UTC)
        }


def test_a_purchase_belongs_to_the_customer_we_know(database: Database, house: House) -> None:
    """The account that wrote before, and the one in the file, are one contact."""
    database.transact(store, lines_of(GOOD), house, NOW)
    database.transact(store, lines_of(GOOD.replace("HB-1", "HB-2")), house, NOW)
    with Session(database.engine) as session:
        assert session.get(Identity, ("telegram", "123")) is not None
        assert len({p.contact_id for p in session.exec(select(Purchase)).all()}) == 1
