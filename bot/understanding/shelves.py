"""The texts of a large knowledge base in a tantivy index, in memory: which of them share the most
with a question. Fast at hundreds of thousands of texts, and only a first choice: what is found is
compared more closely afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import tantivy

HEAP = 32_000_000  # bytes that tantivy may fill before it writes a segment
FIELDS = ("stems", "grams", "body")

_SHOULD = tantivy.Occur.Should


class Document(NamedTuple):
    """One text: `key` is its article's, under which it is taken out again; `number` is its own.
    No term has a space in it."""

    key: str
    number: int
    stems: Sequence[str] = ()
    grams: Sequence[str] = ()
    body: Sequence[str] = ()


class Shelves:
    """A tantivy index that is written now and then. What a `searcher()` sees never changes."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        for name in FIELDS:  # taken apart by our own reader: one space between two terms
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
        builder.add_unsigned_field("number", fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)

    @contextmanager
    def changing(self, gone: Iterable[str]) -> Iterator[Callable[[Document], None]]:
        """Take out everything with these keys, and put in what the function given is called with;
        searchers made afterwards see it. Nothing changes if the block raises."""
        writer = self._index.writer(HEAP, 1)
        for key in gone:
            # By its text: tantivy-py's deletion by an unsigned number finds nothing.
            writer.delete_documents_by_term("key", key)

        def put(document: Document) -> None:
            writer.add_document(_document(document))

        yield put
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def searcher(self) -> Searcher:
        return Searcher(self._schema, self._index.searcher())


class Searcher:
    """The texts as they were when it was made. Any thread may use it."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher) -> None:
        self._schema = schema
        self._searcher = searcher

    def nearest(self, limit: int, **terms: Iterable[str]) -> list[tuple[int, float]]:
        """(number, BM25 score) of the texts that share most with the terms, given by field."""
        queries = [
            (_SHOULD, tantivy.Query.term_query(self._schema, field, term, "freq"))
            for field, several in terms.items()
            for term in several
        ]
        if not queries:
            return []
        query = tantivy.Query.boolean_query(queries)
        hits = self._searcher.search(query, limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [place for _, place in hits])
        return [(int(number or 0), score) for number, (score, _) in zip(numbers, hits, strict=True)]


def _document(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("key", document.key)
    made.add_unsigned("number", document.number)  # the constructor would take it for a signed one
    for field in FIELDS:
        if terms := getattr(document, field):
            made.add_text(field, " ".join(terms))
    return made
