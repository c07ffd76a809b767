"""The whole of Frontdesk against the stand-ins, in one process: for the demo and for the tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.app import App, catching_up, recalling
from bot.channels.folder import FolderChannel
from bot.channels.slack import SlackChannel
from bot.channels.telegram import TelegramChannel
from bot.domain import Address, Channel
from bot.knowledge.policy import Policy
from bot.playground.slack.manifest import Manifest
from bot.playground.slack.server import SlackServer
from bot.playground.slack.values import Channel as SlackRoom
from bot.playground.telegram.server import TelegramServer
from bot.service import House
from bot.storage import lanes
from bot.storage.database import Database
from bot.workers import SEND_TIMEOUT

if TYPE_CHECKING:
    from bot.understanding.embeddings import Vectors

TELEGRAM_TOKEN = "1000001:playground-token-of-no-real-bot"  # noqa: S105 - opens nothing
DESK = "support-desk"
STEP = timedelta(minutes=30)  # in which skipped time passes


@dataclass
class MovableClock:
    """The time, and how far it has been moved ahead."""

    ahead: timedelta = timedelta()
    frozen: datetime | None = None  # where it stands still, for tests

    def __call__(self) -> datetime:
        return (self.frozen or datetime.now(UTC)) + self.ahead

    def skip(self, by: timedelta) -> None:
        """Move ahead; there is no way back."""
        self.ahead += by


@dataclass
class StagedApp(App):
    """The app, with people of the stand-in as supervisors whom no knowledge base can know."""

    supervisors: tuple[str, ...] = ()

    def house(self) -> House:
        """The same, with these supervisors besides those that the policy names."""
        house = super().house()
        if not self.supervisors:
            return house
        kb = replace(house.kb, policy=with_supervisors(house.kb.policy, self.supervisors))
        return replace(house, kb=kb, desk=replace(house.desk, kb=kb))


def with_supervisors(policy: Policy, people: Sequence[str]) -> Policy:
    """The same policy, with these Slack ids among its supervisors."""
    complaints, roles = policy.complaints, policy.complaints.roles
    named = (*roles.supervisor.people, *people)
    supervisor = roles.supervisor.model_copy(update={"people": named})
    roles = roles.model_copy(update={"supervisor": supervisor})
    complaints = complaints.model_copy(update={"roles": roles})
    return policy.model_copy(update={"complaints": complaints})


@dataclass
class Stage:
    """Both platforms, the desk, and the app that runs against them."""

    telegram: TelegramServer
    slack: SlackServer
    desk: SlackRoom
    app: StagedApp
    clock: MovableClock
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the app and wait until it listens; raises what it fails with."""
        self.running = asyncio.ensure_future(self.app.run(self.stop))
        ready = asyncio.ensure_future(self.app.ready.wait())
        await asyncio.wait({ready, self.running}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self.running.done():
            self.running.result()

    async def end(self) -> None:
        """Stop the app; raises what it failed with."""
        self.stop.set()
        if self.running is not None:
            await self.running
        await asyncio.to_thread(self.app.database.close)

    async def skip(self, by: timedelta) -> int:
        """Let the time pass, and deal with what comes due on the way; returns how much that was.

        In steps, as time passes: what may only be sent between ten and eight would otherwise be
        put off again and again by somebody who always arrives at night."""
        count, end = 0, self.clock.ahead + by
        while self.clock.ahead < end:
            await self._settle()
            self.clock.skip(min(STEP, end - self.clock.ahead))
            count += await self.app.ticker.tick()
        await self._settle()
        return count

    async def _settle(self) -> None:
        """Let what is due be done. A send that the clock leaps over would seem to have been given
        up by a process that died, and would be sent again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEND_TIMEOUT):
                while await self.app.database.run(lanes.at_work, self.clock()):
                    self.app.bells.ring_outboxes()
                    self.app.bells.inbox.ring()
                    await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def servers(
    clock: MovableClock, manifest: Manifest | None = None
) -> AsyncIterator[tuple[TelegramServer, SlackServer]]:
    """Both stand-ins, listening on loopback, with one clock; Slack's as strict as `manifest`."""

    def seconds() -> float:
        return clock().timestamp()

    async with (
        TelegramServer(token=TELEGRAM_TOKEN, clock=seconds) as telegram,
        SlackServer(clock=seconds, manifest=manifest) as slack,
    ):
        yield telegram, slack


def build_stage(
    telegram: TelegramServer,
    slack: SlackServer,
    database_url: str,
    knowledge_base: Path,
    default_language: str = "en",
    zone: ZoneInfo | None = None,
    clock: MovableClock | None = None,
    vectors: Vectors | None = None,
) -> Stage:
    """The app as `frontdesk run` would build it, with the stand-ins' addresses and tokens."""
    clock = clock or MovableClock()
    desk = slack.channel(DESK)
    database = Database(database_url)
    database.lock_file()

    channels: list[Channel] = [
        SlackChannel(
            "xoxb-playground",
            desk.id,
            app_token="xapp-playground",  # noqa: S106 - opens nothing
            api_url=f"{slack.url}/api/",
            recent=catching_up(database, clock),
        ),
        TelegramChannel(TELEGRAM_TOKEN, telegram.url, recall=recalling(database, clock)),
        FolderChannel(knowledge_base),
    ]
    app = StagedApp(
        database=database,
        channels=channels,
        desk=Address("slack", desk.id),
        knowledge_base=knowledge_base,
        default_language=default_language,
        zone=zone or ZoneInfo("UTC"),
        clock=clock,
        vectors=vectors,
    )
    return Stage(telegram, slack, desk, app, clock)
