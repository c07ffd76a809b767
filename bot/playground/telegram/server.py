"""A local stand-in of Telegram's Bot API server, as strict as the real one, for tests and the demo.

    async with TelegramServer(token="1:test") as server:
        bot = telegram.Bot("1:test", base_url=f"{server.url}/bot",
                           base_file_url=f"{server.url}/file/bot")
        ada = server.customer(first_name="Ada")
        ada.say("Where is my parcel?")          # an update the bot fetches or gets by webhook
        await ada.wait_for("on its way")        # what the bot sent, as Ada sees it
        server.fail_next("sendMessage", 429, retry_after=3)

It listens on 127.0.0.1 only, keeps everything in memory and never leaves the machine: webhooks go
to loopback addresses, files by URL are refused. `python -m bot.playground.telegram --port 8081
--token …` runs it as a process of its own; the JSON routes below `/play/telegram` (documented in
`control`) then take the place of the Python methods.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.playground.telegram import account as telegram_account
from bot.playground.telegram import media as telegram_media
from bot.playground.telegram import messages as telegram_messages
from bot.playground.telegram.control import control_app
from bot.playground.telegram.customer import People, TelegramCustomer, TelegramGroup
from bot.playground.telegram.faults import Fault, Faults, Harm, RateLimits
from bot.playground.telegram.media import UPLOAD_LIMIT
from bot.playground.telegram.methods import Method
from bot.playground.telegram.room import Act, Button, Shown
from bot.playground.telegram.state import World
from bot.playground.telegram.wire import ApiError, Json, Params, Upload, read_params

__all__ = [
    "Act",
    "Button",
    "Call",
    "Shown",
    "TelegramCustomer",
    "TelegramGroup",
    "TelegramServer",
    "Upload",
]

_METHODS: dict[str, Method] = {
    **telegram_account.METHODS,
    **telegram_messages.METHODS,
    **telegram_media.METHODS,
}
_KEPT_CALLS = 10_000
_NO_ANSWER = 0
_GATEWAY_ERRORS = (502, 503, 504)


@dataclass(frozen=True)
class Call:
    """One request of the bot; `status` 0 means it never got an answer."""

    method: str
    params: Json
    at: float
    status: int


class TelegramServer:
    """The server: what the bot talks to, and the handles by which a test moves the other side."""

    def __init__(
        self,
        token: str = "1:test",  # noqa: S107 - a stand-in has no secrets
        port: int = 0,
        *,
        limits: bool = False,
        privacy: bool = True,
        clock: Callable[[], float] = time.time,
        webhook_backoff: float = 1.0,
        query_expiry: float = 60.0,
    ) -> None:
        self.token = token
        self.port = port
        self.world = World(token, clock, webhook_backoff, query_expiry, privacy=privacy)
        self.requests: list[Call] = []
        self._people = People(self.world)
        self._faults = Faults()
        self._limits = RateLimits(time.monotonic) if limits else None
        self._held: set[asyncio.Task[Any]] = set()
        self._runner = web.AppRunner(
            self._app(), handler_cancellation=True, shutdown_timeout=1, access_log=None
        )
        self._site: web.TCPSite | None = None

    # --- life

    @property
    def url(self) -> str:
        """Where it listens; `/bot` and `/file/bot` behind it are the two base addresses."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.down(False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.world.webhook.point_at(None)
        await self._runner.cleanup()

    async def down(self, is_down: bool = True) -> None:
        """Refuse connections and cut the open ones; `down(False)` listens again, same address."""
        if is_down and self._site is not None:
            await self._site.stop()
            self._site = None
            for connection in self._runner.server.connections if self._runner.server else ():
                connection.force_close()
        elif not is_down and self._site is None:
            self._site = web.TCPSite(self._runner, "127.0.0.1", self.port)
            await self._site.start()
            self.port = int(self._runner.addresses[0][1])

    # --- people

    def customer(
        self,
        chat_id: int | None = None,
        first_name: str = "Ada",
        language_code: str = "en",
        username: str | None = None,
    ) -> TelegramCustomer:
        """The person with this chat id, a new one if need be; not started until they write."""
        return self._people.customer(chat_id, first_name, language_code, username)

    @property
    def customers(self) -> dict[int, TelegramCustomer]:
        """Everybody there is, by chat id."""
        return self._people.customers

    @property
    def groups(self) -> dict[int, TelegramGroup]:
        """The groups that were made here, by chat id."""
        return self._people.groups

    def group(self, title: str = "Group", topics: tuple[int, ...] = ()) -> TelegramGroup:
        """A new group with the bot in it; with topics it is a forum supergroup. The bot hears
        what is meant for it there, or everything on a server without `privacy`."""
        return self._people.group(title, topics)

    # --- accidents

    def fail_next(
        self,
        method: str,
        status: int,
        retry_after: int | None = None,
        times: int = 1,
        chat_id: int | None = None,
        description: str | None = None,
    ) -> None:
        """The next matching requests are refused with this status and change nothing."""
        self._faults.plan(
            Fault(method, Harm.REFUSE, times, chat_id, status, retry_after, description)
        )

    def drop_after_accept(self, method: str, times: int = 1, chat_id: int | None = None) -> None:
        """The next matching requests take effect, and the connection closes without an answer."""
        self._faults.plan(Fault(method, Harm.DROP_AFTER, times, chat_id))

    def drop_before_accept(self, method: str, times: int = 1, chat_id: int | None = None) -> None:
        """The next matching requests are cut off before anything happens."""
        self._faults.plan(Fault(method, Harm.DROP_BEFORE, times, chat_id))

    def hang(self, method: str, seconds: float, times: int = 1, *, accepted: bool = False) -> None:
        """The next matching requests wait; with `accepted` they have taken effect by then."""
        harm = Harm.HANG_AFTER if accepted else Harm.HANG_BEFORE
        self._faults.plan(Fault(method, harm, times, seconds=seconds))

    def resend(self, act: Act | Json) -> None:
        """Deliver an update a second time."""
        self.world.updates.resend(act.update if isinstance(act, Act) else act)

    def push_raw(self, update: Json) -> Json:
        """Deliver exactly this, however malformed; it gets an `update_id` if it has none."""
        return self.world.updates.push_raw(update)

    # --- what happened

    @property
    def updates(self) -> list[Json]:
        """Every update ever made, oldest first."""
        return self.world.updates.history

    @property
    def pending(self) -> list[Json]:
        """The updates the bot has not confirmed."""
        return self.world.updates.pending()

    async def polled(self, timeout: float = 5) -> None:
        """Return once the bot's long poll is being held; TimeoutError when none comes."""
        async with asyncio.timeout(timeout):
            await self.world.updates.polled()

    def calls(self, method: str) -> list[Call]:
        """The bot's requests of one method, oldest first."""
        return [call for call in self.requests if call.method == method]

    # --- the wire

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD_LIMIT + 1024 * 1024)
        for verb in ("GET", "POST"):
            app.router.add_route(verb, "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.add_subapp("/play/telegram", control_app(self))
        app.on_shutdown.append(self._let_go)
        return app

    async def _let_go(self, app: web.Application) -> None:
        for task in self._held:
            task.cancel()

    async def _download(self, request: web.Request) -> web.Response:
        file = self.world.files.at(request.match_info["path"])
        if request.match_info["token"] != self.token or file is None:
            return web.json_response(ApiError(404, "Not Found").body(), status=404)
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return web.json_response(ApiError(401, "Unauthorized").body(), status=401)
        task = asyncio.current_task()
        assert task is not None
        self._held.add(task)
        status, params, at = _NO_ANSWER, Params({}, {}), self.world.clock()
        try:
            try:
                params = await read_params(request)
                response = await self._respond(request, params)
            except ApiError as error:
                response = _refusal(error)
            status = response.status if request.transport is not None else _NO_ANSWER
            return response
        finally:
            self._held.discard(task)
            self._record(Call(request.match_info["method"], params.recorded(), at, status))

    async def _respond(self, request: web.Request, params: Params) -> web.Response:
        name = request.match_info["method"]
        function = _METHODS.get(name.lower())
        if function is None:
            raise ApiError(404, "Not Found: method not found")
        fault = self._faults.take(name, params.integer("chat_id") or None)
        await _suffer_before(fault, request)
        if self._limits and name.lower().startswith("send") and name.lower() != "sendchataction":
            self._limits.spend(params.integer("chat_id"))
        result = function(self.world, params)
        if isawaitable(result):
            result = await result
        await _suffer_after(fault, request)
        return web.json_response({"ok": True, "result": result})

    def _record(self, call: Call) -> None:
        self.requests.append(call)
        del self.requests[:-_KEPT_CALLS]


def _refusal(error: ApiError) -> web.Response:
    if error.code in _GATEWAY_ERRORS:  # these come from the proxy in front, which speaks HTML
        page = f"<html><h1>{error.code} {error.description}</h1></html>"
        return web.Response(text=page, status=error.code, content_type="text/html")
    return web.json_response(error.body(), status=error.code)


async def _suffer_before(fault: Fault | None, request: web.Request) -> None:
    if fault is None:
        return
    if fault.harm is Harm.REFUSE:
        raise fault.error()
    if fault.harm is Harm.DROP_BEFORE:
        await _cut(request)
    if fault.harm is Harm.HANG_BEFORE:
        await asyncio.sleep(fault.seconds)


async def _suffer_after(fault: Fault | None, request: web.Request) -> None:
    if fault is None:
        return
    if fault.harm is Harm.DROP_AFTER:
        await _cut(request)
    if fault.harm is Harm.HANG_AFTER:
        await asyncio.sleep(fault.seconds)


async def _cut(request: web.Request) -> None:
    """Close the connection; the server then cancels the handler, so nothing is answered."""
    if request.transport is not None:
        request.transport.abort()
    await asyncio.Event().wait()
