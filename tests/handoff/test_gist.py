"""A conversation in two lines: what the customer wants, and what has been tried."""

from __future__ import annotations

from handoff.gist import Gist, Said, gist_text, wanted
from tests.handoff.test_cards import words


def said(*texts: str) -> list[Said]:
    return [Said(text) for text in texts]


def test_a_question_says_more_than_what_is_around_it() -> None:
    """A greeting, a story and a question: the question is shown."""
    story = said("Hello!", "I bought a tent last week. It is blue. Can I bring it to your shop?")
    assert wanted(story) == "Can I bring it to your shop?"


def test_a_whole_sentence_says_more_than_a_word() -> None:
    """Whoever asks nothing tells something."""
    assert wanted(said("hi", "my tent leaks at the seams", "ok")) == "my tent leaks at the seams"


def test_of_two_alike_the_later_counts() -> None:
    """They may have gone on to something else."""
    assert wanted(said("Where is my order?", "Where is my refund?")) == "Where is my refund?"


def test_the_wish_for_a_person_is_not_what_they_want_of_that_person() -> None:
    """Unless they have said nothing else."""
    wish = Said("I want to talk to a person please", brought_person=True)
    assert wanted([Said("my tent leaks"), wish]) == "my tent leaks"
    assert wanted([Said("hello"), wish]) == "I want to talk to a person please"


def test_commands_and_silence_want_nothing() -> None:
    """A link that was followed is no question."""
    assert wanted(said("/start return-an-item", "  ")) == ""
    assert words("desk_wants_unknown") in gist_text(Gist(), words)


def test_the_second_line_says_what_was_tried() -> None:
    """The articles shown, what the customer thought of them, how often the bot asked back, the
    complaint, and how long it took."""
    gist = Gist("Where is it?", ("Returns", "Refunds"), 2, 1, "C-0007", "12 min")
    first, second = gist_text(gist, words).splitlines()
    assert first == "*Wants:* Where is it?"
    assert second == (
        "*So far:* shown “Returns”, “Refunds” · 👎 · asked back ×2 · Complaint C-0007 · "
        "12 min with the bot"
    )


def test_nothing_tried_is_said_in_words() -> None:
    """The line is there in any case: an agent need not wonder."""
    assert gist_text(Gist("Hello"), words).splitlines()[1] == "*So far:* nothing tried yet"


def test_a_customers_words_mean_nothing_to_slack() -> None:
    """Neither in the line nor in a title."""
    text = gist_text(Gist("<!channel> *now*", ("<@U1>",)), words)
    assert "<!channel>" not in text and "<@U1>" not in text and "*now*" not in text
