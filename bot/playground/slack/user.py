"""What a person does in Slack, as methods: `maria.dm("Hello")`, `await ivo.click(card, "Take")`.

What a person writes is there at once and told to the app in the background. What asks the app
for an answer (a button, a form, a command) is awaited, and comes back with that answer.
"""

from __future__ import annotations

import mimetypes
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.playground.slack import chat as slack_chat
from bot.playground.slack.calls import Desk
from bot.playground.slack.events import Answer, Kind
from bot.playground.slack.inputs import filled_in, find_element, pressed
from bot.playground.slack.shapes import VERIFICATION_TOKEN, gesture, message_json, view_json
from bot.playground.slack.state import Workspace
from bot.playground.slack.values import (
    APP_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    File,
    Json,
    Message,
    SlackError,
    User,
    View,
)
from bot.playground.slack.views import ResponseUrl

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


@dataclass(frozen=True)
class Submission:
    """What came of sending a form: not `acked` shows the person a connection error."""

    acked: bool
    errors: Mapping[str, str] = field(default_factory=dict)


class SlackUser:
    """One person at the keyboard. Refusals are `SlackError`s, as the client would show them."""

    def __init__(
        self, user_id: str, desk: Desk, tell: Callable[[Kind, Json], Awaitable[Answer]]
    ) -> None:
        self.id = user_id
        self._desk = desk
        self._tell = tell

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
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file_id, now = self._workspace.new_id("F"), int(self._desk.clock())
        file = File(file_id, name, name, kind, self.id, now, len(data), data, self._desk.url)
        shared = self._workspace.add_file(replace(file, remote=remote))
        return self._post(
            channel, text, thread_ts=thread_ts or "", subtype="file_share", files=(shared,)
        )

    def join(self, channel: str | Channel) -> None:
        self._workspace.join(self._place(channel), self.id)

    def leave(self, channel: str | Channel) -> None:
        self._workspace.leave(self._place(channel), self.id)

    def open_home(self, tab: str = "home") -> None:
        """Looks at the app's page; the app is told and may publish its home."""
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

    # --- asking the app ---

    async def click(self, source: Message | View, wanted: str, *, option: str = "") -> Answer:
        """Presses a button, or chooses `option` of a select, by action id or visible text.

        The source is taken as the person saw it: a stale message still has its buttons."""
        block, element = find_element(source.blocks, wanted)
        action = pressed(block, element, option, self._workspace.ts())
        where = self._in_view(source) if isinstance(source, View) else self._in_message(source)
        state = {} if action["type"] == "button" else _state(action)
        payload = gesture("block_actions", self.value, **where, actions=[action])
        payload.setdefault("state", {"values": state})
        return await self._tell("interactive", payload)

    def _in_view(self, view: View) -> Json:
        return {
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self._desk.triggers.issue(self.id, view.id),
            "view": view_json(view),
        }

    def _in_message(self, message: Message) -> Json:
        channel = self._workspace.channels[message.channel]
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": bool(message.ephemeral_to),
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        where = self._answerable(channel, message) | {"container": container}
        return where if message.ephemeral_to else where | {"message": message_json(message)}

    def _answerable(self, channel: Channel, message: Message | None = None) -> Json:
        """What lets an app answer a gesture made in a channel."""
        source, thread = (message.ts, message.thread_ts) if message else ("", "")
        path = self._desk.response_urls.issue(channel.id, self.id, source, thread)
        return {
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "trigger_id": self._desk.triggers.issue(self.id),
            "response_url": self._desk.url + path,
        }

    async def command(self, command: str, text: str = "", channel: str | Channel = "") -> Answer:
        """Types a slash command; what the app answers with is shown to the person."""
        where = self._inside(channel) if channel else self.dm_channel
        place = self._answerable(where)
        payload = {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": where.id,
            "channel_name": where.name or "directmessage",
            "user_id": self.id,
            "user_name": self.value.handle,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": place["response_url"],
            "trigger_id": place["trigger_id"],
        }
        answer = await self._tell("slash_commands", payload)
        if answer.payload.get("text") or answer.payload.get("blocks"):
            slack_chat.respond(self._desk, ResponseUrl(where.id, self.id, 0), answer.payload)
            self._desk.changed()
        return answer

    async def shortcut(self, callback_id: str) -> Answer:
        """Runs a global shortcut."""
        fields = {"callback_id": callback_id, "trigger_id": self._desk.triggers.issue(self.id)}
        payload = gesture("shortcut", self.value, action_ts=self._workspace.ts(), **fields)
        return await self._tell("interactive", payload)

    async def message_shortcut(self, message: Message, callback_id: str) -> Answer:
        """Runs a shortcut from a message's menu."""
        where = self._answerable(self._workspace.channels[message.channel], message)
        fields = {"callback_id": callback_id, "message_ts": message.ts}
        payload = gesture(
            "message_action",
            self.value,
            action_ts=self._workspace.ts(),
            message=message_json(message),
            **where,
            **fields,
        )
        return await self._tell("interactive", payload)

    async def submit_view(self, view: View, values: Mapping[str, Any]) -> Submission:
        """Fills in a modal and sends it. `values` go by action id, block id or label.

        The app's answer closes it, shows errors by its inputs, or puts another in its place."""
        state = filled_in(view.blocks, values)
        trigger = self._desk.triggers.issue(self.id, view.id)
        payload = gesture(
            "view_submission",
            self.value,
            trigger_id=trigger,
            view=view_json(view, state),
            response_urls=[],
        )
        answer = await self._tell("interactive", payload)
        if not answer.acked:
            return Submission(False)
        try:
            errors = self._desk.views.answered(view, answer.payload)
        except SlackError:
            return Submission(False)
        self._desk.changed()
        return Submission(True, errors)

    async def close_view(self, view: View, *, everything: bool = False) -> None:
        """Closes a modal; the app is told only if it asked with `notify_on_close`."""
        self._desk.views.close(view, everything=everything)
        self._desk.changed()
        if view.body.get("notify_on_close"):
            fields = {"view": view_json(view), "is_cleared": everything}
            await self._tell("interactive", gesture("view_closed", self.value, **fields))


def _state(action: Json) -> Json:
    held = {key: each for key, each in action.items() if key == "type" or "selected" in key}
    return {action["block_id"]: {action["action_id"]: held}}
