"""What a person writes, shares and marks in Slack: there at once, told to the app behind it."""

from __future__ import annotations

import mimetypes
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.playground.slack.calls import Desk
from bot.playground.slack.state import Workspace
from bot.playground.slack.values import (
    BOT_USER_ID,
    Channel,
    File,
    Json,
    Message,
    SlackError,
    User,
    View,
)

_REFERENCE = re.compile(r"(<[@#][A-Z0-9]+(?:\|[^>]*)?>|<![a-z]+>)")
_LINK = re.compile(r"https?://[^\s<>]+")


def typed(text: str) -> str:
    """What Slack makes of typed text: `& < >` escaped, links in brackets; a mention written as
    `<@U…>` stays one."""
    parts = _REFERENCE.split(text)
    return "".join(each if index % 2 else _escaped(each) for index, each in enumerate(parts))


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub(lambda found: f"<{found[0]}>", text)


def _rich_text(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "block_id": uuid.uuid4().hex[:5], "elements": [section]}


class Writer:
    """The half of `SlackUser` that asks the app for no answer."""

    def __init__(self, user_id: str, desk: Desk) -> None:
        self.id = user_id
        self._desk = desk

    def __repr__(self) -> str:
        return f"SlackUser({self.value.real_name!r}, {self.id})"

    @property
    def value(self) -> User:
        return self._workspace.users[self.id]

    @property
    def name(self) -> str:
        return self.value.real_name

    @property
    def dm_channel(self) -> Channel:
        """The direct messages with the bot."""
        return self._workspace.direct(self.id)

    @property
    def modals(self) -> tuple[View, ...]:
        """The open modals, the visible one last."""
        return self._desk.views.open_by(self.id)

    @property
    def home(self) -> View | None:
        return self._desk.views.home_of(self.id)

    @property
    def _workspace(self) -> Workspace:
        return self._desk.workspace

    def find_message(self, channel: str | Channel, ts: str) -> Message:
        """A message this person sees, ephemeral ones included."""
        for each in self._workspace.ephemerals:
            if (each.ephemeral_to, each.ts) == (self.id, ts):
                return each
        return self._workspace.message(self._inside(channel), ts)

    # --- writing ---

    def dm(self, text: str, *, thread_ts: str = "") -> Message:
        """Writes to the bot, opening the conversation on the first message."""
        return self.post(self.dm_channel, text, thread_ts=thread_ts)

    def post(
        self, channel: str | Channel, text: str, *, thread_ts: str = "", broadcast: bool = False
    ) -> Message:
        """Writes into a channel the person is in; `broadcast` shows a reply there as well."""
        fields = {"subtype": "thread_broadcast"} if broadcast and thread_ts else {}
        return self._post(channel, text, thread_ts=thread_ts, **fields)

    def reply(
        self, channel: str | Channel, thread_ts: str, text: str, *, broadcast: bool = False
    ) -> Message:
        """Writes below a message."""
        return self.post(channel, text, thread_ts=thread_ts, broadcast=broadcast)

    def mention(self, channel: str | Channel, text: str, *, thread_ts: str = "") -> Message:
        """Writes to the bot by name, which tells it twice: `message` and `app_mention`."""
        return self.post(channel, f"<@{BOT_USER_ID}> {text}", thread_ts=thread_ts)

    def edit(self, channel: str | Channel, ts: str, text: str) -> Message:
        """Rewrites one of the person's own messages."""
        before = self._own(channel, ts, "cant_update_message")
        after = replace(before, text=typed(text), blocks=(_rich_text(text),))
        return self._workspace.edit(before, after, by=self.id)

    def delete(self, channel: str | Channel, ts: str) -> None:
        """Deletes one of the person's own messages."""
        self._workspace.delete(self._own(channel, ts, "cant_delete_message"))

    def react(self, channel: str | Channel, ts: str, name: str) -> Message:
        message = self._workspace.message(self._inside(channel), ts)
        return self._workspace.react(message, name.strip(":"), self.id)

    def unreact(self, channel: str | Channel, ts: str, name: str) -> Message:
        message = self._workspace.message(self._inside(channel), ts)
        return self._workspace.react(message, name.strip(":"), self.id, add=False)

    def upload(
        self,
        channel: str | Channel,
        name: str,
        data: bytes,
        *,
        text: str = "",
        thread_ts: str | None = None,
        remote: bool = False,
    ) -> Message:
        """Shares a file; `remote` makes it one from a connected workspace."""
        file = self.file(name, data, remote=remote)
        return self.share(channel, [file], text=text, thread_ts=thread_ts or "")

    def file(
        self, name: str, data: bytes, *, size: int | None = None, remote: bool = False
    ) -> File:
        """A file of the person's, shared with nobody yet; `size` may be pretended."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file_id, now = self._workspace.new_id("F"), int(self._desk.clock())
        length = len(data) if size is None else size
        file = File(file_id, name, name, kind, self.id, now, length, data, self._desk.url)
        return self._workspace.add_file(replace(file, remote=remote))

    def share(
        self, channel: str | Channel, files: Sequence[File], *, text: str = "", thread_ts: str = ""
    ) -> Message:
        """One message with these files."""
        return self._post(
            channel, text, thread_ts=thread_ts, subtype="file_share", files=tuple(files)
        )

    def join(self, channel: str | Channel) -> None:
        self._workspace.join(self._place(channel), self.id)

    def leave(self, channel: str | Channel) -> None:
        self._workspace.leave(self._place(channel), self.id)

    def open_home(self, tab: str = "home") -> None:
        """Looks at the app's page; the app is told and may publish its home."""
        if tab == "home" and not self._desk.app.has_home:
            raise SlackError("no_home_tab")
        self._workspace.opened_app(self.id, tab, self.home)

    def _post(self, where: str | Channel, text: str, **fields: Any) -> Message:
        blocks = (_rich_text(text),) if text else ()
        fields |= {"blocks": blocks, "client_msg_id": str(uuid.uuid4())}
        channel = self._inside(where)
        return self._workspace.post(self._workspace.draft(channel, self.id, typed(text), **fields))

    def _place(self, where: str | Channel) -> Channel:
        return self._workspace.channel(where if isinstance(where, str) else where.id)

    def _inside(self, where: str | Channel) -> Channel:
        channel = self._place(where)
        if self.id not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _own(self, where: str | Channel, ts: str, refused: str) -> Message:
        message = self._workspace.message(self._inside(where), ts)
        if message.user != self.id:
            raise SlackError(refused)
        return message
