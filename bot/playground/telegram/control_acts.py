"""What the page's requests let a customer do (see `control`)."""

from __future__ import annotations

import base64
from collections.abc import Callable

from bot.playground.telegram.customer import TelegramCustomer, TelegramGroup
from bot.playground.telegram.room import Act
from bot.playground.telegram.wire import ApiError, Json

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_ATTACHMENTS: dict[str, Callable[[TelegramCustomer], Act]] = {
    "document": lambda who: who.send_document("receipt.pdf", b"%PDF-1.4"),
    "voice": lambda who: who.send_voice(),
    "sticker": lambda who: who.send_sticker(),
    "location": lambda who: who.send_location(),
    "contact": lambda who: who.send_contact(),
}
ACTS: dict[str, Callable[[TelegramCustomer, Json], Act]] = {
    "start": lambda who, body: who.start(body.get("payload")),
    "say": lambda who, body: who.say(str(body["text"]), reply_to=body.get("reply_to")),
    "edit": lambda who, body: who.edit(int(body["message_id"]), str(body["text"])),
    "press": lambda who, body: who.press(str(body["button"]), body.get("message_id")),
    "picture": lambda who, body: who.send_photo(_image(body), caption=str(body.get("caption", ""))),
    "attach": lambda who, body: _ATTACHMENTS[str(body["kind"])](who),
    "files": lambda who, body: _send_files(who, body),
    "follow": lambda who, body: who.follow(str(body["url"])),
    "block": lambda who, body: who.block(),
    "unblock": lambda who, body: who.unblock(),
}


IN_GROUP: dict[str, Callable[[TelegramGroup, TelegramCustomer, Json], Act]] = {
    "say": lambda group, who, body: group.say(
        who, str(body["text"]), reply_to=body.get("reply_to")
    ),
    "press": lambda group, who, body: group.press(who, str(body["button"]), body.get("message_id")),
}


def _send_files(who: TelegramCustomer, body: Json) -> Act:
    files = [(str(each["name"]), _bytes(each["base64"])) for each in body["files"]]
    caption = str(body.get("caption", ""))
    if len(files) > 1:
        return who.send_album(files, caption=caption)[-1]
    return who.send_file(*files[0], caption=caption)


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError:
        raise ApiError(400, "base64 has to be the bytes of a file") from None


def _image(body: Json) -> bytes | None:
    if not body.get("base64"):
        return None
    data = _bytes(body["base64"])
    if not data.startswith(_IMAGES):
        raise ApiError(400, "base64 has to be a PNG or JPEG picture")
    return data
