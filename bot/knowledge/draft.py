"""An article to be: a Markdown file made of what customers asked and what a person answered them.

It carries a line `draft:` that keeps it from being served (see articles.py): what one customer was
told is not yet an answer for all, and somebody has to read it through."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

from bot.domain import Article
from bot.knowledge.articles import MAX_BODY, MAX_QUESTION, MAX_TITLE, UNWRITTEN
from bot.knowledge.languages import name_of

QUESTIONS = 8  # example questions at the most; more of the same find nothing more
TAGS = 3
MAX_NAME = 48  # of a file, which is the article's id
_READ_ME = "read the answer through, then delete this line"
# What would change how the words look; a full stop or a hyphen is easier to edit as it is.
_MARKS = re.compile(r"([\\`*_\[\]{}<>])")
_CYRILLIC = dict(
    zip("абвгдежзийклмнопрстуфыэё", "abvgdejziyklmnoprstufyee", strict=True),
    ж="zh", х="kh", ц="ts", ч="ch", ш="sh", щ="shch", ю="yu", я="ya", ъ="", ь="",
)  # fmt: skip
_PLAIN = str.maketrans({**_CYRILLIC, "ł": "l", "ı": "i", "ø": "o", "đ": "d"})


def draft(
    language: str, questions: Sequence[str], near: Sequence[Article] = (), answer: str = ""
) -> str:
    """The text of the file. `questions` are wordings, the most typical first: it makes the title.
    The nearest articles lend their tags; `answer` is what a person wrote, "" if nobody has.

    No customer's data may be in what is given: mask it before."""
    wordings = [_line(question, MAX_QUESTION) for question in questions]
    title = title_of(questions[0]) if questions else ""
    tags = list(dict.fromkeys(tag for article in near for tag in article.tags))[:TAGS]
    lines = ["---", f"draft: {_READ_ME}", f"title: {quoted(title)}", "questions:"]
    lines += [f"  - {quoted(wording)}" for wording in wordings[:QUESTIONS]]
    if tags:
        lines.append(f"tags: [{', '.join(tags)}]")
    lines += ["---", _body(language, answer), ""]
    return "\n".join(lines)


def file_name(title: str) -> str:
    """A name that can be an article's id, out of its title: small letters a-z, digits, hyphens.

    >>> file_name("Можно с собакой?")
    'mozhno-s-sobakoy'
    """
    letters = unicodedata.normalize("NFD", title.casefold().replace("й", "y").translate(_PLAIN))
    plain = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    words = re.findall(r"[a-z0-9]+", plain)
    name = ""
    for word in words:
        if len(name) + len(word) >= MAX_NAME:
            break
        name = f"{name}-{word}" if name else word
    return name or (words[0][:MAX_NAME] if words else "question")


def quoted(text: str) -> str:
    """A text in double quotes, as YAML reads it back whatever is in it."""
    return json.dumps(text, ensure_ascii=False)


def _line(text: str, longest: int) -> str:
    line = _visible(" ".join(text.split()))
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + "…"


def title_of(question: str) -> str:
    """A question as the title of the article that answers it."""
    title = _line(question, MAX_TITLE - 1)
    return title[:1].upper() + title[1:]


def _body(language: str, answer: str) -> str:
    if not answer:
        return f"{UNWRITTEN} {name_of(language, 'en')}. The first sentence answers."
    return body_of(answer)[:MAX_BODY]


def body_of(answer: str) -> str:
    """What a person wrote as Markdown that shows it just so."""
    lines = (_visible(line) for line in answer.splitlines())
    return _MARKS.sub(r"\\\1", "\n".join(lines)).strip()


def _visible(line: str) -> str:
    """Without what no editor shows and no file may hold."""
    return "".join(char for char in line if char.isprintable())
