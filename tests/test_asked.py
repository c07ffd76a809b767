"""What customers asked and how it ended, read out of what was said: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import Agent
from bot.service.asked import Ending
from bot.service.questions import Question
from bot.storage.database import Database
from tests.conftest import KNOWLEDGE_BASE
from tests.talks import MONDAY, Talks

DOG = "may my dog come along"
RETURN, WARRANTY = "return-an-item", "warranty"
EVA = Agent("U2", "Eva Berzina", on_desk=True)


@pytest.fixture
def talks(database: Database) -> Talks:
    return Talks(database, KNOWLEDGE_BASE, MONDAY)


def asked(talks: Talks) -> list[Question]:
    return talks.questions(MONDAY - timedelta(days=1))


def only(talks: Talks) -> Question:
    found = asked(talks)
    assert len(found) == 1
    return found[0]


def test_an_answer_that_nobody_complains_about(talks: Talks) -> None:
    """Most questions: answered, and no more is heard."""
    talks.say("Ann", "send it back", talks.match(RETURN, 0.99))
    question = only(talks)
    assert (question.text, question.ending) == ("send it back", Ending.ANSWERED)
    assert (question.article_id, question.helpful, question.handover) == (RETURN, None, None)


@pytest.mark.parametrize(("button", "helpful"), [("helpful:1", True), ("helpful:0", False)])
def test_thumbs_are_about_the_question_that_was_answered(
    button: str, helpful: bool, talks: Talks
) -> None:
    """👍 and 👎 come with the article; the last word counts."""
    talks.say("Ann", "send it back", talks.match(RETURN, 0.99))
    talks.press("Ann", f"{button}:{RETURN}")
    assert only(talks).helpful is helpful


def test_did_you_mean_and_the_right_one_pressed(talks: Talks) -> None:
    """The customer has said which article was meant."""
    talks.say("Ann", "send it", talks.match(RETURN, 0.4), talks.match(WARRANTY, 0.3))
    talks.press("Ann", f"article:{RETURN}")
    question = only(talks)
    assert (question.ending, question.article_id) == (Ending.CHOSEN, RETURN)


@pytest.mark.parametrize("typed", ["1", "Can I bring it back?"])
def test_a_button_that_was_typed_is_no_question(typed: str, talks: Talks) -> None:
    """Whoever types the number, or the words on it, has pressed it."""
    talks.say("Ann", "send it", talks.match(RETURN, 0.4), talks.match(WARRANTY, 0.3))
    talks.say("Ann", "1" if typed == "1" else talks.article(RETURN).title)
    assert only(talks).ending is Ending.CHOSEN


def test_none_of_these_and_nobody_wanted(talks: Talks) -> None:
    """Left without an answer, however polite it ended."""
    talks.say("Ann", DOG, talks.match(RETURN, 0.4), talks.match(WARRANTY, 0.3))
    talks.press("Ann", "none")
    talks.press("Ann", "no_human")
    assert only(talks).ending is Ending.UNANSWERED


def test_none_of_these_and_a_person(talks: Talks) -> None:
    """The person answers, and that answer belongs to the question."""
    talks.say("Ann", DOG, talks.match(RETURN, 0.4), talks.match(WARRANTY, 0.3))
    talks.press("Ann", "none")
    talks.press("Ann", "human")
    talks.answer("Yes, on a lead.", "Have a nice day!", agent=EVA)
    question = only(talks)
    assert question.ending is Ending.HANDED_OVER
    assert question.replies == ("Yes, on a lead.", "Have a nice day!")
    assert question.names == ("Ann", "Eva")


def test_two_wordings_that_led_to_one_handover(talks: Talks) -> None:
    """Asked to put it differently, and still not understood: two questions, one handover."""
    talks.say("Ann", DOG)
    talks.say("Ann", "dogs allowed?")
    first, second = asked(talks)
    assert (first.ending, second.ending) == (Ending.HANDED_OVER, Ending.HANDED_OVER)
    assert first.handover == second.handover


def test_put_in_other_words_and_answered(talks: Talks) -> None:
    """The first wording belongs to the article that answered the second."""
    talks.say("Ann", "it is not nice, take it")
    talks.say("Ann", "how to return", talks.match(RETURN, 0.99))
    first, second = asked(talks)
    assert (first.ending, first.article_id) == (Ending.WORKED_OUT, RETURN)
    assert second.ending is Ending.ANSWERED


def test_a_person_asked_for_right_after_an_answer(talks: Talks) -> None:
    """An answer that makes people ask for a person was none."""
    talks.say("Ann", "send it back", talks.match(RETURN, 0.99))
    talks.say("Ann", "human")
    question = only(talks)
    assert (question.ending, question.article_id) == (Ending.HANDED_OVER, RETURN)


def test_a_person_asked_for_much_later(talks: Talks) -> None:
    """That is about something else; so is what follows a thank-you."""
    talks.say("Ann", "send it back", talks.match(RETURN, 0.99))
    talks.wait(timedelta(hours=2))
    talks.say("Ann", "human")
    talks.say("Bob", "send it back", talks.match(RETURN, 0.99))
    talks.say("Bob", "thanks")
    talks.say("Bob", "human")
    assert [question.ending for question in asked(talks)] == [Ending.ANSWERED] * 2


def test_what_is_said_to_a_person_is_no_question_to_the_bot(talks: Talks) -> None:
    """While somebody has the conversation, and after it begins anew."""
    talks.say("Ann", "human")
    talks.say("Ann", DOG)
    talks.answer("Yes.")
    talks.say("Ann", "/help")
    talks.say("Ann", "HB-104233")
    talks.say("Ann", "thanks")
    assert asked(talks) == []


def test_a_burst_is_one_question(talks: Talks) -> None:
    """Three messages of a breath are one thing asked."""
    talks.say_at_once("Ann", "hey", "my dog", "may it come along")
    assert only(talks).text == "hey\nmy dog\nmay it come along"


def test_an_edit_is_what_was_meant(talks: Talks) -> None:
    """The corrected text is a further wording of the same; what was taken back is forgotten."""
    talks.say("Ann", "sned bakc")
    talks.means("send it back", talks.match(RETURN, 0.99))
    talks.edit("Ann", "send it back")
    talks.say("Bob", DOG)
    talks.delete("Bob")
    assert [(question.text, question.ending) for question in asked(talks)] == [
        ("sned bakc", Ending.WORKED_OUT),
        ("send it back", Ending.ANSWERED),
    ]


def test_only_what_was_asked_since_then(talks: Talks) -> None:
    """Last month's questions are not this week's."""
    talks.say("Ann", DOG)
    talks.wait(timedelta(days=10))
    talks.say("Bob", DOG)
    assert len(talks.questions(talks.now - timedelta(days=7))) == 1
