"""Two processes on one PostgreSQL database share the work; when one dies the other takes over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.harm import killing
from tests.faults.world import happen, world


async def one_of_two(seed: int, url: str, folder: Path, kills: int = 3, again: bool = True) -> None:
    async with world(seed, url, folder, processes=2) as made:
        await happen(made, killing(kills, process=seed % 2, again=again))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120, 2))
@pytest.mark.parametrize("again", [True, False], ids=["comes back", "is gone for good"])
async def test_one_of_two_is_killed(
    tmp_path: Path, postgres_urls: list[str], seed: int, again: bool
) -> None:
    """Its customers wait a few seconds; nothing else happens to them. Twenty seeds of each."""
    seeds = zip((seed, seed + 1), postgres_urls, strict=False)
    await asyncio.gather(*(one_of_two(s, u, tmp_path / str(s), again=again) for s, u in seeds))
