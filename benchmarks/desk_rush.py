"""A desk with many tickets open, and customers who all write at once: what is done to it, and what
came of each message. Both stand-ins run in this process; the app wherever it likes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.playground.slack.server import SlackServer
from bot.playground.slack.user import SlackUser
from bot.playground.slack.values import Channel, Message
from bot.playground.slack.web import ApiRequest
from bot.playground.telegram.customer import TelegramCustomer
from bot.playground.telegram.server import TelegramServer

MARK = re.compile(r"\bm(\d{6})\b")
AGENTS = 10
PATIENCE = 60.0  # seconds in which something has to move while others wait for it


@dataclass
class Rush:
    """So many tickets, each with a customer who writes on."""

    telegram: TelegramServer
    slack: SlackServer
    room: Channel
    tickets: int
    rate: float  # messages a second, from all of them together
    said: list[float] = field(default_factory=list)  # when, by the number of the message
    agents: list[SlackUser] = field(default_factory=list)
    _cards: dict[str, int] = field(default_factory=dict)  # by its id: whose, from 0

    def customer(self, number: int) -> TelegramCustomer:
        return self.telegram.customer(1001 + number, first_name=f"Customer {number}")

    async def open(self) -> None:
        """Everybody asks for a person; colleagues take the tickets, and say a first word."""
        names = [f"Agent {number}" for number in range(min(AGENTS, self.tickets))]
        self.agents = [self.slack.user(name, in_channels=[self.room]) for name in names]
        for number in range(self.tickets):
            self.customer(number).say("I want a human")
            await asyncio.sleep(1 / self.rate)
        await self._until(lambda: len(self.cards()) == self.tickets)
        for number, card in enumerate(self.cards()):
            agent = self.agents[number % len(self.agents)]
            await agent.click(card, "Claim")
            await self._until(lambda ts=card.ts: "claim" not in str(self._now(ts).blocks))
            agent.reply(self.room, card.ts, "I am looking into it.")
        self._cards = {card.ts: _whose(card) for card in self.cards()}

    async def write(self, seconds: float) -> None:
        """Let them write in turn for so long."""
        began = time.time()
        while (number := len(self.said)) < seconds * self.rate:
            await asyncio.sleep(max(0.0, began + number / self.rate - time.time()))
            self.said.append(time.time())
            customer = self.customer(number % self.tickets)
            customer.say(f"m{number:06} my parcel was to come on Tuesday, where is it now?")

    async def drained(self) -> float:
        """Wait until the threads have all of it; returns how many seconds that took."""
        began, seen, moved = time.time(), 0, time.time()
        while seen < len(self.said):
            await asyncio.sleep(0.5)
            now = sum(len(marks) for marks in self.threads().values())
            seen, moved = now, time.time() if now != seen else moved
            if time.time() - moved > PATIENCE:
                raise TimeoutError(f"only {seen} of {len(self.said)} messages reached the desk")
        return time.time() - began

    # --- what came of it -------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What is lost, doubled, in the wrong thread or out of order; empty if all is well."""
        found = []
        for whose, marks in self.threads().items():
            meant = list(range(whose, len(self.said), self.tickets))
            if marks != meant:
                found.append(f"the thread of customer {whose} has {marks}, not {meant}")
        return found

    def threads(self) -> dict[int, list[int]]:
        """The messages in each customer's thread, as they stand there."""
        found: dict[int, list[int]] = {whose: [] for whose in self._cards.values()}
        for message in self.slack.workspace.everything(self.room):
            if message.is_reply and message.thread_ts in self._cards:
                found[self._cards[message.thread_ts]] += marks_in(message.text)
        return found

    def until_shown(self) -> list[float | None]:
        """For each message the seconds until its card showed it, or a later one of the same
        customer; None if it never did."""
        shown: list[float | None] = [None] * len(self.said)
        waiting = {whose: whose for whose in self._cards.values()}  # the next one not yet shown
        for call in self._updates():
            whose = self._cards.get(str(call.params["ts"]), -1)
            newest = max(marks_in(str(call.params.get("blocks"))), default=-1)
            while whose >= 0 and waiting[whose] <= newest:
                shown[waiting[whose]] = call.at - self.said[waiting[whose]]
                waiting[whose] += self.tickets
        return shown

    def posts(self) -> int:
        """Posts in the desk's channel that carry what customers wrote."""
        every = self.slack.workspace.everything(self.room)
        return sum(bool(message.is_reply and marks_in(message.text)) for message in every)

    def refusals(self, method: str) -> int:
        """How often Slack said that this was too much."""
        return sum(call.status == 429 for call in self.slack.calls(method))

    def cards(self) -> Sequence[Message]:
        """The cards on the desk, the oldest first."""
        every = self.slack.workspace.everything(self.room)
        return [message for message in every if message.blocks and not message.is_reply]

    def _updates(self) -> Iterator[ApiRequest]:
        done = (call for call in self.slack.calls("chat.update") if call.result.get("ok"))
        return (call for call in done if call.params.get("channel") == self.room.id)

    def _now(self, ts: str) -> Message:
        return self.slack.workspace.message(self.room, ts)

    async def _until(self, true: object) -> None:
        assert callable(true)
        await self.slack.wait_for(true, PATIENCE + self.tickets * 1.5)


def marks_in(text: str) -> list[int]:
    """The numbers of the messages that a text shows."""
    return [int(number) for number in MARK.findall(text)]


def _whose(card: Message) -> int:
    found = re.search(r"Customer (\d+)", card.text + str(card.blocks))
    assert found, card.text
    return int(found.group(1))
