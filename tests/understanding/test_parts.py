"""Which questions a message asks, and whether it goes on with the one before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.hear import Hear
from bot.understanding.questions import MOST, Builder, in_context

from .shop import LANGUAGES, hear


@pytest.fixture(scope="module")
def ears() -> Hear:
    return Hear(hear())


def parts(ears: Hear, text: str, language: str) -> list[str]:
    return [piece.text for piece in Builder(ears, (language,)).questions(text)]


@pytest.mark.parametrize(
    ("language", "text", "questions"),
    [
        ("en", "How do I return it? And what does that cost?",
         ["How do I return it?", "And what does that cost?"]),
        ("en", "how do i return it and how much is shipping",
         ["how do i return it", "and how much is shipping"]),
        ("en", "can I pay by card and also collect it in the shop",
         ["can I pay by card", "and also collect it in the shop"]),
        ("en", "where is my parcel\nwhat does a return cost",
         ["where is my parcel", "what does a return cost"]),
        ("ru", "Где моя посылка? И ещё, сколько стоит возврат?",
         ["Где моя посылка?", "И ещё, сколько стоит возврат?"]),
        ("ru", "как вернуть куртку и сколько стоит доставка",
         ["как вернуть куртку", "и сколько стоит доставка"]),
        ("tr", "iade nasıl yapılır ve kargo ücreti ne kadar",
         ["iade nasıl yapılır", "ve kargo ücreti ne kadar"]),
        ("tr", "kargom nerede? bir de iade ücretli mi",
         ["kargom nerede?", "bir de iade ücretli mi"]),
        ("lv", "kā atgriezt preci un cik maksā piegāde?",
         ["kā atgriezt preci", "un cik maksā piegāde?"]),
        ("lv", "Kur ir mana paka? Kā arī, cik maksā piegāde?",
         ["Kur ir mana paka?", "Kā arī, cik maksā piegāde?"]),
        ("pl", "jak zwrócić kurtkę i ile kosztuje dostawa?",
         ["jak zwrócić kurtkę", "i ile kosztuje dostawa?"]),
        ("pl", "Gdzie jest moja paczka? A poza tym kiedy otwieracie sklep?",
         ["Gdzie jest moja paczka?", "A poza tym kiedy otwieracie sklep?"]),
    ],
)  # fmt: skip
def test_several_questions_are_told_apart(
    ears: Hear, language: str, text: str, questions: list[str]
) -> None:
    """By sentence, by line, by what stands between two of them."""
    assert parts(ears, text, language) == questions


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "do you have tents and rucksacks?"),
        ("en", "when and where can I collect it"),
        ("en", "My order arrived. The zip is broken. It was a gift and I loved it."),
        ("ru", "есть ли у вас палатки и рюкзаки?"),
        ("tr", "çadır ve sırt çantası var mı"),
        ("lv", "vai jums ir teltis un mugursomas?"),
        ("pl", "czy macie namioty i plecaki?"),
        ("en", "hello"), ("en", ""), ("en", "?!?"), ("en", "and and and and"),
    ],
)  # fmt: skip
def test_one_question_stays_one(ears: Hear, language: str, text: str) -> None:
    """An "and" between two things does not make two questions."""
    assert parts(ears, text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("en", "I bought a tent last week. It rained. Can I return it?", "Can I return it?"),
        ("ru", "Купила куртку сыну. Ему мала. Как её вернуть?", "Как её вернуть?"),
        ("pl", "Kupiłem namiot. Przecieka. Jak złożyć reklamację?", "Jak złożyć reklamację?"),
    ],
)
def test_a_story_has_one_question(ears: Hear, language: str, text: str, question: str) -> None:
    """What is told beside it is not asked."""
    assert parts(ears, text, language) == [question]


@pytest.mark.parametrize(
    ("language", "text", "how"),
    [
        ("en", "and for shoes?", "continuation"), ("en", "what about boots", "continuation"),
        ("en", "for shoes?", ""), ("en", "how do I return shoes?", None),
        ("ru", "а ботинки?", "continuation"), ("ru", "ботинки?", ""),
        ("ru", "как вернуть ботинки", None),
        ("tr", "peki ayakkabı?", "continuation"), ("tr", "iade nasıl yapılır", None),
        ("lv", "un kurpes?", "continuation"), ("lv", "kurpes?", ""),
        ("lv", "kā atgriezt kurpes", None),
        ("pl", "a buty?", "continuation"), ("pl", "jak zwrócić buty", None),
        ("en", "", None), ("en", "and " * 50, None),
    ],
)  # fmt: skip
def test_what_goes_on_with_a_question(
    ears: Hear, language: str, text: str, how: str | None
) -> None:
    """It says so, or is too short to ask anything by itself."""
    assert Builder(ears, (language,)).continues(text) == how


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "and how much does it cost?"), ("en", "how long does it take"),
        ("ru", "а сколько это стоит?"), ("tr", "peki ne kadar tutar?"),
        ("lv", "un cik tas maksā?"), ("pl", "a ile to kosztuje?"),
    ],
)  # fmt: skip
def test_what_does_not_say_what_it_is_about(ears: Hear, language: str, text: str) -> None:
    """None of its words names anything, so it means what was spoken of."""
    assert Builder(ears, (language,)).continues(text) == "vague"


def test_what_is_told_is_kept_beside_the_questions(ears: Hear) -> None:
    """A story is one piece, without a kind; nothing is kept of a message that asks nothing."""
    builder = Builder(ears, ("en",))
    said = builder.said("The stove exploded. It burnt my hand. What should I do? When do you open?")
    assert [piece.kind for piece in said] == ["", "question", "question"]
    assert said[0].text == "The stove exploded. It burnt my hand."
    assert builder.said("It came today. It is lovely.") == ()


def test_commas_may_part_questions(ears: Hear) -> None:
    """Marked, since commas part much else; a greeting or a list of things is no question."""
    builder = Builder(ears, ("en",))
    listed = builder.said("do you have gift cards, can i pay with paypal, is delivery free")
    assert [piece.is_listed for piece in listed] == [True, True, True]
    assert builder.said("hi, can I return it, please") == ()
    assert builder.said("do you have tents, rucksacks and boots") == ()


def test_what_is_new_counts_more() -> None:
    """The words of the continuation stand first and twice: a long question before cannot push them
    out of what is searched for."""
    assert in_context("and boots?", "which size?") == "and boots? and boots? which size?"


@given(st.text())
def test_any_text_has_a_build(ears: Hear, text: str) -> None:
    """No error, and only so many questions."""
    builder = Builder(ears, LANGUAGES)
    assert len(builder.questions(text)) <= MOST
    assert builder.continues(text) in {None, "", "continuation", "vague"}


@pytest.mark.parametrize("text", ["and how " * 800, "? " * 2048, "what\n" * 800, "a?b" * 1300])
def test_hostile_texts_are_bounded(ears: Hear, text: str) -> None:
    """However often something is asked, the work has an end."""
    assert len(Builder(ears, LANGUAGES).questions(text)) <= MOST
