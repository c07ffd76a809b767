"""One call of a platform's API, with the headers of its answer; and what its clock says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.commands.doctor.finding import Finding

CLOCK_TOLERANCE = 30.0  # seconds; Slack's signatures hold for 300, and tickets show times


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform said; `status` is 0 when it said nothing, and `problem` then says why.
    `body` is empty when it was not JSON; the headers' names are in small letters."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def ok(self) -> bool:
        return self.body.get("ok") is True

    @property
    def was_reached(self) -> bool:
        return self.status != 0

    @property
    def verdict(self) -> str:
        """What to say of a token with which this came."""
        return f"{'not accepted' if self.was_reached else 'could not be tried'} ({self.problem})"


async def call(http: aiohttp.ClientSession, url: str, token: str = "", **fields: str) -> Answer:
    """POST a form. Raises nothing: no answer is an answer, too."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with http.post(url, data=fields, headers=headers, allow_redirects=False) as response:
            content = await response.read()
    except TimeoutError:
        return Answer(0, problem="no answer in time")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # The name alone: the text may quote the address, and Telegram's holds the token.
        return Answer(0, problem=f"no connection: {type(error).__name__}")
    body = _json_object(content)
    problem = "" if body.get("ok") is True else _said(body) or f"HTTP {response.status}"
    named = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, body, named, problem)


def _json_object(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _said(body: Mapping[str, Any]) -> str:
    return str(body.get("error") if "error" in body else body.get("description", ""))[:100]


def clock(platform: str, answer: Answer, now: datetime) -> list[Finding]:
    """This machine's clock against the platform's; nothing if the answer has no time."""
    what = f"clock against {platform}'s"
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return []
    seconds = (now - theirs).total_seconds()
    if abs(seconds) <= CLOCK_TOLERANCE:
        return [Finding(what, True, "less than half a minute apart")]
    way = "fast" if seconds > 0 else "slow"
    do = "Set this machine's clock (timedatectl set-ntp true): Slack's signatures depend on it."
    return [Finding(what, False, f"{abs(seconds):.0f} s {way}", do)]
