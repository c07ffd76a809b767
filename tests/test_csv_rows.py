"""CSV files that people hand to a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.csv_rows import WrongCsv, read_rows, write_rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "texts.csv"


def test_rows_know_their_lines(file: Path) -> None:
    """A text may go over several lines, blank lines and other columns do not matter."""
    file.write_bytes('id,Text,lang\r\n1,"two\nlines, one text",en\r\n\r\n2,привет,ru\r\n'.encode())
    first, second = read_rows(file, ("text", "lang"), ("article",))
    assert (first.line, first["text"], first["article"]) == (2, "two\nlines, one text", "")
    assert (second.line, second["text"], second["lang"]) == (5, "привет", "ru")


def test_what_a_spreadsheet_puts_in_front_is_no_text(file: Path) -> None:
    """Excel marks UTF-8 by an invisible character before the first column's name."""
    file.write_bytes(b"\xef\xbb\xbftext\nhello\n")
    assert read_rows(file, ("text",))[0]["text"] == "hello"


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"", 1, "is empty"),
        (b"text,lang\n", 1, "no rows"),
        (b"text,article\na,b\n", 1, "the column lang is missing"),
        (b"text;lang\na;en\n", 1, "not separated by commas"),
        (b"text,lang\nhello,en\nyes, please,en\n", 3, "3 columns where the header has 2"),
        (b"text,lang\n\xff\xfe,en\n", 2, "not UTF-8"),
        (b'text,lang\nhello,en\n"never closed,en\n', 3, "not CSV from here on"),
        (b"text,lang\n" + b"a" * 131_073 + b",en\n", 2, "more than 131,072 characters"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_remedy(
    data: bytes, line: int, what: str, file: Path
) -> None:
    """What it says, where, and what to do."""
    file.write_bytes(data)
    with pytest.raises(WrongCsv) as caught:
        read_rows(file, ("text", "lang"))
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert what in str(caught.value)
    assert ". Do: " in str(caught.value)


def test_a_file_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    """No line then, but a reason."""
    with pytest.raises(WrongCsv, match="cannot be read"):
        read_rows(tmp_path / "none.csv", ("text",))
    with pytest.raises(WrongCsv, match="cannot be written"):
        write_rows(tmp_path / "none" / "out.csv", ("text",), [])


def test_what_was_written_can_be_read(file: Path) -> None:
    """Commas, quotes and line ends come back as they were."""
    texts = ['a "quoted", text', "two\nlines", "", "plain"]
    write_rows(file, ("text", "lang"), [(text, "en") for text in texts])
    assert [row["text"] for row in read_rows(file, ("text", "lang"))] == texts
