"""The composition root: the parts of one process, started together and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from bot import service
from bot.config import Settings, SettingsError
from bot.domain import Address, Channel, DeskForm, NotSent, Reading
from bot.health import Health, health_routes
from bot.knowledge.base import KnowledgeBase, KnowledgeBaseMissing, load
from bot.knowledge.watch import watch
from bot.mind import (
    Mind,
    advise,
    answer_in,
    build_mind,
    decided,
    log_faults,
    understanding_of,
)
from bot.schedule.ticker import Ticker
from bot.service import House
from bot.storage import heartbeat, lanes, leases
from bot.storage.database import Database, Unavailable
from bot.storage.upgrade import upgrade
from bot.workers import Bells, Clock, InboxWorker, OutboxWorker, Receiver, Worker
from handoff.forms.checks import faults
from handoff.promises import spoken
from handoff.remedies import shop_orders
from handoff.rows import Desk

if TYPE_CHECKING:
    from bot.channels.slack import Recent
    from bot.understanding.embeddings import Vectors

log = structlog.get_logger(__name__)

# The whole stop takes less than ten seconds, whatever falls silent meanwhile.
LISTENERS_STOP_SECONDS = 1.5
STOP_SECONDS = 6.0  # for what is under way
CLOSE_SECONDS = 1.0
LEADER = timedelta(seconds=60)  # longer than one long poll
DAY_CHECK = 300.0  # seconds between two looks at the calendar


def utc_now() -> datetime:
    return datetime.now(UTC)


class Routed(Protocol):
    """A channel that takes part in the HTTP server."""

    def routes(self) -> list[web.RouteDef]: ...


@dataclass
class App:
    """One running Frontdesk. `run` returns after a clean stop and raises when any part fails."""

    database: Database
    channels: Sequence[Channel]
    desk: Address
    knowledge_base: Path
    default_language: str = "en"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    clock: Clock = utc_now
    http: tuple[str, int] | None = None
    bells: Bells = field(default_factory=Bells)
    kb: KnowledgeBase | None = None  # what is said by, until it is understood
    mind: Mind | None = None
    embeddings: tuple[str, Path] | None = None  # the model, the folder of models and vectors
    vectors: Vectors | None = None
    http_port: int | None = None  # the port in use, once running
    ticker: Ticker = field(init=False)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _desks: set[str] = field(default_factory=set)
    _learning: asyncio.Lock = field(default_factory=asyncio.Lock)  # one swap follows from another

    def __post_init__(self) -> None:
        self.ticker = Ticker(self.database, self.house, self.bells, self.clock)
        for channel in self.channels:
            if hasattr(channel, "check_form"):
                channel.check_form = self._check_form
            if hasattr(channel, "desks"):
                channel.desks = self.desks
            if hasattr(channel, "ask"):
                channel.ask = self._answer

    def house(self) -> House:
        """The knowledge base as it is now, for one transaction."""
        kb = self.mind.kb if self.mind else self.kb
        assert kb is not None
        shop = any(channel.name == shop_orders.CHANNEL for channel in self.channels)
        desk = Desk(self.desk, kb, self.default_language, self.zone, shop)
        links = (getattr(channel, "deep_link", "") for channel in self.channels)
        return House(kb, desk, self.default_language, self.zone, next(filter(None, links), ""))

    def desks(self) -> frozenset[str]:
        """The desk channels. One that is no longer among the routes stays one while we run, and
        while it has tickets: what is written there is the desk's, and never a customer's."""
        kb = self.mind.kb if self.mind else self.kb
        self._desks.add(self.desk.chat_id)
        self._desks.update(kb.policy.desk.channels if kb else ())
        return frozenset(self._desks)

    def _check_form(self, form: DeskForm) -> Mapping[str, str]:
        """What is wrong with it by the knowledge base as it is now, field by field."""
        desk = self.house().desk
        return faults(form, desk.kb, desk.language, desk.zone)

    async def _answer(self, question: str, language: str) -> str:
        """Take up what has changed in the folder; returns the id of the article that a question is
        answered with now, "" for none. Raises NotSent while nothing is understood yet."""
        if self.mind is None:
            raise NotSent("the knowledge base is still being read")
        await self.reload()
        decision = await asyncio.to_thread(decided, self.mind, question, language, self.clock())
        article = answer_in(decision)
        return article.id if article is not None else ""

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Any part that ends on its own ends the process: a bot that is
        half alive is worse than one that is started again."""
        await self._prepare()
        by_name = {channel.name: channel for channel in self.channels}
        receive = Receiver(self.database, by_name, self.bells, self.clock)
        inbox = InboxWorker(
            self.database,
            by_name,
            self._read,
            self.house,
            self.bells,
            self.clock,
            lambda: self.mind is not None,
        )
        outboxes = [
            OutboxWorker(self.database, channel, self.house, self.bells, self.clock, by_name)
            for channel in self.channels
        ]
        workers: list[Worker] = [inbox, *outboxes]
        async with self._http_server():
            listening = [channel.listen(receive) for channel in self.channels]
            edges = [*listening, self._watch(), self._watch_calendar(), self.ticker.run()]
            if not self.database.is_sqlite:  # a SQLite file is this process's alone
                edges.append(self._live())
            try:
                await self._together(edges, [w.run() for w in workers], stop, workers)
            finally:
                await self._close()
        log.info("stopped")

    async def _prepare(self) -> None:
        before, after = await asyncio.to_thread(upgrade, self.database)
        if before != after:
            log.info("database_upgraded", before=before, after=after)
        if self.database.is_sqlite:
            # Under the file lock nobody else can hold a lease: ours from before are stale.
            await self.database.run(lanes.release_all, self.clock())
        for channel in self.channels:
            # Notes a first start: what is said from here on is ours to answer, heard or missed.
            await self.database.run(service.lately, channel.name, self.clock())
        self._desks.update(await self.database.run(service.desks_with_tickets))
        self.kb = self.mind.kb if self.mind else await asyncio.to_thread(
            load, self.knowledge_base, self.default_language, self._today()
        )  # fmt: skip
        log_faults(self.kb)
        log.info("started", channels=[channel.name for channel in self.channels],
                 articles=len(self.kb.articles))  # fmt: skip

    def _read(self, text: str, before: str) -> Reading:
        assert self.mind is not None
        return self.mind.read(text, before)

    async def _together(
        self,
        edges: Sequence[Coroutine[Any, Any, None]],
        loops: Sequence[Coroutine[Any, Any, None]],
        stop: asyncio.Event,
        workers: Sequence[Worker],
    ) -> None:
        """Listeners are cancelled first, so that nothing new comes; then the workers finish what
        they hold, so that no send is left in doubt."""
        listening = [asyncio.ensure_future(edge) for edge in edges]
        working = [asyncio.ensure_future(loop) for loop in loops]
        stopping = asyncio.ensure_future(stop.wait())
        try:
            done, _ = await asyncio.wait(
                {stopping, *listening, *working}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in (stopping, *listening):
                task.cancel()
            await _at_most(LISTENERS_STOP_SECONDS, stopping, *listening)
            for worker in workers:
                worker.stop()
            await _at_most(STOP_SECONDS, *working)
        for task in done - {stopping}:
            task.result()  # raises what ended it
            raise RuntimeError("a part of the process ended that should run for ever")

    async def _close(self) -> None:
        closing = [channel.close() for channel in self.channels if hasattr(channel, "close")]
        leave = self.database.run(heartbeat.leave, self.database.process, self.clock())
        await _at_most(CLOSE_SECONDS, *closing, leave)

    # --- among other processes -------------------------------------------------------------------

    async def _live(self) -> None:
        """Say that this process lives, and free what the dead held. Who could not say so itself
        for a while gives the others the time to do it, too."""
        heard = self.clock()
        seen: heartbeat.Seen = {}
        while True:
            now = self.clock()
            try:
                await self.database.run(heartbeat.beat, self.database.process, now)
                if now - heard > heartbeat.SILENCE / 2:
                    seen.clear()
                await self._bury(now, seen)
                heard = now
            except Unavailable as error:
                log.error("database_unavailable", loop="heartbeat", detail=type(error).__name__)
            await asyncio.sleep(heartbeat.BEAT.total_seconds())

    async def _bury(self, now: datetime, seen: heartbeat.Seen) -> None:
        dead = await self.database.run(heartbeat.bury, now, seen)
        if dead:
            log.warning("process_died", processes=dead)
            self.bells.inbox.ring()
            self.bells.ring_outboxes()

    # --- the knowledge base, kept fresh ----------------------------------------------------------

    def _today(self) -> Any:
        return self.clock().astimezone(self.zone).date()

    async def _learn(self) -> None:
        """Understand what was loaded. It takes seconds, in which the customers are heard already:
        what they say waits in the inbox."""
        assert self.kb is not None
        if self.mind is None:
            understanding = await asyncio.to_thread(understanding_of, self.kb, self.vectors)
            self.mind = Mind(self.kb, understanding)
            log.info("understanding_ready", languages=self.kb.languages)
            advise(self.kb)
            self.bells.inbox.ring()
        self.ready.set()

    async def _watch(self) -> None:
        await self._learn()
        assert self.mind is not None
        async with asyncio.TaskGroup() as beside:
            beside.create_task(asyncio.to_thread(spoken.prepare))
            if self.embeddings:
                beside.create_task(self._embed(*self.embeddings))
            await watch(self.knowledge_base, self.reload, seen=self.mind.kb.seen)

    async def _embed(self, model: str, folder: Path) -> None:
        """Load the sentence model and understand everything with it from then on. Meanwhile
        customers are answered without, and changes are taken up: it takes seconds, and minutes the
        first time."""
        self.vectors = await asyncio.to_thread(_vectors, model, folder)
        if self.vectors:
            async with self._learning:
                assert self.mind is not None
                kb, before = self.mind.kb, self.mind.understanding
                now = await asyncio.to_thread(understanding_of, kb, self.vectors, before)
                self.mind = Mind(kb, now)
            await asyncio.to_thread(self.vectors.forget_the_rest)

    async def _watch_calendar(self) -> None:
        """Articles expire at midnight, whether or not a file changes."""
        while True:
            await asyncio.sleep(DAY_CHECK)
            if self.mind and self._today() != self.mind.kb.today:
                await self.reload()

    async def reload(self) -> None:
        """Read the folder again and swap everything at once; a folder that cannot be served leaves
        what is served as it is."""
        async with self._learning:
            try:
                mind = await asyncio.to_thread(
                    build_mind,
                    self.knowledge_base,
                    self.default_language,
                    self._today(),
                    self.mind,
                    self.vectors,
                )
            except KnowledgeBaseMissing as error:
                log.error("knowledge_base_missing", detail=str(error))
                return
            self.mind = mind
        log_faults(mind.kb)
        log.info("knowledge_base_loaded", articles=len(mind.kb.articles))

    # --- HTTP ------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _http_server(self) -> Any:
        if self.http is None:
            yield
            return
        application = web.Application(client_max_size=4 * 1024 * 1024)
        health = Health(self.database, self.channels)
        application.add_routes(health_routes(health))
        for channel in self.channels:
            if hasattr(channel, "routes"):
                application.add_routes(cast(Routed, channel).routes())
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        host, port = self.http
        try:
            try:
                await web.TCPSite(runner, host, port).start()
            except OSError as error:
                # A host that is not this machine's, or no name at all; else the port is at fault.
                wrong = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
                name = "HTTP_HOST" if wrong else "HTTP_PORT"
                raise SettingsError(f"{name}: cannot listen at {host}:{port}: {error}") from None
            self.http_port = runner.addresses[0][1]
            yield
        finally:
            await runner.cleanup()


def _vectors(model: str, folder: Path) -> Vectors | None:
    """The embeddings, if they can be had (blocking); half a second of imports included."""
    from bot.embedding import load_vectors

    return load_vectors(model, folder, log)


async def _at_most(seconds: float, *parts: Awaitable[Any]) -> None:
    """Wait for all of them, whatever comes of each, and no longer than that."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*parts, return_exceptions=True)


def leader(
    database: Database, name: str, holder: str, clock: Clock
) -> Callable[[], Awaitable[bool]]:
    """Asks, each time, whether this process may do what only one may do at a time."""

    async def may() -> bool:
        try:
            return await database.run(leases.hold, name, holder, clock(), LEADER)
        except Unavailable as error:
            # Who cannot know whose turn it is waits; a database that is away is no reason to end.
            log.error("database_unavailable", loop="leader", detail=type(error).__name__)
            return False

    return may


def catching_up(database: Database, clock: Clock) -> Callable[[], Awaitable[Recent]]:
    """Tells the Slack channel, each time, what to look through for what was said unheard."""
    from bot.channels.slack import Recent

    async def recent() -> Recent:
        since, threads = await database.run(service.lately, "slack", clock())
        return Recent(since, threads, lambda: database.run(service.caught_up, "slack", since))

    return recent


def recalling(database: Database, clock: Clock) -> Callable[..., Awaitable[Any]]:
    """Tells the Telegram channel what somebody had asked in a group, by their invitation."""

    async def recall(payload: str, user_id: str) -> tuple[int, str] | None:
        try:
            return await database.run(service.recalled, payload, user_id, clock())
        except Unavailable as error:
            raise NotSent(f"the database is away: {type(error).__name__}") from None

    return recall


def build(settings: Settings, clock: Clock = utc_now) -> App:
    """The app that the settings describe. Raises SettingsError or DatabaseError."""
    from bot.channels.folder import FolderChannel
    from bot.channels.shop import ShopChannel
    from bot.channels.slack import SlackChannel
    from bot.channels.telegram import TelegramChannel

    settings.check_channels()
    assert settings.slack_bot_token and settings.slack_desk_channel
    database = Database(settings.database_url)
    database.lock_file()
    may_poll = None if database.is_sqlite else leader(database, "telegram", database.process, clock)

    channels: list[Channel] = [
        SlackChannel(
            settings.slack_bot_token.get_secret_value(),
            settings.slack_desk_channel,
            app_token=_secret(settings.slack_app_token),
            signing_secret=_secret(settings.slack_signing_secret),
            api_url=settings.slack_api_url,
            recent=catching_up(database, clock),
        ),
        FolderChannel(settings.knowledge_base),
    ]
    if settings.telegram_bot_token:
        channels.append(
            TelegramChannel(
                settings.telegram_bot_token.get_secret_value(),
                settings.telegram_api_url,
                settings.telegram_webhook_url,
                _secret(settings.telegram_webhook_secret),
                may_poll,
                recall=recalling(database, clock),
            )
        )
    if settings.remedy_webhook_url and settings.remedy_webhook_secret:
        secret = settings.remedy_webhook_secret.get_secret_value()
        channels.append(ShopChannel(settings.remedy_webhook_url, secret))
    return App(
        database=database,
        channels=channels,
        desk=Address("slack", settings.slack_desk_channel),
        knowledge_base=settings.knowledge_base,
        default_language=settings.default_language,
        zone=settings.zone,
        clock=clock,
        http=(settings.http_host, settings.http_port),
        embeddings=(settings.embeddings, settings.vectors_folder) if settings.embeddings else None,
    )


def _secret(value: Any) -> str | None:
    return value.get_secret_value() if value else None


def secrets_of(settings: Settings) -> Mapping[str, str]:
    """The settings that must never be shown, by name."""
    return {
        name: value.get_secret_value()
        for name, value in settings
        if hasattr(value, "get_secret_value")
    }
