"""The knowledge base as a value: everything the folder says, at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from bot.domain import Article, Option, Reply
from bot.knowledge.faults import Fault, Where
from bot.knowledge.files import POLICY, TONE, Stamp, scan
from bot.knowledge.follow_ups import FollowUp
from bot.knowledge.languages import is_language, name_of
from bot.knowledge.phrases import LANGUAGE, TOPIC, Phrases
from bot.knowledge.placeholders import fill
from bot.knowledge.policy import Policy
from bot.knowledge.sources import Source, read_sources
from bot.knowledge.tone import Tone

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class KnowledgeBaseMissing(Exception):
    """There is nothing to answer from. `faults` says what is wrong with the files there are."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


@dataclass(frozen=True)
class KnowledgeBase:
    """What the bot knows. Immutable; `load` makes the next one out of this one.

    `articles` holds, by (language, id), those valid on `today`; `expired` the others. `faults` is
    what is wrong file by file. `fingerprint` changes exactly when what is served changes."""

    default_language: str
    today: date
    # Not shown: a traceback with its values would be the whole folder, many times over.
    articles: Mapping[tuple[str, str], Article] = field(repr=False)
    phrases: Mapping[str, Phrases] = field(repr=False)
    follow_ups: Mapping[str, FollowUp] = field(default_factory=dict, repr=False)
    policy: Policy = field(default_factory=Policy)
    tone: Tone = field(default_factory=Tone)
    expired: tuple[Article, ...] = field(default=(), repr=False)
    faults: tuple[Fault, ...] = ()
    fingerprint: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict, repr=False)
    folder: str = "knowledge_base"

    @cached_property  # asked for with every message
    def languages(self) -> tuple[str, ...]:
        """The languages there are answers in, the default one first."""
        found = sorted({language for language, _ in self.articles})
        return tuple(sorted(found, key=lambda language: language != self.default_language))

    @property
    def seen(self) -> Mapping[str, Stamp]:
        """The files as they were when this was read, for `watch.watch` to compare with."""
        return {name: source.stamp for name, source in self.sources.items()}

    @property
    def has_lost_policy(self) -> bool:
        """Whether there is a policy file of which nothing could be used yet: the defaults stand in,
        without supervisors, words and causes."""
        source = self.sources.get(POLICY)
        return source is not None and source.parsed.value is None

    def article(self, id: str, language: str) -> Article | None:
        """An article in exactly this language, if it is there and still valid."""
        return self.articles.get((language, id))

    def languages_of(self, id: str) -> tuple[str, ...]:
        """The languages an article can be read in, the default one first."""
        return tuple(language for language in self.languages if (language, id) in self.articles)

    def articles_in(self, language: str, tag: str | None = None) -> tuple[Article, ...]:
        """A language's valid articles by id, all or those with a tag."""
        return tuple(
            article
            for (lang, _), article in sorted(self.articles.items())
            if lang == language and (tag is None or tag in article.tags)
        )

    def topics(self, language: str) -> tuple[tuple[str, str], ...]:
        """(tag, title) of the tags that come first in an article of this language and have a
        phrase `topic_<tag>`, in the order of those phrases in the language's file."""
        tags = {tag for article in self.articles_in(language) for tag in article.tags[:1]}
        words = (*self._words(language), *self._words(self.default_language))
        keys = dict.fromkeys(key for key in words if key.startswith(TOPIC))
        return tuple(
            (key.removeprefix(TOPIC), self.say(language, key))
            for key in keys
            if key.removeprefix(TOPIC) in tags
        )

    def say(self, language: str, key: str, /, **values: object) -> str:
        """A phrase in this language, else in the default one, else in any that has it.

        Values are put in as they are; `n` chooses among plural forms. A language's name
        (`language_lv`) is known even without a phrase, so that a new folder of articles is enough
        to add a language. Raises LookupError when no language has the phrase (`check` reports that
        beforehand)."""
        for code in (language, self.default_language, *self.phrases):
            if key in self._words(code):
                return self.phrases[code].say(key, **values)
        code = key.removeprefix(LANGUAGE)
        if code != key and is_language(code):
            return name_of(code, language if is_language(language) else self.default_language)
        raise LookupError(
            f'No language has the phrase "{key}". '
            f"Do: add it to {self.folder}/phrases/{self.default_language}.yaml."
        )

    def replies(self, language: str) -> Mapping[str, str]:
        """What colleagues have ready to send, by name: in this language, else in the default one.
        The placeholders (`phrases.REPLY_NAMES`) are not filled in yet."""
        found = (self.phrases.get(code) for code in (self.default_language, language))
        return {name: text for each in found if each for name, text in each.replies.items()}

    def hears(self, language: str, intent: str) -> tuple[str, ...]:
        """What customers say in this language when they mean the intent; empty if unknown."""
        phrases = self.phrases.get(language)
        return phrases.hear.get(intent, ()) if phrases else ()

    def follow_up(self, id: str, language: str, /, **values: object) -> Reply | None:
        """A follow-up's message in this language, else in the default one; None if there is none.

        Values: name, product, order; put in as they are."""
        found = self.follow_ups.get(id)
        if not found:
            return None
        code = language if language in found.texts else self.default_language
        if code not in found.texts:
            return None
        options: tuple[Option, ...] = found.buttons.get(code, ())
        return Reply(fill(found.texts[code], values), options)

    def line(self, path: str, *where: str | int) -> int | None:
        """The line in which a value stands in a file, as of when it was last read well."""
        source = self.sources.get(path.removeprefix(f"{self.folder}/"))
        lines: Mapping[Where, int] = source.parsed.lines if source else {}
        return lines.get(where)

    def _words(self, language: str) -> Mapping[str, object]:
        phrases = self.phrases.get(language)
        return phrases.words if phrases else {}


def load(
    folder: Path, default_language: str, today: date, previous: KnowledgeBase | None = None
) -> KnowledgeBase:
    """Read the folder, parsing again only what changed (blocking: from asyncio, use a thread).

    Broken content never raises: it becomes `faults`, everything else is served, and of a broken
    file that `previous` had a good copy of, that copy stays. Raises KnowledgeBaseMissing if there
    is no folder or not one article in it; keep serving `previous` then."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        do = "Do: create it, or set the path of the knowledge base to where it is."
        raise KnowledgeBaseMissing(f"The knowledge base {folder} {what}. {do}")
    look = scan(folder)
    sources = read_sources(folder, look, previous.sources if previous else {})
    served, doubles = _without_doubles(sources)
    faults = [*look.faults.values(), *doubles]
    faults += [fault for source in sources.values() for fault in source.faults]
    faults.sort(key=lambda fault: (fault.path, fault.line or 0))
    articles = list(_values(served, Article))
    if not articles:
        raise KnowledgeBaseMissing(_no_articles(folder, faults), tuple(faults))
    expired = tuple(a for a in articles if a.valid_until and a.valid_until < today)
    return KnowledgeBase(
        default_language=default_language,
        today=today,
        articles=_frozen({(a.language, a.id): a for a in articles if a not in expired}),
        phrases=_frozen({p.language: p for p in _values(served, Phrases)}),
        follow_ups=_frozen({f.id: f for f in _values(served, FollowUp)}),
        policy=next(_values(served, Policy), Policy()),
        tone=next(_values(served, Tone), Tone()),
        expired=expired,
        faults=tuple(faults),
        fingerprint=_fingerprint(served, expired),
        sources=_frozen(sources),
        folder=folder.resolve().name,
    )


def _without_doubles(sources: Mapping[str, Source]) -> tuple[dict[str, Source], list[Fault]]:
    """Of two files that claim the same article the first by name is served."""
    owners: dict[tuple[str, str], str] = {}
    served, faults = dict(sources), []
    for name, source in sources.items():
        article = source.parsed.value
        if not isinstance(article, Article):
            continue
        owner = owners.setdefault((article.language, article.id), article.path)
        if owner != article.path:
            line = source.parsed.lines.get(("id",))
            what = f'the article "{article.id}" is already written in {owner}'
            faults.append(Fault(article.path, line, what, "give it another id, or delete one"))
            del served[name]
    return served, faults


def _values(sources: Mapping[str, Source], kind: type[T]) -> Iterator[T]:
    values = (source.parsed.value for source in sources.values())
    return (value for value in values if isinstance(value, kind))


def _fingerprint(served: Mapping[str, Source], expired: tuple[Article, ...]) -> str:
    # The tone is for those who write; no customer is served any of it.
    state = [(name, source.digest) for name, source in served.items() if name != TONE]
    return sha256(repr((state, [article.path for article in expired])).encode()).hexdigest()


def _no_articles(folder: Path, faults: list[Fault]) -> str:
    errors = [fault for fault in faults if fault.level == "error"]
    if errors:
        return f"No article in {folder} can be read; the first thing wrong is {errors[0]}"
    return f"There is no article in {folder}. Do: write one, as in articles/en/opening-hours.md."


def _frozen(mapping: dict[K, V]) -> Mapping[K, V]:
    return MappingProxyType(mapping)
