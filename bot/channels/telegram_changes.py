"""What is done in a Telegram chat besides posting: a message is changed or taken back, and the
customer sees that somebody is writing."""

from __future__ import annotations

from telegram import Bot, LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest

from bot.domain import NO_MESSAGE, TOO_OLD, Outgoing, Refused

CHANGES = frozenset({"update", "delete", "typing"})
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_DONE = ("message is not modified", "message to delete not found")  # it is as it should be
_OLD = ("message can't be edited", "message can't be deleted")  # deleted: after 48 hours
_NOT_THERE = ("message to edit not found", "message_id_invalid")


async def change(bot: Bot, item: Outgoing) -> str:
    """Do one of `CHANGES`, which may as well be done twice; returns the message's id. Raises
    Refused where Telegram says what is the matter, and the library's errors."""
    chat = int(item.address.chat_id)
    try:
        if item.kind == "typing":
            await bot.send_chat_action(chat, ChatAction.TYPING)
        elif item.kind == "delete":
            await bot.delete_message(chat, int(item.target))
        else:
            await bot.edit_message_text(
                item.reply.text,
                chat,
                int(item.target),
                parse_mode=ParseMode.HTML,
                link_preview_options=_NO_PREVIEW,
            )
    except BadRequest as error:
        said = str(error).lower()
        if any(words in said for words in _DONE):
            return item.target
        if any(words in said for words in _OLD):
            raise Refused(TOO_OLD) from error
        if any(words in said for words in _NOT_THERE):
            raise Refused(NO_MESSAGE) from error
        raise
    return item.target
