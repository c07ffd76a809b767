"""Buttons below an answer: to a web page, or to another article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.domain import Option
from bot.knowledge.fields import Fields

ARTICLE_BUTTON = "article:"  # a button's value is this and the article's id, under 64 bytes
MAX_BUTTONS = 5
MAX_LABEL = 75  # the most Slack takes


def parse_buttons(fields: Fields) -> tuple[Option, ...]:
    """The entries of `buttons:`, each {text, url} or {text, article}; faulty ones are left out."""
    found = []
    for button in _entries(fields):
        label = button.text("text", MAX_LABEL, required=True)
        target = _target(button)
        if label and target:
            found.append(replace(target, label=label))
    return tuple(found)


def parse_translated_buttons(
    fields: Fields, languages: Iterable[str]
) -> Mapping[str, tuple[Option, ...]]:
    """The same where `text` is a mapping, language → label, with one for each of `languages`."""
    found: dict[str, list[Option]] = {language: [] for language in languages}
    for button in _entries(fields):
        target = _target(button)
        labels = button.mapping("text")
        labels.only(*found)
        for language, options in found.items():
            label = labels.text(language, MAX_LABEL, required=True)
            if label and target:
                options.append(replace(target, label=label))
    return {language: tuple(options) for language, options in found.items()}


def leads_to(option: Option) -> str | None:
    """The id of the article a button opens, if it opens one."""
    value = option.value or ""
    return value.removeprefix(ARTICLE_BUTTON) if value.startswith(ARTICLE_BUTTON) else None


def _entries(fields: Fields) -> list[Fields]:
    entries = fields.mappings("buttons")
    for button in entries:
        button.only("text", "url", "article")
    if len(entries) > MAX_BUTTONS:
        do = f"keep the {MAX_BUTTONS} most useful"
        fields.fault(f"there are {len(entries)} buttons, {MAX_BUTTONS} is the most", do, "buttons")
    return entries


def _target(button: Fields) -> Option | None:
    """Where a button leads, still without its label."""
    if ("url" in button.values) == ("article" in button.values):
        button.fault("a button needs a url or an article", "give it exactly one of them")
        return None
    if "url" in button.values:
        url = button.link("url")
        return Option("", url=url) if url else None
    article = button.identifier("article", "")
    return Option("", value=ARTICLE_BUTTON + article) if article else None
