"""Files: the send methods that carry one, getFile, and the objects that describe them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from bot.playground.telegram.keyboards import inline_keyboard
from bot.playground.telegram.messages import MAX_CAPTION, post
from bot.playground.telegram.methods import Methods
from bot.playground.telegram.state import DOWNLOAD_LIMIT, FileStore, StoredFile, World
from bot.playground.telegram.text import requested
from bot.playground.telegram.wire import ApiError, Json, Params, bad_request

METHODS = Methods()

UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_THUMBNAILS = (90, 320)


def small_picture() -> bytes:
    """A valid little PNG, for customers who have no picture at hand."""
    width, height = 64, 48
    rows = b"".join(b"\0" + bytes((40, 120 + 2 * y, 200)) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def photo(files: FileStore, original: StoredFile) -> Json:
    """The `photo` field of a message: the picture in its sizes, the original last."""
    width, height = _dimensions(original.data)
    sizes = [
        {**files.add("photo", f"{edge}.jpg", original.data).wire(), **_fit(width, height, edge)}
        for edge in _THUMBNAILS
        if edge < max(width, height)
    ]
    return {"photo": [*sizes, {**original.wire(), "width": width, "height": height}]}


def document(files: FileStore, file: StoredFile) -> Json:
    """The `document` field of a message."""
    return {"document": {"file_name": file.name, "mime_type": file.mime_type, **file.wire()}}


def voice(files: FileStore, file: StoredFile) -> Json:
    """The `voice` field of a message."""
    return {"voice": {"duration": 2, "mime_type": "audio/ogg", **file.wire()}}


def video(files: FileStore, file: StoredFile) -> Json:
    """The `video` field of a message."""
    look = {"width": 640, "height": 360, "duration": 3, "mime_type": file.mime_type}
    return {"video": {"file_name": file.name, **look, **file.wire()}}


def audio(files: FileStore, file: StoredFile) -> Json:
    """The `audio` field of a message."""
    sound = {"duration": 3, "mime_type": file.mime_type}
    return {"audio": {"file_name": file.name, **sound, **file.wire()}}


def _dimensions(data: bytes) -> tuple[int, int]:
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    return 800, 600


def _fit(width: int, height: int, edge: int) -> Json:
    scale = edge / max(width, height)
    return {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}


def _sender(kind: str, describe: Callable[[FileStore, StoredFile], Json]) -> None:
    def send(world: World, params: Params) -> Json:
        caption = requested(params, "caption", "caption_entities", MAX_CAPTION)
        keyboard = inline_keyboard(params)
        chat = world.open_chat(params.text("chat_id"))
        content = describe(world.files, _file(world, params, kind))
        content |= caption.wire("caption", "caption_entities")
        return post(world, chat, params, content, keyboard)

    METHODS[f"send{kind}"] = send


_sender("photo", photo)
_sender("document", document)
_sender("voice", voice)
_sender("video", video)
_sender("audio", audio)


def _file(world: World, params: Params, kind: str) -> StoredFile:
    upload = params.upload(kind)
    if upload is None:
        return _known_file(world, params.text(kind), kind)
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo" and len(upload.data) > PHOTO_LIMIT:
        raise bad_request("file is too big for a photo")
    if kind == "photo" and not upload.data.startswith(_IMAGES):
        raise bad_request("IMAGE_PROCESS_FAILED")
    return world.files.add(kind, upload.name, upload.data)


def _known_file(world: World, file_id: str, kind: str) -> StoredFile:
    if not file_id:
        raise bad_request(f"there is no {kind} in the request")
    if file_id.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")  # the stand-in never leaves the machine
    try:
        file = world.files.get(file_id)
    except ApiError:
        raise bad_request("wrong file identifier/HTTP URL specified") from None
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


@METHODS.offer
def get_file(world: World, params: Params) -> Json:
    file = world.files.get(params.text("file_id"))
    if file.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {**file.wire(), "file_path": file.path}
