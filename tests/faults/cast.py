"""Who takes part: customers with numbered messages, agents with numbered replies and notes.

Every message carries a mark that says whose it is, what it is, and which: `c3m2` is customer 3's
second message to a person, `a` an answer from the knowledge base, `r` an agent's reply, `n` a word
among colleagues. So what arrives tells whether anything was lost, crossed, repeated or turned."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.playground.slack.server import SlackServer, SlackUser
from bot.playground.slack.values import BOT_USER_ID, Channel, Message
from bot.playground.telegram.server import TelegramCustomer

# Things that sound nothing like each other, so that each question has one answer.
THINGS = (
    "kettle", "lantern", "compass", "hammock", "whistle", "shovel", "sledge", "ladder", "bucket",
    "blanket", "helmet", "anchor", "lighter", "tripod", "paddle", "saddle", "crampon", "pillow",
    "thermos", "binoculars", "umbrella", "notebook", "hatchet", "goggles",
)  # fmt: skip
ANSWERS = 3  # questions each customer has
MARK = re.compile(r"\b(?:(c\d+)([amrn])(\d+)|mark-(\w+))")
PATIENCE = 150.0  # seconds: on a busy machine a process that is killed again starts slowly
ASK_FOR_PERSON = "I want to talk to a person"


class Mouth(Protocol):
    """A customer's app: what can be written, and what is seen."""

    @property
    def lane(self) -> str: ...  # the key under which all that is sent to it is queued

    def say(self, text: str) -> None: ...

    def shown(self) -> list[str]: ...


@dataclass(frozen=True)
class OnTelegram:
    person: TelegramCustomer

    @property
    def lane(self) -> str:
        return f"telegram:{self.person.id}"

    def say(self, text: str) -> None:
        self.person.say(text)

    def shown(self) -> list[str]:
        return [message.text for message in self.person.seen]


@dataclass(frozen=True)
class OnSlack:
    slack: SlackServer
    person: SlackUser

    @property
    def lane(self) -> str:
        return f"slack:{self.person.dm_channel.id}"

    def say(self, text: str) -> None:
        self.person.dm(text)

    def shown(self) -> list[str]:
        said = self.slack.dm_messages(self.person)
        return [message.text for message in said if message.user == BOT_USER_ID]


@dataclass
class Customer:
    """One of the customers; `needs_person` decides which of the two stories is theirs."""

    number: int
    mouth: Mouth
    needs_person: bool
    messages: int = 2
    asked: int = 0
    written: int = 0

    @property
    def name(self) -> str:
        return f"Customer c{self.number}"

    def own(self, kind: str, number: int) -> str:
        return f"c{self.number}{kind}{number}"

    def thing(self, number: int) -> str:
        return THINGS[(self.number - 1) * ANSWERS + number - 1]

    async def live(self, rng: random.Random, patience: float) -> None:
        """Ask, or ask for a person and tell them, with a breath between two messages."""
        if self.needs_person:
            self.mouth.say(ASK_FOR_PERSON)
        for number in range(1, (self.messages if self.needs_person else ANSWERS) + 1):
            await asyncio.sleep(rng.uniform(0.1, patience))
            if self.needs_person:
                self.mouth.say(f"{self.own('m', number)} it is <broken> & *wet*")
                self.written = number
            else:
                self.ask(number)

    def ask(self, number: int) -> None:
        """A question that has an answer of its own."""
        self.mouth.say(f"How do I look after my {self.thing(number)}?")
        self.asked = number


@dataclass
class Agent:
    """A colleague on the desk, who takes cards, answers in their threads, and resolves them."""

    person: SlackUser
    slack: SlackServer
    desk: Channel
    replied: dict[str, str] = field(default_factory=dict)  # mark → the message's ts
    noted: list[str] = field(default_factory=list)

    def card(self, customer: Customer) -> Message | None:
        """The card of this customer, as it looks now."""
        wanted = re.compile(rf"{customer.name}\b")
        for message in self.slack.messages(self.desk):
            if message.user == BOT_USER_ID and wanted.search(str(message.blocks)):
                return message
        return None

    def thread(self, customer: Customer) -> list[Message]:
        """What the bot wrote below the card."""
        card = self.card(customer)
        below = self.slack.thread(self.desk, card.ts)[1:] if card else []
        return [message for message in below if message.user == BOT_USER_ID]

    async def serve(
        self, customer: Customer, replies: int, rng: random.Random, patience: float
    ) -> None:
        """Take the customer's card, answer, and resolve once everything has arrived."""
        await self.press(customer, "claim")
        card = self.card(customer)
        assert card is not None
        for number in range(1, replies + 1):
            await asyncio.sleep(rng.uniform(0.05, patience))
            self._note(customer, card.ts, number)
            mark = customer.own("r", number)
            self.replied[mark] = self._write(card.ts, f"{mark} have you tried <turning> *it*?")
        await self._until(lambda: self._is_through(customer), PATIENCE)
        await self.press(customer, "resolve")

    async def press(self, customer: Customer, action: str) -> None:
        """Press the card's button until the app has heard it and the card shows it."""
        await self._until(lambda: self._button(customer, action) is not None, PATIENCE)
        while (card := self._button(customer, action)) is not None:
            if (await self.person.click(card, action)).acked:
                await self._until(lambda: self._button(customer, action) is None, PATIENCE)
            else:
                await asyncio.sleep(0.3)  # "something went wrong": people press again

    def _button(self, customer: Customer, action: str) -> Message | None:
        card = self.card(customer)
        return card if card and f"'action_id': '{action}'" in str(card.blocks) else None

    def _note(self, customer: Customer, ts: str, number: int) -> None:
        mark = customer.own("n", number)
        self._write(ts, f"// {mark} remember to check the order")
        self.noted.append(mark)

    def _write(self, ts: str, text: str) -> str:
        return self.person.reply(self.desk, ts, text).ts

    def _is_through(self, customer: Customer) -> bool:
        """All receipts are there, or a word about what is not certain, and all relays."""
        said = " ".join(message.text for message in self.thread(customer))
        open_marks = [m for m, ts in self.replied.items() if not self.has_receipt(ts)]
        mine = [mark for mark in open_marks if mark.startswith(f"c{customer.number}r")]
        relayed = all(customer.own("m", n) in said for n in range(1, customer.messages + 1))
        return relayed and all(mark in said for mark in mine)

    def has_receipt(self, ts: str) -> bool:
        message = self.person.find_message(self.desk, ts)
        return any(BOT_USER_ID in reaction.users for reaction in message.reactions)

    async def _until(self, condition: Callable[[], bool], timeout: float) -> None:
        await self.slack.wait_for(condition, timeout)


def marks(text: str) -> list[str]:
    """All marks in a text, in order."""
    return [found[0] for found in MARK.finditer(text)]


def answer_mark(place: int) -> str:
    """The mark of the answer about the thing at this place."""
    return f"c{place // ANSWERS + 1}a{place % ANSWERS + 1}"


def about(text: str) -> list[str]:
    """The marks of what somebody wrote; a question stands for the answer it asks for."""
    asked = [answer_mark(place) for place, thing in enumerate(THINGS) if f"my {thing}?" in text]
    return marks(text) + asked
