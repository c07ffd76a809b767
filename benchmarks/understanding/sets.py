"""Published question sets as knowledge bases: each intent is an article, its training questions
are the example questions. The validation parts are only asked, never learnt from."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_TITLE = 150
LONGEST_BODY = 6000

Labelled = tuple[str, str]  # a question, and the id of its article ("" if nothing answers it)


@dataclass(frozen=True, slots=True)
class Text:
    """What an article is made of."""

    id: str
    title: str
    questions: tuple[str, ...]
    body: str

    @property
    def phrasings(self) -> tuple[str, ...]:
        """What an engine may learn it by: title and example questions, or the body without any."""
        return (self.title, *(self.questions or (self.body,)))


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """One way to make articles of a training part.

    `titles`: `name` (the intent's name in words) or `example` (the first example question);
    `limit`: so many examples of each intent, evenly chosen, as neighbours in the file are near
    twins; `bodies`: they become the body."""

    name: str
    train: str
    asked: str
    titles: str = "name"
    limit: int | None = None
    bodies: bool = False

    def texts(self, folder: Path) -> list[Text]:
        """The articles, in the order in which the training part names them."""
        examples: defaultdict[str, list[str]] = defaultdict(list)
        for text, article in labelled(folder / self.train):
            if article:
                examples[article].append(text)
        return [self._text(id, _evenly(found, self.limit)) for id, found in examples.items()]

    def queries(self, folder: Path) -> list[Labelled]:
        """The questions to ask."""
        return labelled(folder / self.asked)

    def _text(self, id: str, examples: Sequence[str]) -> Text:
        name = id.replace("-", " ").replace("_", " ")
        if self.bodies:
            return Text(id, name, (), "\n".join(examples)[:LONGEST_BODY])
        if self.titles == "example":
            return Text(id, examples[0][:LONGEST_TITLE], tuple(examples[1:]), name)
        return Text(id, name, tuple(examples), name)


def _evenly(examples: Sequence[str], limit: int | None) -> list[str]:
    step = max(1, len(examples) // limit) if limit else 1
    return list(examples[::step][:limit])


def _both_titles(name: str, train: str, asked: str, limit: int | None = None) -> list[QuestionSet]:
    return [QuestionSet(name, train, asked, titles, limit) for titles in ("name", "example")]


BANKING, CLINC = "banking77_valid.csv", "clinc150full_val.csv"
SETS = (
    *_both_titles("banking77-5", "banking77_train_5.csv", BANKING),
    *_both_titles("banking77-10", "banking77_train_10.csv", BANKING),
    *_both_titles("banking77-all", "banking77_train.csv", BANKING),
    *_both_titles("clinc150-5", "clinc150full_train.csv", CLINC, 5),
    *_both_titles("clinc150-10", "clinc150full_train.csv", CLINC, 10),
    *_both_titles("clinc150-full", "clinc150full_train.csv", CLINC),
    QuestionSet("banking77-bodies", "banking77_train_10.csv", BANKING, bodies=True),
    QuestionSet("clinc150-bodies", "clinc150full_train.csv", CLINC, limit=10, bodies=True),
)
NAMES = tuple(dict.fromkeys(each.name for each in SETS))


def labelled(file: Path) -> list[Labelled]:
    """The rows of a CSV file with the columns text and article."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [(row["text"], row["article"]) for row in csv.DictReader(rows)]


def write_folder(texts: Sequence[Text], folder: Path) -> None:
    """A knowledge-base folder with nothing but these articles, in English."""
    home = folder / "articles" / "en"
    home.mkdir(parents=True)
    for text in texts:
        head: Mapping[str, object] = {"title": text.title, "questions": list(text.questions)}
        # JSON is YAML, too: no text can be mistaken for anything else.
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
        content = "\n".join(["---", *lines, "---", text.body, ""])
        (home / f"{text.id.replace('_', '-')}.md").write_text(content, encoding="utf-8")


def write_queries(queries: Sequence[Labelled], file: Path) -> None:
    """What `frontdesk kb eval` reads."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("text", "article"))
        writer.writerows((text, article.replace("_", "-")) for text, article in queries)
