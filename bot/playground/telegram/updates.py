"""What the bot has not confirmed yet: the queue of updates, long polling and webhook delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from bot.playground.telegram.wire import ApiError, Json

KEPT_SECONDS = 24 * 3600
MAX_POLL_SECONDS = 50
_ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Pulse:
    """A version number that can be waited for: nobody has to look again and again."""

    def __init__(self) -> None:
        self.version = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def waited_for(self) -> bool:
        """Whether somebody waits right now."""
        return bool(self._waiting)

    def beat(self) -> None:
        """Something has changed: everybody who waits looks again."""
        self.version += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def after(self, version: int, timeout: float | None = None) -> int:
        """The version as soon as it is newer than this one, or as it is when the time is up."""
        deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
        while self.version <= version:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                async with asyncio.timeout_at(deadline):
                    await waiter
            except TimeoutError:
                break
            finally:
                self._waiting.discard(waiter)
        return self.version


@dataclass(frozen=True)
class _Pending:
    update: Json
    born: float
    again: bool = False  # a deliberate duplicate: stays although its id was confirmed before


class Updates:
    """The bot's queue on the server. `history` keeps every update ever made, for tests to read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.history: list[Json] = []
        self.allowed: list[str] = []
        self.arrived = Pulse()
        self.held = Pulse()
        self._clock = clock
        self._pending: list[_Pending] = []
        self._next_id = 1
        self._poll: object = None
        self._conflict = ""

    def push(self, kind: str, body: Json) -> Json:
        """A new update; like the real server, one the bot did not ask for is never queued."""
        return self._queue({kind: body}, wanted=self._is_wanted(kind))

    def push_raw(self, body: Json) -> Json:
        """Exactly this update, however malformed; without an `update_id` it gets the next one."""
        return self._queue(body, wanted=True)

    def resend(self, update: Json) -> None:
        """The same update once more, even when the bot has confirmed it."""
        self._pending.insert(0, _Pending(update, self._clock(), again=True))
        self.arrived.beat()

    def pending(self) -> list[Json]:
        """What is not confirmed, oldest first; what is older than a day is gone."""
        oldest = self._clock() - KEPT_SECONDS
        self._pending = [item for item in self._pending if item.born > oldest]
        return [item.update for item in self._pending]

    def forget(self, update: Json) -> None:
        """This one is delivered; a duplicate of it stays."""
        for place, item in enumerate(self._pending):
            if item.update is update:
                del self._pending[place]
                return

    def clear(self) -> None:
        """Nothing is pending any more."""
        self._pending.clear()

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds the bot wants from now on; None leaves it as it was."""
        if kinds is not None:
            self.allowed = kinds

    def interrupt(self, by: str) -> None:
        """End the poll that is held, with 409."""
        self._conflict = f"Conflict: terminated by {by}"
        self._poll = None
        self.arrived.beat()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:
        """Updates from the offset on, held until there are some; 409 when a later poll comes."""
        self.interrupt("other getUpdates request; make sure that only one bot instance is running")
        mine = self._poll = object()
        self._confirm(offset)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(max(timeout, 0), MAX_POLL_SECONDS)
        while not (batch := self._batch(limit)) and loop.time() < deadline:
            self.held.beat()
            await self.arrived.after(self.arrived.version, deadline - loop.time())
            if self._poll is not mine:
                raise ApiError(409, self._conflict)
        return batch

    async def polled(self) -> None:
        """Return once a long poll is being held."""
        while not self.arrived.waited_for:
            await self.held.after(self.held.version)

    def _queue(self, body: Json, *, wanted: bool) -> Json:
        update = {"update_id": self._next_id, **body}
        self._next_id += 1
        self.history.append(update)
        if wanted:
            self._pending.append(_Pending(update, self._clock()))
            self.arrived.beat()
        return update

    def _is_wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in _ONLY_ON_REQUEST

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self._pending = self._pending[offset:]
        elif offset > 0:
            self._pending = [
                item for item in self._pending if item.again or item.update["update_id"] >= offset
            ]

    def _batch(self, limit: int) -> list[Json]:
        batch = self.pending()[: min(max(limit, 1), 100)]
        sent = {id(update) for update in batch}
        self._pending = [
            item for item in self._pending if not (item.again and id(item.update) in sent)
        ]
        return batch


@dataclass(frozen=True)
class Hook:
    """Where updates go instead of waiting to be fetched."""

    url: str
    secret: str = ""
    max_connections: int = 40


class Webhook:
    """Delivers updates to the bot's address: in order, again and again until it answers 2xx."""

    def __init__(self, updates: Updates, clock: Callable[[], float], backoff: float) -> None:
        self.hook: Hook | None = None
        self._updates = updates
        self._clock = clock
        self._backoff = backoff
        self._task: asyncio.Task[None] | None = None
        self._error: Json = {}

    async def point_at(self, hook: Hook | None) -> None:
        """Deliver there from now on; None stops the deliveries and leaves the rest pending."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.hook, self._task, self._error = hook, None, {}
        if hook is not None:
            self._updates.interrupt("setWebhook request")
            self._task = asyncio.create_task(self._deliver(hook))

    def info(self) -> Json:
        """The answer to getWebhookInfo."""
        info: Json = {
            "url": self.hook.url if self.hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.pending()),
        }
        if self.hook:
            info |= {"max_connections": self.hook.max_connections, **self._error}
        if self._updates.allowed:
            info["allowed_updates"] = self._updates.allowed
        return info

    async def _deliver(self, hook: Hook) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            delay = self._backoff
            while True:
                version = self._updates.arrived.version
                pending = self._updates.pending()
                if not pending:
                    await self._updates.arrived.after(version)
                elif await self._accepted(http, hook, pending[0]):
                    self._updates.forget(pending[0])
                    delay = self._backoff
                else:
                    await asyncio.sleep(delay)
                    delay = min(2 * delay, 60)

    async def _accepted(self, http: aiohttp.ClientSession, hook: Hook, update: Json) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            async with http.post(
                hook.url, json=update, headers=headers, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:
                    return True
                reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"Connection failed: {type(error).__name__}"
        self._error = {"last_error_date": int(self._clock()), "last_error_message": reason}
        return False
