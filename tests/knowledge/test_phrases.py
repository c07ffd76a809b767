"""The bot's own words: placeholders, plurals, and languages standing in for one another."""

from __future__ import annotations

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.phrases import Phrases
from bot.knowledge.placeholders import fill, names_in, stray_brace

from .folder import Folder

DAYS: dict[str, dict[str, str]] = {
    "en": {"one": "{n} day", "other": "{n} days"},
    "ru": {"one": "{n} день", "few": "{n} дня", "many": "{n} дней"},
    "lv": {"zero": "{n} dienu", "one": "{n} diena", "other": "{n} dienas"},
    "pl": {"one": "{n} dzień", "few": "{n} dni", "many": "{n} dni!", "other": "{n} dnia"},
    "tr": {"one": "{n} gün", "other": "{n} gün"},
}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {0: "0 days", 1: "1 day", 2: "2 days", 21: "21 days"}),
        ("ru", {1: "1 день", 2: "2 дня", 5: "5 дней", 11: "11 дней", 21: "21 день"}),
        ("lv", {0: "0 dienu", 1: "1 diena", 2: "2 dienas", 11: "11 dienu", 21: "21 diena"}),
        ("pl", {1: "1 dzień", 2: "2 dni", 5: "5 dni!", 21: "21 dni!", 22: "22 dni"}),
        ("tr", {0: "0 gün", 1: "1 gün", 5: "5 gün"}),
    ],
)
def test_every_language_counts_its_own_way(language: str, said: dict[int, str]) -> None:
    """The form follows the number by the language's CLDR rules."""
    phrases = Phrases(language, {"days": DAYS[language]})
    assert {n: phrases.say("days", n=n) for n in said} == said


def test_a_form_that_is_missing_is_stood_in_for() -> None:
    """A fraction, or no number at all, still says something."""
    phrases = Phrases("ru", {"days": DAYS["ru"]})
    assert phrases.say("days", n=1.5) == "1.5 день"
    assert phrases.say("days") == " день"


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("Hello{, name}!", {"name": "Anna"}, "Hello, Anna!"),
        ("Hello{, name}!", {"name": ""}, "Hello!"),
        ("Hello{, name}!", {}, "Hello!"),
        ("Hello{, name}!", {"name": None}, "Hello!"),
        ("You got help{ from agent}.", {"agent": "Ilze"}, "You got help from Ilze."),
        ("Merhaba{ name}!", {"name": "Ayşe"}, "Merhaba Ayşe!"),
        ("{n} left", {"n": 0}, "0 left"),
        ("{name} and {name}", {"name": "{agent}"}, "{agent} and {agent}"),
        ("{name.__class__} {0} {} {name!r}", {"name": "x"}, "{name.__class__} {0} {} {name!r}"),
        ("{,name} {Name}", {"name": "x"}, "{,name} {Name}"),
        ("{name}", {"name": r"\1 \g<0>"}, r"\1 \g<0>"),
    ],
)
def test_placeholders(text: str, values: dict[str, object], said: str) -> None:
    """Leading text appears with its value; values are put in once and never reached into."""
    assert fill(text, values) == said


def test_placeholders_are_told_from_stray_braces() -> None:
    """What a text asks for is known before it is said."""
    assert names_in("Hi{, name}, {agent}") == {"name", "agent"}
    assert not stray_brace("Hi{, name}") and stray_brace("Hi {Name") and stray_brace("{}")


def test_a_missing_phrase_is_said_in_the_default_language(shop: Folder) -> None:
    """Then in any other; what no language has is refused with the place to add it."""
    shop.write("phrases/lv.yaml", 'say:\n  greeting: "Labdien{, name}!"\n  only: Tikai\n')
    kb = shop.load()
    assert kb.say("lv", "greeting", name="Anna") == "Labdien, Anna!"
    assert kb.say("pl", "greeting") == "Hello!"
    assert kb.say("en", "only") == "Tikai"
    assert kb.say("lv", "language_pl") == "poļu"
    with pytest.raises(LookupError, match=r'phrase "nothing". Do: add it to shop/phrases/en.yaml'):
        kb.say("en", "nothing")


def test_faulty_phrases_are_left_out_and_the_others_stand(shop: Folder) -> None:
    """A first start with one bad phrase loses that phrase only, and is told its line."""
    shop.write(
        "phrases/en.yaml",
        'say:\n  good: Yes\n  empty: ""\n  odd: {one: a, tow: b}\n  brace: "Hi {Name}"\n'
        "  list: [a]\nhear:\n  human: [operator, a person]\n  bad: {a: b}\nshout: x\n",
    )
    kb: KnowledgeBase = shop.load()
    assert kb.phrases["en"].words == {"good": "Yes"}
    assert kb.hears("en", "human") == ("operator", "a person")
    assert [
        str(fault).removeprefix("shop/phrases/en.yaml:").split(". ")[0] for fault in kb.faults
    ] == [
        '3: the phrase "empty" is empty or no text',
        '4: "tow" is no plural form',
        '5: the phrase "brace" has a brace that is no placeholder',
        '6: the phrase "list" is empty or no text',
        '9: "bad" should be a list',
        '10: "shout" means nothing here',
    ]


@pytest.mark.parametrize("name", ["phrases/xx-YY-zz.yaml", "phrases/english.yaml"])
def test_a_phrases_file_is_named_after_a_language(shop: Folder, name: str) -> None:
    """Another name is a fault, with an example of a right one."""
    shop.write(name, "say: {}\n")
    assert "is no language. Do: use a language code such as en" in shop.faults()[0]
