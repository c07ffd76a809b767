"""The workspace over JSON, for the demo page and for tests in another process.

    GET  /play/slack/state?user=U…&after=N&wait=25
         Everything, as `user` sees it. With `after`, answers once the version is greater or
         `wait` seconds (25 at most) are over: a long poll.
         {version, bot, users: [{id, name, locale, tz, is_guest}],
          channels: [{id, name, kind, archived, members, messages: [MESSAGE]}],
          ephemerals: [MESSAGE], modals: [VIEW], home: VIEW|null}
         MESSAGE: {channel, ts, user, author, from_bot, text, html, blocks, thread_ts, edited,
          broadcast, deleted, ephemeral, reactions: [{name, users}],
          files: [{id, name, size, url}]};
         replies carry their root's `thread_ts`. Text objects in `blocks` have an `html` of their
         own; people's own rich text is left out of `blocks`, their `html` says it all.
         VIEW: {id, type, callback_id, title, submit, close, blocks}; an input that chooses a
          person has `options` of its own, one a person
    GET  /play/slack/requests         {requests: [{method, params, at, result, status, dropped}]}
    GET  /play/slack/files/F…         the bytes of a file
    POST /play/slack/users            {name, tz?, locale?, is_guest?, in_channels?} -> {id}
    POST /play/slack/channels         {name, private?, joined?} -> {id}
    POST /play/slack/faults           {fail: {method, error?, status?, retry_after?, times?}},
                                      {drop: method}, {down: bool}, {disconnect: reason|null}
  As a person; `user` is an id, `channel` an id or name, left out it is the person's own
  direct messages with the bot:
    POST /play/slack/post             {user, channel?, text, thread_ts?, broadcast?}
                                      -> {channel, ts}
    POST /play/slack/mention          {user, channel, text, thread_ts?} -> {channel, ts}
    POST /play/slack/edit             {user, channel?, ts, text} -> {channel, ts}
    POST /play/slack/delete           {user, channel?, ts} -> {}
    POST /play/slack/react, unreact   {user, channel?, ts, name} -> {}
    POST /play/slack/upload           {user, channel?, name, base64, text?, thread_ts?}
                                      -> {channel, ts}
    POST /play/slack/join, leave      {user, channel} -> {}
    POST /play/slack/home             {user, tab?} -> {}
    POST /play/slack/click            {user, action, option?} and one of {channel?, ts} or {view}
                                      -> {acked}
    POST /play/slack/submit           {user, view, values: {input: value}} -> {acked, errors}
    POST /play/slack/close            {user, view} -> {}
    POST /play/slack/command          {user, command, text?, channel?} -> {acked}
    POST /play/slack/shortcut         {user, callback_id} -> {acked}

Posts have to be `application/json`, which keeps other sites' forms out. A refusal is a 400 with
{error}.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web

from bot.playground.slack.mrkdwn import blocks_with_html, to_html
from bot.playground.slack.values import BOT_USER_ID, Json, Message, SlackError, View

if TYPE_CHECKING:
    from bot.playground.slack.server import SlackServer
    from bot.playground.slack.user import SlackUser

Act: TypeAlias = Callable[["SlackUser", Json], Awaitable[Json]]
MAX_WAIT = 25.0


def routes(server: SlackServer) -> list[web.RouteDef]:
    """The route table, for the server itself and for a page that shows it."""
    page = Play(server)
    return [
        web.get("/play/slack/state", page.state),
        web.get("/play/slack/requests", page.requests),
        web.get("/play/slack/files/{file}", page.file),
        web.post("/play/slack/users", page.add_user),
        web.post("/play/slack/channels", page.add_channel),
        web.post("/play/slack/faults", page.add_fault),
        web.post("/play/slack/{act}", page.act),
    ]


class Play:
    """The handlers behind the routes."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server

    # --- reading ---

    async def state(self, request: web.Request) -> web.Response:
        if "after" in request.query:
            wait = min(float(request.query.get("wait", MAX_WAIT)), MAX_WAIT)
            await self._change_after(int(request.query["after"]), wait)
        return web.json_response(state_json(self._server, request.query.get("user", "")))

    async def _change_after(self, version: int, wait: float) -> None:
        try:
            async with asyncio.timeout(wait):
                await self._server.changes.after(version)
        except TimeoutError:
            return

    async def requests(self, request: web.Request) -> web.Response:
        listed = [asdict(each) for each in self._server.requests]
        return web.json_response({"requests": listed}, dumps=_dumps)

    async def file(self, request: web.Request) -> web.Response:
        file = self._server.workspace.files.get(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound()
        # Never inline: what a person uploads must not run as a page of this address.
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, content_type=file.mimetype, headers=headers)

    # --- setting the stage ---

    async def add_user(self, request: web.Request) -> web.Response:
        body = await _body(request)
        known = {"name", "tz", "locale", "is_guest", "in_channels"}
        user = self._server.user(**{key: body[key] for key in known & set(body)})
        self._server.changes.bump()
        return web.json_response({"id": user.id})

    async def add_channel(self, request: web.Request) -> web.Response:
        body = await _body(request)
        known = {"name", "private", "joined"}
        channel = self._server.channel(**{key: body[key] for key in known & set(body)})
        self._server.changes.bump()
        return web.json_response({"id": channel.id})

    async def add_fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        if "fail" in body:
            self._server.fail_next(**body["fail"])
        if "drop" in body:
            self._server.drop_after_accept(body["drop"])
        if "down" in body:
            self._server.down(bool(body["down"]))
        if "disconnect" in body:
            self._server.disconnect_sockets(body["disconnect"])
        return web.json_response({})

    # --- acting as a person ---

    async def act(self, request: web.Request) -> web.Response:
        body = await _body(request)
        act = _ACTS.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound()
        try:
            user = self._server.person(str(body.get("user")))
            return web.json_response(await act(user, {"channel": user.dm_channel.id} | body))
        except SlackError as refused:
            return web.json_response({"error": refused.code}, status=400)
        except (LookupError, ValueError, TypeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType()
    body = await request.json()
    if not isinstance(body, dict):
        raise web.HTTPBadRequest()
    return body


def _dumps(value: Any) -> str:
    """Uploaded bytes among a call's parameters have no JSON of their own."""
    return json.dumps(value, default=repr)


# --- what a person does ---


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
    data = base64.b64decode(body["base64"], validate=True)
    text, thread_ts = str(body.get("text") or ""), body.get("thread_ts")
    name = str(body["name"])
    return _place(user.upload(body["channel"], name, data, text=text, thread_ts=thread_ts))


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
    return {"acked": (await user.click(source, str(body["action"]), option=option)).acked}


async def _submit(user: SlackUser, body: Json) -> Json:
    sent = await user.submit_view(_view_at(user, body), dict(body.get("values") or {}))
    return {"acked": sent.acked, "errors": dict(sent.errors)}


async def _close(user: SlackUser, body: Json) -> Json:
    await user.close_view(_view_at(user, body))
    return {}


async def _command(user: SlackUser, body: Json) -> Json:
    text = str(body.get("text") or "")
    return {"acked": (await user.command(str(body["command"]), text, body["channel"])).acked}


async def _shortcut(user: SlackUser, body: Json) -> Json:
    return {"acked": (await user.shortcut(str(body["callback_id"]))).acked}


_ACTS: dict[str, Act] = {
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
}


# --- what a page shows ---


def state_json(server: SlackServer, user_id: str = "") -> Json:
    """The whole workspace; other people's direct messages only without a `user_id`."""
    workspace, views = server.workspace, server.desk.views
    channels = [
        each
        for each in workspace.channels.values()
        if each.kind == "channel" or not user_id or user_id in each.members
    ]
    whispers = [each for each in workspace.ephemerals if each.ephemeral_to == user_id]
    home = views.home_of(user_id)
    return {
        "version": server.changes.version,
        "bot": BOT_USER_ID,
        "users": [
            {
                "id": each.id,
                "name": each.real_name,
                "locale": each.locale,
                "tz": each.tz,
                "is_guest": each.is_guest,
            }
            for each in workspace.users.values()
        ],
        "channels": [
            {
                "id": each.id,
                "name": each.name or workspace.users[each.other(BOT_USER_ID)].real_name,
                "kind": each.kind,
                "archived": each.archived,
                "members": sorted(each.members),
                "messages": [_message_json(server, m) for m in workspace.everything(each)],
            }
            for each in channels
        ],
        "ephemerals": [_message_json(server, each) for each in whispers],
        "modals": [_view_json(server, each) for each in views.open_by(user_id)],
        "home": _view_json(server, home) if home else None,
    }


def _message_json(server: SlackServer, message: Message) -> Json:
    author = server.workspace.users.get(message.user)
    shown = [each for each in message.blocks if each["type"] != "rich_text"]
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "author": message.username or (author.real_name if author else ""),
        "from_bot": bool(message.bot_id),
        "text": message.text,
        "html": _render(server, message.text),
        "blocks": blocks_with_html(shown, lambda text: _render(server, text)),
        "thread_ts": message.thread_ts,
        "edited": bool(message.edited),
        "broadcast": message.subtype == "thread_broadcast",
        "deleted": message.subtype == "tombstone",
        "ephemeral": bool(message.ephemeral_to),
        "reactions": [{"name": e.name, "users": list(e.users)} for e in message.reactions],
        "files": [
            {"id": e.id, "name": e.name, "size": e.size, "url": f"/play/slack/files/{e.id}"}
            for e in message.files
        ],
    }


def _view_json(server: SlackServer, view: View) -> Json:
    shown = {key: view.body.get(key) for key in ("type", "callback_id", "title", "submit", "close")}
    blocks = blocks_with_html(view.blocks, lambda text: _render(server, text))
    return {"id": view.id, **shown, "blocks": [_with_people(server, each) for each in blocks]}


def _with_people(server: SlackServer, block: Json) -> Json:
    """Slack's own client knows whom there is to choose from; a page has to be told."""
    element = block.get("element") or {}
    if element.get("type") != "users_select":
        return block
    people = sorted(server.workspace.users.values(), key=lambda user: user.real_name)
    options = [{"text": {"text": user.real_name}, "value": user.id} for user in people]
    return block | {"element": element | {"options": options}}


def _render(server: SlackServer, text: str) -> str:
    workspace = server.workspace
    names = {each.id: each.real_name for each in workspace.users.values()}
    names |= {each.id: each.name for each in workspace.channels.values()}
    return to_html(text, names)
