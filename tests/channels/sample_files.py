"""Small files of every kind, as real as a test needs them."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00" + b"\0" * 60
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 60
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"\0" * 60
OGG = b"OggS\0\x02" + b"\0" * 22 + b"OpusHead" + b"\0" * 40
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 60
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 60
EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + b"\0" * 60
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>\n'


def zipped(*names: str) -> bytes:
    """A ZIP with files of these names."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "nothing")
    return buffer.getvalue()


def ole(*names: str) -> bytes:
    """As Word wrote until 2003: a header, and a directory with entries of these names."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    entries = (name.encode("utf-16-le").ljust(64, b"\0").ljust(128, b"\1") for name in names)
    return header + b"".join(entries)


DOCX = zipped("[Content_Types].xml", "word/document.xml")
DOCM = zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
JAR = zipped("META-INF/MANIFEST.MF", "Main.class")
