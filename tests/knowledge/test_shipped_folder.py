"""The knowledge base that comes with Frontdesk is itself in order."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase, load
from bot.knowledge.check import check
from bot.knowledge.policy import Policy
from bot.knowledge.required_phrases import REQUIRED_PHRASES

from .folder import TODAY

FOLDER = Path(__file__).parents[2] / "knowledge_base"
LANGUAGES = ("en", "lv", "pl", "ru", "tr")


@cache
def shipped() -> KnowledgeBase:
    return load(FOLDER, "en", TODAY)


def test_it_has_no_faults() -> None:
    """Neither errors nor warnings: it is the example people copy. That there are more articles in
    English is no fault."""
    faults = [fault for fault in check(shipped()) if fault.level != "note"]
    assert [f"{fault.level}: {fault}" for fault in faults] == []


def test_every_language_has_a_tone() -> None:
    """Each shipped language says what not to write, and its own phrases keep to it (see above)."""
    assert set(shipped().tone.wordings) == set(LANGUAGES)
    assert all(len(wordings) >= 8 for wordings in shipped().tone.wordings.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    """Each required phrase can be said in each language, with all its values filled in."""
    assert language in shipped().languages
    for key, names in REQUIRED_PHRASES.items():
        assert key in shipped().phrases[language]
        text = shipped().say(language, key, **dict.fromkeys(names, "Ω"))
        assert text and "{" not in text and "}" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_offers_topics_and_a_follow_up(language: str) -> None:
    """A start menu has something to show, and a follow-up speaks the language."""
    kb = shipped()
    assert len(kb.topics(language)) >= 8
    assert set(kb.follow_ups["after-delivery"].texts) == set(LANGUAGES)
    said = kb.follow_up("after-delivery", language, name="Anna", product="Ridge 2")
    assert said and "Anna" in said.text and "Ridge 2" in said.text


def test_the_policy_file_may_be_left_out() -> None:
    """The values in it may be tuned, but it names every setting there is."""
    named = shipped().sources["policy.yaml"].parsed.lines
    named_in_file = {where[0] for where in named if where}
    assert named_in_file == set(Policy.model_fields) - {"precision_by_tag"}  # an example of it
