"""What a person does in the workspace, as the page's requests name it (see `play`)."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from bot.playground.slack.values import Json, Message, View

if TYPE_CHECKING:
    from bot.playground.slack.user import SlackUser

Act: TypeAlias = Callable[["SlackUser", Json], Awaitable[Json]]


def _message_at(user: SlackUser, body: Json) -> Message:
    return user.find_message(body["channel"], str(body.get("ts")))


def _view_at(user: SlackUser, body: Json) -> View:
    for view in (*user.modals, user.home):
        if view is not None and view.id == body["view"]:
            return view
    raise LookupError("no such view")


def _place(message: Message) -> Json:
    return {"channel": message.channel, "ts": message.ts}


async def _post(user: SlackUser, body: Json) -> Json:
    thread_ts, broadcast = str(body.get("thread_ts") or ""), bool(body.get("broadcast"))
    return _place(
        user.post(body["channel"], str(body["text"]), thread_ts=thread_ts, broadcast=broadcast)
    )


async def _mention(user: SlackUser, body: Json) -> Json:
    thread_ts = str(body.get("thread_ts") or "")
    return _place(user.mention(body["channel"], str(body["text"]), thread_ts=thread_ts))


async def _edit(user: SlackUser, body: Json) -> Json:
    return _place(user.edit(body["channel"], str(body["ts"]), str(body["text"])))


async def _delete(user: SlackUser, body: Json) -> Json:
    user.delete(body["channel"], str(body["ts"]))
    return {}


async def _react(user: SlackUser, body: Json) -> Json:
    user.react(body["channel"], str(body["ts"]), str(body["name"]))
    return {}


async def _unreact(user: SlackUser, body: Json) -> Json:
    user.unreact(body["channel"], str(body["ts"]), str(body["name"]))
    return {}


async def _upload(user: SlackUser, body: Json) -> Json:
    text, thread_ts = str(body.get("text") or ""), str(body.get("thread_ts") or "")
    sent = [(str(each["name"]), _bytes(each)) for each in body.get("files") or [body]]
    files = [user.file(name, data) for name, data in sent]
    return _place(user.share(body["channel"], files, text=text, thread_ts=thread_ts))


def _bytes(file: Json) -> bytes:
    return base64.b64decode(file["base64"], validate=True)


async def _join(user: SlackUser, body: Json) -> Json:
    user.join(body["channel"])
    return {}


async def _leave(user: SlackUser, body: Json) -> Json:
    user.leave(body["channel"])
    return {}


async def _home(user: SlackUser, body: Json) -> Json:
    user.open_home(str(body.get("tab") or "home"))
    return {}


async def _click(user: SlackUser, body: Json) -> Json:
    source = _view_at(user, body) if body.get("view") else _message_at(user, body)
    option = str(body.get("option") or "")
    action, block = str(body["action"]), str(body.get("block") or "")
    return {"acked": (await user.click(source, action, option=option, block_id=block)).acked}


async def _submit(user: SlackUser, body: Json) -> Json:
    sent = await user.submit_view(_view_at(user, body), dict(body.get("values") or {}))
    return {"acked": sent.acked, "errors": dict(sent.errors)}


async def _close(user: SlackUser, body: Json) -> Json:
    await user.close_view(_view_at(user, body))
    return {}


async def _command(user: SlackUser, body: Json) -> Json:
    name, text = str(body["command"]), str(body.get("text") or "")
    thread_ts = str(body.get("thread_ts") or "")
    answer = await user.command(name, text, body["channel"], thread_ts=thread_ts)
    return {"acked": answer.acked}


async def _message_shortcut(user: SlackUser, body: Json) -> Json:
    message = _message_at(user, body)
    return {"acked": (await user.message_shortcut(message, str(body["shortcut"]))).acked}


async def _shortcut(user: SlackUser, body: Json) -> Json:
    return {"acked": (await user.shortcut(str(body["callback_id"]))).acked}


ACTS: dict[str, Act] = {
    "post": _post,
    "mention": _mention,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "unreact": _unreact,
    "upload": _upload,
    "join": _join,
    "leave": _leave,
    "home": _home,
    "click": _click,
    "submit": _submit,
    "close": _close,
    "command": _command,
    "shortcut": _shortcut,
    "message_shortcut": _message_shortcut,
}
