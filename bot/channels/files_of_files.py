"""Which files are in a file that is made of several: a ZIP, an office document. Pure; nothing is
unpacked."""

from __future__ import annotations

import struct
from io import BytesIO
from zipfile import BadZipFile, ZipFile

MADE_OF_FILES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # how a ZIP begins
OLE = b"\xd0\xcf\x11\xe0"  # how Word, Excel and PowerPoint files began until 2003

MOST = 10_000  # files in a ZIP: more only cost memory
_ENTRY = 128  # bytes of an entry in an OLE directory, of which the first half is a name
_HEADER = 512


def in_zip(content: bytes) -> list[str] | None:
    """The names in a ZIP's table of contents; None if it cannot be read, or is absurd."""
    if content.count(b"PK\x01\x02") > MOST:
        return None
    try:
        with ZipFile(BytesIO(content)) as archive:
            return archive.namelist()
    except (BadZipFile, ValueError, NotImplementedError, EOFError, struct.error):
        return None


def stream_names(content: bytes) -> set[str]:
    """The names in an OLE file's directory, wherever that stands, and what else looks like one."""
    entries = range(_HEADER, len(content), _ENTRY)
    found = {content[at : at + _ENTRY // 2].split(b"\0\0")[0] for at in entries}
    names = set()
    for each in found:
        whole = each + b"\0" * (len(each) % 2)  # the last sign's second byte was cut off with it
        names.add(whole.decode("utf-16-le", "ignore"))
    return names
