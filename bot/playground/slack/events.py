"""How events reach the app: attempts, acknowledgements and retries; and the signed HTTP way.

Slack repeats an unacknowledged event three times (at once, after a minute, after five).
Interactivity is never repeated: the person sees an error and presses again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias
from urllib.parse import urlencode

import aiohttp

from bot.playground.slack.shapes import VERIFICATION_TOKEN, envelope
from bot.playground.slack.values import Json, Message

Kind: TypeAlias = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class Timing:
    """Slack's patience, in seconds. Tests shorten it with `scaled`."""

    ack: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    trigger: float = 3.0
    response_url: float = 1800.0

    def scaled(self, by: float) -> Timing:
        """The same with acknowledgement and retries faster by this factor.

        Trigger ids and response urls age by the server's clock, so they keep their length."""
        return replace(self, ack=self.ack * by, retries=tuple(each * by for each in self.retries))


@dataclass(frozen=True)
class Answer:
    """What one attempt came to. `reason` is Slack's word for the failure, told to the next."""

    acked: bool
    payload: Json = field(default_factory=dict)
    reason: str = ""
    final: bool = False


@dataclass(frozen=True)
class Delivery:
    """One finished attempt, as `server.deliveries` lists them."""

    kind: Kind
    payload: Json
    attempt: int
    acked: bool
    reason: str


class Line(Protocol):
    """A way to the app: Socket Mode or HTTP."""

    async def attempt(self, kind: Kind, payload: Json, attempt: int, reason: str) -> Answer: ...


async def deliver(
    line: Line,
    kind: Kind,
    payload: Json,
    retries: tuple[float, ...],
    record: Callable[[Delivery], None],
) -> Answer:
    """Attempts until acknowledged or Slack would give up; every attempt is recorded."""
    answer = Answer(False)
    for attempt, delay in enumerate((0.0, *(retries if kind == "events_api" else ()))):
        await asyncio.sleep(delay)
        answer = await line.attempt(kind, payload, attempt, answer.reason)
        record(Delivery(kind, payload, attempt, answer.acked, answer.reason))
        if answer.acked or answer.final:
            break
    return answer


class Courier:
    """Numbers events, carries them to the app in the background, and remembers what it did."""

    def __init__(
        self,
        line: Line,
        retries: tuple[float, ...],
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self.line = line
        self.running = False
        self.events: list[Json] = []
        self.deliveries: list[Delivery] = []
        self._retries = retries
        self._clock = clock
        self._changed = changed
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[object]] = set()

    async def tell(self, kind: Kind, payload: Json) -> Answer:
        """Delivers one payload and returns what became of it."""
        if not self.running:
            return Answer(False, reason="down")
        return await deliver(self.line, kind, payload, self._retries, self._delivered)

    def send(self, event: Json, *, shared: bool) -> None:
        """Puts an event into its envelope and on its way; while down it is lost."""
        if not self.running:
            return
        event_id = f"Ev0{next(self._numbers):08d}"
        payload = envelope(event, event_id, self._clock(), shared=shared)
        self.events.append(payload)
        self.spawn(self.tell("events_api", payload))

    def redeliver(self, event: Json | Message, delay: float) -> None:
        """The same envelope again, after a while."""
        self.spawn(self._tell_later(self._find(event), delay))

    def _find(self, event: Json | Message) -> Json:
        if not isinstance(event, Message):
            return event
        for payload in self.events:
            told = payload["event"]
            if (told.get("channel"), told.get("ts")) == (event.channel, event.ts):
                return payload
        raise KeyError(event.ts)

    async def _tell_later(self, payload: Json, delay: float) -> None:
        await asyncio.sleep(delay)
        await self.tell("events_api", payload)

    def _delivered(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._changed()

    def spawn(self, work: Coroutine[object, object, object]) -> None:
        """Runs it in the background until `close`."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Gives up whatever is still on its way."""
        self.running = False
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def signature_headers(secret: str, body: str | bytes, at: float) -> dict[str, str]:
    """The headers with which Slack proves that a request of this body comes from it."""
    raw = body.encode() if isinstance(body, str) else body
    base = b"v0:%d:%b" % (int(at), raw)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(int(at)), "X-Slack-Signature": f"v0={digest}"}


class HttpLine:
    """Posts events and interactivity to the app's public addresses, signed."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        secret: str,
        urls: Mapping[Kind, str],
        ack: float,
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._secret = secret
        self._urls = urls
        self._timeout = aiohttp.ClientTimeout(total=ack)
        self._clock = clock

    async def verify(self) -> None:
        """Asks the events url to echo a challenge, as the app's settings page does.

        Raises `ValueError` when it does not: Slack then refuses to save the url."""
        challenge = secrets.token_hex(16)
        asked = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        status, body = await self._post("events_api", json.dumps(asked), {})
        echoed = body.get("challenge") or body.get("text")
        if status != 200 or echoed != challenge:
            raise ValueError(f"the events url did not answer the challenge: {status} {body}")

    async def attempt(self, kind: Kind, payload: Json, attempt: int, reason: str) -> Answer:
        retry = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        try:
            status, body = await self._post(kind, _encoded(kind, payload), retry if attempt else {})
        except TimeoutError:
            return Answer(False, reason="http_timeout")
        except aiohttp.ClientError:
            return Answer(False, reason="connection_failed")
        if 200 <= status < 300:
            return Answer(True, body)
        return Answer(False, reason="http_error", final=bool(body.get("no_retry")))

    async def _post(self, kind: Kind, body: str, extra: Mapping[str, str]) -> tuple[int, Json]:
        form = "application/x-www-form-urlencoded"
        headers = {
            "Content-Type": "application/json" if kind == "events_api" else form,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signature_headers(self._secret, body, self._clock()),
            **extra,
        }
        async with self._session.post(
            self._urls[kind], data=body.encode(), headers=headers, timeout=self._timeout
        ) as response:
            answer = _body(await response.text())
            if response.headers.get("X-Slack-No-Retry") == "1":
                answer["no_retry"] = True
            return response.status, answer


def _encoded(kind: Kind, payload: Json) -> str:
    if kind == "events_api":
        return json.dumps(payload)
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)})
    return urlencode(payload)


def _body(text: str) -> Json:
    try:
        answer = json.loads(text)
    except ValueError:
        return {"text": text} if text else {}
    return answer if isinstance(answer, dict) else {}
