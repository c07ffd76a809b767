"""The shop's webhook as a channel: approved remedies are posted there, and answered with a code.

An order carries a key that stays the same however often it is sent, so the shop carries it out once
and answers it again; that is why nothing here is ever in doubt."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.domain import Event, NotSent, Outgoing, Receive, Refused
from bot.knowledge.complaint_policy import CODED
from handoff.remedies.shop_orders import CHANNEL

KEY_HEADER = "Idempotency-Key"
TIME_HEADER = "Frontdesk-Timestamp"
SIGNATURE_HEADER = "Frontdesk-Signature"
LONGEST_ANSWER = 64 * 1024  # bytes
LONGEST_WAIT = 3600.0  # seconds that a shop may ask us to wait
_CODE = re.compile(r"[!-~]{1,100}")  # what can be typed, without spaces


class ShopChannel:
    """Orders go out; nothing comes in by itself."""

    name = CHANNEL
    pace = 0.0
    rate = 0.0  # no limit

    def __init__(
        self,
        url: str,
        secret: str,
        patience: float = 15.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`patience`: seconds to wait for an answer before the order is sent again."""
        self._url = url
        self._secret = secret.encode()
        self._timeout = aiohttp.ClientTimeout(total=patience, connect=min(patience, 8.0))
        self._clock = clock

    async def listen(self, receive: Receive) -> None:
        await asyncio.Event().wait()

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        return None

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [item]

    async def send(self, item: Outgoing) -> str:
        """Post the order and return the code of the answer, "" where there is none. Raises NotSent
        if the shop cannot be reached or is not able to answer, Refused with its words if it will
        not, or answers what cannot be used."""
        body = item.reply.text.encode()
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as http,
                http.post(
                    self._url,
                    data=body,
                    headers=self._headers(body, item.target),
                    allow_redirects=False,
                ) as response,
            ):
                return _code_in(item, response, await _content_of(response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Not the error's own words: they may quote the address.
            raise NotSent(f"the shop gave no answer ({type(error).__name__})") from error

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return ""  # what may have arrived is sent again: the key makes it one order

    def _headers(self, body: bytes, key: str) -> Mapping[str, str]:
        at = str(int(self._clock()))
        return {
            "Content-Type": "application/json",
            KEY_HEADER: key,
            TIME_HEADER: at,
            SIGNATURE_HEADER: signature(self._secret, at, body),
        }


def signature(secret: bytes, at: str, body: bytes) -> str:
    """How the shop knows that an order is ours: HMAC-SHA256, in hex, over the time in seconds, a
    full stop, and the body."""
    return hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()


async def _content_of(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > LONGEST_ANSWER:
            raise Refused("the shop's answer is too long")
    return content


def _code_in(item: Outgoing, response: aiohttp.ClientResponse, content: bytes) -> str:
    status = response.status
    if status in {408, 429} or status >= 500:
        raise NotSent(f"the shop answers {status}", _retry_after(response.headers))
    if not 200 <= status < 300:
        raise Refused(_words_of(content) or f"the shop answers {status}")
    answer = _object(content) if content.strip() else {}
    if answer is None:
        raise Refused("the shop's answer is not JSON")
    code = answer.get("code")
    if code is None and json.loads(item.reply.text)["kind"] not in CODED:
        return ""
    if not isinstance(code, str) or not _CODE.fullmatch(code.strip()):
        raise Refused("the shop's answer holds no code")
    return code.strip()


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _words_of(content: bytes) -> str:
    """What the shop says for people: the "error" or "message" of its answer, in one short line."""
    answer = _object(content) or {}
    said = next((answer[name] for name in ("error", "message") if answer.get(name)), "")
    words = " ".join(said.split()) if isinstance(said, str) else ""
    return "".join(sign for sign in words if sign.isprintable())[:200]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait, from a number or, by the shop's own clock, a date."""
    written = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", written):
        return min(float(written), LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(written)
        seconds = (then - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None
