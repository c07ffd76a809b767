"""What goes wrong on purpose: refusals, lost answers, silence, and Telegram's rate limits."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from http import HTTPStatus

from bot.playground.telegram.wire import ApiError

_DESCRIPTIONS = {
    400: "Bad Request: injected fault",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
}


class Harm(Enum):
    """When a request goes wrong, and how."""

    REFUSE = auto()  # answered with an error, nothing happened
    DROP_BEFORE = auto()  # connection closed, nothing happened
    DROP_AFTER = auto()  # connection closed, and it did happen
    HANG_BEFORE = auto()  # silence first, then as usual
    HANG_AFTER = auto()  # it happened, and then silence


@dataclass(frozen=True)
class Fault:
    """One planned accident. `method` "*" stands for any method."""

    method: str
    harm: Harm
    times: int = 1
    chat_id: int | None = None
    status: int = 500
    retry_after: int | None = None
    description: str | None = None
    seconds: float = 0

    def meets(self, method: str, chat_id: int | None) -> bool:
        """Whether this request is the one it was planned for."""
        same_method = self.method in ("*", method) or self.method.lower() == method.lower()
        return same_method and self.chat_id in (None, chat_id)

    def error(self) -> ApiError:
        """The refusal in Telegram's words."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return too_many_requests(self.retry_after or 1)
        default = _DESCRIPTIONS.get(self.status) or HTTPStatus(self.status).phrase
        return ApiError(self.status, self.description or default)


def too_many_requests(seconds: int) -> ApiError:
    """A 429 with the time after which the caller may try again."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass
class Faults:
    """The accidents that are still to come, oldest first."""

    planned: list[Fault] = field(default_factory=list)

    def plan(self, fault: Fault) -> None:
        """The next matching requests meet it, as many as it has times."""
        self.planned.append(fault)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The accident this request meets, if any; it is used up."""
        for place, fault in enumerate(self.planned):
            if fault.meets(method, chat_id):
                left = replace(fault, times=fault.times - 1)
                self.planned[place : place + 1] = [left] if left.times > 0 else []
                return fault
        return None


@dataclass
class _Bucket:
    level: float
    at: float


class RateLimits:
    """About 30 messages a second overall, one a second and chat, twenty a minute and group."""

    def __init__(self, clock: Callable[[], float], burst: int = 3) -> None:
        self._clock = clock
        self._burst = burst
        self._buckets: dict[int | None, _Bucket] = defaultdict(lambda: _Bucket(0, clock()))

    def spend(self, chat_id: int) -> None:
        """Count one message to this chat; raises 429 with the seconds to wait if it is too much."""
        private = chat_id > 0
        rates = {
            chat_id: (1.0, self._burst) if private else (20 / 60, 20),
            None: (30.0, 30),
        }
        wait = max(self._wait(key, rate, size) for key, (rate, size) in rates.items())
        if wait > 0:
            raise too_many_requests(math.ceil(wait))
        for key in rates:
            self._buckets[key].level += 1

    def _wait(self, key: int | None, rate: float, size: int) -> float:
        bucket, now = self._buckets[key], self._clock()
        bucket.level = max(0.0, bucket.level - rate * (now - bucket.at))
        bucket.at = now
        return (bucket.level + 1 - size) / rate
