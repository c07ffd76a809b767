"""A question and its answer, out of what was said in one talk → an article for everybody. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.draft import TAGS, body_of, file_name, title_of
from bot.knowledge.new_article import NewArticle
from bot.understanding.masking import NUMBER, mask, unaddressed, without_signs

QUESTIONS = 5  # of a customer's messages, each an example question
ANSWERS = 3  # of a person's messages in a row, together the answer
ASKED = 300  # characters of the question that is put to the bot again; a form carries it
FEW = 2  # words; a message of fewer is no question where there are others


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it reads now. `asks_for_person`: it only asked for one."""

    author: str  # contact, agent
    text: str
    message_id: str = ""  # the platform's
    asks_for_person: bool = False


@dataclass(frozen=True, slots=True)
class Talked:
    """A question and its answer, each as the messages it was made of."""

    question: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Personal:
    """What must not be in an article: the names of those who talked, the customer's orders."""

    names: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()


def about(said: Sequence[Said], message_id: str, text: str) -> Talked:
    """The question and the answer that a message of the thread belongs to: an agent's answer, with
    the question before it; a customer's question (known by its words), with the answer after it; or
    where it is neither, the first of both."""
    at = next((n for n, one in enumerate(said) if message_id and one.message_id == message_id), -1)
    if at >= 0 and said[at].author == "agent":
        return Talked(_run_before(said, at, "contact"), (said[at].text,))
    shown = _spaced(text)
    quoted = [n for n, one in enumerate(said) if one.author == "contact" and _in(one, shown)]
    first = quoted[0] if quoted else 0
    end = quoted[-1] + 1 if quoted else _next(said, first, "agent")
    question = _questions(said[first:end])
    start = _next(said, end, "agent")
    return Talked(question, _run_from(said, start)[:ANSWERS])


def drafted(
    talked: Talked, personal: Personal, kb: KnowledgeBase, language: str, near: Sequence[str] = ()
) -> NewArticle:
    """The article to begin with: nothing in it says who asked or who answered. It takes the tags
    of the articles with these ids, and a name that is free."""
    masked = [without_signs(_masked(text, personal)) for text in talked.question]
    questions = tuple(dict.fromkeys(filter(None, masked)))
    answer = "\n\n".join(unaddressed(_masked(text, personal)) for text in talked.answer)
    code = language if language in kb.languages else kb.default_language
    articles = filter(None, (kb.article(id, code) for id in near))
    title = title_of(questions[0]) if questions else ""
    return NewArticle(
        id=_free(file_name(title), code, kb),
        language=code,
        title=title,
        questions=questions,
        body=body_of(answer),
        tags=tuple(dict.fromkeys(tag for one in articles for tag in one.tags))[:TAGS],
    )


def asked_again(talked: Talked, personal: Personal) -> str:
    """The question in the customer's words, as anybody would ask it."""
    return without_signs(_masked("\n".join(talked.question), personal))[:ASKED]


def _masked(text: str, personal: Personal) -> str:
    for order in sorted(personal.orders, key=lambda order: (-len(order), order)):
        text = re.sub(rf"(?<!\w)#?{re.escape(order)}(?!\w)", NUMBER, text, flags=re.IGNORECASE)
    return mask(text, personal.names)


def _free(id: str, language: str, kb: KnowledgeBase) -> str:
    """This id, or with the first number behind it that no article has."""
    number, free = 2, id
    while kb.article(free, language) or f"articles/{language}/{free}.md" in kb.sources:
        free, number = f"{id[:44]}-{number}", number + 1
    return free


def _run_before(said: Sequence[Said], at: int, author: str) -> tuple[str, ...]:
    """The last messages of that author before a place."""
    end = next((n + 1 for n in range(at - 1, -1, -1) if said[n].author == author), 0)
    start = next((n + 1 for n in range(end - 1, -1, -1) if said[n].author != author), 0)
    return _questions(said[start:end])


def _run_from(said: Sequence[Said], start: int) -> tuple[str, ...]:
    end = next((n for n in range(start, len(said)) if said[n].author != "agent"), len(said))
    return tuple(one.text for one in said[start:end])


def _next(said: Sequence[Said], start: int, author: str) -> int:
    return next((n for n in range(start, len(said)) if said[n].author == author), len(said))


def _questions(run: Sequence[Said]) -> tuple[str, ...]:
    """What was asked: not "thanks" or "operator", where there is more."""
    asked = [one.text for one in run if not one.asks_for_person] or [one.text for one in run]
    telling = [text for text in asked if len(text.split()) > FEW] or asked
    return tuple(telling[:QUESTIONS])


def _in(one: Said, shown: str) -> bool:
    return bool(one.text.strip()) and _spaced(one.text) in shown


def _spaced(text: str) -> str:
    return " ".join(text.split())
