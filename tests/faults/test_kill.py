"""`kill -9` at random moments: nothing is lost, nothing crosses, and what was repeated says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.harm import killing
from tests.faults.world import happen, world


async def killed(seed: int, url: str, folder: Path, kills: int = 4) -> None:
    async with world(seed, url, folder) as made:
        await happen(made, killing(kills))


@pytest.mark.timeout(120)
async def test_what_was_said_while_it_was_dead(tmp_path: Path) -> None:
    """Telegram keeps it; Slack does not, there the history is read, even for the first word ever.
    Each is answered once, in order."""
    async with world(1, f"sqlite:///{tmp_path}/dead.db", tmp_path / "dead", tickets=0) as made:
        process = made.processes[0]
        await process.start()
        await made.connected()
        await made.slack.wait_for(lambda: made.slack.calls("conversations.history"), 20)
        await process.kill()
        for number in (1, 2, 3):
            for customer in made.customers:
                customer.ask(number)
        await process.start()
        await made.connected()
        await made.settle()
        found = made.findings()
        assert not found.faults, f"{found}; {made.story()}"
        assert all(len(customer.mouth.shown()) == 3 for customer in made.customers)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140, 4))
async def test_killed_on_sqlite(tmp_path: Path, seed: int) -> None:
    """Forty seeds, four at once."""
    seeds = range(seed, seed + 4)
    runs = (killed(s, f"sqlite:///{tmp_path}/{s}.db", tmp_path / str(s)) for s in seeds)
    await asyncio.gather(*runs)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 220, 4))
async def test_killed_on_postgres(tmp_path: Path, postgres_urls: list[str], seed: int) -> None:
    """Twenty seeds, four at once. Here what a dead process held is free only when it has been
    silent for a while."""
    seeds = zip(range(seed, seed + 4), postgres_urls, strict=True)
    await asyncio.gather(*(killed(s, url, tmp_path / str(s)) for s, url in seeds))
