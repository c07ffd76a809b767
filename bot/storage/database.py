"""The database thread: short synchronous transactions, run off the event loop.

A transaction is a plain function of a session. It cannot await anything, so nothing can hold a
lock across a network call; and it is three to four times cheaper than async ORM code."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sqlite3
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

from bot.storage.folded import fold

P = ParamSpec("P")
T = TypeVar("T")

# What is raised while the database is away or full; the work is kept and tried again.
Unavailable = (OperationalError, InterfaceError)

# PostgreSQL gave up one of two transactions that waited for each other: running it again is right.
_RETRY_STATES = {"40P01", "40001"}
_RETRIES = 5

# A server, a network or another process that falls silent must end what waits for it, in time:
# seconds for one statement, for a lock, and for a transaction in which nothing is asked any more.
_SERVER_LIMITS = {
    "statement_timeout": "20s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}
_NETWORK_LIMITS = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
_IDLE_TOO_LONG = "25P03"


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


class Database:
    """One engine and the threads that may use it. SQLite has one writer, so it gets one thread."""

    def __init__(self, url: str) -> None:
        self.url = _understood(url)
        # Signs what is claimed here, so that it can be freed when this process has died.
        self.process = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        threads = 1 if self.is_sqlite else 4
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="database")
        self._lock: int | None = None

    async def run(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(session, …)` as one transaction in a database thread, committed when this
        returns and rolled back when it raises. A deadlock is tried again."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, lambda: self.transact(work, *args, **kwargs)
        )

    def transact(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same as `run`, in the calling thread (for the command line)."""
        for attempt in range(1, _RETRIES + 1):
            try:
                with self._session() as session, session.begin():
                    return work(session, *args, **kwargs)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state == _IDLE_TOO_LONG:  # the driver files it under errors of ours
                    raise OperationalError(error.statement, None, error.orig or error) from error
                if state not in _RETRY_STATES or attempt == _RETRIES:
                    raise
        raise AssertionError("unreachable")

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False, info={"process": self.process})

    def lock_file(self) -> None:
        """Hold the SQLite file for this process alone; raises DatabaseError if another one has it.

        Two processes on one SQLite file would each believe the leases of the other to be stale."""
        if not self.is_sqlite or not self.url.database or self.url.database == ":memory:":
            return
        path = Path(f"{self.url.database}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise DatabaseError(
                f"DATABASE_URL: {self.url.database} is in use by another frontdesk process; "
                "stop that one, or use PostgreSQL to run several"
            ) from None

    def close(self) -> None:
        """Wait for the transaction under way, then let go of connections and the file lock."""
        self._threads.shutdown(wait=True)
        self.engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def unlimited(connection: Connection) -> None:
    """Let this one transaction take its time; for what is known to be long."""
    if connection.dialect.name == "postgresql":
        for name in _SERVER_LIMITS:
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def _understood(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Not the driver's own words: they quote the address, and its password with it.
        raise DatabaseError(
            "DATABASE_URL: cannot be understood; write it like sqlite:///frontdesk.db "
            "or postgresql://name:password@host:5432/frontdesk"
        ) from None


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseError("DATABASE_URL: SQLite needs a file, like sqlite:///frontdesk.db")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"DATABASE_URL: the folder {folder} cannot be made: {error.strerror}"
        ) from None
    engine = create_engine(url, connect_args={"timeout": 15}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: Any) -> None:
        # SQLAlchemy's own BEGIN below, instead of the driver's deferred one: a deferred
        # transaction that turns from reading to writing fails at once, whatever the time-out.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("folded", 1, fold, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL) -> Engine:
    settings = {"timezone": "utc", **_SERVER_LIMITS}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    try:
        return create_engine(
            url,
            pool_size=5,
            max_overflow=2,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged; what customers wrote is not
            connect_args={**_NETWORK_LIMITS, "options": options},
        )
    except ModuleNotFoundError:
        raise DatabaseError(
            "DATABASE_URL: PostgreSQL needs one more package: pip install 'frontdesk-bot[postgres]'"
        ) from None
