"""Files in Slack: fetched with the bot's token, uploaded into a thread or a chat."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_errors import brief, code_of, is_passing, retry_after
from bot.domain import (
    FILE_GONE,
    FILE_NO_SCOPE,
    FILE_NOT_ALLOWED,
    FILE_TOO_LARGE,
    File,
    NotSent,
    Outgoing,
    Refused,
)

log = structlog.get_logger(__name__)

FILE = "file"
PIECE = 64 * 1024  # bytes read at a time
SECONDS = 12.0  # for all of it
HOPS = 3  # redirects, all within Slack


async def fetch(client: AsyncWebClient, file: File, most: int) -> File:
    """The file with its bytes. Its address is asked for anew, for of a file from another workspace
    Slack tells nothing but the id. Raises NotSent, or Refused if it is gone, longer than `most`,
    not Slack's own, or not to be had by this bot."""
    try:
        info = (await client.files_info(file=file.file_id))["file"]
    except SlackApiError as error:
        if is_passing(error):
            raise NotSent(brief(error), retry_after(error)) from error
        if code_of(error) == "missing_scope":
            raise _no_scope() from error
        raise Refused(FILE_GONE) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotSent(brief(error)) from error
    if int(info.get("size") or 0) > most:
        raise Refused(FILE_TOO_LARGE)
    if info.get("is_external"):  # a link to what lies elsewhere
        raise Refused(FILE_NOT_ALLOWED)
    url = str(info.get("url_private_download") or info.get("url_private") or "")
    if not url:
        raise Refused(FILE_GONE)
    mime = str(info.get("mimetype") or file.mime)
    content = await _download(client, url, most, mime.startswith("text/html"))
    return replace(file, name=str(info.get("name") or file.name), mime=mime, content=content)


def _no_scope() -> Refused:
    log.error("slack_files_scope_missing", needed="files:read", do="frontdesk doctor")
    return Refused(FILE_NO_SCOPE)


def _is_slacks(url: str, base: str) -> bool:
    """Whether the token may be shown there: to Slack alone, or to whom its calls go anyway."""
    there, ours = urlsplit(url), urlsplit(base)
    if (there.scheme, there.netloc) == (ours.scheme, ours.netloc):
        return True
    host = there.hostname or ""
    return there.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))


async def _download(client: AsyncWebClient, url: str, most: int, is_page: bool) -> bytes:
    headers = {"Authorization": f"Bearer {client.token}"}
    try:
        async with asyncio.timeout(SECONDS), aiohttp.ClientSession(headers=headers) as session:
            for _ in range(HOPS + 1):
                if not _is_slacks(url, client.base_url):
                    log.warning("slack_file_elsewhere", host=urlsplit(url).hostname)
                    raise Refused(FILE_NOT_ALLOWED)
                async with session.get(url, allow_redirects=False) as answer:
                    if not 300 <= answer.status < 400:
                        return await _content(answer, most, is_page)
                    url = urljoin(url, answer.headers.get("Location", ""))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotSent(brief(error)) from error
    raise Refused(FILE_GONE)


async def _content(answer: aiohttp.ClientResponse, most: int, is_page: bool) -> bytes:
    if answer.status >= 500 or answer.status == 429:
        raise NotSent(f"Slack answered {answer.status} to the download of a file")
    if answer.status != 200:
        raise Refused(FILE_GONE)
    # Without the scope Slack answers 200, with the page on which one logs in.
    if answer.content_type == "text/html" and not is_page:
        raise _no_scope()
    pieces, length = [], 0
    async for piece in answer.content.iter_chunked(PIECE):
        length += len(piece)
        if length > most:
            raise Refused(FILE_TOO_LARGE)
        pieces.append(piece)
    return b"".join(pieces)


async def upload(client: AsyncWebClient, item: Outgoing) -> str:
    """Put the file into its thread or chat; returns the file's id. Until the last of the three
    calls nobody sees anything of it: raises NotSent where it did not come so far, and what the SDK
    raises."""
    file = item.file
    assert file is not None
    try:
        place = await client.files_getUploadURLExternal(
            filename=file.name, length=len(file.content)
        )
        await _bring(str(place["upload_url"]), file.content)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotSent(brief(error)) from error
    await client.files_completeUploadExternal(
        files=[{"id": place["file_id"], "title": file.name}],
        channel_id=item.address.chat_id,
        thread_ts=item.address.thread_id,
        initial_comment=item.reply.text or None,
    )
    return str(place["file_id"])


async def _bring(url: str, content: bytes) -> None:
    """The address is secret and good for once; it wants no token."""
    async with (
        asyncio.timeout(SECONDS),
        aiohttp.ClientSession() as session,
        session.post(url, data=content, allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            raise NotSent(f"Slack answered {answer.status} to the upload of a file")
