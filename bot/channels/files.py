"""What a file really is, whatever it is called: only what is known to be harmless passes. Pure.

Nothing here opens a file in the sense of running or rendering it; a ZIP's table of contents is the
most that is read. What has passed ends in its name as what it is, so that it is opened as that."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from io import BytesIO
from zipfile import is_zipfile

import puremagic

from bot.channels.files_of_files import MADE_OF_FILES, OLE, in_zip, stream_names
from bot.domain import FILE_NOT_ALLOWED, FILE_TOO_LARGE, File, Refused
from handoff.file_names import safe_name

MEGABYTE = 1024 * 1024
HEAD = 4096  # characters in which a text says that it is a page or a script

_PROGRAM_NAMES = re.compile(
    r"\.(exe|com|bat|cmd|scr|pif|msi|msp|msc|dll|cpl|ocx|sys|jse?|mjs|vb[se]?|ws[cfh]?|ps[dm]?1|"
    r"hta|chm|jar|class|apk|app|ipa|dmg|pkg|deb|rpm|iso|img|vhdx?|lnk|url|desktop|reg|inf|scf|sh|"
    r"bash|command|py[cw]?|php\d?|pl|rb|html?|xht(ml)?|svgz?|mht(ml)?|xll|iqy|slk|"
    r"(doc|dot|xls|xlt|ppt|pot|pps)m|xlam|ppam)$",
    re.IGNORECASE,
)
_ACTIVE = re.compile(
    r"<\s*(?:!doctype\s+(?:html|svg)|html|head|body|script|svg|iframe|\?php)\b", re.I
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MACROS = re.compile(
    r"(?:^|/)(?:vbaProject\.bin|classes\.dex|META-INF/MANIFEST\.MF|macrosheets/.+|activeX/.+)$"
    r"|^(?:Basic|Scripts)/.+",
    re.IGNORECASE,
)
_OFFICE_FOLDERS = {"word": "docx", "xl": "xlsx", "ppt": "pptx"}
_OFFICE_ENDINGS = ("docx", "xlsx", "pptx", "dotx", "xltx", "xlsb", "potx", "ppsx")
_OFFICE_2003 = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls",
                "PowerPoint Document": "ppt"}  # fmt: skip
_SOUNDS = {"application/ogg": "audio/ogg"}
# The endings that a name may keep, by what the file is; the first is put behind any other.
_ENDINGS = {
    "image/jpeg": ("jpg", "jpeg", "jfif", "jpe"), "image/png": ("png",), "image/gif": ("gif",),
    "image/webp": ("webp",), "image/heif": ("heic", "heif"), "image/avif": ("avif",),
    "image/x-ms-bmp": ("bmp",), "image/tiff": ("tif", "tiff"), "application/pdf": ("pdf",),
    "video/mp4": ("mp4", "m4v"), "audio/ogg": ("ogg", "oga", "opus"), "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a", "mp4"), "video/quicktime": ("mov",), "video/3gpp": ("3gp",),
    "application/rtf": ("rtf",), "application/zip": ("zip",),
    "text/plain": ("txt", "csv", "tsv", "log", "md", "json", "yaml", "yml", "ics", "vcf"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a content is: its family (as the policy names it), its MIME type, and how a file of it
    may be called."""

    family: str = ""
    mime: str = ""
    endings: tuple[str, ...] = ()


_NOTHING = _Kind()  # not known, or able to act


def checked(file: File, types: Collection[str], most: int) -> File:
    """The file with a harmless name, and as what its content really is. Raises Refused where that
    is longer than `most` bytes, or of none of these types (image, pdf, text, office, audio, video,
    archive)."""
    if len(file.content) > most:
        raise Refused(FILE_TOO_LARGE)
    name = safe_name(file.name)
    kind = _recognised(file.content, name)
    if kind.family not in types or _PROGRAM_NAMES.search(name):
        raise Refused(FILE_NOT_ALLOWED)
    if name.lower().rpartition(".")[2] not in kind.endings or "." not in name:
        name = f"{name or kind.family}.{kind.endings[0]}"
    return replace(file, name=name, mime=kind.mime, size=len(file.content))


def too_large(file: File, most: int) -> bool:
    """Whether it need not even be fetched."""
    return file.size is not None and file.size > most


def _recognised(content: bytes, name: str) -> _Kind:
    if content.startswith(MADE_OF_FILES):
        return _zipped(content)
    if content.startswith(OLE):
        return _old_office(content)
    is_pdf = content.startswith(b"%PDF-")
    text = None if is_pdf else _text(content)
    if text is not None:
        return _written(text)
    # What is two things at once is meant to deceive somebody.
    if _ACTIVE.search(content[:HEAD].decode("latin-1")) or is_zipfile(BytesIO(content)):
        return _NOTHING
    return _kind("pdf", "application/pdf") if is_pdf else _seen_or_heard(content, name)


def _kind(family: str, mime: str) -> _Kind:
    return _Kind(family, mime, _ENDINGS[mime])


def _text(content: bytes) -> str | None:
    """What it says, if it is text; spreadsheets still write it in the old one-byte codes."""
    for coding in ("utf-16" if content.startswith(_UTF_16) else "utf-8-sig", "latin-1"):
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        return text if text and not _NO_TEXT.search(text) else None
    return None


def _written(text: str) -> _Kind:
    if text.startswith("#!") or _ACTIVE.search(text[:HEAD]):
        return _NOTHING
    if text.startswith("{\\rtf"):
        carries = "\\obj" in text.lower()
        return _NOTHING if carries else _kind("office", "application/rtf")
    return _kind("text", "text/plain")


def _seen_or_heard(content: bytes, name: str) -> _Kind:
    """A picture, a sound or a film, as its first bytes say."""
    try:
        found = [each for each in puremagic.magic_string(content) if each.mime_type]
    except (puremagic.PureError, ValueError):
        return _NOTHING
    ending = f".{name.lower().rpartition('.')[2]}"
    best = next((each for each in found if each.extension == ending), found[0] if found else None)
    if best is None:
        return _NOTHING
    mime = _SOUNDS.get(best.mime_type, best.mime_type)
    family = mime.partition("/")[0]
    if family == "image" and mime in _ENDINGS:
        return _kind(family, mime)
    if family in {"audio", "video"}:
        return _Kind(family, mime, _ENDINGS.get(mime) or (best.extension.lstrip("."),))
    return _NOTHING


def _zipped(content: bytes) -> _Kind:
    names = in_zip(content)
    if names is None or any(_MACROS.search(each) or _is_program(each) for each in names):
        return _NOTHING
    folders = {each.partition("/")[0] for each in names}
    mime = "application/zip"
    if "[Content_Types].xml" in names:
        known = (ending for folder, ending in _OFFICE_FOLDERS.items() if folder in folders)
        own = next(known, "docx")
        return _Kind("office", mime, (own, *_OFFICE_ENDINGS))
    if {"content.xml", "mimetype"} <= folders:
        return _Kind("office", mime, ("odt", "ods", "odp", "odg"))
    return _kind("archive", mime)


def _is_program(name: str) -> bool:
    return _PROGRAM_NAMES.search(safe_name(name)) is not None


def _old_office(content: bytes) -> _Kind:
    """Word, Excel and PowerPoint until 2003; installers look the same at first."""
    names = stream_names(content)
    endings = tuple(ending for name, ending in _OFFICE_2003.items() if name in names)
    carries = any(name.startswith(("_VBA_PROJECT", "\x01Ole10Native")) for name in names)
    if carries or not endings:
        return _NOTHING
    return _Kind("office", "application/x-ole-storage", endings)
