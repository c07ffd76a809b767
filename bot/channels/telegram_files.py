"""Files in a Telegram chat: fetched by their id, sent as what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from telegram import Bot, InputFile, Message
from telegram.constants import FileSizeLimit, MessageLimit, ParseMode
from telegram.error import BadRequest, InvalidToken

from bot.channels.markdown.split import units
from bot.domain import FILE_GONE, FILE_TOO_LARGE, File, Outgoing, Refused, Reply

FILE = "file"
_PHOTOS = {"image/jpeg", "image/png", "image/webp"}
_SOUNDS = {"audio/mpeg", "audio/mp4"}
# What Telegram says of pictures that it does not show as such: too large, too narrow, not readable.
_NO_PHOTO = ("photo_invalid_dimensions", "image_process_failed", "too big for a photo")


async def fetch(bot: Bot, file: File, most: int) -> File:
    """The file with its bytes. Raises Refused if it is longer than `most`, or than Telegram gives a
    bot (20 MB), or gone, and the library's errors."""
    if file.size is not None and file.size > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise Refused(FILE_TOO_LARGE)
    found = await bot.get_file(file.file_id)
    if (found.file_size or 0) > most:
        raise Refused(FILE_TOO_LARGE)
    try:
        content = bytes(await found.download_as_bytearray())
    except InvalidToken as error:  # the library's word for a 404: its token has just been accepted
        raise Refused(FILE_GONE) from error
    return replace(file, content=content)


def with_caption(item: Outgoing, texts: list[str]) -> list[Outgoing]:
    """The file with its rendered words below it; what is too long for a caption goes before it."""
    if len(texts) == 1 and units(texts[0]) <= MessageLimit.CAPTION_LENGTH:
        return [replace(item, reply=Reply(texts[0]))]
    words = [replace(item, kind="post", reply=Reply(text), file=None) for text in texts]
    return [*words, replace(item, reply=Reply(""))]


async def send_file(bot: Bot, item: Outgoing) -> str:
    """Send the file with its caption, pictures so that they are seen at once; returns the message's
    id. Raises Refused if it is longer than Telegram takes (50 MB), and the library's errors."""
    file = item.file
    assert file is not None
    if len(file.content) > FileSizeLimit.FILESIZE_UPLOAD:
        raise Refused(FILE_TOO_LARGE)
    if file.mime in _PHOTOS and len(file.content) <= FileSizeLimit.PHOTOSIZE_UPLOAD:
        try:
            return await _send(bot, item, file, "photo")
        except BadRequest as error:
            if not any(words in str(error).lower() for words in _NO_PHOTO):
                raise
    as_what = "video" if file.mime == "video/mp4" else "audio" if file.mime in _SOUNDS else ""
    return await _send(bot, item, file, as_what or "document")


async def _send(bot: Bot, item: Outgoing, file: File, as_what: str) -> str:
    chat, content = int(item.address.chat_id), InputFile(file.content, filename=file.name)
    words: dict[str, Any] = {"caption": item.reply.text or None, "parse_mode": ParseMode.HTML}
    message: Message
    if as_what == "photo":
        message = await bot.send_photo(chat, content, **words)
    elif as_what == "video":
        message = await bot.send_video(chat, content, **words)
    elif as_what == "audio":
        message = await bot.send_audio(chat, content, **words)
    else:
        message = await bot.send_document(chat, content, **words)
    return str(message.message_id)
