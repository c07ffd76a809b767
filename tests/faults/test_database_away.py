"""The database is away for three seconds, twice: nothing is acknowledged that is not stored, the
process lives on, and goes on by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.gate import gate
from tests.faults.harm import locked, shut
from tests.faults.world import happen, world


async def on_sqlite(seed: int, folder: Path) -> None:
    """Somebody else has locked the file."""
    async with world(seed, f"sqlite:///{folder}.db", folder) as made:
        await happen(made, locked)


async def on_postgres(seed: int, url: str, folder: Path, processes: int = 1) -> None:
    """The server cannot be reached."""
    async with (
        gate(url) as way,
        world(seed, url, folder, processes=processes, database_url=way.url) as made,
    ):
        await happen(made, shut(way))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120, 2))
async def test_away_and_back(tmp_path: Path, postgres_urls: list[str], seed: int) -> None:
    """Twenty seeds of each, four worlds at once; PostgreSQL with two processes."""
    async with asyncio.TaskGroup() as group:
        for s, url in zip((seed, seed + 1), postgres_urls, strict=False):
            group.create_task(on_sqlite(s, tmp_path / f"{s}a"))
            group.create_task(on_postgres(s, url, tmp_path / f"{s}b", processes=2))
