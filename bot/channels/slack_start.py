"""What has to be right before anything is heard from Slack: the tokens, and a desk to post to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_errors import NO_TOKEN, brief, code_of, is_passing
from bot.config import SettingsError

log = structlog.get_logger(__name__)

NO_APP_TOKEN = NO_TOKEN | {"missing_scope", "access_denied", "no_permission"}
PAUSE = 2.0  # seconds between two questions that Slack does not answer


async def introduce(client: AsyncWebClient, app_token: str | None, desk: str) -> None:
    """Wait until Slack knows us, however long it is away; raises SettingsError if it does not want
    to, or if nobody could ever be brought in."""
    for check in (
        lambda: _check_bot_token(client),
        lambda: _check_app_token(client, app_token),
        lambda: _check_desk(client, desk),
    ):
        while not await _answered(check):  # noqa: ASYNC110 - nobody tells us when it is back
            await asyncio.sleep(PAUSE)


async def _answered(check: Callable[[], Awaitable[None]]) -> bool:
    """Whether Slack said anything to it."""
    try:
        await check()
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("slack_unavailable", detail=brief(error))
        return False
    return True


async def _check_bot_token(client: AsyncWebClient) -> None:
    try:
        await client.auth_test()
    except SlackApiError as error:
        if code_of(error) in NO_TOKEN:
            raise SettingsError(
                f"SLACK_BOT_TOKEN: Slack does not accept it ({code_of(error)}); copy the "
                "Bot User OAuth Token (xoxb-…) of your app again"
            ) from None
        raise


async def _check_app_token(client: AsyncWebClient, app_token: str | None) -> None:
    """Bolt would try a wrong one for ever, and say so only in the log."""
    if not app_token:
        return
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        if code_of(error) in NO_APP_TOKEN:
            raise app_token_wrong(error) from None
        raise


def app_token_wrong(error: SlackApiError) -> SettingsError:
    """What to tell whoever has set it."""
    return SettingsError(
        f"SLACK_APP_TOKEN: Slack does not accept it ({code_of(error)}); make an "
        "app-level token (xapp-…) with the scope connections:write"
    )


async def _check_desk(client: AsyncWebClient, desk: str) -> None:
    try:
        answer = await client.conversations_info(channel=desk)
    except SlackApiError as error:
        if code_of(error) == "channel_not_found":
            raise SettingsError(
                f"SLACK_DESK_CHANNEL: Slack knows no channel {desk} that the bot may see; "
                "check the id, and write /invite @Frontdesk (your bot's name) in that channel"
            ) from None
        if is_passing(error):
            raise
        log.error("slack_set_up_wrong", error=code_of(error))  # not known: it may well work
        return
    channel = answer.get("channel") or {}
    name = f"#{channel.get('name', desk)}"
    if channel.get("is_archived"):
        raise SettingsError(f"SLACK_DESK_CHANNEL: {name} is archived; choose another channel")
    if channel.get("is_member") is False:
        raise SettingsError(
            f"SLACK_DESK_CHANNEL: the bot is not in {name}; "
            "write /invite @Frontdesk (your bot's name) in that channel"
        )
