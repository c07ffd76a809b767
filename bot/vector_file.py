"""A file that keeps vectors between starts; losing it costs time and nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from bot.understanding.embeddings import InMemory

PATIENCE = 10.0  # seconds that another process may hold the file
CHUNK = 500  # keys asked for at once

T = TypeVar("T")


class VectorFile:
    """A shelf for `understanding.embeddings.Vectors` in a SQLite file of its own: several processes
    and threads may share it. A damaged file is started anew; instead of one that cannot be used at
    all, memory is. The log says so, once."""

    def __init__(self, path: Path, log: FilteringBoundLogger) -> None:
        self._path = path
        self._log = log
        self._instead: InMemory | None = None

    def take(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        """Those of the keys that are there."""
        return self._do(lambda database: _take(database, list(keys)), lambda m: m.take(keys))

    def put(self, rows: Mapping[bytes, bytes]) -> None:
        """Keep these, in place of what had the same keys."""
        self._do(lambda database: _put(database, rows), lambda memory: memory.put(rows))

    def keep_only(self, keys: Collection[bytes]) -> None:
        """Drop every other."""
        self._do(lambda database: _keep(database, keys), lambda memory: memory.keep_only(keys))

    def _do(self, work: Callable[[sqlite3.Connection], T], instead: Callable[[InMemory], T]) -> T:
        if self._instead is None:
            try:
                return self._try(work)
            except (sqlite3.Error, OSError) as error:
                self._log.warning(
                    "embeddings_cache_off",
                    path=str(self._path),
                    detail=f"{error}; until its folder can be written, each start begins anew",
                )
                self._instead = InMemory()
        return instead(self._instead)

    def _try(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._open() as database:
                return work(database)
        except sqlite3.OperationalError:  # held by another, not writable, disk full
            raise
        except sqlite3.DatabaseError as error:  # what is there is no database, or is torn
            self._log.warning(
                "embeddings_cache_damaged", path=str(self._path), detail=f"{error}; started anew"
            )
        for suffix in ("-journal", ""):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        with self._open() as database:
            return work(database)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction; whoever comes next in any process sees all of it or nothing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path, timeout=PATIENCE)) as database:
            database.execute("PRAGMA auto_vacuum = FULL")  # what is dropped gives its space back
            with database:
                database.execute(
                    "CREATE TABLE IF NOT EXISTS vectors "
                    "(key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
                )
                yield database


def _take(database: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        marks = ",".join("?" * len(some))
        select = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
        found.update(database.execute(select, some))
    return found


def _put(database: sqlite3.Connection, rows: Mapping[bytes, bytes]) -> None:
    database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows.items())


def _keep(database: sqlite3.Connection, keys: Collection[bytes]) -> None:
    database.execute("CREATE TEMP TABLE kept (key BLOB PRIMARY KEY)")
    database.executemany("INSERT INTO kept VALUES (?)", ((key,) for key in set(keys)))
    database.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM kept)")
