"""Slack, by slack-bolt: customers in direct messages and mentions, and the desk.

Bolt acknowledges an event before its listener runs; so there are no listeners. One global
middleware commits the payload to the inbox and only then answers 200, whatever the payload is. If
the commit fails there is no acknowledgement, and Slack sends it again."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_blocks import render
from bot.channels.slack_calls import call, find
from bot.channels.slack_errors import (
    NotSetUp,
    brief,
    meaning_of,
    retry_after,
)
from bot.channels.slack_files import fetch
from bot.channels.slack_forms import RECEIVED, refusal
from bot.channels.slack_history import History
from bot.channels.slack_history import Recent as Recent
from bot.channels.slack_parse import NAME, parse
from bot.channels.slack_people import Directory
from bot.channels.slack_sockets import Sockets
from bot.channels.slack_start import introduce
from bot.domain import (
    Address,
    Agent,
    ButtonPress,
    CustomerEvent,
    DeskEvent,
    DeskForm,
    Event,
    File,
    InboundMessage,
    NotSent,
    Outgoing,
    Receive,
    Uncertain,
)

log = structlog.get_logger(__name__)

# Bolt finds our SLACK_BOT_TOKEN in the environment, and remarks that it is not used.
logging.getLogger("slack_bolt").addFilter(
    lambda record: "`token` will be unused" not in record.getMessage()
)

EVENTS_PATH = "/slack/events"
REPORT_SECONDS = 60.0  # between two lines in the log about the same fault of the set-up

CheckForm = Callable[[DeskForm], Mapping[str, str]]


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
        self.desks: Callable[[], frozenset[str]] = lambda: frozenset({desk})
        self._app_token = app_token
        self._signing_secret = signing_secret

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Bolt's own asks Slack who we are, and where it gets no answer acknowledges the event
            # without having handed it on.
            return AuthorizeResult(
                enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token
            )

        self._app = AsyncApp(
            name="frontdesk",  # or Bolt looks through all source files on the stack for one
            client=AsyncWebClient(base_url=base),
            authorize=authorize,
            logger=logging.getLogger("slack_bolt"),  # or Bolt sets a level of its own
            ignoring_self_events_enabled=False,  # `parse` does
            signing_secret=signing_secret or "unused in Socket Mode",
            process_before_response=True,
        )
        self._app.middleware(self._persist)
        self._people = Directory(self.client, lambda: self.desks())
        self._history = History(self.client, recent) if recent else None
        self.check_form = check_form
        self._receive: Receive | None = None
        self.sockets: Sockets | None = None
        self.heard_at: datetime | None = None
        self._reported: dict[str, float] = {}  # what is wrong with the set-up → when it was said

    # --- in --------------------------------------------------------------------------------------

    async def listen(self, receive: Receive) -> None:
        """Receive events until cancelled, by Socket Mode if there is an app token, else by HTTP.
        Raises SettingsError if Slack does not accept a token or the desk is not to be reached."""
        self._receive = receive
        await introduce(self.client, self._app_token, self.desk)
        self._gap()
        if not self._app_token:
            self._heard(datetime.now(UTC))
            await self._catch_up()
            return
        self.sockets = Sockets(self._app, self._app_token, self.client, self._gap, self._heard)
        await asyncio.gather(self._catch_up(), self.sockets.run())

    def _heard(self, at: datetime) -> None:
        self.heard_at = at

    async def _persist(self, body: Mapping[str, Any], next: Any) -> BoltResponse:
        """Store first, then acknowledge; a failure to store is an answer that Slack repeats."""
        if self._receive is None:
            return BoltResponse(status=503)
        payload = {key: value for key, value in body.items() if key != "token"}
        if payload.get("type") == "view_submission" or "command" in payload:
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
        return parse(raw, self.desks())

    async def complete(self, event: Event) -> Event:
        """Names for everybody; for the desk also whether they belong to it, which must be known:
        raises NotSent while Slack cannot be asked."""
        try:
            if isinstance(event, DeskForm):
                return await self._complete_form(event)
            if isinstance(event, DeskEvent):
                return replace(event, agent=await self._agent(event, event.agent))
            event = await self._with_private(event)
            return replace(event, contact=await self._people.person(event.contact.user_id))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(event, DeskEvent):
                raise NotSent(brief(error), retry_after(error)) from error
            log.warning("slack_profile_unknown", detail=brief(error))
            return event

    async def _with_private(self, event: CustomerEvent) -> CustomerEvent:
        """In a channel others read along; where the author is alone is asked of Slack. While it
        cannot tell, the channel is all there is."""
        if event.address.thread_id is None or not isinstance(event, InboundMessage | ButtonPress):
            return event
        try:
            direct = await self._people.direct(event.contact.user_id)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack_direct_unknown", detail=brief(error))
            return event
        return replace(event, private=Address(NAME, direct))

    async def _complete_form(self, form: DeskForm) -> DeskForm:
        agent = await self._agent(form, form.agent)
        if form.colleague is None:
            return replace(form, agent=agent)
        return replace(form, agent=agent, colleague=await self._agent(form, form.colleague))

    async def _agent(self, event: DeskEvent, who: Agent) -> Agent:
        return await self._people.agent(who.user_id, event.address.chat_id)

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
        return render(item)

    async def send(self, item: Outgoing) -> str:
        try:
            return await call(self.client, item)
        except SlackApiError as error:
            at = item.address.chat_id
            meaning = meaning_of(error, at in self.desks(), item.kind)
            if isinstance(meaning, NotSetUp):
                self._report(meaning.code, at)
            raise meaning from error
        except aiohttp.ClientConnectorError as error:
            raise NotSent(f"Slack cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Uncertain(brief(error)) from error

    def _report(self, code: str, at: str) -> None:
        """Say in the log that the set-up is wrong: once a minute, however much waits for it."""
        now = time.monotonic()
        if now - self._reported.get(code, -REPORT_SECONDS) >= REPORT_SECONDS:
            self._reported[code] = now
            log.error("slack_set_up_wrong", error=code, channel=at, do="frontdesk doctor")

    async def fetch(self, file: File, most: int) -> File:
        return await fetch(self.client, file, most)

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return await find(self.client, item, since)

    async def close(self) -> None:
        """Leave no question under way; all else has ended with `listen`."""
        await self._people.close()
