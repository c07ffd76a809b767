"""A customer or a colleague in Slack, and the cards that they see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.playground.slack.blocks import elements_of
from bot.playground.slack.inputs import find_element, label_of
from bot.playground.slack.server import SlackServer, SlackUser
from bot.playground.slack.values import BOT_USER_ID, Channel, Message, View
from tests.dialogues.files import content
from tests.dialogues.on_telegram import US
from tests.dialogues.people import Miscast, Person
from tests.dialogues.shown import fits_text
from tests.dialogues.steps import FileSent

ENTRY = " → "  # between a menu and what is chosen from it


class Cards:
    """The cards on the desks by their number, each with every look it has had."""

    def __init__(self) -> None:
        self._looks: dict[str, dict[str, list[Message]]] = {}

    def see(self, place: str, card: Message) -> None:
        """Remember how the card looks now."""
        looks = self._looks.setdefault(place, {}).setdefault(card.ts, [])
        if not looks or looks[-1] != card:
            looks.append(card)

    def known(self, ts: str) -> str:
        """The number of the card posted then; nothing if it was none."""
        return next((place for place, cards in self._looks.items() if ts in cards), "")

    def looks(self, place: str) -> list[Message]:
        """Every look of the card, the newest last; where it was posted anew, of the newest."""
        cards = self._looks.get(place)
        return cards[max(cards)] if cards else []

    def now(self, place: str) -> Message:
        if not (looks := self.looks(place)):
            raise Miscast(f"there is no card {place} on the desk")
        return looks[-1]


@dataclass
class InSlack(Person):
    """What a line means in Slack's client. Who presses a button that a card no longer has is
    somebody who still sees how the card looked before."""

    user: SlackUser
    slack: SlackServer
    cards: Cards
    desk: Channel
    id_of: Callable[[str], str] = str
    """A colleague's user id by their name; anything else as it is."""
    last_message: Message | None = None
    refused: list[Mapping[str, str]] = field(default_factory=list)  # what was wrong with forms
    where = "in Slack"

    async def say(self, text: str, place: str) -> None:
        channel, thread = self._where(place)
        words = text.replace(US, f"<@{BOT_USER_ID}>")
        self.last_message = self.user.post(channel, words, thread_ts=thread)

    async def edit(self, text: str, place: str, which: str) -> None:
        before = self._own(place, which)
        self.last_message = self.user.edit(self._where(place)[0], before.ts, text)

    async def delete(self, place: str, which: str) -> None:
        self.user.delete(self._where(place)[0], self._own(place, which).ts)

    async def send(self, kind: str, text: str, place: str) -> None:
        names = {"picture": "tent.png", "file": "sizes.pdf", "voice message": "voice.m4a"}
        if kind not in names:
            self._never(f"sends a {kind}")
        channel, thread = self._where(place)
        data = b"\x89PNG" if kind == "picture" else b"..."
        self.last_message = self.user.upload(
            channel, names[kind], data, text=text, thread_ts=thread
        )

    async def send_files(self, files: Sequence[FileSent], text: str, place: str) -> None:
        channel, thread = self._where(place)
        stored = [self.user.file(file.name, content(file), size=file.size) for file in files]
        self.last_message = self.user.share(channel, stored, text=text, thread_ts=thread)

    async def press(self, label: str, place: str) -> None:
        menu, _, entry = label.partition(ENTRY)
        source, block = self._pressable(menu, entry, place)
        chosen = self.id_of(entry)
        answer = await self.user.click(source, menu, option=chosen, block_id=block)
        if not answer.acked:
            raise Miscast(f"the button [{label}] was never acknowledged: {answer.reason}")

    async def react(self, emoji: str, place: str, which: str, *, add: bool) -> None:
        act = self.user.react if add else self.user.unreact
        message = self._message(place, which)
        act(self.slack.workspace.channels[message.channel], message.ts, emoji)

    async def command(self, text: str, place: str) -> None:
        name, _, rest = text.partition(" ")
        desk = self.slack.workspace.channels[self.desk.id]
        home = desk if self.user.id in desk.members else self.user.dm_channel
        channel = self._where(place)[0] if place else home
        answer = await self.user.command(name, rest, channel)
        if not answer.acked:
            raise Miscast(f"{name} was never acknowledged: {answer.reason}")

    async def use(self, label: str, place: str, which: str) -> None:
        answer = await self.user.message_shortcut(self._message(place, which), label)
        if not answer.acked:
            raise Miscast(f"{label!r} was never acknowledged: {answer.reason}")

    async def open_home(self) -> None:
        self.user.open_home()

    async def fill_in(self, values: Mapping[str, str]) -> None:
        sent = await self.user.submit_view(self.form(), values)
        if not sent.acked:
            raise Miscast("the form was never acknowledged")
        if sent.errors:
            self.refused.append(sent.errors)

    async def close_form(self) -> None:
        await self.user.close_view(self.form())

    def form(self) -> View:
        """The form that is open for them."""
        if not self.user.modals:
            raise Miscast(f"no form is open for {self.user.name}")
        return self.user.modals[-1]

    # --- where things are ------------------------------------------------------------------------

    def _pressable(self, menu: str, entry: str, place: str) -> tuple[Message | View, str]:
        """What has such a button or menu, newest first, and the block, if it has to be that."""
        for source in self._sources(place):
            block = _block_about(source, place, menu) if place.startswith("#") else ""
            try:
                find_element(source.blocks, menu, entry, block)
            except LookupError:
                continue
            return source, block
        label = f"{menu}{ENTRY}{entry}" if entry else menu
        raise Miscast(f"{self.user.name} sees no button [{label}]")

    def _sources(self, place: str) -> Iterator[Message | View]:
        if place == "the form":
            yield self.form()
        elif place.endswith("home"):
            if self.user.home is None:
                raise Miscast(f"{self.user.name} has no home yet")
            yield self.user.home
        elif place == "the whisper":
            yield from reversed(self.slack.ephemerals(self.user))
        else:
            channel, root = self._where(place)
            seen = self.slack.workspace.everything(channel)
            looks = self.cards.looks(place)
            yield from reversed(looks)
            yield from (m for m in reversed(seen) if not looks or m.thread_ts == root)

    def _message(self, place: str, which: str) -> Message:
        """The card itself, or a message in its thread that reads so."""
        if not which and place[1:].isdigit():
            return self.cards.now(place)
        channel, root = self._where(place)
        for message in reversed(self.slack.workspace.everything(channel)):
            if (not root or root == message.thread_ts) and fits_text(which or "…", message.text):
                return message
        raise Miscast(f"there is no message {which!r} in {place}")

    def _own(self, place: str, which: str) -> Message:
        if not which:
            assert self.last_message is not None
            return self.last_message
        channel, _ = self._where(place)
        for message in reversed(self.slack.workspace.everything(channel)):
            if message.user == self.user.id and fits_text(which, message.text):
                return message
        raise Miscast(f"there is no message {which!r} of theirs")

    def _where(self, place: str) -> tuple[Channel, str]:
        """The channel, and the message below which the thread hangs."""
        if not place:
            return self.user.dm_channel, ""
        if place[1:].isdigit():
            card = self.cards.now(place)
            return self.slack.workspace.channels[card.channel], card.ts
        if "#" not in place:
            raise Miscast(f"in Slack there are channels (in #general), but no {place}")
        channel = self.slack.channel(place.rpartition("#")[2])
        if self.user.id not in channel.members:
            channel = self.slack.workspace.admit(channel, self.user.id)
        return channel, self._thread(channel) if place.startswith("the thread") else ""

    def _thread(self, channel: Channel) -> str:
        """The newest thread of people's; where there is none yet, below their newest message."""
        roots = [root for root in self.slack.messages(channel) if root.user != BOT_USER_ID]
        threads = [root for root in roots if root.thread_ts == root.ts]
        return (threads or roots)[-1].ts


def _block_about(source: Message | View, place: str, label: str) -> str:
    """In a home with many tickets: the block with this button that is about the one meant."""
    if not isinstance(source, View):
        return ""
    number, about = re.compile(rf"{place.split()[0]}\b"), ""
    for block in source.blocks:
        text = (block.get("text") or {}).get("text", "")
        about = text or about
        if number.search(about) and label in {label_of(each) for each in elements_of(block)}:
            return str(block["block_id"])
    raise Miscast(f"no button [{label}] stands at {place}")
