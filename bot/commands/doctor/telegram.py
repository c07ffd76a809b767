"""Does Telegram know us, and how do updates reach us?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels.telegram import WEBHOOK_PATH
from bot.commands.doctor.finding import Finding
from bot.commands.doctor.http import call, clock
from bot.config import Settings

TOKEN = "Telegram token"  # noqa: S105 - a heading
UPDATES = "Telegram updates"
BOTFATHER = "Get the token from @BotFather in Telegram (/mybots, API Token): TELEGRAM_BOT_TOKEN."
UNREACHABLE = "Check that this machine reaches api.telegram.org, or the server of TELEGRAM_API_URL."
RECENT = timedelta(hours=1)


async def check(http: aiohttp.ClientSession, settings: Settings, now: datetime) -> list[Finding]:
    """The token, this machine's clock, and polling or webhook."""
    if settings.telegram_bot_token is None:
        do = "To answer customers there: create a bot with @BotFather, set TELEGRAM_BOT_TOKEN."
        return [Finding(TOKEN, None, "not set, so Telegram is left out", do)]
    token = settings.telegram_bot_token.get_secret_value()
    base = f"{settings.telegram_api_url.rstrip('/')}/bot{token}"
    me = await call(http, f"{base}/getMe")
    if not me.ok:
        do = BOTFATHER if me.was_reached else UNREACHABLE
        return [Finding(TOKEN, False, me.verdict, do)]
    name = me.body["result"].get("username", "")
    info = await call(http, f"{base}/getWebhookInfo")
    updates = (
        _updates(info.body["result"], settings, now)
        if info.ok
        else [Finding(UPDATES, None, f"not known ({info.problem})", "Try again.")]
    )
    return [Finding(TOKEN, True, f"accepted, the bot is @{name}"), *clock("Telegram", me, now),
            *updates]  # fmt: skip


def _updates(info: Mapping[str, Any], settings: Settings, now: datetime) -> list[Finding]:
    url, waiting = str(info.get("url") or ""), int(info.get("pending_update_count") or 0)
    queue = f"{waiting} updates wait" if waiting else "nothing waits"
    if not settings.telegram_webhook_url:
        return [_polling(url, queue)]
    if url != settings.telegram_webhook_url:
        do = "`frontdesk run` sets TELEGRAM_WEBHOOK_URL when it starts."
        return [Finding(UPDATES, None, f"the webhook is not set yet; {queue}", do)]
    if not urlsplit(url).path.endswith(WEBHOOK_PATH):
        do = f"Frontdesk listens at {WEBHOOK_PATH}: end the address so, or map it in your proxy."
        return [_errors(info, queue, now), Finding(UPDATES, None, "an unusual webhook path", do)]
    return [_errors(info, queue, now)]


def _polling(url: str, queue: str) -> Finding:
    if not url:
        return Finding(UPDATES, True, f"by polling; {queue}")
    host = urlsplit(url).hostname or "somewhere"
    do = "`frontdesk run` removes it; make sure that no other program needs this bot."
    return Finding(UPDATES, None, f"a webhook to {host} is still set; {queue}", do)


def _errors(info: Mapping[str, Any], queue: str, now: datetime) -> Finding:
    said, at = info.get("last_error_message"), info.get("last_error_date")
    failed_at = datetime.fromtimestamp(int(at), UTC) if at else now
    if not said or now - failed_at > RECENT:
        return Finding(UPDATES, True, f"by webhook; {queue}")
    do = (
        "Check that TELEGRAM_WEBHOOK_URL leads to this process "
        "(HTTP_HOST, HTTP_PORT), with a valid certificate."
    )
    return Finding(UPDATES, False, f"the webhook failed at {failed_at:%H:%M} UTC: {said}; {queue}",
                   do)  # fmt: skip
