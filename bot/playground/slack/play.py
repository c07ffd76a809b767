"""The workspace over JSON, for the demo page and for tests in another process.

    GET  /play/slack/state?user=U…&after=N&wait=25
         Everything, as `user` sees it. With `after`, answers once the version is greater or
         `wait` seconds (25 at most) are over: a long poll.
         {version, bot, users: [{id, name, locale, tz, is_guest}],
          channels: [{id, name, kind, archived, members, messages: [MESSAGE]}],
          ephemerals: [MESSAGE], modals: [VIEW], home: VIEW|null, has_home,
          commands: {name: how to use it}, shortcuts: [name in a message's menu]}
         MESSAGE: {channel, ts, user, author, from_bot, text, html, blocks, thread_ts, edited,
          broadcast, deleted, ephemeral, reactions: [{name, users}],
          files: [{id, name, size, url, is_picture}]};
         replies carry their root's `thread_ts`. Text objects in `blocks` have an `html` of their
         own; people's own rich text is left out of `blocks`, their `html` says it all.
         VIEW: {id, type, callback_id, title, submit, close, blocks}; an element that chooses a
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
    POST /play/slack/upload           {user, channel?, files: [{name, base64}], text?, thread_ts?}
                                      or one {name, base64} -> {channel, ts}
    POST /play/slack/join, leave      {user, channel} -> {}
    POST /play/slack/home             {user, tab?} -> {}
    POST /play/slack/click            {user, action, option?, block?} and one of {channel?, ts} or
                                      {view} -> {acked}
    POST /play/slack/submit           {user, view, values: {input: value}} -> {acked, errors}
    POST /play/slack/close            {user, view} -> {}
    POST /play/slack/command          {user, command, text?, channel?, thread_ts?} -> {acked}
    POST /play/slack/shortcut         {user, callback_id} -> {acked}
    POST /play/slack/message_shortcut {user, channel?, ts, shortcut} -> {acked}: its name in the
                                      message's menu

Posts have to be `application/json`, which keeps other sites' forms out. A refusal is a 400 with
{error}.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.playground.slack.play_acts import ACTS
from bot.playground.slack.play_state import state_json
from bot.playground.slack.values import Json, SlackError

if TYPE_CHECKING:
    from bot.playground.slack.server import SlackServer

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
        act = ACTS.get(request.match_info["act"])
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
