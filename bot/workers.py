"""The loops: inbox → decision, and outbox → channel. Only loops read the clock.

Each is a sequence of short steps that a test can take one by one. The database is the truth; the
wake-ups only save waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from bot import inbox, outbox, service
from bot.domain import (
    Channel,
    DeskAction,
    DeskMessage,
    Event,
    NotSent,
    Outgoing,
    Reading,
    Refused,
    SendError,
    Uncertain,
)
from bot.service import House, Understood
from bot.storage.database import Database, Unavailable
from bot.storage.lanes import LEASE, LeaseLost

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

LANES_AT_ONCE = 32
ITEMS_AT_ONCE = 64
SENDS_AT_ONCE = 32
ATTEMPTS = 3  # of deciding about one event, before a person is brought in for it
SEND_TIMEOUT = 25.0  # seconds; well inside the lease
LONGEST_SLEEP = 5.0  # seconds between two looks on SQLite, where every change wakes us anyway
POLL = 0.5  # seconds between two looks on PostgreSQL, where other processes write too
LONGEST_BACKOFF = 300.0  # seconds


@dataclass
class Bell:
    """Wakes a loop of this process early. Correctness never depends on it."""

    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return when rung, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


@dataclass
class Bells:
    """One bell for the inbox, one for each channel's outbox."""

    inbox: Bell = field(default_factory=Bell)
    outbox: dict[str, Bell] = field(default_factory=dict)

    def ring_outboxes(self) -> None:
        for bell in self.outbox.values():
            bell.ring()


def backoff(attempts: int) -> timedelta:
    """1, 2, 4 … seconds, five minutes at the most."""
    return timedelta(seconds=min(2.0 ** max(0, attempts), LONGEST_BACKOFF))


class Receiver:
    """Stores what channels hear. When a call returns it is on disk, and may be acknowledged."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], bells: Bells, clock: Clock
    ) -> None:
        self._database = database
        self._channels = channels
        self._bells = bells
        self._clock = clock

    async def __call__(self, name: str, raws: Sequence[Mapping[str, Any]]) -> None:
        """Commit the events; raises what the database raises, and then nothing is stored."""
        arrivals = [a for raw in raws if (a := self._arrival(name, raw)) is not None]
        if not arrivals:
            return
        new = await self._database.run(inbox.put, arrivals, self._clock())
        log.info("received", channel=name, events=len(arrivals), new=new)
        self._bells.inbox.ring()

    def _arrival(self, name: str, raw: Mapping[str, Any]) -> inbox.Arrival | None:
        channel = self._channels[name]
        try:
            event = channel.parse(raw)
        except Exception as error:
            # One event that nobody can read must not hold up all the others: it is set aside.
            why = f"{type(error).__name__}: {error}"
            log.exception("unreadable_event", channel=name)
            return inbox.Arrival(name, inbox.fingerprint(raw), "", raw, error=why)
        if event is None:
            return None
        key = event.address.conversation_key
        return inbox.Arrival(name, event.external_id, key, raw, event.position)


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step found: whether there was work, and when there will be more."""

    busy: bool
    next_due: datetime | None = None


class Worker:
    """Steps until stopped; sleeps when there is nothing to do, waits while the database is away."""

    def __init__(self, database: Database, bell: Bell, clock: Clock) -> None:
        self._database = database
        self._bell = bell
        self._clock = clock
        self._stopping = False

    async def step(self) -> _Step:
        raise NotImplementedError

    def stop(self) -> None:
        """End `run` after the step under way."""
        self._stopping = True
        self._bell.ring()

    async def finish(self) -> None:
        """Bring to an end what the last step began."""

    async def run(self) -> None:
        """Run until stopped. Any other error than an absent database ends the process."""
        while not self._stopping:
            try:
                step = await self.step()
            except LeaseLost as error:
                log.warning("lease_lost", loop=type(self).__name__, detail=str(error))
                continue
            except Unavailable as error:
                log.error("database_unavailable", loop=type(self).__name__, detail=_brief(error))
                await asyncio.sleep(1.0)
                continue
            if not step.busy and not self._stopping:
                await self._bell.wait(self._pause(step.next_due))
        await self.finish()

    def _pause(self, next_due: datetime | None) -> float:
        longest = LONGEST_SLEEP if self._database.is_sqlite else POLL
        if next_due is None:
            return longest
        ahead = (next_due - self._clock()).total_seconds()
        return min(max(ahead, 0.005), longest)

    async def _insist(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run a transaction again and again while the database is away: what is in memory here
        (how a send ended) must not be forgotten. Ends with the lease, as LeaseLost."""
        while True:
            try:
                return await self._database.run(work, *args)
            except Unavailable as error:
                log.error("database_unavailable", loop=type(self).__name__, detail=_brief(error))
                await asyncio.sleep(0.5)


def _brief(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__


class InboxWorker(Worker):
    """Takes stored events in order, has them understood, and commits what was decided."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        understand: Callable[[str], Reading],
        house: Callable[[], House],
        bells: Bells,
        clock: Clock,
    ) -> None:
        super().__init__(database, bells.inbox, clock)
        self._channels = channels
        self._understand = understand
        self._house = house
        self._bells = bells

    async def step(self) -> _Step:
        """Claim what is ready and deal with it."""
        claim = await self._database.run(inbox.claim, self._clock(), LANES_AT_ONCE, ITEMS_AT_ONCE)
        if not claim.items:
            return _Step(False, claim.next_due)
        work, later = await self._prepare(claim.items)
        for lane, due in later.items():
            waiting = tuple(item for item in claim.items if item.lane == lane)
            await self._insist(inbox.put_back, replace(claim, items=waiting), due)
        if work:
            await self._commit(claim, work)
        return _Step(True)

    async def _prepare(
        self, items: Sequence[inbox.Waiting]
    ) -> tuple[list[Understood], dict[str, datetime]]:
        """Parse, look up and understand, with no transaction open. Lanes that need something the
        platform cannot tell now are put off, whole: their order matters."""
        by_lane: dict[str, list[inbox.Waiting]] = {}
        for item in items:
            by_lane.setdefault(item.lane, []).append(item)
        results = await asyncio.gather(*(self._complete(lane) for lane in by_lane.values()))
        ready: list[tuple[inbox.Waiting, Event | None]] = []
        later: dict[str, datetime] = {}
        for lane, result in zip(by_lane, results, strict=True):
            if isinstance(result, datetime):
                later[lane] = result
            else:
                ready += result
        work = await asyncio.to_thread(self._read, ready)
        return work, later

    async def _complete(
        self, items: Sequence[inbox.Waiting]
    ) -> list[tuple[inbox.Waiting, Event | None]] | datetime:
        done: list[tuple[inbox.Waiting, Event | None]] = []
        for item in items:
            channel = self._channels.get(item.channel)
            event = channel.parse(item.raw) if channel else None
            try:
                done.append((item, await channel.complete(event) if channel and event else None))
            except NotSent as error:
                log.warning("lookup_failed", channel=item.channel, detail=str(error))
                pause = timedelta(seconds=error.retry_after or 0) or backoff(item.attempts)
                return self._clock() + pause
        return done

    def _read(self, ready: Iterable[tuple[inbox.Waiting, Event | None]]) -> list[Understood]:
        return [Understood(item, event, self._reading(event)) for item, event in ready]

    def _reading(self, event: Event | None) -> Reading:
        if isinstance(event, DeskAction | DeskMessage):
            return Reading("")
        text = getattr(event, "text", "")
        return self._understand(text) if text else Reading("")

    async def _commit(self, claim: inbox.Claim, work: Sequence[Understood]) -> None:
        try:
            await self._transact(claim, work)
        except (LeaseLost, *Unavailable):
            raise
        except Exception:
            if len(work) > 1:
                log.exception("batch_failed", events=len(work))
                await self._one_by_one(claim, work)
            else:
                log.exception("event_failed", channel=work[0].waiting.channel)
                await self._try_later(claim, work[0])

    async def _transact(self, claim: inbox.Claim, work: Sequence[Understood]) -> None:
        now = self._clock()
        sends = await self._insist(service.process, claim, work, self._house(), now)
        log.info("processed", events=len(work), sends=sends)
        if sends:
            self._bells.ring_outboxes()

    async def _one_by_one(self, claim: inbox.Claim, work: Sequence[Understood]) -> None:
        """The first event of each lane alone; what follows it is claimed again afterwards."""
        first = {one.waiting.lane: one for one in reversed(work)}
        for one in first.values():
            await self._commit(claim, [one])

    async def _try_later(self, claim: inbox.Claim, one: Understood) -> None:
        item = one.waiting
        alone = replace(claim, items=(item,))
        if item.attempts + 1 < ATTEMPTS:
            due = self._clock() + backoff(item.attempts)
            await self._insist(inbox.put_back, alone, due)
            return
        try:
            await self._insist(self._bring_person, alone, one, self._house(), self._clock())
            self._bells.ring_outboxes()
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("quarantined", channel=item.channel, inbox=item.id)
            why = f"{type(error).__name__}: {error}"
            await self._insist(inbox.quarantine, alone, item, why, self._clock())

    @staticmethod
    def _bring_person(
        session: Session, claim: inbox.Claim, one: Understood, house: House, now: datetime
    ) -> None:
        event = one.event
        if event is None or isinstance(event, DeskAction | DeskMessage):
            raise RuntimeError("an event of the desk failed; see the log")
        inbox.take(session, claim, now)
        outbox.put(session, service.could_not_decide(session, event, house, now), now)


class OutboxWorker(Worker):
    """Sends what one channel has to send: in order per chat, paced, each with a recorded end."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        house: Callable[[], House],
        bells: Bells,
        clock: Clock,
    ) -> None:
        super().__init__(database, bells.outbox.setdefault(channel.name, Bell()), clock)
        self._channel = channel
        self._house = house
        self._bells = bells
        self._sends: dict[asyncio.Task[outbox.Sent], str] = {}  # → the token of its claim

    async def step(self) -> _Step:
        """Begin the sends that may begin, and record those that have ended, in as few commits as
        they come together. A slow chat keeps nobody waiting but itself."""
        next_due = await self._begin()
        if not self._sends:
            return _Step(False, next_due)
        bell = asyncio.ensure_future(self._bell.wait(self._pause(next_due)))
        await asyncio.wait({bell, *self._sends}, return_when=asyncio.FIRST_COMPLETED)
        bell.cancel()
        await self._record([task for task in self._sends if task.done()])
        return _Step(True)

    async def finish(self) -> None:
        """Wait for what is being sent, and record it: a clean stop leaves no doubt behind."""
        while self._sends:
            await asyncio.wait(self._sends, return_when=asyncio.FIRST_COMPLETED)
            await self._record([task for task in self._sends if task.done()])

    async def _begin(self) -> datetime | None:
        room = SENDS_AT_ONCE - len(self._sends)
        if not room:
            return None
        channel = self._channel
        claim = await self._database.run(
            outbox.claim, channel.name, channel.rate, self._clock(), room
        )
        for item in claim.items:
            self._sends[asyncio.ensure_future(self._send(item))] = claim.token
        return claim.next_due

    async def _record(self, ended: Sequence[asyncio.Task[outbox.Sent]]) -> None:
        by_token: dict[str, list[outbox.Sent]] = {}
        for task in ended:
            by_token.setdefault(self._sends.pop(task), []).append(task.result())
        for token, ends in by_token.items():
            await self._record_ends(token, ends)

    async def _record_ends(self, token: str, ends: Sequence[outbox.Sent]) -> None:
        name = self._channel.name
        args = (name, token, ends, self._house(), self._clock())
        try:
            more = await self._insist(service.sends_ended, *args)
        except LeaseLost as error:
            log.warning("lease_lost", channel=name, detail=str(error))
            return
        for end in ends:
            log.info("send_ended", channel=name, outbox=end.sending.id, state=end.state,
                     error=end.error or None)  # fmt: skip
        if more:
            self._bells.ring_outboxes()

    async def _send(self, sending: outbox.Sending) -> outbox.Sent:
        parts = self._channel.render(sending.item)
        part = min(sending.part, len(parts) - 1)
        item = replace(parts[part], token=f"{sending.id}.{part}")
        is_last = part + 1 == len(parts)
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                external_id, doubtful = await self._attempt(sending, item)
        except (Uncertain, TimeoutError) as error:
            return await self._after_doubt(sending, item, part, is_last, str(error))
        except NotSent as error:
            return self._again(sending, error, doubtful=sending.in_doubt)
        except Refused as error:
            return outbox.Sent(
                sending, "failed", error=error.reason, due=self._next(), part=sending.part
            )
        return self._arrived(sending, external_id, part, is_last, doubtful)

    async def _attempt(self, sending: outbox.Sending, item: Outgoing) -> tuple[str, bool]:
        """Where nobody knows how an earlier send ended, ask the platform first. If it cannot tell
        it is sent again, and marked: twice can be shown to be twice, never cannot."""
        found: str | None = ""
        if sending.in_doubt:
            found = await self._channel.find(item, sending.created_at)
            if found:
                return found, False
        return await self._channel.send(item), found is None

    async def _after_doubt(
        self, sending: outbox.Sending, item: Outgoing, part: int, is_last: bool, why: str
    ) -> outbox.Sent:
        """No answer came. Only the platform can tell; what it cannot tell is never sent twice."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT / 2):
                found = await self._channel.find(item, sending.created_at)
        except (SendError, TimeoutError) as error:
            return self._again(sending, error, doubtful=True)
        if found:
            return self._arrived(sending, found, part, is_last, doubtful=False)
        if found == "":
            return self._again(sending, NotSent(why), doubtful=False)
        why = why or "no answer in time"
        return outbox.Sent(sending, "uncertain", error=why, due=self._next(), part=part)

    def _arrived(
        self, sending: outbox.Sending, external_id: str, part: int, is_last: bool, doubtful: bool
    ) -> outbox.Sent:
        state, following = ("sent", part) if is_last else ("queued", part + 1)
        return outbox.Sent(
            sending, state, external_id, due=self._next(), part=following, doubtful=doubtful
        )

    def _again(self, sending: outbox.Sending, error: Exception, doubtful: bool) -> outbox.Sent:
        wait = getattr(error, "retry_after", None)
        due = self._clock() + (timedelta(seconds=wait) if wait else backoff(sending.attempts))
        return outbox.Sent(
            sending, "queued", error=str(error), due=due, part=sending.part, doubtful=doubtful
        )

    def _next(self) -> datetime:
        return self._clock() + timedelta(seconds=self._channel.pace)


assert LEASE.total_seconds() > SEND_TIMEOUT
