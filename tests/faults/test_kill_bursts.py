"""`kill -9` while a burst waits, and while it becomes one turn: each message is written down once
and in its place, no turn is decided about twice, and what was asked in it is answered once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, select

from bot.service import MESSAGES
from bot.storage.tables import Conversation
from tests.faults.cast import ANSWERS, Customer
from tests.faults.harm import Harm, killing
from tests.faults.world import World, world

CONVERSATIONS = Conversation.__table__  # type: ignore[attr-defined]
GREETING = "Hi there"  # for which the bot waits: most people go on


async def ask_in_two_breaths(customer: Customer, number: int, pause: float) -> None:
    customer.mouth.say(GREETING)
    await asyncio.sleep(pause)
    customer.ask(number)


async def converse(customer: Customer, rng: random.Random) -> None:
    """All questions, each with a greeting before it that may or may not be one turn with it."""
    for number in range(1, ANSWERS + 1):
        await ask_in_two_breaths(customer, number, rng.uniform(0, 1.2))
        await asyncio.sleep(rng.uniform(0, 3))


def said(customer: Customer) -> list[str]:
    """What the customer has written, in order."""
    questions = [f"How do I look after my {customer.thing(n)}?" for n in range(1, ANSWERS + 1)]
    return [text for question in questions[: customer.asked] for text in (GREETING, question)]


def written_down(connection: Connection, customer: Customer) -> Sequence[tuple[str, str]]:
    """Who said what in the customer's conversation; of the bot's, only what was decided."""
    query = (
        select(MESSAGES.c.author, MESSAGES.c.text)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation_id)
        .where(CONVERSATIONS.c.key == customer.mouth.lane)
        .where((MESSAGES.c.author == "contact") | MESSAGES.c.outcome.is_not(None))
        .order_by(MESSAGES.c.id)
    )
    return [(row.author, row.text) for row in connection.execute(query)]


def check(made: World) -> None:
    """Compare what was said with what was written down, decided and answered."""
    found = made.findings()
    assert not found.faults, f"{found}; {made.story()}"
    engine = create_engine(made.url)
    with engine.connect() as connection:
        for customer in made.customers:
            rows = written_down(connection, customer)
            texts = [text for author, text in rows if author == "contact"]
            assert texts == said(customer), f"{texts}; {made.story()}"
            turns = [author for author, _ in rows]
            # Two decisions in a row would be two answers to the same words.
            assert ("bot", "bot") not in pairwise(turns), f"{rows}; {made.story()}"
            assert turns[-1] == "bot", f"{rows}; {made.story()}"
    engine.dispose()


async def killed(seed: int, url: str, folder: Path, harm: Harm) -> None:
    """Everybody converses while it is killed again and again."""
    async with world(seed, url, folder, tickets=0, burst="1s") as made:
        rng = random.Random(seed)
        await made.processes[0].start()
        await made.connected()
        async with asyncio.TaskGroup() as group:
            for customer in made.customers:
                group.create_task(converse(customer, random.Random(rng.random())))
            group.create_task(harm(made, rng))
        await made.settle()
        check(made)


@pytest.mark.timeout(120)
async def test_killed_while_a_burst_waits_and_while_it_is_answered(tmp_path: Path) -> None:
    """First it dies with the greetings stored and the questions still to come; then as soon as
    the answer to the first of the bursts has left."""
    url = f"sqlite:///{tmp_path}/burst.db"
    async with world(1, url, tmp_path / "burst", tickets=0, burst="30s") as made:
        process = made.processes[0]
        await process.start()
        await made.connected()
        for customer in made.customers:
            customer.mouth.say(GREETING)
        await made.stored(len(made.customers))
        await process.kill()
        assert not [text for customer in made.customers for text in customer.mouth.shown()]
        struck = made.kill_after("chat.postMessage", process)
        for customer in made.customers:
            customer.ask(1)
        await process.start()
        async with asyncio.timeout(40):
            await struck.wait()
        await process.gone()
        await process.start()
        await made.settle()
        check(made)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(300, 320, 4))
async def test_bursts_on_sqlite(tmp_path: Path, seed: int) -> None:
    """Twenty seeds, four at once."""
    seeds = range(seed, seed + 4)
    await asyncio.gather(
        *(killed(s, f"sqlite:///{tmp_path}/{s}.db", tmp_path / str(s), killing(3)) for s in seeds)
    )


@pytest.mark.long
@pytest.mark.parametrize("seed", range(400, 412, 4))
async def test_bursts_on_postgres(tmp_path: Path, postgres_urls: list[str], seed: int) -> None:
    """Twelve seeds, four at once."""
    seeds = zip(range(seed, seed + 4), postgres_urls, strict=True)
    await asyncio.gather(*(killed(s, url, tmp_path / str(s), killing(3)) for s, url in seeds))
