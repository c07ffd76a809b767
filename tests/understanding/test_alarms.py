"""A complaint opens at once and danger brings 112, so both are heard where they are meant, and
nowhere else: `alarms.csv` holds what is clear, and what only sounds like it."""

from __future__ import annotations

import pytest

from bot.understanding.hear import Hear

from .shop import LANGUAGES, articles, hear, rows

ALARMS = frozenset({"complaint", "emergency"})
MEANT = {"complaint": 10, "emergency": 10, "grievance": 5}  # how many of each language, at least
# Their own questions are complaints and injuries.
ABOUT_THEM = {"complaint", "injury"}


@pytest.fixture(scope="module")
def ears() -> Hear:
    return Hear(hear())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("alarm", sorted(MEANT))
def test_what_is_meant_is_heard(ears: Hear, language: str, alarm: str) -> None:
    """Somebody who complains, who is wronged, and somebody in danger, whatever their words."""
    said = [
        row["text"]
        for row in rows("alarms.csv")
        if (row["lang"], row["hears"]) == (language, alarm)
    ]
    assert len(said) >= MEANT[alarm]
    assert [text for text in said if alarm not in ears.intents(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complaint_is_no_emergency(ears: Hear, language: str) -> None:
    """Nobody who complains is told to call 112."""
    said = [
        row
        for row in rows("alarms.csv")
        if row["lang"] == language and row["hears"] in ("complaint", "grievance")
    ]
    assert [row["text"] for row in said if "emergency" in ears.intents(row["text"])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_sounds_like_it_is_not_heard(ears: Hear, language: str) -> None:
    """Questions about complaints, "no complaints", and figures of speech raise no alarm."""
    said = [
        row["text"] for row in rows("alarms.csv") if (row["lang"], row["hears"]) == (language, "")
    ]
    assert len(said) >= 35
    assert [text for text in said if ears.intents(text) & ALARMS] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_grievance_opens_no_complaint_by_itself(ears: Hear, language: str) -> None:
    """Rude staff or a demand is one only for somebody who also sounds upset."""
    said = [
        row["text"]
        for row in rows("alarms.csv")
        if (row["lang"], row["hears"]) == (language, "grievance")
    ]
    assert [text for text in said if "complaint" in ears.intents(text)] == []


@pytest.mark.parametrize("name", ["questions", "held_out", "messages"])
def test_plain_questions_raise_no_alarm(ears: Hear, name: str) -> None:
    """Not even one about a lost parcel, a broken buckle or a stove that was called back."""
    asked = [row["text"] for row in rows(f"{name}.csv") if row.get("article") not in ABOUT_THEM]
    assert [text for text in asked if ears.intents(text) & ALARMS] == []


def test_the_articles_own_questions_raise_no_alarm(ears: Hear) -> None:
    """Each leads to its article."""
    asked = [
        question
        for language in LANGUAGES
        for article in articles(language)
        if article.id not in ABOUT_THEM
        for question in (article.title, *article.questions)
    ]
    assert len(asked) > 3000
    assert [text for text in asked if ears.intents(text) & ALARMS] == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("My lawyer will be in touch", "threat"),
        ("Я подам на вас в суд", "threat"),
        ("Tüketici hakem heyetine başvuracağım", "threat"),
        ("Vērsīšos PTAC", "threat"),
        ("Zgłoszę sprawę do UOKiK", "threat"),
        ("I am so disappointed in you", "upset"),
        ("сколько можно ждать", "upset"),
        ("bu ne biçim hizmet, rezalet", "upset"),
        ("esmu ļoti neapmierināta", "upset"),
        ("to jest skandal", "upset"),
        ("not bad at all", "calm"),
        ("не разочаровали", "calm"),
        ("hiç fena değil", "calm"),
        ("nemaz nav slikti", "calm"),
        ("nie mam zastrzeżeń", "calm"),
    ],
)
def test_anger_calm_and_threats_are_heard(ears: Hear, text: str, heard: str) -> None:
    """What the mood of a message and the urgency of a complaint are judged by."""
    assert heard in ears.intents(text)
