"""A customer on Telegram: in the private chat with the bot, and in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.playground.telegram.customer import TelegramCustomer, TelegramGroup
from tests.dialogues.files import KEPT, content
from tests.dialogues.people import Miscast, Person
from tests.dialogues.shown import fits_text
from tests.dialogues.steps import FileSent

US = "@Frontdesk"  # how people of a dialogue call the bot
GROUP = "the group "


@dataclass
class OnTelegram(Person):
    """What a line means for the app on somebody's telephone."""

    customer: TelegramCustomer
    group: Callable[[str], TelegramGroup]
    last_message: int = 0
    where = "on Telegram"

    async def say(self, text: str, place: str) -> None:
        words = self._words(text)
        if place:
            self._group(place).say(self.customer, words)
        else:
            self.last_message = self.customer.say(words).message_id

    async def reply(self, text: str, place: str) -> None:
        room = self._group(place) if place else self.customer
        if not room.seen:
            raise Miscast("the bot has said nothing there that could be replied to")
        last, words = room.seen[-1].message_id, self._words(text)
        if isinstance(room, TelegramGroup):
            room.say(self.customer, words, reply_to=last)
        else:
            self.last_message = room.say(words, reply_to=last).message_id

    async def edit(self, text: str, place: str, which: str) -> None:
        self.customer.edit(self._own(which) if which else self.last_message, text)

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

    async def send_files(self, files: Sequence[FileSent], text: str, place: str) -> None:
        if place:
            for file in files:
                self._group(place).send_file(
                    self.customer, file.name, content(file), caption=self._words(text)
                )
        elif len(files) > 1:
            album = [(file.name, content(file)) for file in files]
            self.last_message = self.customer.send_album(album, caption=text)[0].message_id
        else:
            (file,) = files
            size = file.size if file.size > KEPT else None
            sent = self.customer.send_file(file.name, content(file), caption=text, size=size)
            self.last_message = sent.message_id

    async def press(self, label: str, place: str) -> None:
        if place:
            self._group(place).press(self.customer, label)
        else:
            self.customer.press(label)

    async def block(self, is_blocked: bool) -> None:
        if is_blocked:
            self.customer.block()
        else:
            self.customer.unblock()

    def _group(self, place: str) -> TelegramGroup:
        if not place.startswith(GROUP):
            raise Miscast(f"on Telegram there are groups (in the group Hikers), but no {place}")
        return self.group(place.removeprefix(GROUP))

    def _words(self, text: str) -> str:
        return text.replace(US, f"@{self.customer.world.bot['username']}")

    def _own(self, which: str) -> int:
        for number, message in reversed(self.customer.chat.messages.items()):
            is_own = message["from"]["id"] == self.customer.id
            if is_own and fits_text(which, message.get("text") or message.get("caption") or ""):
                return number
        raise Miscast(f"there is no message {which!r} of theirs")
