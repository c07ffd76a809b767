"""The platforms on a bad day: events twice and late, 429s, lost answers, and nobody there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults import harm
from tests.faults.harm import Harm
from tests.faults.world import happen, world

KINDS: dict[str, tuple[Harm, ...]] = {
    "twice, late and told to wait": (harm.duplicates, harm.delays, harm.limits),
    "answers lost": (harm.lost_answers,),
    "telegram away": (harm.telegram_away,),
    "slack away": (harm.slack_away, harm.cut_sockets),
}
ALL = (harm.duplicates, harm.limits, harm.lost_answers, harm.telegram_away, harm.cut_sockets,
       harm.killing(2))  # fmt: skip


async def troubled(seed: int, folder: Path, *harms: Harm) -> None:
    async with world(seed, f"sqlite:///{folder}.db", folder, limits=True) as made:
        await happen(made, *harms)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(100, 120, 4))
async def test_each_kind(tmp_path: Path, kind: str, seed: int) -> None:
    """Twenty seeds of each, four at once."""
    seeds = range(seed, seed + 4)
    await asyncio.gather(*(troubled(s, tmp_path / str(s), *KINDS[kind]) for s in seeds))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 220, 4))
async def test_everything_at_once(tmp_path: Path, seed: int) -> None:
    """Twenty seeds of all of it, with two kills."""
    seeds = range(seed, seed + 4)
    await asyncio.gather(*(troubled(s, tmp_path / str(s), *ALL) for s in seeds))
