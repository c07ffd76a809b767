"""Outbox → channel."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot import outbox, service
from bot.domain import (
    NO_CARD,
    Channel,
    NotSent,
    Outgoing,
    Refused,
    SendError,
    TooMany,
    Uncertain,
)
from bot.outbox_order import CARD_UPDATE, CARDS_AT_ONCE
from bot.service import House
from bot.storage.database import Database, Unavailable
from bot.storage.lanes import LEASE, LeaseLost
from bot.workers.fetching import SECONDS as FETCH_SECONDS
from bot.workers.fetching import Fetching
from bot.workers.loop import Bell, Bells, Clock, Step, Worker, backoff
from bot.workers.steps import steps
from bot.workers.typing import Typing

log = structlog.get_logger(__name__)


SENDS_AT_ONCE = 32
SEND_TIMEOUT = 25.0  # seconds; well inside the lease
REST = 100  # characters of what did not arrive, to find the place by


class OutboxWorker(Worker):
    """Sends what one channel has to send: in order per chat, paced, each with a recorded end."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        house: Callable[[], House],
        bells: Bells,
        clock: Clock,
        sources: Mapping[str, Channel] | None = None,
    ) -> None:
        """`sources`: the channels that have the files which are to be passed on, by name."""
        super().__init__(database, bells.outbox.setdefault(channel.name, Bell()), clock)
        self._channel = channel
        self._typing = Typing(channel)
        self._fetching = Fetching(sources or {})
        self._house = house
        self._bells = bells
        self._sends: dict[asyncio.Task[outbox.Sent], str] = {}  # → the token of its claim

    async def step(self) -> Step:
        """Record the sends that have ended and begin those that may begin, in one commit. A slow
        chat keeps nobody waiting but itself."""
        next_due = await self._turn()
        if not self._sends:
            return Step(False, next_due)
        bell = asyncio.ensure_future(self._bell.wait(self._pause(next_due)))
        await asyncio.wait({bell, *self._sends}, return_when=asyncio.FIRST_COMPLETED)
        bell.cancel()
        return Step(True)

    async def finish(self) -> None:
        """Wait for what is being sent, and record it: a clean stop leaves no doubt behind."""
        self._typing.stop()
        while self._sends:
            await asyncio.wait(self._sends, return_when=asyncio.FIRST_COMPLETED)
            for token, ends in self._ended().items():
                await self._record(token, ends)

    def _ended(self) -> dict[str, list[outbox.Sent]]:
        """The ends there are, by the token of their claim; from here on they are to be recorded."""
        by_token: dict[str, list[outbox.Sent]] = {}
        for task in [task for task in self._sends if task.done()]:
            by_token.setdefault(self._sends.pop(task), []).append(task.result())
        return by_token

    async def _turn(self) -> datetime | None:
        """Returns when there will be more to send, if there is nothing now."""
        *others, (token, ends) = list(self._ended().items()) or [("", [])]
        for other in others:
            await self._record(*other)
        room = SENDS_AT_ONCE - len(self._sends)
        if not room:
            return None
        name, rate = self._channel.name, self._channel.rate
        args = (name, rate, room, token, ends, self._house(), self._clock())
        try:
            more, claim = await self._database.run(service.next_sends, *args)
        except (LeaseLost, *Unavailable):
            if not ends:
                raise
            await self._record(token, ends)  # must not be forgotten, whatever comes of the claim
            return await self._turn()
        self._recorded(ends, more)
        self._typing.show(claim.held)
        for item in claim.items:
            self._sends[asyncio.ensure_future(self._send(item))] = claim.token
        return claim.next_due

    async def _record(self, token: str, ends: Sequence[outbox.Sent]) -> None:
        name = self._channel.name
        args = (name, token, ends, self._house(), self._clock())
        try:
            more = await self._insist(service.sends_ended, *args)
        except LeaseLost as error:
            if len(ends) > 1:  # one lost lane must not take the ends of the others with it
                for end in ends:
                    await self._record(token, [end])
                return
            lost = [end.sending.id for end in ends]
            log.warning("lease_lost", channel=name, outbox=lost, detail=str(error))
            return
        self._recorded(ends, more)

    def _recorded(self, ends: Sequence[outbox.Sent], more: Iterable[str]) -> None:
        for end in ends:
            log.info("send_ended", channel=self._channel.name, outbox=end.sending.id,
                     state=end.state, error=end.error or None)  # fmt: skip
        self._bells.ring_outboxes(more)

    async def _send(self, sending: outbox.Sending) -> outbox.Sent:
        """One send and its end. It never raises: a fault of ours in one message would otherwise
        end the process, again after every start."""
        try:
            parts = steps(sending, self._channel.render(sending.item))
        except Refused as error:
            return self._failed(sending, error.reason)
        except Exception:
            log.exception("not_rendered", channel=self._channel.name, outbox=sending.id)
            return self._failed(sending, "the message could not be rendered")
        if _has_no_card(sending):
            return self._failed(sending, NO_CARD)
        part = min(sending.part, len(parts) - 1)
        item = replace(parts[part], token=f"{sending.id}.{part}")
        is_last = part + 1 == len(parts)
        try:
            files = self._house().kb.policy.desk.files
            async with self._fetching.with_content(item, files, sending.attempts) as whole:
                async with asyncio.timeout(SEND_TIMEOUT):
                    external_id, doubtful = await self._attempt(sending, whole)
        except (Uncertain, TimeoutError) as error:
            return await self._after_doubt(sending, item, part, is_last, str(error))
        except NotSent as error:
            return self._again(sending, error, doubtful=sending.in_doubt)
        except Refused as error:
            rest = _plain(item.reply.text)[:REST] if part else ""
            return replace(self._failed(sending, error.reason), rest=rest)
        except Exception as error:
            log.exception("send_broke", channel=self._channel.name, outbox=sending.id)
            return await self._after_doubt(sending, item, part, is_last, type(error).__name__)
        return self._arrived(sending, item, external_id, part, is_last, doubtful)

    def _failed(self, sending: outbox.Sending, why: str) -> outbox.Sent:
        # An earlier attempt that nobody saw the end of may have arrived all the same.
        return outbox.Sent(sending, "failed", error=why, due=self._next(sending), part=sending.part,
                           doubtful=sending.in_doubt)  # fmt: skip

    async def _attempt(self, sending: outbox.Sending, item: Outgoing) -> tuple[str, bool]:
        """Where nobody knows how an earlier send ended, ask the platform first. If it is not there
        it is sent again, and a message is marked: twice can be shown to be twice, never cannot.

        Marked even if the platform says that it does not have it: a request that we have given up,
        or that outlived our process, may still be waiting there, behind our question."""
        if not sending.in_doubt:
            return await self._channel.send(item), False
        found = await self._channel.find(item, sending.created_at)
        if found:
            return found, False
        return await self._channel.send(item), found is None or item.kind == "post"

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
            return self._arrived(sending, item, found, part, is_last, doubtful=False)
        if found == "":
            # Not there yet: it may be on its way, so before it is sent again the question is, too.
            return self._again(sending, NotSent(why), doubtful=True)
        return self._unknown(sending, part, is_last, why or "no answer in time")

    def _unknown(self, sending: outbox.Sending, part: int, is_last: bool, why: str) -> outbox.Sent:
        """Of a long message the rest still goes out: a gap that is known is better than an end."""
        state, why, following = ("uncertain", why, part) if is_last else (
            "queued", outbox.GAP + why, part + 1
        )  # fmt: skip
        return outbox.Sent(
            sending,
            state,
            error=why,
            due=self._next(sending),
            part=following,
            doubtful=sending.in_doubt,
            parts=(*sending.sent_parts, ""),
        )

    def _arrived(
        self,
        sending: outbox.Sending,
        item: Outgoing,
        external_id: str,
        part: int,
        is_last: bool,
        doubtful: bool,
    ) -> outbox.Sent:
        state, following = ("sent", part) if is_last else ("queued", part + 1)
        if is_last and sending.gap:
            state = "uncertain"
        return outbox.Sent(
            sending,
            state,
            external_id,
            error=outbox.GAP if sending.gap else "",
            due=self._next(sending),
            part=following,
            doubtful=doubtful,
            parts=sending.sent_parts + ((external_id,) if item.kind != "delete" else ()),
        )

    def _again(self, sending: outbox.Sending, error: Exception, doubtful: bool) -> outbox.Sent:
        wait = getattr(error, "retry_after", None)
        if wait and sending.purpose == CARD_UPDATE and isinstance(error, TooMany):
            wait *= CARDS_AT_ONCE  # or all of them would knock when there is room for one
        due = self._clock() + (timedelta(seconds=wait) if wait else backoff(sending.attempts))
        why = (outbox.GAP if sending.gap else "") + str(error)
        return outbox.Sent(
            sending, "queued", error=why, due=due, part=sending.part, doubtful=doubtful
        )

    def _next(self, sending: outbox.Sending) -> datetime:
        """When the chat may go on. The platforms' limit is for new messages: what decorates or
        rewrites one, or is whispered, keeps nobody's message waiting."""
        paced = sending.item.kind in {"post", "file"}
        return self._clock() + timedelta(seconds=self._channel.pace if paced else 0)


def _plain(rendered: str) -> str:
    """Rendered text, as good as a person reads it."""
    return html.unescape(re.sub(r"<[^>]*>|\u2060", "", rendered))


def _has_no_card(sending: outbox.Sending) -> bool:
    """In the desk channel itself nobody would know which ticket it is about."""
    item = sending.item
    if sending.purpose in {"relay", "notice", "file_in"}:
        return not item.address.thread_id
    return sending.purpose == "card_update" and not item.target


assert LEASE.total_seconds() > SEND_TIMEOUT + FETCH_SECONDS
