"""What admins turn about the desk: the part `desk:` of `policy.yaml`."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.knowledge.policy_fields import Duration, Strict, TimeOfDay

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FileType = Literal["image", "pdf", "text", "office", "audio", "video", "archive"]
LONGEST_HOLD = timedelta(minutes=10)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
# What a card says of a customer, and may be told to keep to itself.
Fact = Literal["local_time", "customer_since", "purchases", "earlier_tickets", "mood"]


def _member(value: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]{2,}", value):
        raise ValueError(f"{value!r} is no Slack member ID: it looks like U024BE7LH")
    return value


def _channel(value: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]+", value):
        raise ValueError(f"{value!r} is no Slack channel's id: it looks like C0123456789")
    return value


def _delay(value: object) -> object:
    return None if isinstance(value, str) and value.strip() == "never" else value


def _hold(value: timedelta) -> timedelta:
    if value > LONGEST_HOLD:
        raise ValueError("a reply waits for 10m at most, for its customer waits as well")
    return value


Hold = Annotated[Duration, AfterValidator(_hold)]
Delay = Annotated[Duration | None, BeforeValidator(_delay)]
Member = Annotated[str, AfterValidator(_member)]
ChannelId = Annotated[str, AfterValidator(_channel)]


class Shift(Strict):
    """When a supervisor can be reached, on the shop's clock, and how. Without an end, to midnight;
    one that ends before it begins goes on into the next day."""

    name: Annotated[str, Field(min_length=1)]
    slack: Member
    phone: str = ""
    days: tuple[Weekday, ...] = WEEKDAYS
    start: TimeOfDay = Field(default=time(0), alias="from")
    end: TimeOfDay = Field(default=time(0), alias="to")

    def covers(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether this is somebody's shift at that moment."""
        local = moment.astimezone(zone)
        today, now = WEEKDAYS[local.weekday()], local.time()
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        yesterday = WEEKDAYS[(local.weekday() - 1) % 7]
        return (today in self.days and now >= self.start) or (
            yesterday in self.days and now < self.end
        )


class Route(Strict):
    """Which tickets go to which desk channel: all that is named must fit, of each list one."""

    channel: ChannelId
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # ids of articles
    tags: tuple[str, ...] = ()


class Unclaimed(Strict):
    """After how much time in business hours without a claim who is told; None: never."""

    nudge: Delay = timedelta(minutes=5)
    supervisor: Delay = timedelta(minutes=15)
    customer: Delay = timedelta(minutes=30)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        delays = [each for each in (self.nudge, self.supervisor, self.customer) if each is not None]
        if delays != sorted(delays):
            raise ValueError(
                "nudge, supervisor and customer follow each other in this order: give each the "
                "same time as the one before it, or a longer one, or never; left out they are "
                "5m, 15m and 30m"
            )
        return self


class Files(Strict):
    """What may pass between customers and the desk: megabytes at most, and which kinds."""

    max_megabytes: Annotated[int, Field(ge=1, le=50)] = 20
    types: tuple[FileType, ...] = get_args(FileType)


class DeskPolicy(Strict):
    """How the desk works. `hold`: how long a reply waits, to be changed or taken back; `hide`: what
    cards do not show; `rota`: who is called when a ticket is escalated, in this order, and the next
    one after `page_next_after`; `reopen_within`: for how long after its end a ticket goes on when
    its customer needs a person again; `articles`: whether what colleagues draft is served at once,
    or reviewed first; `remind_promise`: how long before it is due."""

    hold: Hold = timedelta(seconds=5)
    hide: tuple[Fact, ...] = ()
    rota: tuple[Shift, ...] = ()
    page_next_after: Duration = timedelta(minutes=10)
    reopen_within: Duration = timedelta(days=3)
    routes: tuple[Route, ...] = ()
    unclaimed: Unclaimed = Unclaimed()
    files: Files = Files()
    articles: Literal["publish", "review"] = "review"
    remind_promise: Duration = timedelta(hours=1)

    @property
    def channels(self) -> frozenset[str]:
        """The desk channels that are named here."""
        return frozenset(route.channel for route in self.routes)

    def reachable(self, moment: datetime, zone: ZoneInfo) -> tuple[Shift, ...]:
        """The rota, whose shift it is first."""
        return tuple(sorted(self.rota, key=lambda shift: not shift.covers(moment, zone)))
