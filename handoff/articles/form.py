"""The form in which an article is edited: its fields, and what is wrong in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain import DeskForm
from bot.knowledge.articles import MAX_TITLE
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault
from bot.knowledge.fields import ID
from bot.knowledge.languages import name_of
from bot.knowledge.new_article import NewArticle, remarks
from bot.understanding.masking import signs_in
from handoff.forms import views
from handoff.wording import Words

NAME = "make_article"
MOST = 3000  # characters of a field; Slack takes no more
HEED, AS_IS = "heed", "as_is"
SAID = 400  # characters of what is wrong with a field


def view(
    new: NewArticle, subject: views.Subject, kb: KnowledgeBase, words: Words, language: str
) -> Mapping[str, Any]:
    """The form with what was drafted; `language` is the desk's."""
    languages = {code: name_of(code, language) for code in kb.languages}
    choices = {HEED: words("article_heed"), AS_IS: words("article_as_is")}
    fields = [
        _typed("id", words, new.id, 48),
        _typed("title", words, new.title, MAX_TITLE),
        _typed("questions", words, "\n".join(new.questions), MOST, multiline=True),
        _typed("body", words, new.body, MOST, multiline=True),
        _typed("tags", words, ", ".join(new.tags), 200, optional=True),
        views.select("language", words, languages, new.language),
        views.select("remarks", words, choices, HEED),
    ]
    return views.modal(NAME, subject, fields, words)


def _typed(
    name: str,
    words: Words,
    value: str,
    most: int,
    *,
    optional: bool = False,
    multiline: bool = False,
) -> views.Block:
    hint = words(f"form_{name}_hint")
    block = views.typed(name, words, most, hint, optional=optional, multiline=multiline)
    element = {**block["element"], **({"initial_value": value[:most]} if value else {})}
    return {**block, "element": element}


def article_of(values: Mapping[str, str]) -> NewArticle:
    """What the form holds."""
    questions = (" ".join(line.split()) for line in values.get("questions", "").splitlines())
    tags = (tag.strip().lower() for tag in values.get("tags", "").split(","))
    return NewArticle(
        id=values.get("id", "").strip(),
        language=values.get("language", ""),
        title=" ".join(values.get("title", "").split()),
        questions=tuple(dict.fromkeys(filter(None, questions))),
        body=values.get("body", "").strip(),
        tags=tuple(dict.fromkeys(filter(None, tags))),
    )


def faults(form: DeskForm, kb: KnowledgeBase, language: str) -> Mapping[str, str]:
    """A sentence for each field that cannot be taken, or, unless it is to be left as it is, that
    `kb check` would warn of."""
    new = article_of(form.values)
    words: Words = lambda key, **values: kb.say(language, key, **values)  # noqa: E731
    wrong = dict(_wrong(new, kb, words))
    if wrong:
        return wrong
    found = remarks(new, kb)
    errors = [each for each in found if each[1].level == "error"]
    if errors:
        return _said(errors)
    if form.values.get("remarks") == AS_IS:
        return {}
    choice = words("article_as_is")
    said = _said(found).items()
    return {field: f"{text} {words('article_remarked', choice=choice)}" for field, text in said}


def _wrong(new: NewArticle, kb: KnowledgeBase, words: Words) -> Mapping[str, str]:
    """What is wrong at first sight, in the desk's words."""
    wrong: dict[str, str] = {}
    if not ID.fullmatch(new.id):
        wrong["id"] = words("article_bad_id")
    elif there := _there(new, kb):
        wrong["id"] = words("article_exists", path=there)
    if new.language not in kb.languages:
        wrong["language"] = words("article_language", languages=", ".join(kb.languages))
    if not new.title:
        wrong["title"] = words("article_no_title")
    if not new.body:
        wrong["body"] = words("article_no_body")
    written = {"title": new.title, "questions": "\n".join(new.questions), "body": new.body}
    for field, text in written.items():
        if signs := signs_in(text):
            wrong.setdefault(field, words("article_personal", sign=", ".join(signs)))
    return wrong


def _there(new: NewArticle, kb: KnowledgeBase) -> str:
    """The file of an article of this name, also of one that is out of date or has a mistake."""
    article = kb.article(new.id, new.language)
    path = article.path if article else f"{kb.folder}/{new.name()}"
    return path if article or new.name() in kb.sources else ""


def _said(found: list[tuple[str, Fault]]) -> Mapping[str, str]:
    """By field, each fault in a sentence."""
    said: dict[str, str] = {}
    for field, fault in found:
        sentences = (fault.what, fault.what_to_do)
        sentence = " ".join(f"{text[:1].upper()}{text[1:]}." for text in sentences)
        said[field] = f"{said[field]} {sentence}" if field in said else sentence
    return {
        field: text if len(text) <= SAID else f"{text[: SAID - 1]}…" for field, text in said.items()
    }
