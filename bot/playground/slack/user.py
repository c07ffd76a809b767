"""What a person does in Slack, as methods: `maria.dm("Hello")`, `await ivo.click(card, "Take")`.

What a person writes is there at once and told to the app in the background. What asks the app
for an answer (a button, a form, a command) is awaited, and comes back with that answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground.slack import chat as slack_chat
from bot.playground.slack.calls import Desk
from bot.playground.slack.events import Answer, Kind
from bot.playground.slack.inputs import filled_in, find_element, held_now, pressed
from bot.playground.slack.shapes import VERIFICATION_TOKEN, gesture, message_json, view_json
from bot.playground.slack.values import (
    APP_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    Json,
    Message,
    SlackError,
    View,
)
from bot.playground.slack.views import ResponseUrl
from bot.playground.slack.writing import Writer


@dataclass(frozen=True)
class Submission:
    """What came of sending a form: not `acked` shows the person a connection error."""

    acked: bool
    errors: Mapping[str, str] = field(default_factory=dict)


class SlackUser(Writer):
    """One person at the keyboard. Refusals are `SlackError`s, as the client would show them."""

    def __init__(
        self, user_id: str, desk: Desk, tell: Callable[[Kind, Json], Awaitable[Answer]]
    ) -> None:
        super().__init__(user_id, desk)
        self._tell = tell

    async def click(
        self, source: Message | View, wanted: str, *, option: str = "", block_id: str = ""
    ) -> Answer:
        """Presses a button, or chooses `option` of a select or overflow menu, by action id or
        visible text (see `find_element`); in one block only, if that is given.

        The source is taken as the person saw it: a stale message still has its buttons."""
        block, element, option = find_element(source.blocks, wanted, option, block_id)
        action = pressed(block, element, option, self._workspace.ts())
        state = {} if action["type"] == "button" else _state(action)
        if isinstance(source, View):
            where = self._in_view(source, state)
        else:
            where = self._in_message(source) | {"state": {"values": state}}
        payload = gesture("block_actions", self.value, **where, actions=[action])
        return await self._tell("interactive", payload)

    def _in_view(self, view: View, chosen: Json) -> Json:
        state = held_now(view.blocks)
        for block_id, elements in chosen.items():
            state[block_id] = state.get(block_id, {}) | elements
        return {
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self._desk.triggers.issue(self.id, view.id),
            "view": view_json(view, state),
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

    async def command(
        self,
        command: str,
        text: str = "",
        channel: str | Channel = "",
        *,
        thread_ts: str = "",
    ) -> Answer:
        """Types a slash command; what the app answers with is shown to the person.

        Slack runs none in a thread, and none the app's manifest does not name."""
        if thread_ts:
            raise SlackError("not_supported_in_threads")
        if self._desk.app.commands is not None and command not in self._desk.app.commands:
            raise SlackError("unknown_command")
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
        """Runs a shortcut from a message's menu, by its name there or its callback id; what only
        one person sees has no such menu."""
        found = self._desk.app.callback_of(callback_id)
        if found is None or message.ephemeral_to:
            raise SlackError("no_such_shortcut")
        where = self._answerable(self._workspace.channels[message.channel], message)
        fields = {"callback_id": found, "message_ts": message.ts}
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
        state = filled_in(view.blocks, values, ZoneInfo(self.value.tz))
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
