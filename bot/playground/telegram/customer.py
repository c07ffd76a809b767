"""The customer's side of the stand-in: everything a person can do in the app.

Every act makes the update the bot gets and returns it, so that a test can resend it or compare ids.
It all runs in the server's event loop, and nothing waits except `wait_for`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime

from bot.playground.telegram.attachments import MAX_ALBUM, attached
from bot.playground.telegram.media import document, photo, small_picture, voice
from bot.playground.telegram.room import Act, Room, Shown
from bot.playground.telegram.state import Chat, Standing, World
from bot.playground.telegram.text import typed
from bot.playground.telegram.wire import Json

_SUPERGROUP = 1_000_000_000_000
_DEEP_LINK = re.compile(
    r"https?://t\.me/(?P<bot>\w+)(?:\?start(?:=(?P<payload>[A-Za-z0-9_-]{0,64}))?)?"
)


class TelegramCustomer(Room):
    """A person with a private chat with the bot. Their first word starts it, as the app does."""

    def __init__(self, world: World, chat: Chat, user: Json) -> None:
        super().__init__(world, chat)
        self.user = user

    @property
    def alerts(self) -> list[str]:
        """The texts the bot showed in answer to pressed buttons."""
        answers = [q.answer for q in self.world.queries.values() if q.chat_id == self.id]
        return [answer["text"] for answer in answers if answer and answer["text"]]

    def say(
        self, text: str, *, sent_at: datetime | None = None, reply_to: int | None = None
    ) -> Act:
        """Write a message; ValueError while the bot is blocked."""
        content = typed(text).wire("text", "entities")
        if reply_to is not None:
            content["reply_to_message"] = self.chat.messages[reply_to]
        return self._write(content, sent_at)

    def start(self, payload: str | None = None) -> Act:
        """Press Start, on a deep link when there is a payload."""
        return self.say(f"/start {payload}" if payload else "/start")

    def follow(self, url: str) -> Act:
        """Open a link to the bot, `https://t.me/<bot>?start=…`; ValueError for any other link,
        which the bot never hears of."""
        found = _DEEP_LINK.fullmatch(url)
        if found is None or found["bot"].lower() != self.world.bot["username"].lower():
            raise ValueError(f"{url} leads elsewhere")
        return self.start(found["payload"])

    def edit(self, message_id: int, text: str) -> Act:
        """Change an own message: the bot gets an `edited_message`."""
        old = self.chat.messages[message_id]
        if old["from"]["id"] != self.user["id"]:
            raise ValueError("only an own message can be edited")
        kept = {key: value for key, value in old.items() if key not in ("text", "entities")}
        content = typed(text).wire("text", "entities")
        message = self.world.put(self.chat, {**kept, "edit_date": self.world.now(), **content})
        return Act(self.world.updates.push("edited_message", message))

    def press(self, button: str, message: int | Shown | None = None) -> Act:
        """Press the newest button with this text or data; LookupError when there is none. A link
        to the bot itself is followed."""
        found, _ = self.button(button, message)
        if found.url:
            return self.follow(found.url)
        return self._press(self.user, button, message)

    def send_file(
        self, name: str, data: bytes, *, caption: str = "", size: int | None = None
    ) -> Act:
        """Send a file as what it is called: photo.jpg a picture, clip.mp4 a film, and so on."""
        return self._write(attached(self.world.files, name, data, size) | _caption(caption))

    def send_album(self, files: Sequence[tuple[str, bytes]], *, caption: str = "") -> list[Act]:
        """Send several files at once: one update each, the caption with the first of them."""
        if not 2 <= len(files) <= MAX_ALBUM:
            raise ValueError(f"an album has 2 to {MAX_ALBUM} files")
        group = {"media_group_id": str(13_000_000_000 + self.chat.last_message_id)}
        contents = [attached(self.world.files, name, data) | group for name, data in files]
        contents[0] |= _caption(caption)
        return [self._write(content) for content in contents]

    def send_photo(self, data: bytes | None = None, *, caption: str = "") -> Act:
        """Send a picture, a small one of our own by default."""
        file = self.world.files.add("photo", "photo.png", data or small_picture())
        return self._write(photo(self.world.files, file) | _caption(caption))

    def send_document(
        self, name: str, data: bytes, *, caption: str = "", size: int | None = None
    ) -> Act:
        """Send a file; `size` pretends another size than the data has."""
        file = self.world.files.add("document", name, data, size)
        return self._write(document(self.world.files, file) | _caption(caption))

    def send_voice(self, data: bytes = b"OggS\x00\x02" + bytes(10)) -> Act:
        """Speak instead of writing."""
        return self._write(voice(self.world.files, self.world.files.add("voice", "v.ogg", data)))

    def send_sticker(self, emoji: str = "👍") -> Act:
        """Send a sticker that stands for this emoji."""
        file = self.world.files.add("sticker", "sticker.webp", b"RIFF")
        look = {"width": 512, "height": 512, "emoji": emoji, "set_name": "Playground"}
        flags = {"type": "regular", "is_animated": False, "is_video": False}
        return self._write({"sticker": {**look, **flags, **file.wire()}})

    def send_location(self, latitude: float = 52.52, longitude: float = 13.405) -> Act:
        """Show where they are."""
        return self._write({"location": {"latitude": latitude, "longitude": longitude}})

    def send_contact(self, phone_number: str = "+4930123456", first_name: str = "") -> Act:
        """Send a telephone number, their own by default."""
        name = first_name or self.user["first_name"]
        contact: Json = {"phone_number": phone_number, "first_name": name}
        if not first_name:
            contact["user_id"] = self.user["id"]
        return self._write({"contact": contact})

    def block(self) -> Act:
        """Block the bot: sends fail with 403, and the bot gets a `my_chat_member`."""
        self.chat.standing = Standing.BLOCKED
        return self._membership(self.user, "member", "kicked")

    def unblock(self) -> Act:
        """Allow the bot again."""
        self.chat.standing = Standing.OPEN
        return self._membership(self.user, "kicked", "member")

    def deactivate(self) -> None:
        """Delete the account: sends fail with 403, and nobody tells the bot."""
        self.chat.standing = Standing.DEACTIVATED
        self.world.pulse.beat()

    def _write(self, content: Json, sent_at: datetime | None = None) -> Act:
        if self.chat.standing is Standing.NOT_STARTED:
            self.chat.standing = Standing.OPEN
        return self._post(self.user, content, sent_at)


class TelegramGroup(Room):
    """A group with the bot in it, which hears there what is meant for it (see `hearing`)."""

    def say(
        self,
        user: TelegramCustomer,
        text: str,
        *,
        sent_at: datetime | None = None,
        topic: int | None = None,
        reply_to: int | None = None,
    ) -> Act:
        """Let this person write in the group."""
        place: Json = {"message_thread_id": topic, "is_topic_message": True} if topic else {}
        if reply_to is not None:
            place["reply_to_message"] = self.chat.messages[reply_to]
        return self._post(user.user, typed(text).wire("text", "entities") | place, sent_at)

    def send_file(
        self, user: TelegramCustomer, name: str, data: bytes, *, caption: str = ""
    ) -> Act:
        """Let this person send a file there, as what it is called."""
        content = attached(self.world.files, name, data) | _caption(caption)
        return self._post(user.user, content, None)

    def press(self, user: TelegramCustomer, button: str, message: int | Shown | None = None) -> Act:
        """Let this person press the newest button with this text or data, or follow its link to
        the bot, into their private chat."""
        found, _ = self.button(button, message)
        if found.url:
            return user.follow(found.url)
        return self._press(user.user, button, message)

    def join(self, user: TelegramCustomer) -> Act:
        """The person adds the bot."""
        self.chat.standing = Standing.OPEN
        return self._membership(user.user, "left", "member")

    def kick(self, user: TelegramCustomer) -> Act:
        """The person throws the bot out: sends fail with 403."""
        self.chat.standing = Standing.KICKED
        return self._membership(user.user, "member", "kicked")

    def migrate(self) -> TelegramGroup:
        """Become a supergroup with another id; sends to the old one name the new one."""
        info = {**self.chat.info, "id": self.id - _SUPERGROUP, "type": "supergroup"}
        new = TelegramGroup(self.world, self.world.add_chat(Chat(info, Standing.OPEN)))
        sender = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
        self._post(sender, {"migrate_to_chat_id": new.id}, None)
        new._post(sender, {"migrate_from_chat_id": self.id}, None)
        self.chat.standing, self.chat.migrated_to = Standing.MIGRATED, new.id
        return new


def _caption(text: str) -> Json:
    return typed(text).wire("caption", "caption_entities")


class People:
    """Who there is: customers and groups by their chat id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.customers: dict[int, TelegramCustomer] = {}
        self.groups: dict[int, TelegramGroup] = {}
        self._ids = itertools.count(1001)

    def customer(
        self, chat_id: int | None, first_name: str, language_code: str, username: str | None
    ) -> TelegramCustomer:
        """The person with this chat id, made when there is none yet."""
        if chat_id is None:
            chat_id = next(number for number in self._ids if number not in self.customers)
        if chat_id in self.customers:
            return self.customers[chat_id]
        named: Json = {"first_name": first_name, **({"username": username} if username else {})}
        user = {"id": chat_id, "is_bot": False, **named, "language_code": language_code}
        info = {"id": chat_id, **named, "type": "private"}
        chat = self._world.add_chat(Chat(info, Standing.NOT_STARTED, language_code))
        self.customers[chat_id] = TelegramCustomer(self._world, chat, user)
        return self.customers[chat_id]

    def group(self, title: str, topics: tuple[int, ...]) -> TelegramGroup:
        """A new group the bot is in; with topics it is a forum."""
        number = 5000 + len(self._world.chats)
        info: Json = {"id": -number, "title": title, "type": "group"}
        if topics:
            forum = {"id": -number - _SUPERGROUP, "type": "supergroup", "is_forum": True}
            info |= forum
        chat = Chat(info, Standing.OPEN, topics=frozenset(topics))
        group = TelegramGroup(self._world, self._world.add_chat(chat))
        self.groups[group.id] = group
        return group
