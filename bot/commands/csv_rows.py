"""CSV files that people hand to a command: read strictly, so that a wrong one is named by its line
instead of being measured wrongly; and written back row for row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SEPARATORS_BY_MISTAKE = ";\t"  # what spreadsheets write in half of Europe


class WrongCsv(Exception):
    """Says what is wrong with a file, as `file:line: what. Do: what to do`."""

    def __init__(self, path: Path, line: int, what: str, what_to_do: str) -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {what}. Do: {what_to_do}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins in (the header is in line 1), and its text by column."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The text in a column exactly as written; "" in an optional column that is not there."""
        return self.values[column]


def read_rows(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> tuple[Row, ...]:
    """All rows in order; other columns are ignored, blank lines skipped.

    Raises WrongCsv if the file cannot be read, is not UTF-8, lacks a required column, has no rows,
    or has a row whose number of columns is not that of the header."""
    lines = _lines(path, _decoded(path))
    header_line, header = next(lines, (1, []))
    if not header:
        raise WrongCsv(path, 1, "is empty", f"begin it with the line {','.join(required)}")
    columns = [name.strip().lower() for name in header]
    _check_header(path, header_line, columns, required)
    places = {c: columns.index(c) for c in (*required, *optional) if c in columns}
    rows = []
    for line, fields in lines:
        if len(fields) != len(columns):
            what = f"{len(fields)} columns where the header has {len(columns)}"
            raise WrongCsv(path, line, what, 'put a text with a comma in it between "quotes"')
        values = dict.fromkeys(optional, "") | {c: fields[at] for c, at in places.items()}
        rows.append(Row(line, values))
    if not rows:
        raise WrongCsv(path, header_line, "has a header and no rows", "add a row for each text")
    return tuple(rows)


def language_code(written: str) -> str:
    """A language in two letters, however it is written: "pt" for "pt-BR" and "PT", too."""
    return written.strip().lower().replace("_", "-").split("-")[0]


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file that `read_rows` reads. Raises WrongCsv if it cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise WrongCsv(path, 0, reason, "name a file in a folder you may write to") from None


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise WrongCsv(path, 0, reason, "name a CSV file you may read") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise WrongCsv(path, line, "is not UTF-8", "in Excel, save it as “CSV UTF-8”") from None


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, with the line it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for fields in reader:
            if fields:
                yield begins, fields
            begins = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            longest = csv.field_size_limit()
            what = f"has a text of more than {longest:,} characters, which is too long"
            do = "shorten it, or close the quotes before it"
            raise WrongCsv(path, begins, what, do) from None
        what = f"is not CSV from here on ({error})"
        raise WrongCsv(path, begins, what, "close the quotes, and double those inside") from None


def _check_header(path: Path, line: int, columns: Sequence[str], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in columns]
    if not missing:
        return
    found = ",".join(columns)
    if any(separator in found for separator in SEPARATORS_BY_MISTAKE):
        what = f"columns are not separated by commas: {found!r}"
        raise WrongCsv(path, line, what, "save it with commas between the columns")
    what = f"the column {', '.join(missing)} is missing (there is: {found})"
    raise WrongCsv(path, line, what, f"name the columns in line 1: {','.join(required)}")
