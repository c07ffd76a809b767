"""How a customer feels, and what is decided because of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import Article, Edit, Mood, Option, Outcome, Reading
from bot.engine import Context, Decision, Standing, decide
from bot.engine.feelings import DANGER, UPSET
from bot.engine.values import OpenComplaint
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.complaint_policy import Complaints
from bot.knowledge.policy import People, Policy
from tests.test_engine import (
    ANN,
    AT,
    FRESH,
    HOME,
    RETURNS,
    TODAY,
    message,
    pressed,
    small_shop,
    sure,
    text_of,
    values_of,
)

STANDING = replace(FRESH, now=AT)
TALKING = replace(STANDING, with_person=True)
CALM, PERHAPS, SURELY = 0.1, 0.6, 0.95
ANSWER = sure(RETURNS, 0.95, 0.98)


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    shop = small_shop()
    return replace(shop, policy=Policy(people=People(upset=0.9, offer=0.5)))


def said(
    kb: KnowledgeBase,
    mood: float,
    *intents: str,
    standing: Standing = STANDING,
    found: Iterable[object] = (),
    text: str = "where is it",
    messages: int = 1,
) -> Decision:
    """The decision about a message in this mood."""
    heard = Reading(
        text,
        {"en": 1.0},
        tuple(found),  # type: ignore[arg-type]
        frozenset(intents),
        mood=Mood(mood, ("“ridiculous”",) if mood > CALM else ()),
    )
    return decide(message(text), heard, standing, kb, TODAY, messages)


# --- a person at once, or offered ----------------------------------------------------------------


def test_who_is_surely_upset_gets_a_person_at_once(kb: KnowledgeBase) -> None:
    """There is an answer, and still a person comes; first of all we are sorry."""
    decision = said(kb, SURELY, found=ANSWER)
    assert (decision.outcome, decision.handoff) == (Outcome.HANDED_OFF, "upset")
    assert decision.urgency == UPSET
    assert "sorry" in text_of(decision) and "Ann" in text_of(decision)
    assert "“ridiculous”" in decision.why[0]


def test_who_may_be_upset_gets_the_answer_and_the_offer(kb: KnowledgeBase) -> None:
    """A word of regret, the whole answer, and a person for who wants one."""
    decision = said(kb, PERHAPS, found=ANSWER)
    assert decision.outcome is Outcome.ANSWERED
    assert text_of(decision).index("sorry") < text_of(decision).index("All about returns")
    assert "human" in values_of(decision)
    assert "human" in [option.value for option in decision.context.options]


def test_the_offer_comes_once(kb: KnowledgeBase) -> None:
    """The second time there is just the answer."""
    first = said(kb, PERHAPS, found=ANSWER)
    later = replace(STANDING, context=first.context, now=AT + timedelta(minutes=2))
    again = said(kb, PERHAPS, standing=replace(later, context=replace(first.context, told=())),
                 found=ANSWER)  # fmt: skip
    assert "sorry" not in text_of(again)


def test_a_calm_question_is_just_answered(kb: KnowledgeBase) -> None:
    """Nobody is sorry about a plain question."""
    decision = said(kb, CALM, found=ANSWER)
    assert "sorry" not in text_of(decision)
    assert "human" not in values_of(decision)


def test_nothing_cheerful_to_who_may_be_upset(kb: KnowledgeBase) -> None:
    """No "hello, how can I help" and no "in other words, please"."""
    for decision in (said(kb, PERHAPS, "greeting"), said(kb, PERHAPS)):
        assert decision.outcome is Outcome.OFFERED_HUMAN
        assert text_of(decision).startswith("I'm sorry")
        assert values_of(decision) == ["human"]


def test_a_request_for_a_person_always_wins(kb: KnowledgeBase) -> None:
    """Whatever else was heard, and however the customer feels."""
    for mood in (CALM, PERHAPS, SURELY):
        assert said(kb, mood, "human", found=ANSWER).handoff == "asked"


def test_who_asks_for_a_person_and_is_upset_comes_first(kb: KnowledgeBase) -> None:
    """We are sorry before anything else, and the card is among the urgent; so by the policy."""
    decision = said(kb, SURELY, "human")
    assert (decision.handoff, decision.urgency) == ("asked", UPSET)
    assert text_of(decision).startswith("I'm sorry")
    assert said(kb, PERHAPS, "human").urgency == 0
    assert said(kb, SURELY, "person").urgency == UPSET


def test_words_that_bring_a_person_by_the_policy(kb: KnowledgeBase) -> None:
    """The policy's words need no mood."""
    decision = said(kb, CALM, "person", found=ANSWER)
    assert decision.handoff == "policy"


def test_topics_that_bring_a_person_by_the_policy(kb: KnowledgeBase) -> None:
    """An article with such a tag is given, and a person comes."""
    strict = replace(kb, policy=Policy(people=People(topics=("returns",))))
    decision = said(strict, CALM, found=ANSWER)
    assert decision.handoff == "article"
    assert "All about returns" in text_of(decision)


def test_a_person_by_command_or_button_for_who_is_upset(kb: KnowledgeBase) -> None:
    """However they ask, who is upset hears first that we are sorry, and goes before others."""
    decision = said(kb, SURELY, text="/human you thieves")
    assert decision.urgency == UPSET
    assert text_of(decision).startswith("I'm sorry")


def test_no_cheer_straight_after_anger(kb: KnowledgeBase) -> None:
    """Even where a person was offered already, who is still upset is not greeted merrily; thanks
    are taken for thanks."""
    first = said(kb, PERHAPS, found=ANSWER)
    later = replace(STANDING, context=first.context, now=AT + timedelta(minutes=1))
    assert text_of(said(kb, PERHAPS, "greeting", standing=later)).startswith("I'm sorry")
    assert "sorry" not in text_of(said(kb, CALM, "thanks", standing=later))


def test_anger_after_a_rating(kb: KnowledgeBase) -> None:
    """It explains the rating, and brings a person."""
    rated = replace(STANDING, context=Context(comment_on=7))
    decision = said(kb, SURELY, standing=rated, text="furious")
    assert decision.handoff == "upset"
    assert decision.rated is not None and decision.rated.comment == "furious"


def test_commands_are_obeyed_in_any_mood(kb: KnowledgeBase) -> None:
    """Who wants another language gets it, angry or not."""
    decision = said(kb, PERHAPS, text="/language lv")
    assert decision.choose_language == "lv"


def test_to_be_left_alone_is_granted(kb: KnowledgeBase) -> None:
    """Who is angry about our messages is sent none, and no colleague either."""
    assert said(kb, SURELY, "stop").opted_out is True


# --- what is no word -----------------------------------------------------------------------------


def test_an_answer_that_did_not_help_and_the_same_question_again(kb: KnowledgeBase) -> None:
    """Neither makes a plain question look upset; both make an annoyed one more so."""
    context = Context().telling(RETURNS, AT).telling(RETURNS, AT, in_vain=True)
    standing = replace(STANDING, context=context)
    plain, annoyed = (said(kb, m, standing=standing, found=ANSWER).mood for m in (0.05, 0.6))
    assert plain is not None and plain.score < 0.2
    assert annoyed is not None and annoyed.score > 0.8
    assert annoyed.reasons == ("“ridiculous”", "in_vain", "again")


def test_many_messages_in_one_breath(kb: KnowledgeBase) -> None:
    """Who writes four times before anybody answers is a little more upset."""
    one, four = said(kb, 0.4).mood, said(kb, 0.4, messages=4).mood
    assert one is not None and four is not None
    assert four.score > one.score and "burst" in four.reasons


def test_the_mood_of_a_moment_ago_lasts_a_while(kb: KnowledgeBase) -> None:
    """Minutes after an angry message a cool one is read in its light; an hour later it is not."""
    angry = Context().feeling(Mood(0.9), AT)
    soon = replace(STANDING, context=angry, now=AT + timedelta(minutes=5))
    late = replace(STANDING, context=angry, now=AT + timedelta(hours=2))
    after, much_later = (said(kb, 0.4, standing=s).mood for s in (soon, late))
    assert after is not None and much_later is not None
    assert after.score > 0.55 and "before" in after.reasons
    assert much_later.score == pytest.approx(0.4)


# --- danger --------------------------------------------------------------------------------------


def test_danger_goes_before_everything(kb: KnowledgeBase) -> None:
    """A person at once, the number to call, and the highest urgency."""
    decision = said(kb, CALM, "emergency", "complaint", "stop", found=ANSWER)
    assert (decision.handoff, decision.urgency) == ("emergency", DANGER)
    assert "112" in text_of(decision)


def test_danger_while_a_person_has_it(kb: KnowledgeBase) -> None:
    """The number is given once; the desk sees how urgent it is each time."""
    first = said(kb, CALM, "emergency", standing=TALKING)
    assert (first.outcome, first.handoff, first.urgency) == (Outcome.RELAYED, None, DANGER)
    assert "112" in text_of(first)
    later = replace(TALKING, context=first.context, now=AT + timedelta(minutes=1))
    second = said(kb, CALM, "emergency", standing=later)
    assert (second.reply, second.urgency) == (None, DANGER)


@pytest.mark.parametrize("command", ["/stop", "/help", "/human", "/complaint", "/language"])
def test_danger_behind_a_command(kb: KnowledgeBase, command: str) -> None:
    """What follows a command is read, too."""
    decision = said(kb, CALM, "emergency", text=f"{command} I want to die")
    assert decision.handoff == "emergency"


def test_danger_in_what_a_message_is_changed_to(kb: KnowledgeBase) -> None:
    """A message that was dealt with is kept as it was; danger in its new words is not overheard."""
    edit = Edit("e:1", HOME, ANN, "1", "I want to die", AT)
    heard = Reading("I want to die", {"en": 1.0}, (), frozenset({"emergency"}))
    assert decide(edit, heard, STANDING, kb, TODAY).handoff == "emergency"


# --- complaints ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mood", "also", "severity"),
    [(CALM, "", "normal"), (SURELY, "", "high"), (CALM, "threat", "high")],
)
def test_a_complaint_is_opened(kb: KnowledgeBase, mood: float, also: str, severity: str) -> None:
    """It is severe if the customer is very upset, or threatens."""
    decision = said(kb, mood, "complaint", *filter(None, [also]))
    assert (decision.handoff, decision.complains) == ("complaint", severity)
    assert decision.urgency == UPSET


def test_a_complaint_that_asks_for_a_person(kb: KnowledgeBase) -> None:
    """ "I want to complain to a manager" is both; a complaint brings a person."""
    assert said(kb, CALM, "human", "complaint").complains == "normal"


def test_complaint_by_command(kb: KnowledgeBase) -> None:
    """/complaint opens one; in Slack the word alone does."""
    for text in ("/complaint", "complaint"):
        assert said(kb, CALM, text=text).complains == "normal"


def test_an_answer_to_complaints(kb: KnowledgeBase) -> None:
    """For who seems upset it opens one, and stands below the acknowledgement; who calmly asks how
    to make one gets it with a button."""
    article = Article("unhappy", "en", "Unhappy?", "Tell us more.", tags=("people", "complaint"))
    shop = replace(
        kb,
        articles={**kb.articles, ("en", "unhappy"): article},
        policy=Policy(complaints=Complaints(topics=("complaint",))),
    )
    upset, calm = (said(shop, m, found=sure(article, 0.95, 0.98)) for m in (PERHAPS, CALM))
    assert (upset.complains, text_of(upset)) == ("normal", "Tell us more.")
    assert (calm.complains, values_of(calm)[0]) == (None, "complaint")
    assert pressed(shop, "complaint", STANDING).complains == "normal"


def test_a_grievance_is_a_complaint_from_who_is_upset(kb: KnowledgeBase) -> None:
    """ "Your staff are rude" is; "are your staff ever rude" is a question."""
    assert said(kb, PERHAPS, "grievance").complains == "normal"
    assert said(kb, CALM, "grievance").complains is None


def test_a_complaint_to_the_person_who_has_the_conversation(kb: KnowledgeBase) -> None:
    """It is opened in the ticket there is."""
    decision = said(kb, CALM, "complaint", standing=TALKING)
    assert (decision.outcome, decision.handoff) == (Outcome.RELAYED, None)
    assert decision.complains == "normal"


def test_who_has_complained_complains_again(kb: KnowledgeBase) -> None:
    """There is one complaint; its owner is told, and the customer that they know."""
    standing = replace(TALKING, complaint=OpenComplaint(7))
    assert said(kb, CALM, "complaint", standing=standing).complains is None
    assert said(kb, CALM, text="/complaint", standing=standing).reply is not None


ASKED = replace(STANDING, complaint=OpenComplaint(7, is_asked=True))


@pytest.mark.parametrize(("mood", "intent"), [(CALM, "yes"), (CALM, "thanks"), (PERHAPS, "yes")])
def test_settled(kb: KnowledgeBase, mood: float, intent: str) -> None:
    """Yes is yes, however curt it sounds; thanks are, too."""
    assert said(kb, mood, intent, standing=ASKED).settled is True
    assert pressed(kb, "settled:1:7", ASKED).settled is True


@pytest.mark.parametrize(
    ("mood", "intent"), [(CALM, "no"), (CALM, "unhelpful"), (CALM, "human"), (PERHAPS, "")]
)
def test_not_settled(kb: KnowledgeBase, mood: float, intent: str) -> None:
    """No is no; so is asking for a person, or being upset."""
    decision = said(kb, mood, *filter(None, [intent]), standing=ASKED)
    assert (decision.settled, decision.handoff) == (False, "reopened")
    assert pressed(kb, "settled:0:7", ASKED).settled is False


def test_in_their_own_words(kb: KnowledgeBase) -> None:
    """ "Still waiting" and "all is in order" say more than how they sound."""
    for is_settled, mood in ((True, PERHAPS), (False, CALM)):
        heard = Reading("...", {"en": 1.0}, mood=Mood(mood), settled=is_settled)
        assert decide(message("..."), heard, ASKED, kb, TODAY).settled is is_settled


def test_unclear_whether_it_is_settled(kb: KnowledgeBase) -> None:
    """It is asked once more, with its buttons; then a person reads it."""
    options = (Option("Yes", "settled:1:7"), Option("No", "settled:0:7"))
    standing = replace(ASKED, context=Context(options=options))
    decision = said(kb, CALM, standing=standing)
    assert (decision.settled, values_of(decision)) == (None, ["settled:1:7", "settled:0:7"])
    assert said(kb, CALM, standing=replace(ASKED, context=decision.context)).settled is False


def test_after_it_was_assumed_to_be_settled(kb: KnowledgeBase) -> None:
    """No is still no; a complaint, or a customer who is upset, is about something new."""
    closed = replace(STANDING, complaint=OpenComplaint(7, is_asked=True, is_assumed=True))
    assert said(kb, CALM, "no", standing=closed).settled is False
    assert pressed(kb, "settled:0:7", closed).settled is False
    assert said(kb, CALM, "complaint", standing=closed).complains == "normal"
    assert said(kb, SURELY, standing=closed).handoff == "upset"


def test_a_yes_that_begins_with_no(kb: KnowledgeBase) -> None:
    """ "No, it's fine now" says that it is settled."""
    heard = Reading("no, it's fine now", {"en": 1.0}, (), frozenset({"no"}), settled=True)
    assert decide(message(heard.text), heard, ASKED, kb, TODAY).settled is True


def test_a_person_wanted_while_we_ask_whether_it_is_settled(kb: KnowledgeBase) -> None:
    """The owner comes, and not somebody else with a ticket of their own."""
    assert said(kb, CALM, text="/human", standing=ASKED).settled is False
    assert pressed(kb, "human", ASKED).settled is False


def test_what_is_said_to_a_person_while_we_ask(kb: KnowledgeBase) -> None:
    """Clear words reopen it; a mere no may answer the person's question."""
    talking = replace(ASKED, with_person=True)
    clear = Reading("it is not settled", {"en": 1.0}, (), frozenset(), settled=False)
    assert decide(message(clear.text), clear, talking, kb, TODAY).settled is False
    assert said(kb, CALM, "no", standing=talking).settled is None


def test_what_was_closed_for_silence_is_not_asked_about_again(kb: KnowledgeBase) -> None:
    """Unclear words after it are a question like any other."""
    option = Option("Yes", "settled:1:7")
    standing = replace(
        STANDING,
        complaint=OpenComplaint(7, is_asked=True, is_assumed=True),
        context=Context(options=(option,)),
    )
    assert "settled" not in text_of(said(kb, CALM, standing=standing))


def test_another_question_leaves_the_complaint_as_it_is(kb: KnowledgeBase) -> None:
    """It is answered; whether the complaint is settled was not said."""
    decision = said(kb, CALM, standing=ASKED, found=ANSWER)
    assert (decision.outcome, decision.settled) == (Outcome.ANSWERED, None)


def test_an_old_button_about_a_complaint(kb: KnowledgeBase) -> None:
    """A complaint that is closed, or another one's, is neither closed nor opened by it."""
    for standing in (STANDING, replace(STANDING, complaint=OpenComplaint(8, is_asked=True))):
        assert pressed(kb, "settled:1:7", standing).settled is None
