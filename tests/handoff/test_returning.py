"""The customer writes again after Resolve: thanks end it, a question goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.knowledge.service_policy import Service
from bot.storage.database import Database
from bot.storage.tables import DeskAgent, FollowUpItem, Ticket
from tests.handoff.complaint_stage import DAY, KB, words
from tests.handoff.course_stage import EVA, IVO, Course

MARIA = "Maria Ozola"


@pytest.fixture
def desk(database: Database) -> Course:
    return resolved(Course(database))


def resolved(desk: Course) -> Course:
    """Ivo has helped Maria, and thinks that it is settled."""
    desk.press(IVO, "claim")
    desk.passes(timedelta(minutes=1))
    desk.press(IVO, "resolve")
    desk.seen()
    return desk


def off_duty(desk: Course, agent_id: str = "U1") -> None:
    def work(session: object) -> None:
        session.get(DeskAgent, agent_id).on_duty = False  # type: ignore[attr-defined]

    desk.database.transact(work)


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("Thanks!", ("thanks",)),
        ("ok, bye", ("goodbye",)),
        ("yes", ("yes",)),
        ("🙏", ()),
        ("👍👍", ()),
    ],
)
def test_thanks_open_nothing(desk: Course, text: str, intents: tuple[str, ...]) -> None:
    """A few words of the bot's at most, and the closing text is not said again."""
    desk.says(text, *intents)
    assert desk.ticket.resolved_at is not None
    assert len(desk.all(Ticket)) == 1
    said = desk.customer_reads()
    assert len(said) == 1 and words("ticket_resolved", agent="Ivo") not in said
    assert desk.thread() == []


def test_a_question_without_an_answer_goes_back_to_who_helped(desk: Course) -> None:
    """In the same thread, with what was said since; the owner is called there, nobody else."""
    desk.says("Thanks!", "thanks")
    desk.seen()
    desk.says("But the zip is stuck again")
    assert (desk.ticket.resolved_at, desk.ticket.claimed_by) == (None, IVO.user_id)
    assert len(desk.all(Ticket)) == 1
    assert desk.customer_reads() == [words("handing_back", agent="Ivo")]
    reason = words("reason_came_back")
    came_back = words("desk_came_back", name=MARIA, reason=reason, agent="Ivo")
    assert desk.thread() == [came_back, "Thanks!", "But the zip is stuck again"]


@pytest.mark.parametrize(("minutes", "tickets"), [(9, 1), (11, 2)])
def test_who_changes_their_mind_at_once_has_the_same_card(
    database: Database, minutes: int, tickets: int
) -> None:
    """Nobody had it, so it is anyone's again; a while later it is something new."""
    desk = Course(database)
    desk.seen()
    desk.says("never mind", "cancel")
    assert desk.ticket.resolved_at is not None
    desk.now += timedelta(minutes=minutes)
    desk.seen()
    desk.says("A person after all, please", "human")
    assert len(desk.all(Ticket)) == tickets
    if tickets == 1:
        again: Ticket = desk.all(Ticket)[0]
        assert (again.resolved_at, again.claimed_by) == (None, None)
        reason = words("reason_asked")
        assert desk.thread()[0] == words("desk_came_back_free", name=MARIA, reason=reason)


def test_what_is_written_then_reaches_the_owner(desk: Course) -> None:
    """The bot is silent again, and Ivo's words reach the customer."""
    desk.says("But the zip is stuck again")
    desk.seen()
    desk.says("Are you there?")
    assert desk.customer_reads() == []
    assert desk.thread() == ["Are you there?"]
    desk.write(IVO, "I am")
    assert desk.customer_reads() == ["I am"]


def test_who_asks_for_a_person_gets_the_same_one(desk: Course) -> None:
    """No new card, and no second question how it went meanwhile."""
    desk.says("A person, please", "human")
    assert desk.ticket.claimed_by == IVO.user_id
    assert len(desk.all(Ticket)) == 1
    (poll,) = [each for each in desk.all(FollowUpItem) if each.kind == "csat"]
    assert poll.result == "not sent: the ticket is open again"
    desk.press(IVO, "resolve")
    desk.passes(timedelta(hours=2))
    assert len([each for each in desk.all(FollowUpItem) if each.kind == "csat"]) == 1
    assert any("1" in text for text in desk.customer_reads())


def test_off_duty_it_is_nobodys(desk: Course) -> None:
    """The channel is told in a line of its own: nobody looks at an old card."""
    off_duty(desk)
    desk.says("But the zip is stuck again")
    assert (desk.ticket.resolved_at, desk.ticket.claimed_by) == (None, None)
    assert words("handing_back", agent="Ivo") not in desk.customer_reads()
    lines = desk.in_channel()
    assert any(words("desk_waits_again", name=MARIA) in line for line in lines)
    desk.press(EVA, "claim")
    assert desk.ticket.claimed_by == EVA.user_id


def test_out_of_hours_it_is_nobodys(database: Database) -> None:
    """On duty or not: nobody is there, and whoever is first in the morning takes it."""
    service = Service.model_validate({"hours": {"sun": "10:00-12:00"}})
    kb = replace(KB, policy=KB.policy.model_copy(update={"service": service}))
    desk = resolved(Course(database, kb))
    desk.passes(timedelta(hours=2))
    desk.says("There has been a data leak at your shop", "person")
    assert len(desk.all(Ticket)) == 1
    assert (desk.ticket.resolved_at, desk.ticket.claimed_by) == (None, None)


def test_days_later_it_is_something_new(desk: Course) -> None:
    """After the time that the policy gives, with a card of its own."""
    desk.passes(3 * DAY + timedelta(minutes=1))
    desk.says("A person, please", "human")
    old, new = desk.all(Ticket)
    assert old.resolved_at is not None
    assert (new.resolved_at, new.claimed_by) == (None, None)


def test_danger_has_a_card_of_its_own(desk: Course) -> None:
    """An old card, far up in the channel, is no place for it."""
    desk.says("There is smoke in the tent", "emergency")
    assert len(desk.all(Ticket)) == 2


def test_what_nobody_had_is_not_gone_on_with(database: Database) -> None:
    """Closed without a claim, there is nobody to go on."""
    desk = Course(database)
    desk.press(IVO, "resolve")
    desk.says("A person, please", "human")
    assert len(desk.all(Ticket)) == 2


def test_a_single_strange_word_is_asked_about(desk: Course) -> None:
    """A typing cat brings nobody back."""
    desk.says("fghjk")
    assert desk.ticket.resolved_at is not None


def test_a_complaint_has_a_card_of_its_own(desk: Course) -> None:
    """It may be about whoever had the ticket: it is not given to them."""
    desk.complains()
    assert len(desk.all(Ticket)) == 2
    assert (desk.complaint.ticket_id, desk.complaint.owner) == (2, None)
