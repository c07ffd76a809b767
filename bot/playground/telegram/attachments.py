"""What a customer's file becomes when it is sent: a picture, a film, a sound, or just a file."""

from __future__ import annotations

from bot.playground.telegram.media import audio, document, photo, video, voice
from bot.playground.telegram.state import FileStore
from bot.playground.telegram.wire import Json

MAX_ALBUM = 10
_KINDS = {
    "jpeg": "photo",
    "jpg": "photo",
    "m4a": "audio",
    "mp3": "audio",
    "mp4": "video",
    "ogg": "voice",
    "png": "photo",
}
_SHAPES = {"photo": photo, "audio": audio, "video": video, "voice": voice, "document": document}


def attached(files: FileStore, name: str, data: bytes, size: int | None = None) -> Json:
    """The part of a message that carries this file, by its name's ending, as the app sends it: a
    picture is a photo unless it is sent as a file. `size` pretends another size."""
    kind = _KINDS.get(name.rpartition(".")[2].lower(), "document")
    return _SHAPES[kind](files, files.add(kind, name, data, size))
