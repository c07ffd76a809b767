"""Questions that ask the same come together, whoever asked and in whatever order."""

from __future__ import annotations

import random
from itertools import product

import pytest

from bot.understanding.clusters import cluster
from bot.understanding.wordings import Wordings
from tests.understanding.shop import articles

DOGS = ["can i bring my dog to the shop?", "Is it OK to bring DOGS into your shops", "dog in shop"]
CRYPTO = ["can i pay with bitcoin", "bitcoin payment", "do you take bitcoin as a payment?"]
WRAP = ["do you sell gift wrapping", "is gift wrapping available"]
QUESTIONS = [*DOGS, *CRYPTO, *WRAP, "what is the weather on Galdhopiggen"]


def known(language: str = "en") -> list[str]:
    return [text for article in articles(language) for text in (article.title, *article.questions)]


def groups(questions: list[str], language: str = "en") -> set[frozenset[str]]:
    found = cluster(questions, language, known(language))
    return {frozenset(questions[place] for place in places) for places in found}


def test_alike_questions_come_together() -> None:
    """By the words they share that others do not; a question of its own stays alone."""
    assert groups(QUESTIONS) == {
        frozenset(DOGS), frozenset(CRYPTO), frozenset(WRAP), frozenset(QUESTIONS[-1:]),
    }  # fmt: skip


def test_the_order_of_the_questions_does_not_matter() -> None:
    """The same groups, and within each the same wording first."""
    first = [QUESTIONS[places[0]] for places in cluster(QUESTIONS, "en", known())]
    for seed in range(5):
        shuffled = random.Random(seed).sample(QUESTIONS, len(QUESTIONS))
        assert groups(shuffled) == groups(QUESTIONS)
        again = [shuffled[places[0]] for places in cluster(shuffled, "en", known())]
        assert sorted(again) == sorted(first)


def test_the_largest_group_comes_first_and_its_commonest_wording_first_in_it() -> None:
    """What many write is what it should be called."""
    asked = ["bitcoin payment", *DOGS, DOGS[2], DOGS[2], DOGS[2]]
    first, second = cluster(asked, "en", known())
    assert (len(first), len(second)) == (6, 1)
    assert asked[first[0]] == DOGS[2]


@pytest.mark.parametrize(
    ("language", "alike", "other"),
    [
        ("ru", ("Можно прийти с собакой?", "с собаками можно приходить"), "принимаете биткоины?"),
        ("tr", ("Köpeğimle gelebilir miyim?", "kopegimle gelebilirmiyim"), "bitcoin ile ödeme"),
        ("lv", ("Vai drīkst nākt ar suni?", "vai ar suniem drikst nakt"), "maksāt ar bitkoiniem"),
        ("pl", ("Czy mogę przyjść z psem?", "czy z psem moge przyjsc"), "płatność bitcoinem"),
    ],
)
def test_endings_and_missing_accents_do_not_part_what_asks_the_same(
    language: str, alike: tuple[str, str], other: str
) -> None:
    """In every language."""
    assert groups([*alike, other], language) == {frozenset(alike), frozenset([other])}


@pytest.mark.parametrize("questions", [[], ["???"], ["", "  ", "😀"], ["one alone"]])
def test_little_to_put_together(questions: list[str]) -> None:
    """Nothing, or nothing with a word in it, makes no group."""
    assert len(cluster(questions, "en")) == (questions == ["one alone"])


def test_thousands_of_questions() -> None:
    """Every question is in exactly one group, and the same one asked twice in the same."""
    verbs = [
        "return",
        "wash",
        "rent",
        "mend",
        "insure",
        "engrave",
        "resell",
        "paint",
        "lend",
        "dye",
    ]
    things = ["tent", "jacket", "stove", "rope", "boots", "lamp", "kayak", "sledge", "axe", "map"]
    ways = [f"{begin} {{}} a {{}} {end}" for begin, end in product(
        ["can i", "where do you", "how much is it to", "please help me"], ["", "today", "in Riga"],
    )]  # fmt: skip
    texts = [way.format(verb, thing) for way in ways for verb in verbs for thing in things]
    found = cluster([*texts, *texts], "en", known())
    assert sorted(place for places in found for place in places) == list(range(2 * len(texts)))
    group_of = {place: number for number, places in enumerate(found) for place in places}
    assert all(group_of[place] == group_of[place + len(texts)] for place in range(len(texts)))


@pytest.mark.parametrize(
    "text",
    ["CAN I send it back", "can i sned it back", "it back: can I send?", "can i send it bäck"],
)
def test_wordings_that_are_there_already(text: str) -> None:
    """Order, capitals, accents, signs and a typo make no new example question."""
    assert (
        Wordings("en", ["can I send it back", "opening hours"]).like(text) == "can I send it back"
    )


@pytest.mark.parametrize("text", ["can I send them a card", "", "???", "when do you open"])
def test_wordings_that_are_new(text: str) -> None:
    """Another word is another wording."""
    assert Wordings("en", ["can I send it back", "opening hours", "?"]).like(text) is None
