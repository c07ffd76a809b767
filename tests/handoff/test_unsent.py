"""What looked like a reply and stayed inside: only a press of its author's sends it."""

from __future__ import annotations

import pytest

from bot.storage.database import Database
from tests.handoff.complaint_stage import words
from tests.handoff.course_stage import EVA, IVO, OLGA, Course

MARIA = "Maria Ozola"


@pytest.fixture
def desk(database: Database) -> Course:
    return Course(database)


def test_beginning_to_write_claims_by_one_press(desk: Course) -> None:
    """The words stay inside until then, and go out as they are, with the ticket theirs."""
    message = desk.write(IVO, "Hello Maria, I'm looking")
    assert desk.customer_reads() == []
    text, pressable = desk.asked(IVO)
    assert text == words("desk_claim_and_send", name=MARIA)
    assert pressable == [("Claim and send", "claim_send", f"1:{message}")]
    desk.press(IVO, "claim_send", message)
    assert desk.ticket.claimed_by == IVO.user_id
    joined, said = desk.customer_reads()
    assert (joined, said) == (words("agent_joined", agent="Ivo"), "Hello Maria, I'm looking")
    desk.press(IVO, "claim_send", message)
    assert desk.customer_reads() == []
    assert desk.whispers(IVO) == [words("desk_sent_already")]


def test_who_is_second_sends_nothing(desk: Course) -> None:
    """They hear who was first; their words are a note."""
    first, second = desk.write(IVO, "Hello from Ivo"), desk.write(EVA, "Hello from Eva")
    desk.press(EVA, "claim_send", second)
    desk.seen()
    desk.press(IVO, "claim_send", first)
    assert desk.customer_reads() == []
    assert desk.whispers(IVO) == ["Eva was first and has had it since 11:00."]


def test_claimed_meanwhile_by_its_author_it_is_sent(desk: Course) -> None:
    """Who presses Claim first and then the button beside the words wants them sent."""
    message = desk.write(IVO, "Hello")
    desk.press(IVO, "claim")
    desk.seen()
    desk.press(IVO, "claim_send", message)
    assert desk.customer_reads() == ["Hello"]


def test_only_its_author_sends_it(desk: Course) -> None:
    """Somebody else's button, or one of no message at all, does nothing and is on record."""
    message = desk.write(IVO, "Hello")
    desk.seen()
    desk.press(EVA, "claim_send", message)
    desk.press(EVA, "claim_send", "200.99")
    assert desk.customer_reads() == []
    assert desk.ticket.claimed_by is None
    assert desk.refusals == [("U2", "claim_send")] * 2


def test_a_marked_note_has_no_button_and_no_way_out(desk: Course) -> None:
    """Neither while nobody has the ticket, nor beside somebody else's words."""
    note = desk.write(IVO, "// she sounds tired")
    assert desk.whispers(IVO) == []
    desk.press(IVO, "claim_send", note)
    desk.press(IVO, "send_note", note)
    assert desk.customer_reads() == []
    assert desk.ticket.claimed_by is None


def test_what_was_edited_is_sent_as_it_is_now(desk: Course) -> None:
    """And what was taken back, or has become a note, is not sent at all."""
    message = desk.write(IVO, "Hello Maira")
    desk.write(IVO, "Hello Maria", message, change="edited")
    desk.press(IVO, "claim_send", message)
    assert desk.customer_reads()[-1] == "Hello Maria"
    for change, text in (("deleted", ""), ("edited", "// no, wait")):
        desk.press(IVO, "release")
        message = desk.write(IVO, "I'm not sure")
        desk.write(IVO, text, message, change=change)
        desk.seen()
        desk.press(IVO, "claim_send", message)
        assert desk.whispers(IVO) == [words("desk_kept_gone")]
        assert desk.customer_reads() == []
        assert desk.ticket.claimed_by is None
        desk.press(IVO, "claim")


def test_a_colleague_may_take_over_and_send(desk: Course) -> None:
    """The owner and the customer are told; asked is only once an hour."""
    desk.press(IVO, "claim")
    desk.seen()
    message = desk.write(EVA, "I know this one")
    text, pressable = desk.asked(EVA)
    assert text == words("desk_note_kept", agent="Ivo", name=MARIA)
    assert pressable == [("Take over and send", "send_note", f"1:{message}")]
    desk.write(EVA, "It's the zip, isn't it?")
    assert desk.whispers(EVA) == []
    desk.press(EVA, "send_note", message)
    assert desk.ticket.claimed_by == EVA.user_id
    assert desk.customer_reads() == [words("agent_changed", agent="Eva"), "I know this one"]
    (direct,) = desk.direct(IVO.user_id)
    assert "Eva" in direct and "taken over" in direct


def test_a_complaint_is_not_taken_by_the_way(desk: Course) -> None:
    """It is handed over with a reason first."""
    desk.complains()
    desk.press(IVO, "claim")
    message = desk.write(EVA, "I'll see to it")
    desk.seen()
    desk.press(EVA, "send_note", message)
    said = words("desk_take_complaint", agent="Ivo", number="C-0001")
    assert desk.whispers(EVA) == [said]
    assert desk.customer_reads() == []
    desk.fill_in(EVA, "transfer", EVA, reason="Ivo is ill")
    desk.seen()
    desk.press(EVA, "send_note", message)
    assert desk.customer_reads() == ["I'll see to it"]


def test_below_a_resolved_card_it_is_reopened_and_sent(desk: Course) -> None:
    """By who presses it, who has it then."""
    desk.press(IVO, "claim")
    desk.press(IVO, "resolve")
    desk.seen()
    message = desk.write(EVA, "One more thing")
    text, pressable = desk.asked(EVA)
    assert text == words("desk_closed_send", name=MARIA)
    assert [label for label, *_ in pressable] == ["Reopen and send"]
    desk.press(EVA, "send_note", message)
    assert desk.customer_reads() == [words("agent_joined", agent="Eva"), "One more thing"]
    assert (desk.ticket.claimed_by, desk.ticket.resolved_at) == (EVA.user_id, None)


def test_the_button_does_no_more_than_it_says(desk: Course) -> None:
    """Where the ticket stands otherwise by then, its presser is asked anew."""
    desk.press(IVO, "claim")
    message = desk.write(EVA, "I know this one")
    desk.press(IVO, "resolve")
    desk.seen()
    desk.press(EVA, "send_note", message)
    assert desk.customer_reads() == []
    text, pressable = desk.asked(EVA)
    assert text == words("desk_closed_send", name=MARIA)
    assert [label for label, *_ in pressable] == ["Reopen and send"]
    desk.press(OLGA, "reopen")
    desk.seen()
    desk.press(EVA, "send_note", message)
    assert desk.customer_reads() == []
    assert desk.asked(EVA)[0] == words("desk_note_kept", agent="Olga", name=MARIA)
    desk.press(EVA, "send_note", message)
    assert desk.customer_reads()[-1] == "I know this one"
