"""How often Slack takes a call: a message a second in a channel, so many a minute of a method.

The tiers are those of Slack's rate limits page: 1, 20, 50 and 100 calls a minute for each method,
bursts allowed. The real server gives more on a good day; a test should not count on that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

BURST = 3
"""Messages a channel takes at once before one a second is enforced."""

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}

TIERS: Mapping[str, int] = {
    "apps.connections.open": 1,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.conversations": 3,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
"""chat.postMessage is limited by channel instead; what is not named here is not limited."""


@dataclass
class Bucket:
    """Room for `size` calls at once, refilled with `rate` a second."""

    size: float
    rate: float
    left: float
    since: float

    def wait(self, now: float) -> float:
        """Takes a call's place and returns 0, or the seconds until there is one."""
        self.left = min(self.size, self.left + (now - self.since) * self.rate)
        self.since = now
        if self.left < 1:
            return (1 - self.left) / self.rate
        self.left -= 1
        return 0.0


class Limits:
    """The buckets of one app in one workspace. `posting` and `tiers` say which are enforced."""

    def __init__(self, clock: Callable[[], float], *, posting: bool, tiers: bool) -> None:
        self.posting, self.tiers = posting, tiers
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def wait(self, method: str, channel: str) -> float:
        """The seconds this call has to wait; 0 takes its place."""
        if method == "chat.postMessage":
            return self._take(channel, BURST, 1.0) if self.posting else 0.0
        if not self.tiers or method not in TIERS:
            return 0.0
        minute = PER_MINUTE[TIERS[method]]
        return self._take(method, minute, minute / 60)

    def _take(self, name: str, size: float, rate: float) -> float:
        now = self._clock()
        bucket = self._buckets.setdefault(name, Bucket(size, rate, size, now))
        return bucket.wait(now)
