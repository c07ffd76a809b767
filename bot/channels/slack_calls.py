"""What is to be sent → Slack's methods, and whether it has arrived."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_errors import brief, code_of, retry_after, status_of
from bot.channels.slack_files import FILE, upload
from bot.channels.slack_history import pages
from bot.domain import NotSent, Outgoing

METADATA = "frontdesk"
VIEW_ID = "V"  # begins the id of a form that is open
# Nothing can be whispered where one of the two is not, as where a command was typed.
_NOT_THERE = {"user_not_in_channel", "channel_not_found", "not_in_channel", "is_archived"}


async def call(client: AsyncWebClient, item: Outgoing) -> str:
    """Send it, in Slack's words; returns the id of what came of it. Raises what the SDK raises."""
    address, text = item.address, item.reply.text
    blocks = [dict(block) for block in item.blocks] or None
    if item.kind == "post":
        answer = await client.chat_postMessage(
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
        answer = await client.chat_update(
            channel=address.chat_id, ts=item.target, text=text, blocks=blocks
        )
        return str(answer["ts"])
    if item.kind == "delete":
        return await _delete(client, item)
    if item.kind == "react":
        return await _react(client, item)
    if item.kind == "form":
        return await _form(client, item.target, dict(item.blocks[0]))
    if item.kind == FILE:
        return await upload(client, item)
    if item.kind == "home":
        view = {"type": "home", "blocks": blocks}
        answer = await client.views_publish(user_id=item.target, view=view)
        return str(answer["view"]["id"])
    return await _whisper(client, item)


async def _delete(client: AsyncWebClient, item: Outgoing) -> str:
    try:
        if item.target.startswith("F"):  # a file: Slack does not say in which message it stands
            await client.files_delete(file=item.target)
        else:
            await client.chat_delete(channel=item.address.chat_id, ts=item.target)
    except SlackApiError as error:
        if code_of(error) not in {"message_not_found", "file_not_found", "file_deleted"}:
            raise
    return item.target


async def _form(client: AsyncWebClient, target: str, view: Mapping[str, Any]) -> str:
    """Open the form; in place of the one whose button it comes from, if it is one in a form."""
    if target.startswith(VIEW_ID):
        answer = await client.views_update(view_id=target, view=dict(view))
    else:
        answer = await client.views_open(trigger_id=target, view=dict(view))
    return str(answer["view"]["id"])


async def _react(client: AsyncWebClient, item: Outgoing) -> str:
    try:
        await client.reactions_add(
            channel=item.address.chat_id, timestamp=item.target, name=item.emoji
        )
    except SlackApiError as error:
        if code_of(error) != "already_reacted":
            raise
    return item.target


async def _whisper(client: AsyncWebClient, item: Outgoing) -> str:
    """To one person in the channel; to one who is not in it, as a direct message."""
    address, blocks = item.address, [dict(block) for block in item.blocks] or None
    try:
        answer = await client.chat_postEphemeral(
            channel=address.chat_id,
            thread_ts=address.thread_id,
            user=item.target,
            text=item.reply.text,
            blocks=blocks,
        )
        return str(answer["message_ts"])
    except SlackApiError as error:
        if code_of(error) not in _NOT_THERE:
            raise
    answer = await client.chat_postMessage(channel=item.target, text=item.reply.text, blocks=blocks)
    return str(answer["ts"])


async def find(client: AsyncWebClient, item: Outgoing, since: datetime) -> str | None:
    """Look for the post by its metadata. An update or a receipt may simply be done again; what
    was whispered cannot be read back."""
    if item.kind in {"whisper", "form", FILE}:
        return None
    if item.kind != "post":
        return ""
    oldest = f"{(since - timedelta(seconds=30)).timestamp():.6f}"
    place: dict[str, Any] = {"channel": item.address.chat_id, "oldest": oldest,
                             "include_all_metadata": True}  # fmt: skip
    call: Callable[..., Awaitable[Any]] = client.conversations_history
    if item.address.thread_id:
        call, place["ts"] = client.conversations_replies, item.address.thread_id
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
