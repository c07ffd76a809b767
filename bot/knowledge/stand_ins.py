"""Words for a folder that has none, so that a question can be decided all the same."""

from __future__ import annotations

from dataclasses import replace

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.phrases import Phrases
from bot.knowledge.required_phrases import REQUIRED_PHRASES


def with_words(kb: KnowledgeBase) -> KnowledgeBase:
    """The same with stand-ins for the phrases that no language has, for whoever tries questions
    out: no customer should be shown them. The default language becomes one that there are articles
    in."""
    language = kb.default_language if kb.default_language in kb.languages else kb.languages[0]
    known = {key for phrases in kb.phrases.values() for key in phrases.words}
    missing = {key: key.replace("_", " ") for key in REQUIRED_PHRASES if key not in known}
    own = kb.phrases.get(language, Phrases(language))
    phrases = {**kb.phrases, language: replace(own, words={**own.words, **missing})}
    return replace(kb, phrases=phrases, default_language=language)
