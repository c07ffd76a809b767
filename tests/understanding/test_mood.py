"""How upset a customer is, and which of their words say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Mood
from bot.understanding.mood import FILE, MoodModel

MODEL = MoodModel.load()

ANGRY = {
    "en": "Third time I write and nobody answers. This is ridiculous, I want my money back!",
    "ru": "Третий раз пишу, и никто не отвечает. Это просто издевательство, верните деньги!",
    "tr": "Üçüncü kez yazıyorum, kimse cevap vermiyor. Rezalet, paramı geri istiyorum!",
    "lv": "Trešo reizi rakstu, un neviens neatbild. Tas ir kauns, gribu naudu atpakaļ!",
    "pl": "Trzeci raz piszę i nikt nie odpowiada. To skandal, żądam zwrotu pieniędzy!",
}
SAD_TOPICS = {
    "en": ["my parcel got lost, where do I report it", "The zip broke. Is that under warranty?"],
    "ru": ["посылка потерялась, куда обратиться?", "Сломалась молния, это по гарантии?"],
    "tr": ["kargom kayboldu, nereye bildirmem gerekiyor?", "Fermuar bozuldu, garantiye girer mi?"],
    "lv": ["paka pazudusi, kur par to ziņot?", "Saplīsa rāvējslēdzējs, vai ir garantija?"],
    "pl": ["zgubiła się paczka, gdzie to zgłosić?", "Zepsuł się zamek, czy obejmuje to gwarancja?"],
}
CALM_BY_LISTS = frozenset({"calm"})


def read(text: str, language: str = "en", heard: frozenset[str] = frozenset()) -> Mood:
    return MODEL.read(text, {language: 1.0}, heard)


@pytest.mark.parametrize("language", ANGRY)
def test_anger_is_told_and_a_sad_topic_stays_a_question(language: str) -> None:
    angry = read(ANGRY[language], language).score
    assert angry > 0.8
    for question in SAD_TOPICS[language]:
        assert read(question, language).score < 0.5


def test_what_is_not_bad_is_not_bad() -> None:
    said = read("not bad at all, thank you", heard=CALM_BY_LISTS).score
    assert said < 0.4 < read("this is bad, really bad").score


@pytest.mark.parametrize(
    ("calmer", "angrier"),
    [
        ("where is my order", "WHERE IS MY ORDER"),
        ("where is my order", "where is my order 😡"),
        ("you promised it by friday", "you promised it by friday!!!"),
        ("why is it late", "whyyyy is it late"),
        ("the parcel came 😍", "the parcel came 😤"),
    ],
)
def test_signs_that_are_no_words_say_something(calmer: str, angrier: str) -> None:
    assert read(calmer).score < read(angrier).score


def test_reasons_quote_the_message_as_it_was_typed() -> None:
    reasons = read("Your service is RIDICULOUS, shame on you").reasons
    assert 1 <= len(reasons) <= 4
    assert any("RIDICULOUS" in reason for reason in reasons)
    assert all(reason[0] == "“" or reason == "capitals" for reason in reasons)


def test_signs_are_reasons_by_their_codes() -> None:
    assert "emoji 😡" in read("still nothing 😡").reasons
    assert "capitals" in read("WHERE IS MY MONEY").reasons


def test_a_calm_question_has_no_reasons() -> None:
    assert read("What are your opening hours?").reasons == ()


def test_the_lists_of_the_house_move_the_score() -> None:
    plain = read("what a turnip of a shop").score
    listed = read("what a turnip of a shop", heard=frozenset({"upset", "greeting"}))
    assert plain < listed.score
    assert "words" in listed.reasons
    assert read("what a turnip of a shop", heard=CALM_BY_LISTS).score < plain


def test_neighbours_are_read_as_the_nearest_language() -> None:
    text = ANGRY["ru"]
    assert MODEL.read(text, {"uk": 1.0}) == MODEL.read(text, {"ru": 1.0})


def test_two_languages_share_the_say() -> None:
    text = ANGRY["en"]
    mixed = MODEL.read(text, {"en": 0.6, "pl": 0.4}).score
    one, other = read(text).score, read(text, "pl").score
    assert min(one, other) <= mixed <= max(one, other)


@pytest.mark.parametrize("languages", [{}, {"ja": 1.0}, {"en": 0.0}, {"xx": 0.5, "": 0.5}])
def test_of_a_language_never_learned_only_signs_are_seen(languages: dict[str, float]) -> None:
    calm = MODEL.read("これは何ですか", languages).score
    assert calm < MODEL.read("これは何ですか！！！😡😡", languages).score


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\n", "a" * 4096, "😡" * 4096, "!?" * 2048, "ﷺ" * 4096, "\u200b" * 4096,
        "\u202e\u2066terrible\u2069" * 300, "e" + "\u0301" * 4000, "\ud83d", "\x00\uffff",
        "yes да evet jā tak 是 نعم", " ".join(f"w{n}" for n in range(900)), "ужас terrible kauns",
    ],
)  # fmt: skip
def test_any_text_has_a_score(text: str) -> None:
    for language in ("en", "tr", "ru", "zz"):
        mood = read(text, language)
        assert 0.0 <= mood.score <= 1.0
        assert len(mood.reasons) <= 4


@given(st.text(max_size=300), st.sampled_from(["en", "ru", "tr", "lv", "pl", "ja"]))
def test_nothing_makes_it_fail(text: str, language: str) -> None:
    assert 0.0 <= read(text, language).score <= 1.0
    assert read(text, language) == read(text, language)


def test_the_end_of_a_long_message_is_read() -> None:
    story = "Do you also sell lamps for tents, and which of them is the lightest? " * 60
    assert read(story + "You lied to me, nobody answers, give me my money back").score > (
        read(story + "Which of them do you have in red, and in a small size").score
    )


def test_invisible_letters_hide_nothing() -> None:
    angry = "you are thieves and liars"
    assert read("\u200b".join(angry)).score == read(angry).score


def test_the_same_again_and_again_makes_nobody_angrier() -> None:
    once = "Hello, I ordered a tent on Monday and a lamp on Tuesday. "
    assert read(once * 20).score < read(once * 5).score + 0.1
    assert read("qwzx " * 800).score < 0.5
    assert all(len(reason) < 70 for reason in read("idiot" * 600).reasons)


def test_the_shipped_file_is_small() -> None:
    assert FILE.stat().st_size < 4_000_000
