"""The Web API over HTTP: reading the request, the token, limits, faults, and the answer."""

from __future__ import annotations

import json
import math
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from bot.playground.slack import chat as slack_chat
from bot.playground.slack import conversations as slack_conversations
from bot.playground.slack.calls import Args, Call, Desk, Method, Methods
from bot.playground.slack.limits import Limits
from bot.playground.slack.values import Json, SlackError

METHODS: Methods = {**slack_conversations.METHODS, **slack_chat.METHODS}
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"

ERROR_PAGE = "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head></html>"


@dataclass(frozen=True)
class ApiRequest:
    """One call the app made. `result` is the answer's body, also when `dropped` on the way."""

    method: str
    params: Json
    at: float
    result: Json
    status: int = 200
    dropped: bool = False


@dataclass(frozen=True)
class Fault:
    """What happens to the next calls of a method instead of, or after, what should."""

    error: str = ""
    status: int = 200
    retry_after: float | None = None
    drop: bool = False


class Faults:
    """Faults waiting for their method, first come first served."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}
        self.down = False

    def add(self, method: str, fault: Fault, times: int) -> None:
        self._waiting.setdefault(method, deque()).extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        waiting = self._waiting.get(method) or self._waiting.get("*")
        return waiting.popleft() if waiting else None


@dataclass
class WebApi:
    """Answers `/api/<method>`, uploads, downloads and response urls."""

    desk: Desk
    bot_token: str
    app_token: str
    limits: Limits
    faults: Faults = field(default_factory=Faults)
    requests: list[ApiRequest] = field(default_factory=list)
    revoked: str = ""  # what every call of the bot is answered while its token is worth nothing

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self.call),
            web.post("/upload/v1/{file}", self.upload),
            web.get("/files-pri/{file}/{name}", self.download),
            web.get("/files-pri/{file}/download/{name}", self.download),
            web.post("/actions/{team}/{key}", self.respond),
        ]

    # --- methods ---

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One Web API call: what Slack would answer, or the fault a test ordered."""
        name = request.match_info["method"]
        if self.faults.down:
            return _cut(request)
        fault = self.faults.take(name)
        try:
            params = await _params(request)
        except SlackError as refused:
            return self._answered(name, {}, _refused(refused))
        if fault is not None and not fault.drop:
            return self._failed(name, params, fault)
        wait = self.limits.wait(name, str(params.get("channel")))
        if wait:
            return self._failed(name, params, Fault("ratelimited", 429, math.ceil(wait)))
        body = self._run(name, params, _token(request, params))
        if fault is not None:
            self._record(name, params, body, dropped=True)
            return _cut(request)
        return self._answered(name, params, body)

    def _run(self, name: str, params: Json, token: str) -> Json:
        method = METHODS.get(name)
        if method is None:
            return {"ok": False, "error": "unknown_method", "req_method": name}
        call = Call(Args(params), self.desk)
        try:
            self._authorize(method, token)
            call.need(method.scope)
            return {"ok": True} | method.run(call)
        except SlackError as refused:
            return _refused(refused)

    def _authorize(self, method: Method, token: str) -> None:
        wanted = {"bot": self.bot_token, "app": self.app_token, "anyone": token}[method.caller]
        if token == wanted:
            if self.revoked and method.caller == "bot":
                raise SlackError(self.revoked)
            return
        if not token:
            raise SlackError("not_authed")
        known = token in (self.bot_token, self.app_token)
        raise SlackError("not_allowed_token_type" if known else "invalid_auth")

    # --- answers ---

    def _failed(self, name: str, params: Json, fault: Fault) -> web.Response:
        if fault.status >= 500 and not fault.error:  # Slack's proxies answer without JSON
            self._record(name, params, {}, fault.status)
            return web.Response(status=fault.status, text=ERROR_PAGE, content_type="text/html")
        error = fault.error or {429: "ratelimited"}.get(fault.status, "internal_error")
        headers = {}
        if fault.retry_after is not None or fault.status == 429:
            headers["Retry-After"] = str(math.ceil(fault.retry_after or 1))
        return self._answered(name, params, {"ok": False, "error": error}, fault.status, headers)

    def _answered(
        self,
        name: str,
        params: Json,
        body: Json,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        self._record(name, params, body, status)
        method = METHODS.get(name)
        app_level = method is not None and method.caller == "app"
        scopes = {"connections:write"} if app_level else self.desk.scopes
        standard = {
            "x-oauth-scopes": ",".join(sorted(scopes)),
            "x-slack-req-id": secrets.token_hex(16),
        }
        if method is not None and method.scope:
            standard["x-accepted-oauth-scopes"] = method.scope
        return web.json_response(body, status=status, headers=standard | dict(headers or {}))

    def _record(
        self, name: str, params: Json, body: Json, status: int = 200, *, dropped: bool = False
    ) -> None:
        shown = {key: value for key, value in params.items() if key != "token"}
        at = self.desk.clock()
        self.requests.append(ApiRequest(name, shown, at, body, status, dropped))
        self.desk.changed()

    # --- files ---

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Takes the bytes of a reserved file, raw or as a form's file."""
        if self.faults.down:
            return _cut(request)
        file = self.desk.workspace.files.get(request.match_info["file"])
        if file is None or file.completed:
            return web.Response(status=404, text="not found")
        if request.content_type == "multipart/form-data":
            part = next(iter((await request.post()).values()), "")
            data = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            data = await request.read()
        if len(data) != file.size:
            return web.Response(status=400, text="length does not match")
        self.desk.workspace.add_file(replace(file, data=data))
        return web.Response(text=f"OK - {len(data)}")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes for the bot token with `files:read`; the login page for anybody else."""
        if self.faults.down:
            return _cut(request)
        file = self.desk.workspace.files.get(request.match_info["file"].rpartition("-")[2])
        allowed = "files:read" in self.desk.scopes and not self.revoked
        if not allowed or _token(request, {}) != self.bot_token or file is None:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        return web.Response(body=file.data, content_type=file.mimetype)

    # --- response urls ---

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """An app's post to a response url, which needs no token: the url itself is one."""
        if self.faults.down:
            return _cut(request)
        if (fault := self.faults.take("response_url")) is not None:
            return self._failed("response_url", {}, fault)
        params: Json = {}
        try:
            params = await _params(request)
            url = self.desk.response_urls.spend(request.match_info["key"])
            slack_chat.respond(self.desk, url, params)
        except SlackError as refused:
            body = _refused(refused)
            self._record("response_url", params, body, status=404)
            return web.json_response(body, status=404)
        self._record("response_url", params, {"ok": True})
        return web.Response(text="ok")


def _refused(refused: SlackError) -> Json:
    return {"ok": False, "error": refused.code} | refused.extra


async def _params(request: web.Request) -> Json:
    """Arguments from wherever the client put them; the body wins over the url."""
    params: Json = dict(request.query)
    if not request.can_read_body:
        return params
    if request.content_type == "application/json":
        return params | _json_object(await request.text())
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return params | {key: _field(value) for key, value in (await request.post()).items()}
    if await request.read():
        raise SlackError("invalid_post_type")
    return params


def _json_object(text: str) -> Json:
    try:
        body = json.loads(text or "{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _field(value: Any) -> Any:
    return value.file.read() if isinstance(value, web.FileField) else value


def _token(request: web.Request, params: Json) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(params.get("token") or "")


def _cut(request: web.Request) -> web.StreamResponse:
    """Ends the connection instead of answering."""
    if request.transport is not None:
        request.transport.close()
    # aiohttp notices the closed transport when it tries to write this, and drops it.
    return web.Response(status=503)
