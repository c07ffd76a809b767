"""The files that people of a dialogue send: so long, and beginning as such files do. Pure."""

from __future__ import annotations

from bot.playground.telegram.media import small_picture
from tests.dialogues.grammar import UNITS
from tests.dialogues.steps import FileSent

KEPT = UNITS["MB"]
"""What is longer only says so: nobody reads the rest."""

_BEGINNINGS = {
    "docx": b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml",
    "exe": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
    "gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
    "html": b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>\n",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
    "mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00",
    "mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    "ogg": b"OggS\x00\x02\x00\x00\x00\x00\x00\x00",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "png": small_picture(),
    "sh": b"#!/bin/sh\necho hello\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>\n',
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
}
_SAME = {"jpg": "jpeg", "xlsx": "docx", "htm": "html"}
_WORDS = b"Nothing to see here, only words. "


def content(file: FileSent) -> bytes:
    """What is in the file: `size` bytes, or the first megabyte of them."""
    kind = _SAME.get(file.really, file.really)
    beginning, size = _BEGINNINGS.get(kind, b""), min(file.size, KEPT)
    filler = b"\0" if beginning else _WORDS
    missing = max(0, size - len(beginning))
    return (beginning + filler * (missing // len(filler) + 1))[:size]


def in_words(size: int) -> str:
    """A size as a dialogue writes it: 12 kB."""
    unit = next((unit for unit in ("MB", "kB") if size >= UNITS[unit]), "B")
    return f"{round(size / UNITS[unit], 1):g} {unit}"
