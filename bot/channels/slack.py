"""Slack, by slack-bolt: customers in direct messages and mentions, and the desk.

Bolt acknowledges an event before its listener runs; so there are no listeners. One global
middleware commits the payload to the inbox and only then answers 200, whatever the payload is. If
the commit fails there is no acknowledgement, and Slack sends it again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.markdown import literal_slack, to_slack
from bot.channels.markdown.split import SMALLEST, units
from bot.channels.slack_blocks import SECTION, with_buttons
from bot.channels.slack_errors import (
    NO_TOKEN,
    brief,
    code_of,
    is_passing,
    meaning_of,
    retry_after,
    status_of,
)
from bot.channels.slack_forms import RECEIVED, refusal
from bot.channels.slack_history import History, pages
from bot.channels.slack_history import Recent as Recent
from bot.channels.slack_parse import NAME, parse
from bot.channels.slack_people import Directory
from bot.config import SettingsError
from bot.domain import (
    DeskAction,
    DeskEvent,
    DeskForm,
    DeskMessage,
    Event,
    NotSent,
    Outgoing,
    Receive,
    Reply,
    Uncertain,
)

log = structlog.get_logger(__name__)

# Bolt finds our SLACK_BOT_TOKEN in the environment, and remarks that it is not used.
logging.getLogger("slack_bolt").addFilter(
    lambda record: "`token` will be unused" not in record.getMessage()
)

EVENTS_PATH = "/slack/events"
CONNECTIONS = 2  # the SDK closes a socket before it opens the next: with two, one is always open
METADATA = "frontdesk"
_NO_APP_TOKEN = NO_TOKEN | {"missing_scope", "access_denied", "no_permission"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

CheckForm = Callable[[DeskForm], Mapping[str, str]]


@dataclass(eq=False)
class _Socket:
    """One of the connections: when it was last opened, and last seen open (None: never yet)."""

    handler: AsyncSocketModeHandler
    open_at: datetime | None
    opened_at: datetime | None = None

    def covers(self, closed_at: datetime | None) -> bool:
        """Whether it was already open when another was still seen open, so none was missed."""
        return self.opened_at is not None and (closed_at is None or self.opened_at < closed_at)


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
        patience: int = 12,
        check_form: CheckForm | None = None,
    ) -> None:
        """`patience`: seconds to wait for an answer to a call before its end is uncertain;
        `check_form` says what is wrong with a form, by field, before it is taken."""
        base = api_url.rstrip("/") + "/"
        # The SDK's default retry posts a message twice when an answer is lost.
        self.client = AsyncWebClient(bot_token, base_url=base, retry_handlers=[], timeout=patience)
        self.desk = desk
        self._app_token = app_token
        self._signing_secret = signing_secret

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Bolt's own asks Slack who we are, and where it gets no answer acknowledges the event
            # without having handed it on.
            return AuthorizeResult(
                enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token
            )

        self._app = AsyncApp(
            client=AsyncWebClient(base_url=base),
            authorize=authorize,
            logger=logging.getLogger("slack_bolt"),  # or Bolt sets a level of its own
            ignoring_self_events_enabled=False,  # `parse` does
            signing_secret=signing_secret or "unused in Socket Mode",
            process_before_response=True,
        )
        self._app.middleware(self._persist)
        self._people = Directory(self.client, desk)
        self._history = History(self.client, recent) if recent else None
        self.check_form = check_form
        self._receive: Receive | None = None
        self._sockets: list[_Socket] = []
        self.heard_at: datetime | None = None

    # --- in --------------------------------------------------------------------------------------

    async def listen(self, receive: Receive) -> None:
        """Receive events until cancelled, by Socket Mode if there is an app token, else by HTTP.
        Raises SettingsError if Slack does not accept a token or the desk is not to be reached."""
        self._receive = receive
        await self._introduce()
        self._gap()
        if not self._app_token:
            self.heard_at = datetime.now(UTC)
        connections = CONNECTIONS if self._app_token else 0
        try:
            await asyncio.gather(
                self._catch_up(), *(self._keep_connected() for _ in range(connections))
            )
        finally:
            for socket in self._sockets:
                with contextlib.suppress(Exception):
                    await socket.handler.close_async()  # type: ignore[no-untyped-call]

    async def _introduce(self) -> None:
        """Wait until Slack knows us, however long it is away; raises SettingsError if it does not
        want to, or if nobody could ever be brought in."""
        for check in (self._check_bot_token, self._check_app_token, self._check_desk):
            while not await _answered(check):  # noqa: ASYNC110 - nobody tells us when it is back
                await asyncio.sleep(2.0)

    async def _check_bot_token(self) -> None:
        try:
            await self.client.auth_test()
        except SlackApiError as error:
            if code_of(error) in NO_TOKEN:
                raise SettingsError(
                    f"SLACK_BOT_TOKEN: Slack does not accept it ({code_of(error)}); copy the "
                    "Bot User OAuth Token (xoxb-…) of your app again"
                ) from None
            raise

    async def _check_app_token(self) -> None:
        """Bolt would try a wrong one for ever, and say so only in the log."""
        if not self._app_token:
            return
        try:
            await self.client.apps_connections_open(app_token=self._app_token)
        except SlackApiError as error:
            if code_of(error) in _NO_APP_TOKEN:
                raise _app_token_wrong(error) from None
            raise

    async def _check_desk(self) -> None:
        try:
            answer = await self.client.conversations_info(channel=self.desk)
        except SlackApiError as error:
            if code_of(error) == "channel_not_found":
                raise SettingsError(
                    f"SLACK_DESK_CHANNEL: Slack knows no channel {self.desk} that the bot may see; "
                    "check the id, and write /invite @Frontdesk (your bot's name) in that channel"
                ) from None
            if is_passing(error):
                raise
            log.error("slack_set_up_wrong", error=code_of(error))  # not known: it may well work
            return
        channel = answer.get("channel") or {}
        name = f"#{channel.get('name', self.desk)}"
        if channel.get("is_archived"):
            raise SettingsError(f"SLACK_DESK_CHANNEL: {name} is archived; choose another channel")
        if channel.get("is_member") is False:
            raise SettingsError(
                f"SLACK_DESK_CHANNEL: the bot is not in {name}; "
                "write /invite @Frontdesk (your bot's name) in that channel"
            )

    async def _keep_connected(self) -> None:
        """One socket, opened again whenever it has been closed for longer than the SDK needs."""
        pause, open_at = 1.0, None
        while True:
            handler = AsyncSocketModeHandler(self._app, self._app_token, web_client=self.client)
            handler.client.message_listeners.append(self._greeted)
            socket, open_at = _Socket(handler, open_at), _LONG_AGO
            self._sockets.append(socket)
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
                pause = 1.0
                await self._while_connected(socket)
            except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, SlackApiError) and code_of(error) in _NO_APP_TOKEN:
                    raise _app_token_wrong(error) from None
                log.warning("slack_unavailable", detail=brief(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            finally:
                self._sockets.remove(socket)
                with contextlib.suppress(Exception):
                    await handler.close_async()  # type: ignore[no-untyped-call]

    async def _while_connected(self, socket: _Socket) -> None:
        deaf_since: datetime | None = None
        while True:
            now = datetime.now(UTC)
            if await socket.handler.client.is_connected():
                self.heard_at, deaf_since = now, None
                socket.open_at = now if socket.opened_at else socket.open_at
            else:
                deaf_since = deaf_since or now
                if now - deaf_since > timedelta(seconds=15):
                    log.warning("slack_socket_dead")
                    return
            await asyncio.sleep(1.0)

    async def _greeted(self, client: Any, message: Mapping[str, Any], _raw: Any = None) -> None:
        """A socket has been opened: fetch what was said while there was none. Slack renews each
        of them every few hours; the other one stays open then."""
        if message.get("type") != "hello":
            return
        now = self.heard_at = datetime.now(UTC)
        opened = [socket for socket in self._sockets if socket.handler.client is client]
        closed_at = opened[0].open_at if opened else _LONG_AGO
        others = [other for other in self._sockets if other not in opened]
        if not any([o.covers(closed_at) and await o.handler.client.is_connected() for o in others]):
            self._gap()
        for socket in opened:
            socket.opened_at = socket.open_at = now

    async def _persist(self, body: Mapping[str, Any], next: Any) -> BoltResponse:
        """Store first, then acknowledge; a failure to store is an answer that Slack repeats."""
        if self._receive is None:
            return BoltResponse(status=503)
        payload = {key: value for key, value in body.items() if key != "token"}
        if payload.get("type") == "view_submission":
            payload[RECEIVED] = f"{time.time():.6f}"
            if faults := self._faults(payload):
                return BoltResponse(status=200, body=dict(refusal(faults)))
        try:
            await self._store_elders(payload)
            await self._store([payload])
        except Exception:
            log.exception("slack_not_stored")
            self._gap()  # Slack would send it again only after a minute
            return BoltResponse(status=500)
        return BoltResponse(status=200)

    def _faults(self, payload: Mapping[str, Any]) -> Mapping[str, str]:
        """What is wrong with a form, while it is still open and nothing that was typed is lost. A
        check that fails itself stops nobody: the same is looked at again in the transaction."""
        try:
            event = self.parse(payload)
            if isinstance(event, DeskForm) and self.check_form is not None:
                return self.check_form(event)
        except Exception:
            log.exception("form_not_checked")
        return {}

    def routes(self) -> list[web.RouteDef]:
        """Where Slack posts events and clicks in HTTP mode."""
        return [] if self._app_token else [web.post(EVENTS_PATH, self._http)]

    async def _http(self, request: web.Request) -> web.Response:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        # What the SDK's check would stumble over, with a traceback for each that comes along.
        if not re.fullmatch("[0-9]{1,15}", stamp) or not signature.isascii():
            return web.Response(status=401)
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        # Whatever charset is claimed: Slack writes UTF-8, and what is none has no valid signature.
        body = (await request.read()).decode(errors="replace")
        # Bolt checks it, too, but only after it has stumbled over a body that is no JSON.
        if not SignatureVerifier(self._signing_secret or "").is_valid(body, stamp, signature):
            return web.Response(status=401)
        bolt_request = AsyncBoltRequest(body=body, query=request.query_string, headers=headers)
        response = await self._app.async_dispatch(bolt_request)
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
            if isinstance(event, DeskForm):
                return await self._complete_form(event)
            if isinstance(event, DeskAction | DeskMessage):
                return replace(event, agent=await self._people.agent(event.agent.user_id))
            return replace(event, contact=await self._people.person(event.contact.user_id))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(event, DeskEvent):
                raise NotSent(brief(error), retry_after(error)) from error
            log.warning("slack_profile_unknown", detail=brief(error))
            return event

    async def _complete_form(self, form: DeskForm) -> DeskForm:
        agent = await self._people.agent(form.agent.user_id)
        if form.colleague is None:
            return replace(form, agent=agent)
        colleague = await self._people.agent(form.colleague.user_id)
        return replace(form, agent=agent, colleague=colleague)

    # --- what was missed -------------------------------------------------------------------------

    def _gap(self) -> None:
        if self._history is not None:
            self._history.gap()

    async def _catch_up(self) -> None:
        if self._history is None:
            await asyncio.Event().wait()
        else:
            await self._history.run(self._store)

    async def _store(self, payloads: Sequence[Mapping[str, Any]]) -> None:
        assert self._receive is not None
        await self._receive(self.name, payloads)

    async def _store_elders(self, payload: Mapping[str, Any]) -> None:
        """What was missed in the same conversation goes before what has just arrived there."""
        if self._history is None:
            return
        try:
            event = self.parse(payload)
        except (LookupError, TypeError, ValueError):
            return  # stored as it is, and set aside there
        if event is not None:
            await self._history.before(event.address, self._store)

    # --- out -------------------------------------------------------------------------------------

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        if item.blocks or item.kind == "react":
            return [item]
        reply = item.reply
        author = literal_slack(reply.author)
        name = f"*{author[0]}:* " if author else ""
        limit = max(SECTION - units(name), SMALLEST)
        parts = literal_slack(reply.text, limit) if reply.literal else to_slack(reply.text, limit)
        parts = [name + parts[0], *parts[1:]] if parts else [name or "…"]
        rendered = [replace(item, reply=Reply(part)) for part in parts]
        if reply.options:
            blocks = with_buttons(parts[-1], reply.options)
            rendered[-1] = replace(rendered[-1], blocks=blocks)
        return rendered

    async def send(self, item: Outgoing) -> str:
        try:
            return await self._call(item)
        except SlackApiError as error:
            on_desk = item.address.chat_id == self.desk
            raise meaning_of(error, on_desk, item.kind) from error
        except aiohttp.ClientConnectorError as error:
            raise NotSent(f"Slack cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Uncertain(brief(error)) from error

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
        if item.kind == "form":
            answer = await self.client.views_open(trigger_id=item.target, view=dict(item.blocks[0]))
            return str(answer["view"]["id"])
        return await self._whisper(item)

    async def _react(self, item: Outgoing) -> str:
        try:
            await self.client.reactions_add(
                channel=item.address.chat_id, timestamp=item.target, name=item.emoji
            )
        except SlackApiError as error:
            if code_of(error) != "already_reacted":
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
            if code_of(error) not in {"user_not_in_channel", "channel_not_found"}:
                raise
        answer = await self.client.chat_postMessage(channel=item.target, text=item.reply.text)
        return str(answer["ts"])

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """Look for the post by its metadata. An update or a receipt may simply be done again; what
        was whispered cannot be read back."""
        if item.kind in {"whisper", "form"}:
            return None
        if item.kind != "post":
            return ""
        oldest = f"{(since - timedelta(seconds=30)).timestamp():.6f}"
        place: dict[str, Any] = {"channel": item.address.chat_id, "oldest": oldest,
                                 "include_all_metadata": True}  # fmt: skip
        call: Callable[..., Awaitable[Any]] = self.client.conversations_history
        if item.address.thread_id:
            call, place["ts"] = self.client.conversations_replies, item.address.thread_id
        try:
            async for page in pages(call, "messages", **place):
                for message in page:
                    payload = (message.get("metadata") or {}).get("event_payload") or {}
                    if payload.get("outbox") == item.token:
                        return str(message["ts"])
        except SlackApiError as error:
            if status_of(error) == 429 or status_of(error) >= 500 or not code_of(error):
                raise NotSent(brief(error), retry_after(error)) from error
            return None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotSent(brief(error)) from error
        return ""

    async def close(self) -> None:
        """Leave no question under way; all else has ended with `listen`."""
        await self._people.close()


async def _answered(check: Callable[[], Awaitable[None]]) -> bool:
    """Whether Slack said anything to it."""
    try:
        await check()
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("slack_unavailable", detail=brief(error))
        return False
    return True


def _app_token_wrong(error: SlackApiError) -> SettingsError:
    return SettingsError(
        f"SLACK_APP_TOKEN: Slack does not accept it ({code_of(error)}); make an "
        "app-level token (xapp-…) with the scope connections:write"
    )
