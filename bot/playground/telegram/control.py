"""The customer's side as JSON, for the demo page and for tests that run the stand-in as a process.

Mount it with `app.add_subapp("/play/telegram", control_app(server))`; the stand-in itself does so
too. Bodies must be `application/json`: a page of another origin cannot send that unasked.

    GET  /play/telegram/chats               {"version", "chats": [chat]}
    GET  /play/telegram/changes             ?after=N&timeout=S: {"version"} as soon as it is newer
                                            than N, or when S seconds are over; with the header
                                            `Accept: text/event-stream` a stream of `change` events
    POST /play/telegram/chats               {"first_name"?, "language_code"?, "username"?,
                                            "chat_id"?} → chat
    POST /play/telegram/chats/{id}/start    {"payload"?} → act
    POST /play/telegram/chats/{id}/say      {"text", "reply_to"?} → act
    POST /play/telegram/chats/{id}/edit     {"message_id", "text"} → act
    POST /play/telegram/chats/{id}/press    {"button", "message_id"?} → act
    POST /play/telegram/chats/{id}/picture  {"caption"?, "base64"?} → act; a small one of ours
                                            without bytes, and those have to be PNG or JPEG
    POST /play/telegram/chats/{id}/attach   {"kind"} → act: document, voice, sticker, location or
                                            contact
    POST /play/telegram/chats/{id}/files    {"files": [{"name", "base64"}], "caption"?} → act; as
                                            what they are called, several as an album
    POST /play/telegram/chats/{id}/follow   {"url"} → act: a link to the bot
    POST /play/telegram/chats/{id}/block    {} → act
    POST /play/telegram/chats/{id}/unblock  {} → act
    POST /play/telegram/groups/{id}/say     {"as", "text", "reply_to"?} → act; `as` is a customer
    POST /play/telegram/groups/{id}/press   {"as", "button", "message_id"?} → act
    GET  /play/telegram/files/{file_id}     a picture, or the download of another file
    POST /play/telegram/faults              {"method", "status", "retry_after"?, "times"?,
                                            "chat_id"?} → {}
    GET  /play/telegram/requests            [{"method", "params", "at", "status"}]

chat     {"id", "title", "kind", "standing", "language_code", "typing", "alerts", "messages"}
message  {"message_id", "by": "bot" | "customer", "from": id, "name", "kind", "text", "entities",
         "html", "buttons": [[{"text", "data", "url", "is_ours"?}]], "picture": address | null,
         "file": name | null, "download": address | null, "album": id | null, "reply_to": id | null,
         "at", "edited"}; `html` is made here and safe to put on a page, addresses are relative to
         `/play/telegram/`, `is_ours` is a link to the bot
act      {"update_id", "message_id"}
errors   {"error": text} with 400 not understood, 404 no such chat or button, 409 not possible now,
         415 not JSON
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.playground.telegram.control_acts import ACTS, IN_GROUP
from bot.playground.telegram.customer import TelegramCustomer
from bot.playground.telegram.room import Act, Button, shown
from bot.playground.telegram.state import Chat
from bot.playground.telegram.wire import ApiError, Json, Upload

if TYPE_CHECKING:
    from bot.playground.telegram.server import TelegramServer

_MAX_WAIT = 50.0


def control_app(server: TelegramServer) -> web.Application:
    """The routes above as an application to mount; closing it ends the streams that are open."""
    control = _Control(server)
    app = web.Application(middlewares=[_errors_as_json])
    app.router.add_get("/chats", control.chats)
    app.router.add_post("/chats", control.add)
    app.router.add_get("/changes", control.changes)
    app.router.add_get("/files/{file_id}", control.file)
    app.router.add_get("/requests", control.requests)
    app.router.add_post("/faults", control.fault)
    app.router.add_post("/chats/{chat_id}/{act}", control.act)
    app.router.add_post("/groups/{chat_id}/{act}", control.act_in_group)
    app.on_shutdown.append(control.close)
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except LookupError as error:
        return web.json_response({"error": f"not found: {error}"}, status=404)
    except ApiError as error:
        return web.json_response({"error": error.description}, status=error.code)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=409)


class _Control:
    def __init__(self, server: TelegramServer) -> None:
        self._server = server
        self._world = server.world
        self._open: set[asyncio.Task[Any]] = set()

    async def close(self, app: web.Application) -> None:
        for task in self._open:
            task.cancel()

    async def chats(self, request: web.Request) -> web.Response:
        version = self._world.pulse.version
        chats = [self._chat(chat) for chat in self._world.chats.values()]
        return web.json_response({"version": version, "chats": chats})

    async def add(self, request: web.Request) -> web.Response:
        body = await _body(request)
        customer = self._server.customer(
            int(body["chat_id"]) if "chat_id" in body else None,
            str(body.get("first_name") or "Ada"),
            str(body.get("language_code") or "en"),
            body.get("username"),
        )
        return web.json_response(self._chat(customer.chat))

    async def act(self, request: web.Request) -> web.Response:
        act = ACTS[request.match_info["act"]]
        customer = self._customer(request.match_info["chat_id"])
        body = await _body(request)
        return _done(lambda: act(customer, body))

    async def act_in_group(self, request: web.Request) -> web.Response:
        act = IN_GROUP[request.match_info["act"]]
        group = self._server.groups[int(request.match_info["chat_id"])]
        body = await _body(request)
        customer = self._customer(str(body.get("as", "")))
        return _done(lambda: act(group, customer, body))

    async def fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        if not {"method", "status"} <= body.keys():
            raise ApiError(400, "method and status are needed")
        self._server.fail_next(
            str(body["method"]),
            int(body["status"]),
            body.get("retry_after"),
            int(body.get("times", 1)),
            body.get("chat_id"),
        )
        return web.json_response({})

    async def requests(self, request: web.Request) -> web.Response:
        calls = [{**vars(call), "params": _plain(call.params)} for call in self._server.requests]
        return web.json_response(calls)

    async def file(self, request: web.Request) -> web.Response:
        file = self._world.files.get(request.match_info["file_id"])
        headers = {"X-Content-Type-Options": "nosniff"}
        if file.kind != "photo":
            headers["Content-Disposition"] = "attachment"
        is_picture = file.kind == "photo" and file.mime_type in ("image/png", "image/jpeg")
        kind = file.mime_type if is_picture else "application/octet-stream"
        return web.Response(body=file.data, content_type=kind, headers=headers)

    async def changes(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            after = int(request.query.get("after", -1))
            if "text/event-stream" in request.headers.get("Accept", ""):
                return await self._stream(request, after)
            timeout = min(float(request.query.get("timeout", 25)), _MAX_WAIT)
            return web.json_response({"version": await self._world.pulse.after(after, timeout)})
        finally:
            self._open.discard(task)

    async def _stream(self, request: web.Request, version: int) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        while True:
            version = await self._world.pulse.after(version)
            await response.write(f'event: change\ndata: {{"version": {version}}}\n\n'.encode())

    def _customer(self, chat_id: str) -> TelegramCustomer:
        known = self._server.customers
        return known[int(chat_id)] if chat_id.lstrip("-").isdigit() else known[0]

    def _chat(self, chat: Chat) -> Json:
        customer = self._server.customers.get(chat.id)
        return {
            "id": chat.id,
            "title": chat.info.get("title") or chat.info["first_name"],
            "kind": chat.info["type"],
            "standing": chat.standing.value,
            "language_code": chat.language_code,
            "typing": chat.is_typing,
            "alerts": customer.alerts if customer else [],
            "messages": [self._message(message) for message in chat.messages.values()],
        }

    def _message(self, message: Json) -> Json:
        look = shown(message)
        is_photo = look.kind == "photo"
        return {
            "message_id": look.message_id,
            "by": "bot" if message["from"]["id"] == self._world.bot["id"] else "customer",
            "from": message["from"]["id"],
            "name": message["from"]["first_name"],
            "kind": look.kind,
            "text": look.text,
            "entities": message.get("entities") or message.get("caption_entities") or [],
            "html": look.html,
            "buttons": [[self._button(button) for button in row] for row in look.buttons],
            "picture": f"files/{look.file_id}" if is_photo else None,
            "file": look.file_name or None,
            "download": f"files/{look.file_id}" if look.file_name and not is_photo else None,
            "album": message.get("media_group_id"),
            "reply_to": message.get("reply_to_message", {}).get("message_id"),
            "at": message["date"],
            "edited": look.edited,
        }

    def _button(self, button: Button) -> Json:
        ours = f"https://t.me/{self._world.bot['username']}"
        is_ours = bool(button.url) and str(button.url).partition("?")[0] == ours
        return asdict(button) | ({"is_ours": True} if is_ours else {})


def _done(act: Callable[[], Act]) -> web.Response:
    try:
        done = act()
    except (KeyError, TypeError) as error:
        raise ApiError(400, f"{error} is missing or unknown") from None
    ids = {"update_id": done.update["update_id"], "message_id": done.message.get("message_id")}
    return web.json_response(ids)


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json":
        raise ApiError(415, "the body must be application/json")
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "the body must be a JSON object")
    return body


def _plain(params: Json) -> Json:
    return {
        name: {"file": value.name, "size": len(value.data)} if isinstance(value, Upload) else value
        for name, value in params.items()
    }
