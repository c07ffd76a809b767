"""What is done to a running world. Each harm lasts as long as people are talking."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy.engine import make_url

from bot.playground.slack.events import Answer, Kind
from bot.playground.slack.values import Json
from tests.faults.cast import OnSlack, about
from tests.faults.gate import Gate
from tests.faults.world import World

AWAY = 3.0  # seconds that a database or a platform is gone
MOMENTS = ("any", "any", "starting", "sendMessage", "chat.postMessage", "conversations.history")

Harm = Callable[[World, random.Random], Coroutine[Any, Any, None]]


def killing(times: int, process: int = 0, *, again: bool = True) -> Harm:
    """`kill -9`, `times` times, at all kinds of moments: at any; as soon as a platform has taken a
    message and before the answer is read; while starting; in the middle of catching up. Without
    `again` it is gone for good."""

    async def harm(world: World, rng: random.Random) -> None:
        victim = world.processes[process]
        for _ in range(times):
            moment = rng.choice(MOMENTS)
            await _kill(world, rng, moment, process)
            if not again:
                victim.is_missed = False
                return
            await asyncio.sleep(rng.uniform(0, 0.4))
            await victim.start()
            if moment != "starting":
                await world.connected()

    return harm


async def _kill(world: World, rng: random.Random, moment: str, process: int) -> None:
    victim = world.processes[process]
    if moment in {"any", "starting"}:
        await asyncio.sleep(rng.uniform(0, 1.2))
    else:
        struck = world.kill_after(moment, victim)
        try:
            async with asyncio.timeout(2.0):
                await struck.wait()
        except TimeoutError:
            struck.set()
    await victim.kill()


async def duplicates(world: World, rng: random.Random) -> None:
    """The platforms deliver again what they have delivered, at once and later."""
    for _ in range(40):
        await asyncio.sleep(rng.uniform(0, 0.2))
        if world.telegram.updates:
            world.telegram.resend(rng.choice(world.telegram.updates))
        if world.slack.events:
            world.slack.redeliver(rng.choice(world.slack.events), delay=rng.uniform(0, 1))


async def delays(world: World, rng: random.Random) -> None:
    """Slack delivers some events late, so that later ones overtake them."""
    courier = world.slack._courier
    tell = courier.tell

    async def late(kind: Kind, payload: Json) -> Answer:
        if kind == "events_api" and rng.random() < 0.3:
            world.late.update(about(str(payload["event"].get("text", ""))))
            await asyncio.sleep(rng.uniform(0.1, 1.5))
        return await tell(kind, payload)

    courier.tell = late  # type: ignore[method-assign]


async def limits(world: World, rng: random.Random) -> None:
    """Both platforms say 429, for a while, to this and that."""
    calls = ("chat.postMessage", "reactions.add", "chat.update", "auth.test")
    for _ in range(12):
        await asyncio.sleep(rng.uniform(0, 0.6))
        world.telegram.fail_next("sendMessage", 429, retry_after=rng.choice((1, 2)))
        world.slack.fail_next(rng.choice(calls), status=429, retry_after=rng.choice((1, 2)))


async def lost_answers(world: World, rng: random.Random) -> None:
    """Messages are taken, and the connection breaks before the answer."""
    for _ in range(5):
        await asyncio.sleep(rng.uniform(0.2, 1.5))
        world.telegram.drop_after_accept("sendMessage")
        world.slack.drop_after_accept("chat.postMessage")


async def telegram_away(world: World, rng: random.Random) -> None:
    """Telegram cannot be reached, twice."""
    for _ in range(2):
        await asyncio.sleep(rng.uniform(0.2, 1.5))
        await world.telegram.down()
        await asyncio.sleep(AWAY)
        await world.telegram.down(False)


async def slack_away(world: World, rng: random.Random) -> None:
    """Slack cannot be reached: what is written there meanwhile is told to nobody."""
    await _acquainted(world)
    for _ in range(2):
        await asyncio.sleep(rng.uniform(0.2, 1.5))
        world.slack.down()
        await asyncio.sleep(AWAY)
        world.slack.down(False)


async def _acquainted(world: World) -> None:
    """Return once the names of Slack's customers are known: one whose name could not be asked for
    is served without it, and then no agent of ours would find the card."""
    people = {each.mouth.person.id for each in world.customers if isinstance(each.mouth, OnSlack)}

    def asked() -> set[str]:
        return {
            call.params["user"] for call in world.slack.calls("users.info") if call.result["ok"]
        }

    await world.slack.wait_for(lambda: people <= asked(), 40)


async def cut_sockets(world: World, rng: random.Random) -> None:
    """Slack's sockets end, with and without a word."""
    for _ in range(4):
        await asyncio.sleep(rng.uniform(0.2, 1.5))
        world.slack.disconnect_sockets(rng.choice(("refresh_requested", None)))


def shut(gate: Gate) -> Harm:
    """PostgreSQL is away, twice: connections break, and there are no new ones."""

    async def harm(world: World, rng: random.Random) -> None:
        for _ in range(2):
            await asyncio.sleep(rng.uniform(0.2, 1.5))
            await gate.shut()
            await asyncio.sleep(AWAY)
            await gate.open()

    return harm


async def locked(world: World, rng: random.Random) -> None:
    """Somebody else holds the SQLite file, twice: a backup, a curious person."""

    def hold() -> None:
        connection = sqlite3.connect(str(make_url(world.url).database), isolation_level=None)
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("BEGIN EXCLUSIVE")
        asyncio.run_coroutine_threadsafe(asyncio.sleep(AWAY), loop).result()
        connection.execute("ROLLBACK")
        connection.close()

    loop = asyncio.get_running_loop()
    for _ in range(2):
        await asyncio.sleep(rng.uniform(0.2, 1.5))
        await asyncio.to_thread(hold)
