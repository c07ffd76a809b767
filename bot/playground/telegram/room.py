"""A chat from the other side: what people in it see, and how a pressed button reaches the bot."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.playground.telegram.hearing import is_meant_for
from bot.playground.telegram.state import Chat, Query, World
from bot.playground.telegram.text import to_html
from bot.playground.telegram.wire import Json

_KINDS = (
    "text", "photo", "document", "video", "audio", "voice", "sticker", "location", "contact",
)  # fmt: skip


@dataclass(frozen=True)
class Button:
    """An inline button; one with a `url` opens a link and tells the bot nothing."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Shown:
    """One message as a person sees it now."""

    message_id: int
    text: str
    html: str
    buttons: tuple[tuple[Button, ...], ...]
    at: datetime
    edited: bool
    kind: str = "text"
    file_name: str = ""
    file_size: int = 0
    file_id: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """What is written on the buttons, row by row."""
        return tuple(button.text for row in self.buttons for button in row)


@dataclass(frozen=True)
class Changed:
    """What the bot did to one of its messages: how it looked after that, or before it was gone."""

    how: Literal["edited", "deleted"]
    message: Shown


@dataclass(frozen=True)
class Act:
    """What somebody did, as the update the bot gets of it."""

    update: Json

    @property
    def message(self) -> Json:
        """The message it is about: the new or edited one, or the one with the pressed button."""
        body: Json = next(body for name, body in self.update.items() if name != "update_id")
        message: Json = body.get("message", body)
        return message

    @property
    def message_id(self) -> int:
        """The id of that message."""
        return int(self.message["message_id"])


def shown(message: Json) -> Shown:
    """The wire message as a person reads it: text or caption, safe HTML, buttons."""
    text = message.get("text") or message.get("caption") or ""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    kind = next((kind for kind in _KINDS if kind in message), "service")
    file = message["photo"][-1] if kind == "photo" else message.get(kind)
    file = file if isinstance(file, dict) else {}
    return Shown(
        message_id=message["message_id"],
        text=text,
        html=to_html(text, message.get("entities") or message.get("caption_entities") or []),
        buttons=tuple(
            tuple(Button(b["text"], b.get("callback_data"), b.get("url")) for b in row)
            for row in rows
        ),
        at=datetime.fromtimestamp(message["date"], UTC),
        edited="edit_date" in message,
        kind=kind,
        file_name=file.get("file_name", ""),
        file_size=file.get("file_size", 0),
        file_id=file.get("file_id", ""),
    )


class Room:
    """What a private chat and a group have in common."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat

    @property
    def id(self) -> int:
        """The chat id the bot answers to."""
        return self.chat.id

    @property
    def seen(self) -> list[Shown]:
        """The bot's messages as they look now, oldest first; deleted ones are gone."""
        return [shown(message) for message in self._from_bot()][::-1]

    @property
    def changes(self) -> list[Changed]:
        """What the bot edited and deleted of its own, in order; not what only lost buttons."""
        return [Changed(how, shown(message)) for how, message in self.chat.changes]

    @property
    def typed(self) -> int:
        """How often the bot has shown that it is writing, or preparing a file."""
        return self.chat.typed

    async def wait_for(
        self, what: str | Callable[[Shown], bool], timeout: float = 5, after: int = 0
    ) -> Shown:
        """The newest message of the bot that has this text or fulfils this, once there is one.

        `after` leaves out messages up to that id. Raises TimeoutError that says what was seen.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            version = self.world.pulse.version
            if found := self._newest(what, after):
                return found
            left = deadline - loop.time()
            if left <= 0:
                texts = [message.text for message in self.seen]
                raise TimeoutError(f"{what!r} was not seen within {timeout} s, but {texts}")
            await self.world.pulse.after(version, left)

    def _from_bot(self) -> Iterator[Json]:
        bot_id = self.world.bot["id"]
        return (m for m in reversed(self.chat.messages.values()) if m["from"]["id"] == bot_id)

    def _newest(self, what: str | Callable[[Shown], bool], after: int) -> Shown | None:
        # Looked through after every change anywhere, so a message is drawn only when it must be.
        for message in self._from_bot():
            if message["message_id"] <= after:
                return None
            if isinstance(what, str):
                if what in (message.get("text") or message.get("caption") or ""):
                    return shown(message)
            elif what(look := shown(message)):
                return look
        return None

    def _post(self, sender: Json, content: Json, sent_at: datetime | None) -> Act:
        if refusal := self.chat.refusal():
            raise ValueError(f"nothing can be written here: {refusal.description}")
        date = None if sent_at is None else int(sent_at.timestamp())
        message = self.world.post(self.chat, sender, content, date)
        deaf = self.world.privacy and not self.chat.is_private
        if deaf and not is_meant_for(self.world.bot, message):
            return Act({"update_id": 0, "message": message})
        return Act(self.world.updates.push("message", message))

    def _press(self, sender: Json, wanted: str, message: int | Shown | None) -> Act:
        button, message_id = self.button(wanted, message)
        if button.data is None:
            raise ValueError(f"the button {button.text!r} opens a link")
        query = Query(str(4_000_000_001 + len(self.world.queries)), self.id, self.world.clock())
        self.world.queries[query.id] = query
        body = {
            "id": query.id,
            "from": sender,
            "message": self.chat.messages[message_id],
            "chat_instance": str(-7_000_000_000_000 - self.id),
            "data": button.data,
        }
        return Act(self.world.updates.push("callback_query", body))

    def button(self, wanted: str, message: int | Shown | None = None) -> tuple[Button, int]:
        """The newest button with this text or data, and the id of its message; LookupError when
        there is none. With `message` only that one is looked at."""
        only = message.message_id if isinstance(message, Shown) else message
        return self._button(wanted, only)

    def _button(self, wanted: str, only: int | None) -> tuple[Button, int]:
        for message in reversed(self.seen):
            if only in (None, message.message_id):
                for button in itertools.chain.from_iterable(message.buttons):
                    if wanted in (button.text, button.data):
                        return button, message.message_id
        raise LookupError(f"no button {wanted!r} in {[(m.text, m.labels) for m in self.seen]}")

    def _membership(self, sender: Json, old: str, new: str) -> Act:
        user = {key: self.world.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        body = {
            "chat": self.chat.info,
            "from": sender,
            "date": self.world.now(),
            "old_chat_member": {"user": user, **_member(old)},
            "new_chat_member": {"user": user, **_member(new)},
        }
        self.world.pulse.beat()
        return Act(self.world.updates.push("my_chat_member", body))


def _member(status: str) -> Json:
    return {"status": status, "until_date": 0} if status == "kicked" else {"status": status}
