"""Inbox → decision."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from bot import inbox, outbox, service
from bot.domain import (
    Address,
    Channel,
    DeskEvent,
    InboundMessage,
    NotSent,
    Reading,
)
from bot.engine import Context
from bot.engine.burst import goes_on
from bot.service import House, Understood
from bot.storage.database import Database, Unavailable
from bot.storage.lanes import LeaseLost
from bot.workers.loop import Bells, Clock, Step, Worker, backoff
from bot.workers.typing import Typing

log = structlog.get_logger(__name__)


LANES_AT_ONCE = 32
ITEMS_AT_ONCE = 64
LOOKUP_SECONDS = 3.0  # for all that is looked up for one lane: the other lanes wait as long
LOOKUP_PAUSE = timedelta(seconds=5)  # before what the desk needs to know is looked up again
ATTEMPTS = 3  # of deciding about one event, before a person is brought in for it


class InboxWorker(Worker):
    """Takes stored events in order, has them understood, and commits what was decided."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        understand: Callable[[str, str], Reading],
        house: Callable[[], House],
        bells: Bells,
        clock: Clock,
        is_ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """`understand` reads a text, given the question that it may continue. Until `is_ready`
        everything waits in the database; ring when it has become so."""
        super().__init__(database, bells.inbox, clock)
        self._channels = channels
        self._typing = {name: Typing(channel) for name, channel in channels.items()}
        self._understand = understand
        self._house = house
        self._bells = bells
        self._is_ready = is_ready

    async def step(self) -> Step:
        """Claim what is ready and deal with it."""
        if not self._is_ready():
            return Step(False)
        claim, contexts = await self._database.run(
            service.claim, self._clock(), LANES_AT_ONCE, ITEMS_AT_ONCE
        )
        if not claim.items:
            return Step(False, claim.next_due)
        work, later = await self._prepare(claim.items, contexts)
        for lane, due in later.items():
            waiting = tuple(item for item in claim.items if item.lane == lane)
            await self._insist(inbox.put_back, replace(claim, items=waiting), due, False)
        if work:
            await self._commit(claim, work)
        return Step(True)

    async def _prepare(
        self, items: Sequence[inbox.Waiting], contexts: Mapping[str, Context]
    ) -> tuple[list[Understood], dict[str, datetime]]:
        """Parse, look up and understand, with no transaction open. Lanes that need something the
        platform cannot tell now are put off, whole: their order matters."""
        by_lane: dict[str, list[inbox.Waiting]] = {}
        for item in items:
            by_lane.setdefault(item.lane, []).append(item)
        results = await asyncio.gather(*(self._complete(lane) for lane in by_lane.values()))
        burst = self._house().kb.policy.burst
        ready: list[Understood] = []
        later: dict[str, datetime] = {}
        for lane, result in zip(by_lane, results, strict=True):
            if isinstance(result, datetime):
                later[lane] = result
            else:
                ready += _turns(result, contexts.get(lane)) if burst else result
        with contextlib.ExitStack() as typing:
            for name, addresses in _waiting_for_an_answer(ready).items():
                if name in self._typing:
                    typing.enter_context(self._typing[name].while_thinking(addresses))
            work = await asyncio.to_thread(self._read, ready, contexts)
        return work, later

    async def _complete(self, items: Sequence[inbox.Waiting]) -> list[Understood] | datetime:
        done: list[Understood] = []
        until = asyncio.get_running_loop().time() + LOOKUP_SECONDS
        for item in items:
            try:
                done.append(await self._event_of(item, until))
            except NotSent as error:
                log.warning("lookup_failed", channel=item.channel, detail=str(error))
                pause = timedelta(seconds=error.retry_after or 0) or LOOKUP_PAUSE
                return self._clock() + pause
        return done

    async def _event_of(self, item: inbox.Waiting, until: float) -> Understood:
        """The event, complete as far as is known by `until`: a customer is served without a name,
        the desk waits (NotSent), for there it matters who somebody is. What goes wrong here is
        kept, for its transaction to fail with: that is where failures are counted, and a loop must
        not end because of one event."""
        channel, event = self._channels.get(item.channel), None
        try:
            event = channel.parse(item.raw) if channel else None
            if channel and event:
                async with asyncio.timeout_at(until):
                    event = await channel.complete(event)
        except NotSent:
            raise
        except TimeoutError:
            if isinstance(event, DeskEvent):
                raise NotSent("the platform did not say in time who it is") from None
            log.warning("lookup_too_slow", channel=item.channel)
        except Exception as error:
            return Understood((item,), (event,) if event else (), Reading(""), error)
        return Understood((item,), (event,) if event else (), Reading(""))

    def _read(
        self, ready: Iterable[Understood], contexts: Mapping[str, Context]
    ) -> list[Understood]:
        now = self._clock()
        before = {lane: context.before(now) for lane, context in contexts.items()}
        # Only what comes first in a lane follows upon what is remembered.
        return [self._understood(one, before.pop(one.lane, "")) for one in ready]

    def _understood(self, one: Understood, before: str) -> Understood:
        event = one.event
        if one.failure or isinstance(event, DeskEvent):
            return one
        text = getattr(event, "text", "")
        try:
            return replace(one, reading=self._understand(text, before)) if text else one
        except Exception as error:
            return replace(one, failure=error)

    async def _commit(self, claim: inbox.Claim, work: Sequence[Understood]) -> None:
        try:
            await self._transact(claim, work)
        except (LeaseLost, *Unavailable):
            raise
        except Exception:
            if len(work) > 1 or len(work[0].items) > 1:
                log.exception("batch_failed", events=sum(len(one.items) for one in work))
                await self._one_by_one(claim, work)
            else:
                log.exception("event_failed", channel=work[0].items[0].channel)
                await self._try_later(claim, work[0])

    async def _transact(self, claim: inbox.Claim, work: Sequence[Understood]) -> None:
        now = self._clock()
        sends = await self._insist(service.process, claim, work, self._house(), now)
        log.info("processed", events=sum(len(one.items) for one in work), sends=sends.total())
        self._bells.ring_outboxes(sends)

    async def _one_by_one(self, claim: inbox.Claim, work: Sequence[Understood]) -> None:
        """The first event of each lane alone; what follows it is claimed again afterwards."""
        first = {one.lane: one for one in reversed(work)}
        for one in first.values():
            if len(work) == 1 and len(one.items) > 1:  # one message of a burst may be at fault
                one = replace(one, items=one.items[:1], events=one.events[:1], failure=None)
                one = await asyncio.to_thread(self._understood, one, "")
            await self._commit(claim, [one])

    async def _try_later(self, claim: inbox.Claim, one: Understood) -> None:
        item = one.items[0]
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
            agent = getattr(one.event, "agent", None)  # who is waiting, and hears nothing
            log.exception("quarantined", channel=item.channel, inbox=item.id,
                          lane=item.lane, agent=agent and agent.user_id)  # fmt: skip
            why = f"{type(error).__name__}: {error}"
            await self._insist(inbox.quarantine, alone, item, why, self._clock())

    @staticmethod
    def _bring_person(
        session: Session, claim: inbox.Claim, one: Understood, house: House, now: datetime
    ) -> None:
        event = one.event
        if event is None or isinstance(event, DeskEvent):
            raise RuntimeError("an event of the desk failed; see the log")
        inbox.take(session, claim, now)
        outbox.put(session, service.could_not_decide(session, event, house, now), now)


def _waiting_for_an_answer(ready: Iterable[Understood]) -> dict[str, list[Address]]:
    """Where customers have said something, by channel."""
    found: dict[str, list[Address]] = {}
    for one in ready:
        if isinstance(one.event, InboundMessage):
            found.setdefault(one.event.address.channel, []).append(one.event.address)
    return found


def _turns(events: Sequence[Understood], context: Context | None) -> list[Understood]:
    """The events of one lane, in their order; messages that follow upon each other become one."""
    options = context.options if context else ()
    turns: list[Understood] = []
    for one in events:
        last = turns[-1] if turns else one
        is_sound = bool(last.events and one.events) and not last.failure and not one.failure
        if turns and is_sound and goes_on(last.events[-1], one.events[0], options):
            turns[-1] = replace(last, items=last.items + one.items, events=last.events + one.events)
        else:
            turns.append(one)
    return turns
