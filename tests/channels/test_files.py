"""What a file really is decides whether it passes, and what it is called then."""

from __future__ import annotations

import pytest

from bot.channels.files import checked
from bot.domain import FILE_NOT_ALLOWED, FILE_TOO_LARGE, File, Refused
from bot.knowledge.desk_policy import Files
from handoff.file_names import LENGTH, safe_name
from tests.channels import sample_files as samples

ALL = Files().types
MOST = 100_000


def passed(content: bytes, name: str, types: tuple[str, ...] = ALL) -> str:
    """The name and type it has once it has passed."""
    file = checked(File(name, content=content, size=3, mime="image/png"), types, MOST)
    assert file.size == len(file.content) == len(content)
    return f"{file.name} {file.mime}"


def reason(content: bytes, name: str, types: tuple[str, ...] = ALL) -> str:
    with pytest.raises(Refused) as refused:
        checked(File(name, content=content), types, MOST)
    return refused.value.reason


@pytest.mark.parametrize(
    ("content", "name", "known_as"),
    [
        (samples.JPEG, "tent.jpg", "tent.jpg image/jpeg"),
        (samples.JPEG, "TENT.JPEG", "TENT.JPEG image/jpeg"),
        (samples.PNG, "photo", "photo.png image/png"),
        (samples.PNG, "letter.pdf", "letter.pdf.png image/png"),
        (samples.HEIC, "IMG_1.HEIC", "IMG_1.HEIC image/heif"),
        (samples.PDF, "invoice.pdf", "invoice.pdf application/pdf"),
        (samples.OGG, "voice", "voice.ogg audio/ogg"),
        (samples.MP4, "clip.mp4", "clip.mp4 video/mp4"),
        (samples.DOCX, "letter.docx", "letter.docx application/zip"),
        (samples.DOCX, "letter.zip", "letter.zip.docx application/zip"),
        (samples.zipped("tent.jpg", "a/b.pdf"), "pictures.zip", "pictures.zip application/zip"),
        (samples.zipped("mimetype", "content.xml"), "l.odt", "l.odt application/zip"),
        (samples.ole("Root Entry", "WordDocument"), "l.doc", "l.doc application/x-ole-storage"),
        ("Grüße, Jānis".encode(), "letter.txt", "letter.txt text/plain"),
        ("Rīga;12".encode("cp1257"), "orders.csv", "orders.csv text/plain"),
        ("Rīga\t12".encode("utf-16"), "orders.tsv", "orders.tsv text/plain"),
        (b"BM, a size chart, is text", "chart", "chart.txt text/plain"),
        (b"{\\rtf1 Hello}", "letter.rtf", "letter.rtf application/rtf"),
    ],
)
def test_what_is_harmless_passes_as_what_it_is(content: bytes, name: str, known_as: str) -> None:
    """Its content says what it is; a name that says otherwise, or nothing, gets another ending."""
    assert passed(content, name) == known_as


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.pdf"),
        (samples.EXE, "invoice.pdf"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "photo.jpg"),
        (samples.HTML, "invoice.pdf"),
        (samples.HTML.decode().encode("utf-16"), "invoice.txt"),
        (samples.SVG, "logo.png"),
        (b"#!/bin/sh\nrm -rf /\n", "readme.txt"),
        (b"<?php system('id'); ?>", "readme.txt"),
        (samples.DOCM, "letter.docx"),
        (samples.zipped("[Content_Types].xml", "xl/macrosheets/sheet1.xml"), "prices.xlsx"),
        (samples.zipped("mimetype", "content.xml", "Basic/Standard/Module1.xml"), "letter.odt"),
        (samples.ole("WordDocument", "_VBA_PROJECT"), "letter.doc"),
        (samples.ole("WordDocument", "\x01Ole10Native"), "letter.doc"),
        (samples.ole("Root Entry", "\u4840\u3b3f"), "setup.doc"),  # an installer
        (b"{\\rtf1{\\object\\objdata 0105}}", "letter.rtf"),
        (samples.JAR, "pictures.zip"),
        (samples.zipped("classes.dex", "AndroidManifest.xml"), "pictures.zip"),
        (samples.zipped("invoice.pdf", "invoice.pdf.exe"), "invoices.zip"),
        (samples.zipped("invoice.pdf.js "), "invoices.zip"),
        (b"PK\x03\x04 and then nothing of a ZIP", "pictures.zip"),
        (b"7z\xbc\xaf\x27\x1c\0\x04" + b"\0" * 40, "pictures.7z"),  # nobody can look into it
        (b"L\0\0\0\x01\x14\x02\0" + b"\0" * 60, "photo.jpg"),  # a shortcut
        (bytes(range(256)), "photo.jpg"),
    ],
)
def test_what_can_act_or_is_not_known_stays_out(content: bytes, name: str) -> None:
    """Programs, scripts, pages, macros and packages are refused, whatever they are called."""
    assert reason(content, name) == FILE_NOT_ALLOWED


@pytest.mark.parametrize(
    "content",
    [
        samples.JPEG + samples.JAR,
        samples.PDF + samples.zipped("harmless.txt"),
        b"GIF89a/*" + samples.HTML,
        b"%PDF-1.7\n" + samples.HTML,
        samples.EXE + samples.PDF,
    ],
)
def test_what_is_two_things_at_once_stays_out(content: bytes) -> None:
    """A picture that is an archive, too, or a document that is a page, is meant to deceive."""
    assert reason(content, "picture.jpg") == FILE_NOT_ALLOWED


@pytest.mark.parametrize(
    "name",
    [
        "setup.exe", "SETUP.EXE", "photo.jpg.exe", "photo.exe.", "photo.exe ", "photo.exe\u200b",
        "photo\u202egpj.exe", "photo.ｅｘｅ", "page.html", "logo.svg", "run.command", "macro.docm",
    ],
)  # fmt: skip
def test_what_is_called_a_program_stays_out(name: str) -> None:
    """Even a picture: somebody wants it opened as a program."""
    assert reason(samples.PNG, name) == FILE_NOT_ALLOWED


def test_unknown_text_cannot_be_opened_as_anything_else() -> None:
    """Words are words: whatever a program makes of their name's ending, it gets another."""
    assert passed(b"net user", "notes.xyz") == "notes.xyz.txt text/plain"
    assert passed(b"<note/>", "order.xml") == "order.xml.txt text/plain"


def test_only_what_the_policy_names_passes() -> None:
    """Where only pictures are wanted, a letter is not."""
    assert passed(samples.PNG, "a.png", ("image",)) == "a.png image/png"
    assert reason(samples.PDF, "a.pdf", ("image",)) == FILE_NOT_ALLOWED
    assert reason(samples.zipped("a.txt"), "a.zip", ("image", "office")) == FILE_NOT_ALLOWED


def test_a_file_is_as_long_as_it_is() -> None:
    """What was said of its size before counts for nothing."""
    with pytest.raises(Refused, match=FILE_TOO_LARGE):
        checked(File("a.pdf", size=10, content=samples.PDF), ALL, len(samples.PDF) - 1)


def test_a_zip_of_countless_files_is_not_read() -> None:
    """Its table of contents would take more memory than the file."""
    content = samples.zipped("a.txt") + b"PK\x01\x02" * 20_000
    assert reason(content, "a.zip") == FILE_NOT_ALLOWED


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("tent.jpg", "tent.jpg"),
        ("Rēķins Nr. 5.pdf", "Rēķins Nr. 5.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("photo\u202egpj.pdf", "photogpj.pdf"),
        ("a\nb\t c\x00.pdf", "a b c.pdf"),
        ('what?"<is>|this*:.pdf', "what___is__this__.pdf"),
        (" .hidden. ", "hidden"),
        ("..", ""),
        ("\u200b", ""),
    ],
)
def test_names_without_folders_and_disguises(name: str, safe: str) -> None:
    """What cannot be seen, turns the order of signs, or names a folder is left out."""
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    """Or it could not be opened."""
    assert safe_name("a" * 300 + ".pdf") == "a" * (LENGTH - 4) + ".pdf"
    assert len(safe_name("a." + "b" * 300)) == LENGTH


def test_bytes_are_not_shown_in_logs() -> None:
    """A file in an error message is its name, not its content."""
    assert "JFIF" not in repr(File("a.jpg", content=samples.JPEG))
