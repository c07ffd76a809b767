"""Which clocks run for a ticket, for how long they have run, and when they run out. Pure.

Everything follows from what happened to the ticket: the reply clock runs from the customer's first
word that nobody has answered until a person answers; the other from the opening to the end. Both
run in business hours only, and stand still while we wait for the customer or the ticket snoozes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.knowledge.hours import BusinessHours
from bot.knowledge.service_policy import Targets

WARNED, BREACHED = "sla_warned", "sla_breached"


class Kind(StrEnum):
    """What a clock measures; the names of the policy's targets."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"


REPLIES = (Kind.FIRST_REPLY, Kind.NEXT_REPLY)


class Happened(NamedTuple):
    """One event of a ticket; `clock` is the kind of the clock that somebody was told of."""

    kind: str
    at: datetime
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Timed:
    """One clock: when its time is over, and when most of it is; None while it stands still before
    that. `told`: whether somebody was warned, or told that it is over, since it began."""

    kind: Kind
    warn: datetime | None
    due: datetime | None
    told: frozenset[str] = frozenset()

    @property
    def next_at(self) -> datetime | None:
        """When somebody is to be told of it next, if ever."""
        if self.due is None or BREACHED in self.told:
            return None
        return self.due if self.warn is None or WARNED in self.told else self.warn

    def word_at(self, now: datetime) -> str | None:
        """What is to be told by now, and has not been: once it is over, nobody is warned of it."""
        if self.next_at is None or self.due is None or self.next_at > now:
            return None
        return BREACHED if self.due <= now else WARNED


Stretch = tuple[datetime, datetime | None]


@dataclass(slots=True)
class Tape:
    """What the events of a ticket have done to its clocks so far. `waiting_since`: since when the
    customer's words wait for an answer; the stretches are those in which a clock ran."""

    is_open: bool = False
    is_snoozed: bool = False
    has_replied: bool = False
    waiting_since: datetime | None = None
    reply: list[Stretch] = field(default_factory=list)
    work: list[Stretch] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)  # (clock, what of it)

    @property
    def is_running(self) -> bool:
        return self.is_open and not self.is_snoozed and self.waiting_since is not None

    def play(self, event: Happened) -> None:
        """Go on to this event; one that does not concern clocks changes nothing."""
        if event.kind in (WARNED, BREACHED):
            self.told.add((event.clock, event.kind))
        elif event.kind in _CHANGES:
            self._stop(event.at)
            self._change(event)
            if self.is_running:
                self.reply.append((event.at, None))
                self.work.append((event.at, None))

    def _stop(self, at: datetime) -> None:
        for stretches in (self.reply, self.work):
            if stretches and stretches[-1][1] is None:
                stretches[-1] = (stretches[-1][0], at)

    def _change(self, event: Happened) -> None:
        match event.kind:
            case "opened" | "reopened":
                self.is_open, self.is_snoozed, self.waiting_since = True, False, event.at
                self.reply, self.work = [], []
                self.told.clear()
            case "wrote":
                self.waiting_since = self.waiting_since or event.at
            case "replied":
                self.waiting_since, self.has_replied, self.reply = None, True, []
                self.told = {each for each in self.told if each[0] == Kind.RESOLUTION}
            case "snoozed" | "woken":
                self.is_snoozed = event.kind == "snoozed"
            case _:
                self.is_open = False


_CHANGES = frozenset(
    {"opened", "reopened", "wrote", "replied", "snoozed", "woken", "resolved", "cancelled"}
)


def played(events: Iterable[Happened]) -> Tape:
    """What all of a ticket's events, the oldest first, have done to its clocks."""
    tape = Tape()
    for event in events:
        tape.play(event)
    return tape


def reply_clock(tape: Tape, targets: Targets, hours: BusinessHours, warn_at: float) -> Timed | None:
    """The clock of the answer that the customer waits for, if they wait and one is promised."""
    kind = Kind.NEXT_REPLY if tape.has_replied else Kind.FIRST_REPLY
    target: timedelta | None = getattr(targets, kind)
    if not tape.is_open or tape.waiting_since is None or target is None:
        return None
    return _timed(kind, tape, tape.reply, target, hours, warn_at)


def resolution_clock(
    tape: Tape, targets: Targets, hours: BusinessHours, warn_at: float
) -> Timed | None:
    """The clock of the whole ticket, while it is open and an end is promised."""
    if not tape.is_open or targets.resolution is None:
        return None
    return _timed(Kind.RESOLUTION, tape, tape.work, targets.resolution, hours, warn_at)


def _timed(
    kind: Kind,
    tape: Tape,
    stretches: list[Stretch],
    target: timedelta,
    hours: BusinessHours,
    warn_at: float,
) -> Timed:
    return Timed(
        kind,
        _over(stretches, target * warn_at, hours),
        _over(stretches, target, hours),
        frozenset(what for clock, what in tape.told if clock == kind),
    )


def _over(stretches: list[Stretch], target: timedelta, hours: BusinessHours) -> datetime | None:
    """When a clock that ran in these stretches has, or will have, run for so long; None while it
    stands still before that."""
    left = target
    for start, end in stretches:
        worked = hours.between(start, end) if end is not None else left
        if worked >= left:
            return hours.add(start, left)
        left -= worked
    return None


# --- what is shown of them -----------------------------------------------------------------------


class State(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    WARNED = "warned"  # most of the time is over
    BREACHED = "breached"
    PAUSED = "paused"


class Shown(StrEnum):
    """Which of the two clocks is meant."""

    REPLY = "reply"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a ticket that runs out first; `is_snoozed` says why it stands still, if not
    because the customer's answer is waited for."""

    kind: Shown
    due: datetime | None
    state: State
    is_snoozed: bool = False
