"""Everything wrong with a knowledge base, beyond what keeps a single file from being read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain import Article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.buttons import leads_to
from bot.knowledge.check_dates import check_dates
from bot.knowledge.check_links import check_links
from bot.knowledge.check_people import check_people
from bot.knowledge.check_phrases import check_phrases
from bot.knowledge.check_policy import check_policy
from bot.knowledge.check_reading import check_reading
from bot.knowledge.check_tone import check_tone
from bot.knowledge.check_translations import check_translations
from bot.knowledge.check_twins import check_twins
from bot.knowledge.faults import Fault, nearest
from bot.knowledge.files import POLICY
from bot.knowledge.follow_ups import SECTION
from bot.knowledge.markdown import unfit


def check(kb: KnowledgeBase) -> list[Fault]:
    """All faults in order of file and line: those of reading (`kb.faults`), and what only shows
    when a file is looked at closely or held against the others. Pure."""
    faults = [*kb.faults, *_whole(kb), *_follow_ups(kb), *check_phrases(kb), *check_policy(kb)]
    faults += check_people(kb)
    for article in kb.articles.values():
        faults += [*_missing_targets(kb, article), *_without_questions(kb, article)]
        faults += _text(article.path, article.body, kb.line(article.path, "body"))
    for further in (check_twins, check_dates, check_translations, check_links, check_reading):
        faults += further(kb)
    faults += check_tone(kb)
    return in_order(faults)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """By file and line."""
    return sorted(faults, key=lambda fault: (fault.path, fault.line or 0, fault.level))


def _whole(kb: KnowledgeBase) -> Iterator[Fault]:
    if kb.default_language not in kb.languages:
        what = f'there are no articles in the default language "{kb.default_language}"'
        do = "write some, or set another default language"
        yield Fault(f"{kb.folder}/articles/{kb.default_language}", None, what, do)
    if POLICY not in kb.sources:
        do = "restore it from the repository, or live with the values built in"
        yield Fault(f"{kb.folder}/{POLICY}", None, "the file is missing", do, "warning")


def _missing_targets(kb: KnowledgeBase, article: Article) -> Iterator[Fault]:
    """See-also's and buttons that lead to no valid article of the same language."""
    named: list[tuple[str, int, str | None]] = [
        *(("see_also", n, id) for n, id in enumerate(article.see_also)),
        *(("buttons", n, leads_to(option)) for n, option in enumerate(article.buttons)),
    ]
    known = [other.id for other in kb.articles_in(article.language)]
    for key, n, id in named:
        if id and id not in known:
            what = f'there is no article "{id}" in the language "{article.language}"'
            line = kb.line(article.path, key, n)
            yield Fault(article.path, line, what, nearest(id, known))


def _without_questions(kb: KnowledgeBase, article: Article) -> Iterator[Fault]:
    if not article.questions:
        what = "there are no example questions, so only its title and its text lead to it"
        do = "add three to eight questions, worded as customers would"
        line = kb.line(article.path, "title")
        yield Fault(article.path, line, what, do, "warning")


def _follow_ups(kb: KnowledgeBase) -> Iterator[Fault]:
    for follow_up in kb.follow_ups.values():
        if kb.default_language not in follow_up.texts:
            what = f'there is no text in the default language "{kb.default_language}"'
            do = f'add a section "## {kb.default_language}"'
            yield Fault(follow_up.path, None, what, do)
        for language in kb.languages:
            if language not in follow_up.texts and language != kb.default_language:
                what = f'there is no text in "{language}", so those customers get another language'
                do = f'add a section "## {language}"'
                yield Fault(follow_up.path, None, what, do, "warning")
        for language, text in follow_up.texts.items():
            start = kb.line(follow_up.path, SECTION + language, "text")
            yield from _text(follow_up.path, text, start)
            for option in follow_up.buttons.get(language, ()):
                id = leads_to(option)
                if id and not kb.article(id, language):
                    line = kb.line(follow_up.path, "buttons")
                    what = f'there is no article "{id}" in the language "{language}"'
                    yield Fault(follow_up.path, line, what, "write it, or delete the button")


def _text(path: str, text: str, first_line: int | None) -> Iterator[Fault]:
    """What a text holds that chats cannot show well."""
    start = first_line or 1
    for line, what, do in unfit(text):
        shown = f"chats cannot show {what} as such"
        yield Fault(path, start + line, shown, do, "warning")
