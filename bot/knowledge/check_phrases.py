"""Whether every language can say everything the code wants to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault, nearest
from bot.knowledge.languages import whole_number_categories
from bot.knowledge.phrases import LANGUAGE, REPLIES, REPLY_NAMES, TOPIC, Phrase, Phrases
from bot.knowledge.placeholders import names_in
from bot.knowledge.required_phrases import REQUIRED_PHRASES


def check_phrases(
    kb: KnowledgeBase, required: Mapping[str, frozenset[str]] = REQUIRED_PHRASES
) -> Iterator[Fault]:
    """Languages without phrases, phrases missing, unknown, or with the wrong placeholders or
    plural forms. What is missing in the default language is an error, elsewhere a warning: there
    the default language's words stand in."""
    for language in sorted({*kb.languages, *kb.phrases, kb.default_language}):
        path = f"{kb.folder}/phrases/{language}.yaml"
        is_default = language == kb.default_language
        phrases = kb.phrases.get(language)
        if phrases is None:
            what = f'the language "{language}" has articles but no phrases'
            do = f"copy phrases/{kb.default_language}.yaml to it and translate that"
            if is_default:
                what, do = "the default language has no phrases", "restore the file"
            yield Fault(path, None, what, do, "error" if is_default else "warning")
            continue
        yield from _missing(phrases, path, required, is_default)
        yield from _unheard(kb, phrases, path)
        yield from _replies(kb, phrases, path)
        for key, phrase in phrases.words.items():
            line = kb.line(path, "say", key)
            yield from _phrase(language, key, phrase, path, line, required)


def _missing(
    phrases: Phrases, path: str, required: Mapping[str, frozenset[str]], is_default: bool
) -> Iterator[Fault]:
    for key in required:
        if key not in phrases:
            what = f'the phrase "{key}" is missing'
            if is_default:
                yield Fault(path, None, what, "add it below say:")
            else:
                what += ", so the default language's stands in"
                yield Fault(path, None, what, "add it below say:", "warning")


def _unheard(kb: KnowledgeBase, phrases: Phrases, path: str) -> Iterator[Fault]:
    standard = kb.phrases.get(kb.default_language)
    for intent in standard.hear if standard else ():
        if intent not in phrases.hear:
            what = f'what customers say for "{intent}" is missing'
            yield Fault(path, kb.line(path, "hear"), what, "add it below hear:", "warning")


def _replies(kb: KnowledgeBase, phrases: Phrases, path: str) -> Iterator[Fault]:
    """Replies that ask for what nobody fills in, and those that customers of this language would
    get in another one."""
    for name, text in phrases.replies.items():
        for asked in sorted(names_in(text) - REPLY_NAMES):
            what = f'the reply "{name}" asks for {{{asked}}}, which is never filled in there'
            yield Fault(path, kb.line(path, REPLIES, name), what, _use(REPLY_NAMES))
    standard = kb.phrases.get(kb.default_language)
    for name in standard.replies if standard else ():
        if name not in phrases.replies:
            what = f'the reply "{name}" is missing, so the default language\'s stands in'
            yield Fault(path, kb.line(path, REPLIES), what, "add it below replies:", "warning")


def _phrase(
    language: str,
    key: str,
    phrase: Phrase,
    path: str,
    line: int | None,
    required: Mapping[str, frozenset[str]],
) -> Iterator[Fault]:
    if key not in required:
        if not key.startswith((TOPIC, LANGUAGE)):
            what, do = f'nothing ever says the phrase "{key}"', nearest(key, required)
            yield Fault(path, line, what, do, "warning")
        return
    forms = {"": phrase} if isinstance(phrase, str) else phrase
    for name in sorted(frozenset[str]().union(*map(names_in, forms.values())) - required[key]):
        what = f'the phrase "{key}" asks for {{{name}}}, which is never filled in there'
        yield Fault(path, line, what, _use(required[key]))
    if not isinstance(phrase, str):
        for category in sorted(whole_number_categories(language) - phrase.keys()):
            what = f'the phrase "{key}" lacks the plural form "{category}"'
            yield Fault(path, line, what, f'add a line "{category}: …" to it')


def _use(allowed: frozenset[str]) -> str:
    names = ", ".join(f"{{{name}}}" for name in sorted(allowed))
    return f"use only {names}" if names else "delete it: this phrase has no placeholders"
