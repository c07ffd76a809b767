"""The people of a dialogue: what their lines mean on their platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.playground.slack.server import SlackServer, SlackUser
from bot.playground.slack.values import BOT_USER_ID, Channel, Message, View
from bot.playground.telegram.server import TelegramCustomer
from bot.stage import DESK, Stage
from tests.dialogues.dialogue import Step
from tests.dialogues.looks import buttons_of

SURNAMES = {"Maria": "Maria Ozola", "Tomasz": "Tomasz Nowak", "Olivia": "Olivia Reed"}
LOCALES = {"en": "en-US", "lv": "lv-LV", "pl": "pl-PL", "ru": "ru-RU", "tr": "tr-TR"}
US = "@Frontdesk"  # how people call the bot in a channel


class Miscast(Exception):
    """A line that this person cannot speak; the text says why."""


class Person(Protocol):
    """Somebody who acts. `place` is as the dialogue has it; nothing is the chat with the bot."""

    async def say(self, text: str, place: str) -> None: ...
    async def edit(self, text: str, place: str) -> None: ...
    async def delete(self, place: str) -> None: ...
    async def send(self, kind: str, text: str, place: str) -> None: ...
    async def press(self, label: str, place: str) -> None: ...
    async def block(self, is_blocked: bool) -> None: ...
    async def fill_in(self, values: Mapping[str, str]) -> None: ...
    async def close_form(self) -> None: ...


@dataclass
class OnTelegram:
    """A customer in a private chat with the bot."""

    customer: TelegramCustomer
    last_message: int = 0

    async def say(self, text: str, place: str) -> None:
        self.last_message = self.customer.say(text).message_id

    async def edit(self, text: str, place: str) -> None:
        self.customer.edit(self.last_message, text)

    async def delete(self, place: str) -> None:
        raise Miscast("Telegram tells bots nothing of deleted messages")

    async def send(self, kind: str, text: str, place: str) -> None:
        person = self.customer
        if kind in {"picture", "file"}:
            pages = "sizes.pdf", b"%PDF-1.4"
            act = (
                person.send_photo(caption=text)
                if kind == "picture"
                else person.send_document(*pages, caption=text)
            )
        elif text:
            raise Miscast(f"on Telegram a {kind} has no caption")
        elif kind == "voice message":
            act = person.send_voice()
        elif kind == "sticker":
            act = person.send_sticker()
        else:
            act = person.send_location() if kind == "location" else person.send_contact()
        self.last_message = act.message_id

    async def press(self, label: str, place: str) -> None:
        self.customer.press(label)

    async def block(self, is_blocked: bool) -> None:
        if is_blocked:
            self.customer.block()
        else:
            self.customer.unblock()

    async def fill_in(self, values: Mapping[str, str]) -> None:
        raise Miscast("there are no forms on Telegram")

    async def close_form(self) -> None:
        raise Miscast("there are no forms on Telegram")


class Cards:
    """The cards on the desk by their number, each with every look it has had."""

    def __init__(self) -> None:
        self.looks: dict[str, list[Message]] = {}

    def see(self, place: str, card: Message) -> None:
        """Remember how the card looks now."""
        looks = self.looks.setdefault(place, [])
        if not looks or looks[-1] != card:
            looks.append(card)

    def now(self, place: str) -> Message:
        if place not in self.looks:
            raise Miscast(f"there is no card {place} on the desk")
        return self.looks[place][-1]


@dataclass
class InSlack:
    """A customer or a colleague. Who presses a button that a card no longer has is somebody who
    still sees how the card looked before."""

    user: SlackUser
    slack: SlackServer
    cards: Cards
    last_message: Message | None = None
    refused: list[Mapping[str, str]] = field(default_factory=list)  # what was wrong with forms

    async def say(self, text: str, place: str) -> None:
        channel, thread = self._where(place)
        words = text.replace(US, f"<@{BOT_USER_ID}>")
        self.last_message = self.user.post(channel, words, thread_ts=thread)

    async def edit(self, text: str, place: str) -> None:
        assert self.last_message is not None
        channel, _ = self._where(place)
        self.last_message = self.user.edit(channel, self.last_message.ts, text)

    async def delete(self, place: str) -> None:
        assert self.last_message is not None
        channel, _ = self._where(place)
        self.user.delete(channel, self.last_message.ts)

    async def send(self, kind: str, text: str, place: str) -> None:
        names = {"picture": "tent.png", "file": "sizes.pdf", "voice message": "voice.m4a"}
        if kind not in names:
            raise Miscast(f"nobody sends a {kind} in Slack")
        channel, thread = self._where(place)
        data = b"\x89PNG" if kind == "picture" else b"..."
        self.last_message = self.user.upload(
            channel, names[kind], data, text=text, thread_ts=thread
        )

    async def press(self, label: str, place: str) -> None:
        answer = await self.user.click(self._message_with(label, place), label)
        if not answer.acked:
            raise Miscast(f"the button [{label}] was never acknowledged: {answer.reason}")

    async def block(self, is_blocked: bool) -> None:
        raise Miscast("nobody blocks a bot in Slack")

    async def fill_in(self, values: Mapping[str, str]) -> None:
        sent = await self.user.submit_view(self._form(), values)
        if not sent.acked:
            raise Miscast("the form was never acknowledged")
        if sent.errors:
            self.refused.append(sent.errors)

    async def close_form(self) -> None:
        await self.user.close_view(self._form())

    def _form(self) -> View:
        if not self.user.modals:
            raise Miscast(f"no form is open for {self.user.name}")
        return self.user.modals[-1]

    def _message_with(self, label: str, place: str) -> Message:
        channel, card = self._where(place)
        seen = self.slack.workspace.everything(channel)
        if place in self.cards.looks:  # in its thread, or on the card itself
            thread = [message for message in seen if message.thread_ts == card]
            seen = [*thread, *self.cards.looks[place]]
        for message in reversed(seen):
            if label in {text for text, _ in buttons_of(message)}:
                return message
        raise Miscast(f"{self.user.name} sees no button [{label}]")

    def _where(self, place: str) -> tuple[Channel, str]:
        """The channel, and the message below which the thread hangs."""
        if not place:
            return self.user.dm_channel, ""
        if place[1:].isdigit():
            return self.slack.channel(DESK), self.cards.now(place).ts
        channel = self.slack.channel(place.rpartition("#")[2])
        if self.user.id not in channel.members:
            channel = self.slack.workspace.admit(channel, self.user.id)
        return channel, self._thread(channel) if place.startswith("the thread") else ""

    def _thread(self, channel: Channel) -> str:
        """The newest thread of people's; where there is none yet, below their newest message."""
        roots = [root for root in self.slack.messages(channel) if root.user != BOT_USER_ID]
        threads = [root for root in roots if root.thread_ts == root.ts]
        return (threads or roots)[-1].ts


class Cast:
    """Everybody who has been introduced, by name."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.cards = Cards()
        self.telegram: dict[str, OnTelegram] = {}
        self.slack: dict[str, InSlack] = {}

    def person(self, step: Step) -> Person:
        """Who acts in this line; at the first mention they come into being."""
        if step.about:
            self._introduce(step.who, [part.strip() for part in step.about.split(",")])
        found = self.telegram.get(step.who) or self.slack.get(step.who)
        if found is None:
            raise Miscast(f"who is {step.who}? Write, for instance, {step.who} (Telegram, en)")
        return found

    def named(self, values: Iterable[tuple[str, str]]) -> dict[str, str]:
        """What is put into a form; somebody's name stands for who they are in Slack."""
        known = {name: person.user.id for name, person in self.slack.items()}
        return {key: known.get(value, value) for key, value in values}

    def introduce(self, name: str, about: str) -> None:
        """Let somebody be there who does nothing yet."""
        self._introduce(name, [about])

    def _introduce(self, name: str, about: list[str]) -> None:
        match about:
            case ["Telegram", language]:
                customer = self._stage.telegram.customer(first_name=name, language_code=language)
                self.telegram[name] = OnTelegram(customer)
            case ["Slack", language, *zone]:
                self._in_slack(name, language, zone[0] if zone else "Europe/Riga")
            case ["desk"]:
                self._in_slack(name, on_desk=True)
            case ["supervisor on the desk"]:
                self._in_slack(name, on_desk=True)
                self._stage.app.supervisors += (self.slack[name].user.id,)
            case ["guest on the desk"]:
                self._in_slack(name, on_desk=True, is_guest=True)
            case _:
                raise Miscast(f"({', '.join(about)}) says nothing that is known of {name}")

    def _in_slack(
        self,
        name: str,
        language: str = "en",
        zone: str = "Europe/Riga",
        on_desk: bool = False,
        is_guest: bool = False,
    ) -> None:
        user = self._stage.slack.user(
            SURNAMES.get(name, name),
            tz=zone,
            locale=LOCALES[language],
            is_guest=is_guest,
            in_channels=[DESK] if on_desk else (),
        )
        self.slack[name] = InSlack(user, self._stage.slack, self.cards)
