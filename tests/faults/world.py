"""Both platforms' stand-ins in this process, Frontdesk as others, and what is done to them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.playground.slack.server import SlackServer
from bot.playground.slack.values import Channel
from bot.playground.telegram.server import TelegramServer
from bot.storage.lanes import LANES
from tests.faults import knowledge
from tests.faults.cast import Agent, Customer, OnSlack, OnTelegram
from tests.faults.comparison import Findings, compare
from tests.faults.process import Frontdesk

TELEGRAM_TOKEN = "1000001:playground-token-of-no-real-bot"
SETTLED = 75.0  # seconds: more than any lease, back-off or retry that may have to pass

Fault = Callable[["World", random.Random], Coroutine[Any, Any, None]]


@dataclass
class World:
    """Who is there, and what runs."""

    seed: int
    url: str
    telegram: TelegramServer
    slack: SlackServer
    desk: Channel
    processes: list[Frontdesk]
    customers: list[Customer]
    agents: list[Agent]
    late: set[str] = field(default_factory=set)

    @property
    def kills(self) -> int:
        return sum(process.kills for process in self.processes)

    async def connected(self, timeout: float = 40) -> None:
        """Return once some process polls Telegram and holds a socket of Slack."""
        await self.telegram.polled(timeout)
        await self.slack.wait_for(lambda: self.slack.sockets.count > 0, timeout)

    def kill_after(self, method: str, process: Frontdesk) -> asyncio.Event:
        """Kill the process as soon as a platform has taken effect of its next `method`, before it
        can have the answer; the event is set when that has happened."""
        done = asyncio.Event()
        pulse, bump = self.telegram.world.pulse, self.slack.desk.changed
        beat = pulse.beat

        def strike() -> None:
            if not done.is_set():
                process.kill_now()
                done.set()

        def telegram_beat() -> None:
            beat()
            if method == "sendMessage":
                strike()

        def slack_bump() -> None:
            bump()
            if self.slack.requests and self.slack.requests[-1].method == method:
                strike()

        pulse.beat = telegram_beat  # type: ignore[method-assign]
        self.slack.desk.changed = slack_bump
        return done

    async def stored(self, count: int, timeout: float = 40) -> None:
        """Return once so many things wait in the database."""
        async with asyncio.timeout(timeout):
            # The database is another process's: it has no event to wait for.
            while await asyncio.to_thread(self._waiting) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def settle(self) -> None:
        """Wait until nothing is on its way any more; TimeoutError with what still was."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SETTLED
        quiet = 0
        while quiet < 3:
            waiting = await asyncio.to_thread(self._waiting)
            quiet = quiet + 1 if not (waiting or self.telegram.pending) else 0
            if loop.time() > deadline:
                raise TimeoutError(f"{waiting} things still wait after {SETTLED} s")
            await asyncio.sleep(0.25)

    def _waiting(self) -> int:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return int(connection.execute(select(func.sum(LANES.c.pending))).scalar() or 0)
        except SQLAlchemyError:
            return -1  # it may just be away
        finally:
            engine.dispose()

    def findings(self) -> Findings:
        """Compare what was sent with what arrived."""
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                late = frozenset(self.late)
                return compare(connection, self.customers, self.agents, late)
        finally:
            engine.dispose()

    def story(self) -> str:
        """For messages: how to have it again, and what the processes said last."""
        tails = "\n".join(f"--- {p.log}\n{p.tail()}" for p in self.processes)
        return f"seed {self.seed}, {self.kills} kills\n{tails}"


@contextlib.asynccontextmanager
async def world(
    seed: int,
    url: str,
    folder: Path,
    *,
    processes: int = 1,
    tickets: int = 2,
    limits: bool = False,
    database_url: str = "",
    burst: str = "0s",
) -> AsyncIterator[World]:
    """A world on the database at `url`; the processes are told `database_url` where that differs.
    Odd customers are on Telegram, even ones on Slack; the last `tickets` of them need a person."""
    customers = 4 + tickets
    base = await asyncio.to_thread(knowledge.write, folder, burst)
    async with (
        TelegramServer(TELEGRAM_TOKEN, limits=limits) as telegram,
        SlackServer(rate_limits=limits) as slack,
    ):
        desk = slack.channel("support-desk")
        environment = {
            "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": f"{slack.url}/api/",
            "SLACK_DESK_CHANNEL": desk.id,
            "DATABASE_URL": database_url or url,
            "KNOWLEDGE_BASE": str(base),
            "HTTP_PORT": "0",
        }
        names = [f"frontdesk-{number}" for number in range(1, processes + 1)]
        made = World(
            seed,
            url,
            telegram,
            slack,
            desk,
            [Frontdesk(folder, environment, name) for name in names],
            [
                _customer(number, number > customers - tickets, telegram, slack)
                for number in range(1, customers + 1)
            ],
            [_agent(name, slack, desk) for name in ("Ivo Berzins", "Zane Kalna")],
        )
        try:
            yield made
        finally:
            for process in made.processes:
                await process.kill()


def _customer(
    number: int, needs_person: bool, telegram: TelegramServer, slack: SlackServer
) -> Customer:
    name = f"Customer c{number}"
    if number % 2:
        return Customer(number, OnTelegram(telegram.customer(first_name=name)), needs_person)
    return Customer(number, OnSlack(slack, slack.user(name)), needs_person)


def _agent(name: str, slack: SlackServer, desk: Channel) -> Agent:
    return Agent(slack.user(name, in_channels=[desk]), slack, desk)


async def play(world: World, faults: Sequence[Fault], patience: float = 1.0) -> Findings:
    """Let everybody do what they do while the faults happen, let it all settle, stop cleanly, and
    compare. Raises what did not end in time."""
    rng = random.Random(world.seed)
    await asyncio.gather(*(process.start() for process in world.processes))
    await world.connected()
    async with asyncio.TaskGroup() as group:
        for place, customer in enumerate(world.customers):
            group.create_task(customer.live(random.Random(rng.random()), patience))
            if customer.needs_person:
                agent = world.agents[place % 2]
                group.create_task(agent.serve(customer, 2, random.Random(rng.random()), patience))
        for fault in faults:
            group.create_task(fault(world, random.Random(rng.random())))
    await world.settle()
    for process in world.processes:
        if process.is_missed:
            assert process.is_running, f"it ended by itself; {world.story()}"
            code = await process.stop()
            assert code == 0, f"it did not stop cleanly but with {code}; {world.story()}"
    return world.findings()


async def happen(made: World, *faults: Fault, patience: float = 1.0) -> Findings:
    """`play`, and everything that is not as it should be as one AssertionError with the seed."""
    try:
        found = await play(made, faults, patience)
    except (TimeoutError, ExceptionGroup) as error:
        raise AssertionError(f"{error!r}; {made.findings()}; {made.story()}") from error
    print(f"seed {made.seed}: {made.kills} kills; {found}")  # with -s: the figures
    assert not found.faults, f"{found}; {made.story()}"
    return found
