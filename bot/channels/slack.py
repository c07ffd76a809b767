"""Slack, by slack-bolt: customers in direct messages and mentions, and the desk.

Bolt acknowledges an event before its listener runs; so there are no listeners. One global
middleware commits the payload to the inbox and only then answers 200, whatever the payload is. If
the commit fails there is no acknowledgement, and Slack sends it again."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.markdown import literal_slack, to_slack
from bot.channels.slack_parse import NAME, parse
from bot.channels.slack_people import Directory
from bot.config import SettingsError
from bot.domain import (
    Address,
    DeskAction,
    DeskMessage,
    Event,
    NotSent,
    Option,
    Outgoing,
    Receive,
    Refused,
    Reply,
    Uncertain,
)

log = structlog.get_logger(__name__)

EVENTS_PATH = "/slack/events"
CONNECTIONS = 2  # the SDK closes a socket before it opens the next: with two, one is always open
LABEL_LENGTH = 75
METADATA = "frontdesk"

_NO_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
             "not_allowed_token_type"}  # fmt: skip
# Our set-up is wrong, not the message: it waits until somebody mends that (`frontdesk doctor`).
_SET_UP = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
    "missing_scope", "not_in_channel", "org_login_required", "ekm_access_denied",
    "team_access_not_granted", "not_allowed_token_type",
}  # fmt: skip
_PASSING = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout"}
_DOUBTFUL = {"internal_error", "fatal_error"}
_GONE = {"channel_not_found", "user_not_found", "is_archived", "user_disabled", "cannot_dm_bot"}


@dataclass(frozen=True, slots=True)
class Recent:
    """Where to look for what was said while nobody listened."""

    since: datetime | None
    threads: Sequence[Address] = ()


class SlackChannel:
    """One Slack app for both sides: customers who chat with it, and the desk channel."""

    name = NAME
    pace = 1.0
    rate = 50.0  # the limit that matters is one a second per channel; this guards the workspace

    def __init__(
        self,
        bot_token: str,
        desk: str,
        app_token: str | None = None,
        signing_secret: str | None = None,
        api_url: str = "https://slack.com/api/",
        recent: Callable[[], Awaitable[Recent]] | None = None,
    ) -> None:
        base = api_url.rstrip("/") + "/"
        # The SDK's default retry posts a message twice when an answer is lost.
        self.client = AsyncWebClient(bot_token, base_url=base, retry_handlers=[], timeout=12)
        self.desk = desk
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._app = AsyncApp(
            client=self.client,
            signing_secret=signing_secret or "unused in Socket Mode",
            process_before_response=True,
        )
        self._app.middleware(self._persist)
        self._people = Directory(self.client, desk)
        self._recent = recent
        self._receive: Receive | None = None
        self._handlers: list[AsyncSocketModeHandler] = []
        self._catching_up: asyncio.Task[None] | None = None
        self.heard_at: datetime | None = None

    # --- in --------------------------------------------------------------------------------------

    async def listen(self, receive: Receive) -> None:
        """Receive events until cancelled, by Socket Mode if there is an app token, else by HTTP.
        Raises SettingsError if Slack does not accept a token."""
        self._receive = receive
        await self._introduce()
        if not self._app_token:
            await self._missed()
            self.heard_at = datetime.now(UTC)
            await asyncio.Event().wait()
        try:
            await asyncio.gather(*(self._keep_connected() for _ in range(CONNECTIONS)))
        finally:
            for handler in self._handlers:
                with contextlib.suppress(Exception):
                    await handler.close_async()  # type: ignore[no-untyped-call]

    async def _introduce(self) -> None:
        """Wait until Slack knows us, however long it is away; raises SettingsError if it does not
        want to."""
        while True:
            try:
                await self.client.auth_test()
            except SlackApiError as error:
                if _code(error) in _NO_TOKEN:
                    raise SettingsError(
                        f"SLACK_BOT_TOKEN: Slack does not accept it ({_code(error)}); copy the "
                        "Bot User OAuth Token (xoxb-…) of your app again"
                    ) from None
                log.warning("slack_unavailable", detail=_brief(error))
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("slack_unavailable", detail=_brief(error))
            else:
                return
            await asyncio.sleep(2.0)

    async def _keep_connected(self) -> None:
        """One socket, opened again whenever it has been closed for longer than the SDK needs."""
        pause = 1.0
        while True:
            handler = AsyncSocketModeHandler(self._app, self._app_token, web_client=self.client)
            handler.client.message_listeners.append(self._greeted)
            self._handlers.append(handler)
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
                pause = 1.0
                await self._while_connected(handler)
            except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, SlackApiError) and _code(error) in _NO_TOKEN:
                    raise SettingsError(
                        f"SLACK_APP_TOKEN: Slack does not accept it ({_code(error)}); make an "
                        "app-level token (xapp-…) with the scope connections:write"
                    ) from None
                log.warning("slack_unavailable", detail=_brief(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            finally:
                self._handlers.remove(handler)
                with contextlib.suppress(Exception):
                    await handler.close_async()  # type: ignore[no-untyped-call]

    async def _while_connected(self, handler: AsyncSocketModeHandler) -> None:
        deaf_since: datetime | None = None
        while True:
            now = datetime.now(UTC)
            if await handler.client.is_connected():
                self.heard_at, deaf_since = now, None
            else:
                deaf_since = deaf_since or now
                if now - deaf_since > timedelta(seconds=15):
                    log.warning("slack_socket_dead")
                    return
            await asyncio.sleep(1.0)

    async def _greeted(self, _client: Any, message: Mapping[str, Any], _raw: Any = None) -> None:
        """A socket has been opened: fetch what was said while there was none."""
        if message.get("type") == "hello":
            self.heard_at = datetime.now(UTC)
            if self._catching_up is None or self._catching_up.done():
                self._catching_up = asyncio.ensure_future(self._missed())

    async def _persist(self, body: Mapping[str, Any], next: Any) -> BoltResponse:
        """Store first, then acknowledge; a failure to store is an answer that Slack repeats."""
        if self._receive is None:
            return BoltResponse(status=503)
        payload = {key: value for key, value in body.items() if key != "token"}
        try:
            await self._receive(self.name, [payload])
        except Exception:
            log.exception("slack_not_stored")
            return BoltResponse(status=500)
        return BoltResponse(status=200)

    def routes(self) -> list[web.RouteDef]:
        """Where Slack posts events and clicks in HTTP mode."""
        return [] if self._app_token else [web.post(EVENTS_PATH, self._http)]

    async def _http(self, request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        bolt_request = AsyncBoltRequest(
            body=await request.text(), query=request.query_string, headers=headers
        )
        try:
            response = await self._app.async_dispatch(bolt_request)
        except ValueError:  # the SDK's check of a timestamp that is no number
            return web.Response(status=401)
        self.heard_at = datetime.now(UTC)
        return web.Response(
            status=response.status,
            body=response.body.encode(),
            content_type=response.first_headers_without_set_cookie()
            .get("content-type", "text/plain")
            .partition(";")[0],
        )

    def is_alive(self, now: datetime) -> bool:
        """False when no socket has been open for a minute. HTTP is silent while nobody writes."""
        if not self._app_token:
            return self.heard_at is not None
        return self.heard_at is not None and now - self.heard_at < timedelta(seconds=60)

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        return parse(raw, self.desk)

    async def complete(self, event: Event) -> Event:
        """Names for everybody; for the desk also whether they belong to it, which must be known:
        raises NotSent while Slack cannot be asked."""
        try:
            if isinstance(event, DeskAction | DeskMessage):
                return replace(event, agent=await self._people.agent(event.agent.user_id))
            return replace(event, contact=await self._people.person(event.contact.user_id))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(event, DeskAction | DeskMessage):
                raise NotSent(_brief(error), _retry_after(error)) from error
            log.warning("slack_profile_unknown", detail=_brief(error))
            return event

    # --- what was missed -------------------------------------------------------------------------

    async def _missed(self) -> None:
        """Socket Mode keeps nothing for us; the channels' history does. What is already known is
        recognised by its id and counts for nothing."""
        if self._recent is None or self._receive is None:
            return
        try:
            recent = await self._recent()
            if recent.since is None:
                return
            oldest = f"{(recent.since - timedelta(minutes=5)).timestamp():.6f}"
            found = [p async for p in self._history(oldest, recent.threads)]
            if found:
                await self._receive(self.name, found)
            log.info("slack_caught_up", events=len(found))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack_catch_up_failed", detail=_brief(error))
        except Exception:
            log.exception("slack_catch_up_failed")

    async def _history(self, oldest: str, threads: Sequence[Address]) -> Any:
        us = (await self.client.auth_test())["user_id"]
        channels = await self.client.users_conversations(
            types="public_channel,private_channel,im", limit=200
        )
        for channel in channels["channels"]:
            page = await self.client.conversations_history(
                channel=channel["id"], oldest=oldest, limit=200
            )
            for message in reversed(page["messages"]):
                yield _as_event(message, channel["id"], us)
        for thread in threads:
            page = await self.client.conversations_replies(
                channel=thread.chat_id, ts=thread.thread_id or "", oldest=oldest, limit=200
            )
            for message in page["messages"]:
                yield _as_event(message, thread.chat_id, us)

    # --- out -------------------------------------------------------------------------------------

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        if item.blocks or item.kind == "react":
            return [item]
        reply = item.reply
        parts = literal_slack(reply.text) if reply.literal else to_slack(reply.text)
        name = f"*{literal_slack(reply.author)[0]}:* " if reply.author.strip() else ""
        parts = [name + parts[0], *parts[1:]] if parts else [name or "…"]
        rendered = [replace(item, reply=Reply(part)) for part in parts]
        if reply.options:
            blocks = _with_buttons(parts[-1], reply.options)
            rendered[-1] = replace(rendered[-1], blocks=blocks)
        return rendered

    async def send(self, item: Outgoing) -> str:
        try:
            return await self._call(item)
        except SlackApiError as error:
            raise _meaning(error, item.address.chat_id == self.desk) from error
        except aiohttp.ClientConnectorError as error:
            raise NotSent(f"Slack cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Uncertain(_brief(error)) from error

    async def _call(self, item: Outgoing) -> str:
        address, text = item.address, item.reply.text
        blocks = [dict(block) for block in item.blocks] or None
        if item.kind == "post":
            answer = await self.client.chat_postMessage(
                channel=address.chat_id,
                thread_ts=address.thread_id,
                text=text,
                blocks=blocks,
                metadata={"event_type": METADATA, "event_payload": {"outbox": item.token}},
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["ts"])
        if item.kind == "update":
            answer = await self.client.chat_update(
                channel=address.chat_id, ts=item.target, text=text, blocks=blocks
            )
            return str(answer["ts"])
        if item.kind == "react":
            return await self._react(item)
        return await self._whisper(item)

    async def _react(self, item: Outgoing) -> str:
        try:
            await self.client.reactions_add(
                channel=item.address.chat_id, timestamp=item.target, name=item.emoji
            )
        except SlackApiError as error:
            if error.response.get("error") != "already_reacted":
                raise
        return item.target

    async def _whisper(self, item: Outgoing) -> str:
        """To one person in the channel; to one who is not in it, as a direct message."""
        address = item.address
        try:
            answer = await self.client.chat_postEphemeral(
                channel=address.chat_id,
                thread_ts=address.thread_id,
                user=item.target,
                text=item.reply.text,
            )
            return str(answer["message_ts"])
        except SlackApiError as error:
            if error.response.get("error") not in {"user_not_in_channel", "channel_not_found"}:
                raise
        answer = await self.client.chat_postMessage(channel=item.target, text=item.reply.text)
        return str(answer["ts"])

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """Look for the post by its metadata. What is not a post may simply be done again."""
        if item.kind != "post":
            return ""
        oldest = f"{(since - timedelta(seconds=30)).timestamp():.6f}"
        place: dict[str, Any] = {"channel": item.address.chat_id, "oldest": oldest, "limit": 200,
                                 "include_all_metadata": True}  # fmt: skip
        try:
            if item.address.thread_id:
                page = await self.client.conversations_replies(ts=item.address.thread_id, **place)
            else:
                page = await self.client.conversations_history(**place)
        except SlackApiError as error:
            if error.response.status_code == 429 or error.response.status_code >= 500:
                raise NotSent(_brief(error), _retry_after(error)) from error
            return None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotSent(_brief(error)) from error
        for message in page["messages"]:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("outbox") == item.token:
                return str(message["ts"])
        return ""

    async def close(self) -> None:
        """Stop what runs in the background."""
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)


def _as_event(message: Mapping[str, Any], channel: str, us: str) -> dict[str, Any]:
    """A message of the history in the shape in which it would have been delivered."""
    return {
        "type": "event_callback",
        "authorizations": [{"user_id": us, "is_bot": True}],
        "event": {**message, "type": "message", "channel": channel},
    }


def _with_buttons(text: str, options: Sequence[Option]) -> tuple[Mapping[str, Any], ...]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    buttons = [_button(number, option) for number, option in enumerate(options)]
    return (section, {"type": "actions", "elements": buttons})


def _button(number: int, option: Option) -> Mapping[str, Any]:
    label = option.label if len(option.label) <= LABEL_LENGTH else option.label[:74] + "…"
    button: dict[str, Any] = {
        "type": "button",
        "action_id": f"option:{number}",
        "text": {"type": "plain_text", "text": label, "emoji": True},
    }
    return {**button, "url": option.url} if option.url else {**button, "value": option.value}


def _meaning(error: SlackApiError, on_desk: bool) -> Exception:
    """What an error says about the message: not sent, refused, or nobody knows."""
    status, code = error.response.status_code, _code(error)
    if status == 429 or code in _PASSING:
        return NotSent("too many requests" if status == 429 else code, _retry_after(error))
    if code in _DOUBTFUL or status >= 500 or not code:
        return Uncertain(code or f"HTTP {status}")
    # A ticket must not be lost to a desk channel that is set up wrong.
    if code in _SET_UP or (on_desk and code in _GONE):
        log.error("slack_set_up_wrong", error=code)
        return NotSent(f"Slack is not set up right: {code}", 30)
    return Refused("gone" if code in _GONE else code)


def _code(error: SlackApiError) -> str:
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _retry_after(error: Exception) -> float | None:
    if not isinstance(error, SlackApiError):
        return None
    header = error.response.headers.get("Retry-After", "")
    return float(header) if re.fullmatch(r"\d+(\.\d+)?", str(header)) else None


def _brief(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return _code(error) or f"HTTP {error.response.status_code}"
    return str(error)[:200] or type(error).__name__
