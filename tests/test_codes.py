"""`frontdesk codes`: the shop's list of codes, imported whole or not at all, and counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner, Result

from bot import outbox
from bot.cli import app
from bot.commands.codes import WrongCodes, read_codes
from bot.commands.csv_rows import WrongCsv
from bot.commands.doctor.remedies import remedies
from bot.config import Settings
from bot.storage.database import Database
from bot.storage.tables import OutboxItem, ShopCode
from handoff.remedies.shop_orders import PURPOSE
from tests.handoff.complaint_desk import IVO, NOW, ComplaintDesk

HEADER = "kind,amount,currency,code\n"
ROWS = 'credit,20,EUR,AAA-111\ncredit,"20,00",eur,AAA-222\nCoupon,7.50,EUR,BBB-333\n'

Frontdesk = Callable[..., Result]


@pytest.fixture
def frontdesk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Frontdesk:
    """Runs a command in an empty folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **env: str) -> Result:
        return CliRunner().invoke(app, list(words), env=env, catch_exceptions=False)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "codes.csv"
    path.write_text(HEADER + ROWS)
    return path


def test_codes_are_imported_once_and_counted(
    file: Path, database_url: str, frontdesk: Frontdesk
) -> None:
    """However often the file comes; for people, and for programs."""
    first = frontdesk("codes", "import", str(file), DATABASE_URL=database_url)
    assert (first.exit_code, first.output.strip()) == (0, "3 new, 0 known")
    file.write_text(HEADER + ROWS + "credit,20,EUR,AAA-444\ncredit,20,EUR,AAA-444\n")
    second = frontdesk("codes", "import", str(file), "--json", DATABASE_URL=database_url)
    assert json.loads(second.output) == {"new": 1, "known": 3}
    shown = frontdesk("codes", DATABASE_URL=database_url)
    assert [line.split() for line in shown.output.splitlines()] == [
        ["coupon", "7.50", "EUR", "1", "left", "0", "given"],
        ["credit", "20", "EUR", "3", "left", "0", "given"],
    ]
    listed = json.loads(frontdesk("codes", "--json", DATABASE_URL=database_url).output)
    assert listed[1] == {
        "kind": "credit", "amount": "20.00", "currency": "EUR", "left": 3, "given": 0,
    }  # fmt: skip


def test_what_was_given_is_counted_as_given(
    file: Path, database: Database, frontdesk: Frontdesk
) -> None:
    """A code that a customer has is no longer left, and an import does not bring it back."""
    url = database.url.render_as_string(hide_password=False)
    frontdesk("codes", "import", str(file), DATABASE_URL=url)
    ComplaintDesk(database).propose(IVO, "credit", 2000)
    frontdesk("codes", "import", str(file), DATABASE_URL=url)
    credit = json.loads(frontdesk("codes", "--json", DATABASE_URL=url).output)[1]
    assert (credit["left"], credit["given"]) == (1, 1)


def test_without_codes_it_says_what_to_do(frontdesk: Frontdesk, sqlite_url: str) -> None:
    """An empty database is no error."""
    done = frontdesk("codes", DATABASE_URL=sqlite_url)
    assert done.exit_code == 0
    assert done.output.startswith("no codes yet; add some with: frontdesk codes import")
    assert frontdesk("codes", "--json", DATABASE_URL=sqlite_url).output == "[]\n"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("gold,20,EUR,X", "kind is 'gold'; write coupon or credit"),
        (",20,EUR,X", "kind is ''; write coupon or credit"),
        ("refund,20,EUR,X", "kind is 'refund'"),
        ("credit,,EUR,X", "amount '' is empty"),
        ("credit,much,EUR,X", "amount 'much' is no number; write it like 20 or 20.50"),
        ("credit,-5,EUR,X", "amount '-5' is not above zero"),
        ("credit,2000000,EUR,X", "amount '2000000' is above a million"),
        ("credit,20 USD,EUR,X", "amount '20 USD' names another currency"),
        ("credit,20,EURO,X", "currency is 'EURO'; write three letters, like EUR"),
        ("credit,20,EUR,", "code must be 1 to 100"),
        ("credit,20,EUR,TWO WORDS", "code must be 1 to 100"),
        ("credit,20,EUR,Ä", "code must be 1 to 100"),
        (f"credit,20,EUR,{'X' * 101}", "code must be 1 to 100"),
        ("credit,30,EUR,AAA-111", "the code of line 2, worth something else"),
    ],
)
def test_a_wrong_line_stops_the_whole_file(
    row: str, says: str, file: Path, tmp_path: Path, frontdesk: Frontdesk
) -> None:
    """With its number and without any code; nothing is imported, exit code 1."""
    file.write_text(f"{HEADER}{ROWS}{row}\ngold,0,E,\n")
    done = frontdesk("codes", "import", str(file))
    assert done.exit_code == 1
    faults = done.stderr.splitlines()
    assert any(line.startswith(f"{file}: line 5: {says}") for line in faults)
    assert any(line.startswith(f"{file}: line 6: kind is 'gold'") for line in faults)
    assert faults[-1] == "nothing was imported"
    assert "AAA" not in done.output + done.stderr
    assert not (tmp_path / "frontdesk.db").exists()


def test_a_code_cannot_be_worth_two_things(file: Path) -> None:
    """Twice in one file, with two amounts: which is right?"""
    file.write_text(HEADER + ROWS + "credit,30,EUR,AAA-111\n")
    with pytest.raises(WrongCodes) as caught:
        read_codes(file)
    assert caught.value.faults == ("line 5: the code of line 2, worth something else",)


def test_a_code_that_was_imported_as_something_else(
    file: Path, database: Database, frontdesk: Frontdesk
) -> None:
    """The list contradicts what is there: it is named by its line, and nothing is imported."""
    url = database.url.render_as_string(hide_password=False)
    frontdesk("codes", "import", str(file), DATABASE_URL=url)
    file.write_text(HEADER + "credit,20,EUR,NEW-1\ncoupon,20,EUR,AAA-111\n")
    done = frontdesk("codes", "import", str(file), DATABASE_URL=url)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[0].endswith(
        "line 3: the code was imported before, worth something else"
    )
    assert len(ComplaintDesk(database).rows(ShopCode)) == 3


def test_a_big_list_is_taken(tmp_path: Path, database: Database, frontdesk: Frontdesk) -> None:
    """Some thousand codes, in several statements."""
    url = database.url.render_as_string(hide_password=False)
    file = tmp_path / "many.csv"
    rows = "".join(f"credit,5,EUR,N{number:05d}\n" for number in range(1201))
    file.write_text(HEADER + rows)
    assert frontdesk("codes", "import", str(file), DATABASE_URL=url).output == "1201 new, 0 known\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"code\nX\n", "the column kind, amount, currency is missing"),
        (HEADER.encode(), "has a header and no rows"),
        (HEADER.replace(",", ";").encode() + b"credit;20;EUR;X\n", "not separated by commas"),
        (HEADER.encode() + b"credit,20,50,EUR,X\n", "5 columns where the header has 4"),
        (HEADER.encode() + "credit,20,EUR,Ķ\n".encode("cp1257"), "is not UTF-8"),
    ],
)
def test_what_is_no_list_of_codes(
    content: bytes | None, says: str, tmp_path: Path, frontdesk: Frontdesk
) -> None:
    """One line that names the file and says what to do; exit code 2."""
    file = tmp_path / "codes.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(WrongCsv):
        read_codes(file)
    done = frontdesk("codes", "import", str(file))
    assert done.exit_code == 2
    assert done.stderr.startswith(f"frontdesk: {file}") and says in done.stderr


def test_a_database_that_is_away(frontdesk: Frontdesk, file: Path) -> None:
    """One line that names the setting; exit code 2."""
    url = "postgresql://u:secret@127.0.0.1:1/d"
    for words in (["codes"], ["codes", "import", str(file)]):
        done = frontdesk(*words, DATABASE_URL=url)
        assert done.exit_code == 2
        assert done.stderr.startswith("frontdesk: DATABASE_URL: ")
        assert "secret" not in done.stderr


# --- what `frontdesk doctor` says of them --------------------------------------------------------


def settings_for(url: str, **more: object) -> Settings:
    return Settings(_env_file=None, database_url=url, **more)  # type: ignore[arg-type]


async def test_the_doctor_counts_what_is_left(database: Database) -> None:
    """Codes that have run out are a remark; no code is shown."""
    desk = ComplaintDesk(database)
    desk.import_codes(("AAA-1", "credit", 1000), ("BBB-1", "coupon", 1000))
    url = database.url.render_as_string(hide_password=False)
    (finding,) = await remedies(settings_for(url))
    assert finding.ok is True
    assert finding.detail.endswith("codes left: coupon 10 EUR: 1, credit 10 EUR: 1")
    desk.propose(IVO, "credit", 1000)
    (finding,) = await remedies(settings_for(url))
    assert (finding.ok, finding.do[:8]) == (None, "Add some")
    assert "credit 10 EUR: 0" in finding.detail


def test_the_doctor_creates_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """Before the first start there are no codes, and there is no file afterwards either."""
    (finding,) = asyncio.run(remedies(settings_for(sqlite_url)))
    assert finding.ok is True  # a shop may do without
    assert "frontdesk codes import" in finding.detail
    assert list(tmp_path.iterdir()) == []


async def test_the_doctor_names_the_shop_and_none_of_its_secrets(sqlite_url: str) -> None:
    """The host is enough to see a typing mistake."""
    (finding,) = await remedies(
        settings_for(
            sqlite_url,
            remedy_webhook_url="https://shop.example/hidden-path",
            remedy_webhook_secret="0123456789abcdef",
        )
    )
    assert finding.ok is True
    assert "shop.example" in str(finding)
    assert "hidden" not in str(finding) and "0123456789" not in str(finding)


async def test_the_doctor_tells_of_orders_without_an_answer(database: Database) -> None:
    """A shop that does not answer, and one whose address was taken away, are seen."""
    desk = ComplaintDesk(database, shop=True)
    database.transact(outbox.put, desk.propose(IVO, "credit", 1000), NOW)
    url = database.url.render_as_string(hide_password=False)
    shop = {"remedy_webhook_url": "https://shop.example", "remedy_webhook_secret": "x" * 16}
    first, second = await remedies(settings_for(url))
    assert (first.ok, second.ok) == (None, True)
    assert first.detail.startswith("1 were approved for a webhook of the shop, which is not set")
    assert [finding.ok for finding in await remedies(settings_for(url, **shop))] == [True]

    def tried(session: Session) -> None:
        order = session.exec(select(OutboxItem).where(OutboxItem.purpose == PURPOSE)).one()
        order.error = "the shop answers 503"

    database.transact(tried)
    (_, unanswered) = await remedies(settings_for(url, **shop))
    assert unanswered.ok is None
    assert unanswered.detail.endswith("the last attempt: the shop answers 503")
