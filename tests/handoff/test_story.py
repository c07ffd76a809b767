"""What a card gathers from its rows: how the customer felt, and what came of a complaint."""

from __future__ import annotations

from sqlmodel import Session

from bot.domain import (
    Address,
    ButtonPress,
    CustomerEvent,
    InboundMessage,
    Mood,
    Person,
    Reading,
)
from bot.outbox import Draft
from bot.service import customer_event
from bot.storage.database import Database
from bot.storage.tables import (
    Complaint,
    ComplaintEvent,
    Conversation,
    RemedyItem,
    Ticket,
)
from handoff.complaints import course
from handoff.queue import open_ticket
from handoff.story import view
from tests.handoff.open_tickets import DAY, DESK, HOUR, HOUSE, MARIA, MINUTE, NOW, opened


class Talk:
    """Anna's conversation, message by message."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._count = 0

    def say(self, text: str, score: float, *intents: str) -> list[Draft]:
        """She writes, in such a mood."""
        reading = Reading(
            text, {"en": 1.0}, (), frozenset(intents), mood=Mood(score, ("capitals",))
        )
        self._count += 1
        number = str(self._count)
        address, anna = Address("telegram", "1"), Person("1", "Anna")
        event = InboundMessage(number, address, anna, text, NOW, number)
        return self.happens(event, reading)

    def happens(self, event: CustomerEvent, reading: Reading) -> list[Draft]:
        drafts: list[Draft] = self.database.transact(customer_event, event, reading, HOUSE, NOW)
        return drafts

    def levels(self) -> tuple[str, ...]:
        """The course on the card."""

        def read(session: Session) -> tuple[str, ...]:
            feelings = view(session, DESK, session.get_one(Ticket, 1)).feelings
            return feelings.levels if feelings else ()

        found: tuple[str, ...] = self.database.transact(read)
        return found


def updates(drafts: list[Draft]) -> int:
    return sum(draft.purpose == "card_update" for draft in drafts)


def test_the_course_goes_on_while_a_person_has_it(database: Database) -> None:
    """The card is drawn anew for each message: it shows the last; what was urgent stays urgent."""
    talk = Talk(database)
    talk.say("a person, please", 0.01, "human")
    assert talk.levels() == ("calm",)
    assert updates(talk.say("still there?", 0.02)) == 1
    assert updates(talk.say("THIS IS A SCANDAL", 0.97)) >= 1
    assert updates(talk.say("A SCANDAL, I SAY", 0.98)) >= 1
    assert updates(talk.say("thank you", 0.001)) >= 1
    assert talk.levels() == ("calm", "calm", "upset", "upset", "calm")


def test_a_picture_or_a_command_says_nothing_of_a_mood(database: Database) -> None:
    """Who is upset and sends a picture is not calm for that."""
    talk = Talk(database)
    talk.say("THIS IS A SCANDAL", 0.97)
    talk.say("", 0.0)
    talk.say("/complaint", 0.0)
    press = ButtonPress("b", Address("telegram", "1"), Person("1", "Anna"), "human", NOW)
    talk.happens(press, Reading(""))
    assert talk.levels() == ("upset",)


def test_the_course_is_short_and_of_this_conversation(database: Database) -> None:
    """Twelve messages at most; a mood of last week is another story."""
    talk = Talk(database)
    for _ in range(15):
        talk.say("a person, please", 0.01, "human")
    assert talk.levels() == ("calm",) * 12

    def put_off(session: Session) -> None:
        session.get_one(Ticket, 1).opened_at = NOW + 2 * DAY

    database.transact(put_off)
    assert talk.levels() == ()


def test_the_card_gathers_the_complaint_and_what_came_of_it(database: Database) -> None:
    """Its cause in the policy's words, who has it, transfers, remedies, the breach, and how many
    there were before."""

    def act(session: Session) -> None:
        ticket, _ = opened(session, "Anna", HOUR, 1, due=-MINUTE)
        complaint = session.get_one(Complaint, 1)
        complaint.cause, complaint.owner = "late", "U7"
        earlier = Complaint(
            conversation_id=complaint.conversation_id, contact_id=complaint.contact_id,
            ticket_id=complaint.ticket_id, opened_at=NOW - 9 * DAY, due_at=NOW - 8 * DAY,
            closed_at=NOW - 7 * DAY, outcome="assumed",
        )  # fmt: skip
        session.add(earlier)
        session.add(RemedyItem(
            complaint_id=1, kind="refund", cents=2050, currency="EUR", reason="late twice",
            proposed_by="U7", proposed_at=NOW,
        ))  # fmt: skip
        course.note(session, complaint, "transferred", NOW, MARIA, {"reason": "on leave"})
        session.flush()
        assert not view(session, DESK, ticket).complaint.is_overdue  # type: ignore[union-attr]
        course.note(session, complaint, "breached", NOW)
        session.flush()
        card = view(session, DESK, ticket)
        shown = card.complaint
        assert shown is not None and card.customer.complaints == 1
        assert (shown.number, shown.cause, shown.owner) == ("C-0001", "Late delivery", "U7")
        assert (shown.transfers, shown.transfer_reason) == (1, "on leave")
        assert shown.is_overdue
        (remedy,) = shown.remedies
        assert (remedy.amount, remedy.state, remedy.reason) == (
            "20.50 EUR", "waiting", "late twice",
        )  # fmt: skip
        complaint.due_at = NOW + DAY  # reopened: it has a new date
        session.flush()
        assert not view(session, DESK, ticket).complaint.is_overdue  # type: ignore[union-attr]

    database.transact(act)


def test_a_second_ticket_shows_the_complaint_that_is_still_open(database: Database) -> None:
    """It belongs to the conversation; a resolved card keeps the one that was dealt with in it."""

    def act(session: Session) -> None:
        first, _ = opened(session, "Anna", HOUR, 1, due=HOUR)
        first.resolved_at = NOW
        session.flush()
        talk = session.get_one(Conversation, first.conversation_id)
        second, _ = open_ticket(session, DESK, talk, "again", [], NOW)
        for ticket in (first, second):
            assert view(session, DESK, ticket).complaint is not None
        course.close(session, DESK, session.get_one(Complaint, 1), "settled", NOW)
        session.flush()
        shown = view(session, DESK, first).complaint
        assert shown is not None and shown.outcome == "settled"
        assert view(session, DESK, second).complaint is None
        assert view(session, DESK, second).customer.complaints == 1
        assert session.get(ComplaintEvent, 1) is not None

    database.transact(act)
