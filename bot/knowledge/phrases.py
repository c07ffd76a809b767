"""The bot's own words (`say`), what it listens for (`hear`), and what colleagues have ready to send
(`replies`): `phrases/<lang>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.knowledge.faults import Broken, Fault, Parsed, nearest
from bot.knowledge.fields import ID, Fields
from bot.knowledge.files import decode
from bot.knowledge.languages import plural_category
from bot.knowledge.placeholders import fill, stray_brace
from bot.knowledge.plain_yaml import Document, Value, parse

TOPIC = "topic_"  # a phrase topic_<tag> is the title of that tag's articles
LANGUAGE = "language_"  # language_<code> is what that language is called
REPLIES = "replies"  # the section of what colleagues send
REPLY_NAMES = frozenset({"name", "order", "agent"})  # that can be filled in there
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
MAX_PHRASE = 2000
MAX_PATTERN = 200

Phrase = str | Mapping[str, str]  # plain, or by plural category


@dataclass(frozen=True)
class Phrases:
    """One language's words."""

    language: str
    words: Mapping[str, Phrase] = field(default_factory=dict)
    hear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, key: object) -> bool:
        return key in self.words

    def say(self, key: str, /, **values: object) -> str:
        """The phrase with the values put in as they are: escape Markdown in strangers' words first.

        Of a phrase with plural forms `n` chooses one. Raises KeyError if there is no such key."""
        phrase = self.words[key]
        if not isinstance(phrase, str):
            phrase = self._form(phrase, values.get("n"))
        return fill(phrase, values)

    def _form(self, forms: Mapping[str, str], n: object) -> str:
        counted = isinstance(n, int | float)
        category = plural_category(self.language, n) if counted else "other"  # type: ignore[arg-type]
        return forms.get(category) or forms.get("other") or next(iter(forms.values()))


def parse_phrases(content: bytes, path: str, language: str) -> Parsed[Phrases]:
    """A language's words. Phrases with errors are left out, the others stand. Raises Broken."""
    document = parse(decode(content, path), path)
    fields = Fields(document)
    fields.only("say", "hear", "replies")
    words = {}
    for key, value in _section(document, "say").items():
        if phrase := _phrase(fields, key, value):
            words[key] = phrase
    heard = Fields(document, _section(document, "hear"), ("hear",), fields.faults)
    hear = {intent: heard.texts(intent, MAX_PATTERN) for intent in heard.values}
    replies = _replies(document, fields)
    return Parsed(Phrases(language, words, hear, replies), tuple(fields.faults), document.lines)


def _replies(document: Document, fields: Fields) -> Mapping[str, str]:
    written = Fields(document, _section(document, REPLIES), (REPLIES,), fields.faults)
    found = {}
    for name in written.values:
        text = written.text(name, MAX_PHRASE, required=True)
        if not ID.fullmatch(name):
            do = "use 1 to 48 small letters a-z, digits and hyphens: it is typed after /desk say"
            written.fault(f'"{name}" cannot name a reply', do, name)
        elif stray_brace(text):
            do = "write placeholders as {name} or {, name}"
            written.fault(f'the reply "{name}" has a brace that is no placeholder', do, name)
        elif text:
            found[name] = text
    return found


def _section(document: Document, name: str) -> Mapping[str, Value]:
    section = document.values.get(name, "")
    if isinstance(section, dict):
        return section
    if section == "":
        return {}
    do = 'write "name: text" lines below it, indented by two spaces'
    what = f'"{name}" holds no "name: text" lines'
    raise Broken(Fault(document.path, document.line((name,)), what, do))


def _phrase(fields: Fields, key: str, value: Value) -> Phrase | None:
    forms = value if isinstance(value, dict) else {"other": value}
    before = len(fields.faults)
    for category, text in forms.items():
        where = ("say", key, category) if isinstance(value, dict) else ("say", key)
        if category not in CATEGORIES:
            fields.fault(f'"{category}" is no plural form', nearest(category, CATEGORIES), *where)
        elif not isinstance(text, str) or not text.strip():
            fields.fault(f'the phrase "{key}" is empty or no text', "write a text", *where)
        elif len(text) > MAX_PHRASE:
            what = f'the phrase "{key}" has {len(text)} characters, {MAX_PHRASE} is the most'
            fields.fault(what, "shorten it", *where)
        elif stray_brace(text):
            do = "write placeholders as {name} or {, name}"
            fields.fault(f'the phrase "{key}" has a brace that is no placeholder', do, *where)
    if not forms or len(fields.faults) > before:
        return None
    return (
        {name: str(text) for name, text in forms.items()} if isinstance(value, dict) else str(value)
    )
