"""Which articles some customers cannot read in their own language."""

from __future__ import annotations

from collections.abc import Iterator

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faults import Fault

SHOWN = 40  # ids of a language that are listed


def check_translations(kb: KnowledgeBase) -> Iterator[Fault]:
    """A note for each language that lacks articles of the default one, or has some of its own."""
    standard = {article.id for article in kb.articles_in(kb.default_language)}
    for language in kb.languages:
        here = {article.id for article in kb.articles_in(language)}
        folder = f"{kb.folder}/articles/{language}"
        if missing := sorted(standard - here):
            what = (
                f"{_articles(len(missing))} of {len(standard)} "
                f"{'is' if len(missing) == 1 else 'are'} not translated: {_listed(missing)}"
            )
            do = "translate what is asked most; until then those customers are offered the original"
            yield Fault(folder, None, what, do, "note")
        if language != kb.default_language and (only := sorted(here - standard)):
            what = (
                f"{_articles(len(only))} {'has' if len(only) == 1 else 'have'} no file of the same "
                f"name in {kb.default_language}: {_listed(only)}"
            )
            do = f"name them alike if they are translations, or write them in {kb.default_language}"
            yield Fault(folder, None, what, do, "note")


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count} articles"


def _listed(ids: list[str]) -> str:
    rest = len(ids) - SHOWN
    return ", ".join(ids[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
