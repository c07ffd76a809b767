"""What is decided for customers who are to wait for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain import Option, Outcome, Reading
from bot.engine import Context, Decision, Standing, decide
from bot.engine.values import OpenComplaint
from bot.engine.waiting import CANCEL, LEAVE_IT, LEAVE_MESSAGE, WAIT
from bot.knowledge.base import KnowledgeBase
from tests.test_engine import AT, FRESH, TODAY, message, pressed, small_shop, text_of, values_of

RIGA = ZoneInfo("Europe/Riga")
OPEN = replace(FRESH, now=AT, zone=RIGA)
CLOSED = replace(OPEN, opens_at=AT + timedelta(hours=14))
WAITING = replace(OPEN, with_person=True)
WITH_MARIA = replace(WAITING, is_claimed=True)


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return small_shop()


def said(kb: KnowledgeBase, standing: Standing, text: str, *intents: str) -> Decision:
    reading = Reading(text, {"en": 1.0}, (), frozenset(intents))
    return decide(message(text), reading, standing, kb, TODAY)


def chose(kb: KnowledgeBase, standing: Standing, value: str) -> Decision:
    return pressed(kb, value, standing)


def test_while_somebody_is_there_a_person_comes_at_once(kb: KnowledgeBase) -> None:
    """And the customer may change their mind while they wait."""
    decision = said(kb, OPEN, "a person please", "human")
    assert decision.handoff == "asked"
    assert values_of(decision)[-1] == CANCEL
    assert decision.context.options[-1].value == CANCEL  # so that its number may be typed


def test_while_nobody_is_there_the_customer_chooses(kb: KnowledgeBase) -> None:
    """Nobody is called, and nothing handed over, that was not left with us."""
    decision = said(kb, CLOSED, "a person please", "human")
    assert decision.handoff is None and decision.outcome is Outcome.OFFERED_HUMAN
    assert values_of(decision) == [LEAVE_IT, "no_human"]


@pytest.mark.parametrize("how", ["yes", "again", "pressed"])
def test_it_is_left_with_us_in_any_words(kb: KnowledgeBase, how: str) -> None:
    """By the button, by a yes, by asking for a person once more."""
    offered = said(kb, CLOSED, "a person please", "human")
    asked = replace(CLOSED, context=offered.context)
    decision = {
        "yes": lambda: said(kb, asked, "yes", "yes"),
        "again": lambda: said(kb, asked, "a human please", "human"),
        "pressed": lambda: chose(kb, asked, LEAVE_IT),
    }[how]()
    assert decision.handoff == "left"


def test_or_the_customer_goes_on_with_the_bot(kb: KnowledgeBase) -> None:
    """A no, or the button: no ticket."""
    offered = said(kb, CLOSED, "a person please", "human")
    asked = replace(CLOSED, context=offered.context)
    for decision in (said(kb, asked, "no", "no"), chose(kb, asked, "no_human")):
        assert decision.handoff is None and decision.outcome is Outcome.GREETED


@pytest.mark.parametrize("intent", ["emergency", "complaint", "person"])
def test_who_needs_a_person_badly_has_no_choice_to_make(kb: KnowledgeBase, intent: str) -> None:
    """Danger, a complaint, words the policy names: the ticket is opened, the hours are told."""
    decision = said(kb, CLOSED, "something is wrong", intent)
    assert decision.handoff is not None
    assert "closed_until" in text_of(decision) or "back" in text_of(decision)
    assert CANCEL not in values_of(decision)


def test_who_waits_and_needs_nobody_any_more_ends_it(kb: KnowledgeBase) -> None:
    """By the button or in a few words; a longer message says more, and a colleague reads it."""
    assert chose(kb, WAITING, CANCEL).cancels
    assert said(kb, WAITING, "never mind", "cancel").cancels
    long = "never mind the blue one, I would like to have the green tent"
    assert not said(kb, WAITING, long, "cancel").cancels
    assert not said(kb, WAITING, "never mind, is it open?", "cancel").cancels


@pytest.mark.parametrize(
    "standing",
    [WITH_MARIA, replace(WAITING, complaint=OpenComplaint(1))],
    ids=["claimed", "complaint"],
)
def test_what_a_colleague_has_begun_they_end(kb: KnowledgeBase, standing: Standing) -> None:
    """A claimed ticket, or a complaint, is not closed by a button."""
    decision = chose(kb, standing, CANCEL)
    assert not decision.cancels and decision.outcome is Outcome.RELAYED


def test_waiting_on_and_leaving_a_message_keep_the_ticket(kb: KnowledgeBase) -> None:
    """Both are acknowledged; what follows goes to the ticket as before."""
    for value in (WAIT, LEAVE_MESSAGE):
        decision = chose(kb, WAITING, value)
        assert decision.outcome is Outcome.RELAYED and decision.reply is not None


def test_an_old_button_of_who_waited_does_nothing(kb: KnowledgeBase) -> None:
    """Once nobody is waited for, it is only a late press."""
    assert chose(kb, OPEN, CANCEL).outcome is Outcome.GREETED


def test_never_mind_to_the_bot_is_no_question(kb: KnowledgeBase) -> None:
    """Nobody is called for it, and nobody asked to put it in other words."""
    context = Context(options=(Option("Yes", "human"),))
    decision = said(kb, replace(OPEN, context=context), "never mind", "cancel")
    assert decision.outcome is Outcome.GREETED and decision.handoff is None
