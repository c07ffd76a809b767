"""Telegram, by python-telegram-bot's `Bot`: our own loop over raw updates, or a webhook.

The library's own Updater moves the offset before anything is stored, and one update that it cannot
read makes it fetch the same batch for ever; so updates are fetched raw, stored, and only then is
the offset moved."""

from __future__ import annotations

import asyncio
import functools
import hmac
import json
import ssl
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from aiohttp import web
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.channels.markdown import literal_telegram, to_telegram
from bot.channels.markdown.telegram import linkable
from bot.channels.telegram_changes import CHANGES, change
from bot.channels.telegram_files import FILE, fetch, send_file, with_caption
from bot.channels.telegram_parse import NAME, parse
from bot.config import SettingsError
from bot.domain import (
    FILE_GONE,
    FILE_TOO_LARGE,
    Event,
    File,
    InboundMessage,
    NotSent,
    Option,
    Outgoing,
    Receive,
    Refused,
    Reply,
    Uncertain,
)

log = structlog.get_logger(__name__)

Recall = Callable[[str, str], Awaitable[tuple[int, str] | None]]  # a payload, an account

ALLOWED_UPDATES = ["message", "edited_message", "callback_query"]
POLL_SECONDS = 25
AFTER_FAILURE = 1.0  # seconds
AFTER_CONFLICT = 5.0
STANDBY = 2.0  # between two questions whether it is this process's turn to poll
WEBHOOK_PATH = "/telegram/webhook"  # where the address of the webhook names no path
WEBHOOK_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_TEXT = 4096
SHORT_LABEL = 3  # up to this long, buttons stand side by side: 👍 👎, 1 2 3 4 5
HALF_ROW = 20  # up to this long, two fit side by side on a telephone…
MANY = 5  # …where there are more buttons than this: the topics

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NEVER_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE = ("chat not found", "user is deactivated", "bot was kicked", "chat was deleted",
         "can't initiate conversation")  # fmt: skip
_LARGE = ("too big", "too large")  # of files


class TelegramChannel:
    """Customers in private chats with the bot."""

    name = NAME
    pace = 1.0
    rate = 28.0  # Telegram's own limit is about 30 a second over all chats
    shows_typing = True

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.telegram.org",
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        may_poll: Callable[[], Awaitable[bool]] | None = None,
        patience: float = 12.0,
        recall: Recall | None = None,
    ) -> None:
        """`patience`: seconds to wait for an answer to a send before its end is uncertain;
        `recall` says what somebody had asked in a group, by the invitation they followed."""
        # The library's own get_updates parses all or nothing, so the raw call is meant.
        warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'")
        # A 429's wait will be a timedelta in a later version; `_seconds` reads both.
        warnings.filterwarnings("ignore", message=".*attribute `retry_after` will be of type")
        base = api_url.rstrip("/")
        self._requests = (
            _request(connection_pool_size=32, read_timeout=patience),
            _request(connection_pool_size=1),
        )
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._bot_id = token.partition(":")[0]
        self._bot_name = ""  # until Telegram has told it
        self._recall = recall
        path = urlsplit(webhook_url or "").path.rstrip("/")
        self._webhook_path = path or WEBHOOK_PATH
        self._webhook_url = webhook_url and (
            webhook_url if path else f"{webhook_url.rstrip('/')}{WEBHOOK_PATH}"
        )
        self._webhook_secret = webhook_secret or ""
        self._may_poll = may_poll
        self._receive: Receive | None = None
        self._acknowledgements: set[asyncio.Task[None]] = set()
        self.heard_at: datetime | None = None  # the last sign of life of the connection

    # --- in --------------------------------------------------------------------------------------

    async def listen(self, receive: Receive) -> None:
        """Receive updates until cancelled, by webhook if one is set, else by polling. Raises
        SettingsError if Telegram does not accept the token."""
        self._receive = receive
        try:
            await self._listen()
        except InvalidToken:
            raise SettingsError(
                "TELEGRAM_BOT_TOKEN: Telegram does not accept it; copy it again from @BotFather"
            ) from None

    async def _listen(self) -> None:
        await self._until_done(self._ask_name)
        if self._webhook_url:
            await self._until_done(self._set_webhook)
            await asyncio.Event().wait()
        await self._until_done(self._bot.delete_webhook)
        offset = 0
        while True:
            offset = await self._poll(offset)

    async def _until_done(self, call: Callable[[], Awaitable[Any]]) -> None:
        """Make a call that is needed before anything else, however long Telegram is away."""
        pause = 1.0
        while True:
            try:
                await call()
            except InvalidToken:
                raise
            except TelegramError as error:
                log.warning("telegram_unavailable", detail=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            else:
                self.heard_at = datetime.now(UTC)
                return

    async def _ask_name(self) -> None:
        self._bot_name = (await self._bot.get_me()).username or ""

    async def _set_webhook(self) -> None:
        await self._bot.set_webhook(
            str(self._webhook_url),
            allowed_updates=ALLOWED_UPDATES,
            secret_token=self._webhook_secret,
        )

    async def _poll(self, offset: int) -> int:
        """One long poll: fetch, store, and only then move on. Returns the next offset."""
        if self._may_poll is not None and not await self._may_poll():
            self.heard_at = datetime.now(UTC)  # another process polls; this one stands by
            await asyncio.sleep(STANDBY)
            return 0
        try:
            updates = await self._updates(offset)
        except InvalidToken:
            raise
        except Conflict:
            log.error("telegram_conflict", detail="another program polls with the same token")
            await asyncio.sleep(AFTER_CONFLICT)
            return offset
        except RetryAfter as error:
            await asyncio.sleep(_seconds(error))
            return offset
        except TelegramError as error:
            log.warning("telegram_poll_failed", detail=str(error))
            await asyncio.sleep(AFTER_FAILURE)
            return offset
        self.heard_at = datetime.now(UTC)
        if not updates:
            return offset
        try:
            await self._store(updates)
        except Exception:
            log.exception("telegram_not_stored", updates=len(updates))
            await asyncio.sleep(AFTER_FAILURE)
            return offset  # not acknowledged: Telegram gives them again
        return max(int(update.get("update_id", 0)) for update in updates) + 1

    async def _updates(self, offset: int) -> list[dict[str, Any]]:
        updates: list[dict[str, Any]] = await self._bot.do_api_request(
            "getUpdates",
            api_kwargs={
                "offset": offset,
                "timeout": POLL_SECONDS,
                "allowed_updates": ALLOWED_UPDATES,
            },
            read_timeout=POLL_SECONDS + 10,
        )
        return updates

    async def _store(self, updates: Sequence[Mapping[str, Any]]) -> None:
        assert self._receive is not None
        await self._receive(self.name, updates)
        for update in updates:
            query = update.get("callback_query")
            if isinstance(query, Mapping):
                # Ends the little clock on the button; a decoration, so its failure is no matter.
                task = asyncio.ensure_future(self._answer(str(query.get("id", ""))))
                self._acknowledgements.add(task)
                task.add_done_callback(self._acknowledgements.discard)

    async def _answer(self, query_id: str) -> None:
        try:
            await self._bot.answer_callback_query(query_id)
        except TelegramError as error:
            log.info("telegram_press_not_answered", detail=str(error))

    def routes(self) -> list[web.RouteDef]:
        """The webhook, where one is set."""
        return [web.post(self._webhook_path, self._webhook)] if self._webhook_url else []

    async def _webhook(self, request: web.Request) -> web.Response:
        secret = request.headers.get(WEBHOOK_HEADER, "")
        given = secret.encode(errors="surrogateescape")  # whatever bytes somebody sends
        if not hmac.compare_digest(given, self._webhook_secret.encode()):
            return web.Response(status=403)
        try:
            update = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400)
        if not isinstance(update, dict) or self._receive is None:
            return web.Response(status=400 if self._receive else 503)
        await self._store([update])  # raises, and so answers 500, when it is not stored
        self.heard_at = datetime.now(UTC)
        return web.Response()

    def is_alive(self, now: datetime) -> bool:
        """False when polling has been dead for a minute; a webhook may be silent for days."""
        if self._webhook_url:
            return self.heard_at is not None
        return self.heard_at is not None and now - self.heard_at < timedelta(seconds=60)

    @property
    def deep_link(self) -> str:
        """What opens a chat with us, the payload to be appended; "" until we know our name."""
        return f"https://t.me/{self._bot_name}?start=" if self._bot_name else ""

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        return parse(raw, self._bot_id, self._bot_name)

    async def complete(self, event: Event) -> Event:
        """What was asked in a group, for who follows the invitation to a private chat. In a group
        our name must be known, or we could not tell what is for us: raises NotSent until it is."""
        if getattr(event, "private", None) is not None and not self._bot_name:
            raise NotSent("Telegram has not told our name yet")
        if not isinstance(event, InboundMessage) or self._recall is None:
            return event
        word, _, payload = event.text.partition(" ")
        found = await self._recall(payload, event.contact.user_id) if word == "/start" else None
        return replace(event, recalled=found[0], text=found[1]) if found else event

    # --- out -------------------------------------------------------------------------------------

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        reply = item.reply
        if item.kind == FILE and not (reply.text or reply.author):
            return [item]
        name = f"<b>{escape(reply.author)}:</b> " if reply.author else ""
        text = reply.text + "".join(f"\n\n[{o.label}]({o.url})" for o in _plain_links(reply))
        parts = literal_telegram(text) if reply.literal else to_telegram(text)
        parts = [name + parts[0], *parts[1:]] if parts else [name or "…"]
        if item.kind == FILE:
            return with_caption(item, parts)
        options = tuple(o for o in reply.options if o.value or _is_web(o))
        return [
            replace(item, reply=Reply(part, options if part is parts[-1] else ())) for part in parts
        ]

    async def send(self, item: Outgoing) -> str:
        if item.kind not in {"post", FILE, *CHANGES}:
            raise Refused(f"Telegram has no {item.kind}")
        try:
            if item.kind in CHANGES:
                return await change(self._bot, item)
            if item.kind == FILE:
                return await send_file(self._bot, item)
            message = await self._bot.send_message(
                int(item.address.chat_id),
                item.reply.text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(item.reply.options),
                link_preview_options=_NO_PREVIEW,
                reply_parameters=_answered(item),
            )
        except ChatMigrated as error:  # the group has become a supergroup, which has another number
            there = replace(item.address, chat_id=str(error.new_chat_id))
            return await self.send(replace(item, address=there))
        except (TelegramError, ValueError) as error:
            raise _meaning(error) from error
        return str(message.message_id)

    async def fetch(self, file: File, most: int) -> File:
        try:
            return await fetch(self._bot, file, most)
        except (BadRequest, Forbidden) as error:
            is_large = "too big" in str(error).lower()
            raise Refused(FILE_TOO_LARGE if is_large else FILE_GONE) from error
        except RetryAfter as error:
            raise NotSent("too many requests", _seconds(error)) from error
        except TelegramError as error:  # nothing is written by asking: it can be asked again
            raise NotSent(str(error)) from error

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        if item.kind in CHANGES:
            return ""  # nothing is the worse for being done again
        return None  # a bot cannot read what it has sent

    async def check(self) -> str:
        """The bot's @name, for `frontdesk doctor`; raises TelegramError."""
        async with self._bot:
            return f"@{self._bot.username}"

    async def close(self) -> None:
        """Give the connections back. (`Bot.shutdown` does nothing for a bot without `initialize`,
        which would ask Telegram before anything else.)"""
        for request in self._requests:
            await request.shutdown()


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count: read once, for it takes 20 ms, and shared by all connections."""
    return httpx.create_ssl_context()


def _request(**limits: Any) -> HTTPXRequest:
    return HTTPXRequest(**limits, connect_timeout=8, httpx_kwargs={"verify": _trusted()})


def keyboard(options: Sequence[Option]) -> InlineKeyboardMarkup | None:
    """Buttons, one below the other; short ones side by side, and of many two in a row."""
    rows: list[list[InlineKeyboardButton]] = []
    pairs = len(options) > MANY and all(len(option.label) <= HALF_ROW for option in options)
    short = [option for option in options if len(option.label) <= SHORT_LABEL]
    long = [option for option in options if len(option.label) > SHORT_LABEL]
    width = 2 if pairs else 1
    rows += [[_button(o) for o in long[at : at + width]] for at in range(0, len(long), width)]
    if short:
        rows.append([_button(option) for option in short])
    return InlineKeyboardMarkup(rows) if rows else None


def _button(option: Option) -> InlineKeyboardButton:
    if option.url:
        return InlineKeyboardButton(option.label, url=option.url)
    return InlineKeyboardButton(option.label, callback_data=option.value)


def _answered(item: Outgoing) -> ReplyParameters | None:
    """In a group, where people speak to each other, the message that is answered."""
    if not item.target:
        return None
    return ReplyParameters(int(item.target), allow_sending_without_reply=True)


def _is_web(option: Option) -> bool:
    return linkable(MAX_TEXT, option.url or "")


def _plain_links(reply: Reply) -> list[Option]:
    """Buttons that Telegram would refuse, message and all, are links in the text: mailto, tel,
    and names without a dot."""
    return [option for option in reply.options if option.url and not _is_web(option)]


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _meaning(error: Exception) -> Exception:
    """What an error says about the message: not sent, refused, or nobody knows.

    The library's BadRequest and TimedOut are both NetworkErrors, so the order matters."""
    if isinstance(error, RetryAfter):
        return NotSent("too many requests", _seconds(error))
    if isinstance(error, InvalidToken):
        return NotSent("the bot's token is not accepted", 60)
    if isinstance(error, Forbidden):
        blocked = "blocked" in str(error).lower()
        return Refused("blocked" if blocked else "gone")
    if any(words in str(error).lower() for words in _LARGE):
        return Refused(FILE_TOO_LARGE)
    if isinstance(error, BadRequest):
        gone = any(words in str(error).lower() for words in _GONE)
        return Refused("gone" if gone else str(error))
    if isinstance(error.__cause__, _NEVER_WRITTEN):
        return NotSent(f"Telegram cannot be reached: {error}")
    if isinstance(error, TimedOut | NetworkError):
        return Uncertain(str(error))
    return Refused(str(error))
