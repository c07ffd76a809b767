"""What time does to complaints: reminders, dates that pass, silence; and what waits meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.domain import Address
from bot.schedule.purchases import Line, store
from bot.storage.database import Database
from bot.storage.tables import Complaint, ComplaintEvent, Contact, Conversation, Ticket
from handoff.complaints import course
from tests.handoff.complaint_stage import BOSS, DAY, EVA, HOUR, IVO, KB, RIGA, Stage, words

DUE = "25 November 2026, 11:00"  # three days after it began, on the shop's clock


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


# --- reminders ------------------------------------------------------------------------------------


def test_the_owner_is_reminded(stage: Stage) -> None:
    """Four hours ahead of the date: directly, with the way to the card, and in its thread; once,
    and the supervisors are left in peace."""
    stage.complains()
    stage.claims(IVO)
    stage.thread()
    stage.passes(3 * DAY - 5 * HOUR)
    assert stage.direct(IVO.user_id) == []
    stage.passes(HOUR)
    (direct,) = stage.direct(IVO.user_id)
    (line,) = stage.thread()
    for said in (direct, line):
        assert "C-0001" in said and "Maria Ozola" in said and DUE in said
    assert "https://slack.com/archives/C0DESK/p1001" in direct
    assert stage.direct(BOSS) == [] and stage.history[-1] == "reminded"
    stage.passes(HOUR)
    assert stage.direct(IVO.user_id) == []


def test_nobody_has_it(stage: Stage) -> None:
    """Then the thread says so, and the supervisors see to it that somebody gets it."""
    stage.complains()
    stage.thread()
    stage.passes(3 * DAY - 4 * HOUR)
    (line,), (direct,) = stage.thread(), stage.direct(BOSS)
    assert words("desk_owner_none") in line and words("desk_owner_none") in direct


def test_customers_hours_are_not_the_desk_s(stage: Stage) -> None:
    """A date that passes at night, for a customer who opted out, is still told to the desk."""
    stage.complains()
    stage.claims(IVO)

    def opt_out(session: Session) -> None:
        contact = session.get(Contact, 1)
        assert contact is not None
        contact.opted_out_at, contact.timezone = stage.now, "Pacific/Auckland"

    stage.database.transact(opt_out)
    stage.passes(20 * DAY)
    assert len(stage.direct(BOSS)) == 1


# --- the date passes ------------------------------------------------------------------------------


def test_the_supervisors_hear_of_a_breach(stage: Stage) -> None:
    """By direct message, with number, customer, owner, how late and where; the card is drawn anew;
    once for each date."""
    stage.complains()
    stage.claims(IVO)
    stage.passes(3 * DAY - HOUR)
    stage.thread(), stage.direct(IVO.user_id)
    stage.passes(4 * HOUR)
    (direct,), (line,) = stage.direct(BOSS), stage.thread()
    for said in (direct, line):
        for part in ("C-0001", "Maria Ozola", "Ivo", DUE, words("desk_hours", n=3)):
            assert part in said
    assert stage.history.count("breached") == 1
    stage.passes(5 * DAY)
    assert stage.direct(BOSS) == []


def test_without_supervisors_the_thread_says_so(database: Database) -> None:
    """Nobody else can be told; the line names the file to mend."""
    stage = Stage(database, KB)
    stage.complains()
    stage.claims(IVO)
    stage.passes(4 * DAY)
    assert any("policy.yaml" in line for line in stage.thread())


def test_after_a_pause_only_the_breach_is_told(stage: Stage) -> None:
    """Of a date that passed while nothing ran, nobody is reminded that it will come."""
    stage.complains()
    stage.claims(IVO)
    stage.passes(4 * DAY)
    assert stage.result("complaint_reminder") == "not sent: the date has passed"
    assert stage.direct(IVO.user_id) == [] and len(stage.direct(BOSS)) == 1


def test_not_while_the_customer_is_asked(stage: Stage) -> None:
    """The desk has done its part; if the customer says no, there is a new date, which can pass."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.passes(4 * DAY)
    assert stage.direct(BOSS) == [] and stage.direct(IVO.user_id) == []
    stage.presses("settled:0:1")
    stage.passes(3 * DAY + HOUR)
    assert len(stage.direct(BOSS)) == 1


def test_not_once_it_is_closed(stage: Stage) -> None:
    """Nothing is said about what is over."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.presses("settled:1:1")
    stage.thread()
    stage.passes(4 * DAY)
    assert stage.thread() == [] and stage.direct(BOSS) == []
    assert stage.result("complaint_breach") == "not sent: the complaint is closed"


def test_a_date_that_was_put_off(stage: Stage) -> None:
    """What was planned for the first date is planned anew for the second."""
    stage.complains()
    stage.claims(IVO)
    stage.classifies(IVO, "high")
    stage.passes(DAY + HOUR)
    stage.classifies(IVO, "normal")
    assert len(stage.direct(BOSS)) == 1
    stage.passes(2 * DAY)
    assert len(stage.direct(BOSS)) == 1
    assert stage.history.count("breached") == 2


# --- silence --------------------------------------------------------------------------------------


def test_who_writes_something_else_is_asked_once_more(stage: Stage) -> None:
    """Then silence counts; what they wrote was no answer."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(EVA)
    stage.passes(DAY)
    stage.says("hello", "greeting")
    stage.customer_reads(), stage.thread()
    stage.passes(6 * DAY)
    assert stage.customer_reads() == [words("complaint_ask", agent="Eva", number="C-0001")]
    assert words("desk_complaint_asked_again", name="Maria Ozola", number="C-0001") in (
        stage.thread()
    )
    stage.says("hello again", "greeting")
    stage.passes(6 * DAY)
    assert stage.complaint.closed_at is None
    stage.passes(DAY)
    assert stage.complaint.outcome == "assumed"


def test_the_second_question_can_be_answered(stage: Stage) -> None:
    """Its buttons are those of the first."""
    stage.complains()
    stage.resolves(EVA)
    stage.passes(DAY)
    stage.says("hello", "greeting")
    stage.passes(6 * DAY)
    stage.presses("settled:1:1")
    assert stage.complaint.outcome == "settled"


def test_nothing_is_assumed_while_a_person_is_with_them(stage: Stage) -> None:
    """It waits for the ticket to be resolved, which asks again."""
    stage.complains()
    stage.resolves(IVO)
    stage.passes(6 * DAY)
    stage.database.transact(_open_ticket, stage)
    stage.passes(3 * DAY)
    assert stage.complaint.closed_at is None
    assert stage.result("complaint_assume") is None


def _open_ticket(session: Session, stage: Stage) -> None:
    """Another matter of the same customer, with a person."""
    ticket = Ticket(
        conversation_id=1, reason="asked", language="en", desk="C0DESK", opened_at=stage.now
    )
    session.add(ticket)


@pytest.mark.parametrize(
    ("month", "day", "hour"),
    [(10, 24, 17), (10, 25, 0), (10, 25, 1), (3, 27, 18), (3, 28, 0), (3, 28, 1)],
)
def test_the_nights_in_which_clocks_are_changed(
    stage: Stage, month: int, day: int, hour: int
) -> None:
    """Whatever the hour at which silence is long enough, it is closed when the allowed hours begin
    on the customer's clock, and not put off for ever."""
    due = datetime(2026 if month == 10 else 2027, month, day, hour, 30, tzinfo=UTC)
    stage.now = due - 7 * DAY
    stage.complains()
    stage.resolves(IVO)
    stage.customer_reads()
    stage.passes(due - stage.now)
    assert stage.customer_reads() == []
    opens = stage.house.kb.policy.follow_up_hours.start
    morning = due.astimezone(RIGA).date() + (DAY if hour > 12 else 0 * DAY)
    begins = datetime.combine(morning, opens, RIGA).astimezone(UTC)
    stage.passes(begins - stage.now - timedelta(minutes=1))
    assert stage.complaint.closed_at is None
    stage.passes(timedelta(minutes=1))
    assert stage.complaint.outcome == "assumed" and len(stage.customer_reads()) == 1


def test_a_clock_that_jumps_back(stage: Stage) -> None:
    """Nothing is told twice and nothing too early; what the customer wrote after the question was
    after it, whatever the clock said."""
    stage.complains()
    stage.claims(IVO)
    stage.passes(3 * DAY + HOUR)
    assert len(stage.direct(BOSS)) == 1
    stage.resolves(IVO)
    stage.now -= 2 * HOUR
    stage.passes(HOUR)
    stage.says("hello", "greeting")
    stage.customer_reads()
    stage.passes(7 * DAY)
    assert stage.direct(BOSS) == [] and stage.complaint.closed_at is None
    stage.passes(HOUR)
    assert stage.customer_reads() == [words("complaint_ask", agent="Ivo", number="C-0001")]


def test_it_is_closed_while_they_are_awake(stage: Stage) -> None:
    """The line about it waits for the morning, and the closing with it."""
    stage.complains()
    stage.resolves(IVO)
    stage.customer_reads()
    stage.passes(7 * DAY + 10 * HOUR)  # nine in the evening
    assert stage.complaint.closed_at is None and stage.customer_reads() == []
    stage.passes(13 * HOUR)
    assert stage.complaint.outcome == "assumed" and len(stage.customer_reads()) == 1


def test_who_wants_no_messages_gets_none(stage: Stage) -> None:
    """They were told that nothing comes unless they write: they are neither asked again, though
    /stop was no answer, nor told that it is closed. The desk is."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.passes(HOUR)
    stage.says("/stop")
    stage.customer_reads(), stage.thread()
    stage.passes(7 * DAY)
    assert stage.customer_reads() == []
    assert stage.complaint.outcome == "assumed"
    assert stage.thread() == [words("desk_complaint_assumed", name="Maria Ozola", number="C-0001")]


def test_what_the_desk_does_is_still_said_to_them(stage: Stage) -> None:
    """They began it, and it is about that: whether it is settled they are asked once."""
    stage.complains()
    stage.claims(IVO)
    stage.says("/stop")
    stage.customer_reads()
    stage.resolves(IVO)
    assert stage.customer_reads() == [words("complaint_ask", agent="Ivo", number="C-0001")]


# --- the question does not arrive ----------------------------------------------------------------


def test_who_was_not_asked_does_not_agree(stage: Stage) -> None:
    """They have blocked the bot: the ticket is open again, its owner is told, and nothing closes
    the complaint but an answer."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(EVA)
    stage.thread()
    stage.fails("complaint_ask")
    reason = words("failed_blocked", name="Maria Ozola")
    said = words("desk_complaint_not_asked", number="C-0001", reason=reason)
    assert stage.thread() == [said]
    assert stage.history[-1] == "not_asked" and stage.complaint.asked_at is None
    (ticket,) = stage.all(Ticket)
    assert (ticket.resolved_at, ticket.claimed_by) == (None, IVO.user_id)
    stage.passes(20 * DAY)
    assert stage.complaint.closed_at is None
    assert len(stage.direct(BOSS)) == 1  # for its date has passed


def test_asked_again_later_they_can_answer(stage: Stage) -> None:
    """The button is there as before; silence counts from the question that arrived."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.fails("complaint_ask", "gone")
    stage.passes(2 * DAY)
    stage.resolves(IVO)
    stage.customer_reads()
    stage.passes(6 * DAY)
    assert stage.complaint.closed_at is None
    stage.presses("settled:1:1")
    assert stage.complaint.outcome == "settled"


def test_a_yes_is_no_answer_to_what_was_not_read(stage: Stage) -> None:
    """It goes to the person who has the ticket, like all that the customer writes."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.fails("complaint_ask")
    stage.says("yes", "yes")
    assert stage.complaint.closed_at is None


def test_dates_go_on_when_the_question_did_not_arrive(stage: Stage) -> None:
    """What was left out while they seemed to be asked is told then; what was told stays told."""
    stage.complains()
    stage.claims(IVO)
    stage.passes(3 * DAY - 4 * HOUR)
    stage.resolves(IVO)
    stage.passes(5 * HOUR)
    stage.thread(), stage.direct(IVO.user_id)
    assert stage.direct(BOSS) == []
    stage.fails("complaint_ask")
    stage.passes(HOUR)
    assert stage.history.count("reminded") == 1 and len(stage.direct(BOSS)) == 1


def test_a_doubt_counts_as_asked(stage: Stage) -> None:
    """It may well have arrived: the desk is told so, and silence closes it."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.fails("complaint_ask", "no answer", "uncertain")
    assert len(stage.thread()) == 1 and stage.complaint.asked_at is not None
    stage.passes(7 * DAY)
    assert stage.complaint.outcome == "assumed"


def test_a_failure_that_comes_late_changes_nothing(stage: Stage) -> None:
    """The customer has said that it is settled in another way."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.presses("settled:1:1")
    stage.thread()
    stage.fails("complaint_ask")
    assert stage.thread() == [] and stage.complaint.outcome == "settled"


def test_while_another_person_has_them(stage: Stage) -> None:
    """The complaint goes on in the ticket that is open."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.database.transact(_open_ticket, stage)
    stage.fails("complaint_ask")
    assert stage.complaint.ticket_id == 2
    assert stage.all(Ticket)[0].resolved_at is not None


# --- no poll, nothing cheerful --------------------------------------------------------------------


def test_no_poll_while_a_complaint_is_open(stage: Stage) -> None:
    """Not even one that was planned before: it is dropped, for the help it asks about was not the
    end of it."""
    stage.says("A person, please", "human")
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.complains()
    stage.customer_reads()
    stage.passes(2 * HOUR)
    assert stage.customer_reads() == []
    assert stage.result("csat") == "not sent: a complaint is open"


def test_nor_in_another_chat_of_the_same_customer(stage: Stage) -> None:
    """It is the person who waits, not the chat."""
    stage.says("A person, please", "human", chat="2", name="Maria")
    stage.resolves(IVO)
    stage.complains()

    def one_person(session: Session) -> None:
        conversation = session.get(Conversation, 1)
        assert conversation is not None
        conversation.contact_id = 2

    stage.database.transact(one_person)
    stage.passes(2 * HOUR)
    assert stage.result("csat") == "not sent: a complaint is open"


@pytest.mark.parametrize("kind", ["csat", "after-delivery"])
def test_a_complaint_in_a_thread_holds_what_is_for_the_chat(stage: Stage, kind: str) -> None:
    """In Slack one customer has a chat with us and, in a room, a thread of their own. Once it is
    settled what waited comes to the chat, and its poll to the thread."""
    chat, thread = Address("slack", "D7"), Address("slack", "C9", "5.1")
    stage.writes(chat, "A person, please", "human")
    stage.resolves(IVO)
    if kind != "csat":
        stage.passes(HOUR)
        line = Line("HB-1", "Ann", "slack", "D7", "Tent", stage.now - 9 * DAY, stage.now - 3 * DAY)
        stage.database.transact(lambda session: store(session, [line], stage.house, stage.now))
    stage.writes(thread, "The tent is torn, I complain.", "complaint")
    stage.reads(chat), stage.reads(thread)
    stage.passes(2 * HOUR)
    assert stage.reads(chat) == [] and stage.reads(thread) == []
    stage.resolves(IVO, ticket=2)
    stage.database.transact(_settled, stage)
    stage.reads(thread)
    stage.passes(DAY)
    assert len(stage.reads(thread)) == 1
    assert len(stage.reads(chat)) == (0 if kind == "csat" else 1)


def _settled(session: Session, stage: Stage) -> None:
    complaint = session.get(Complaint, 1)
    assert complaint is not None
    course.answered(session, stage.desk, complaint, True, stage.now)


def test_the_poll_comes_once_it_is_settled(stage: Stage) -> None:
    """An hour after the customer has said so."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.passes(2 * HOUR)
    stage.presses("settled:1:1")
    stage.customer_reads()
    stage.passes(HOUR)
    assert len(stage.customer_reads()) == 1
    assert stage.result("csat") == "sent"


def _bought(session: Session, stage: Stage) -> None:
    """A purchase whose follow-up is due now."""
    line = Line("HB-1", "Maria", "telegram", "1", "Tent", stage.now - 9 * DAY, stage.now - 3 * DAY)
    store(session, [line], stage.house, stage.now)


@pytest.mark.parametrize(
    ("closed_after", "result"),
    [(2 * DAY, "sent"), (10 * DAY, "not sent: too late, after a complaint")],
)
def test_a_follow_up_waits_for_the_end(stage: Stage, closed_after: timedelta, result: str) -> None:
    """Nobody is asked how they like what they complain about; afterwards only while it makes
    sense."""
    stage.complains()
    stage.database.transact(_bought, stage)
    stage.customer_reads()
    for _ in range(closed_after // (DAY / 2)):
        stage.passes(DAY / 2)
    assert stage.customer_reads() == []
    stage.resolves(IVO)
    stage.presses("settled:1:1")
    stage.passes(DAY)
    assert stage.result("after-delivery") == result


def test_every_reminder_is_on_record(stage: Stage) -> None:
    """Who was told, and which date had passed."""
    stage.complains()
    stage.claims(IVO)
    stage.passes(3 * DAY - HOUR)
    stage.passes(HOUR)
    reminded, breached = stage.all(ComplaintEvent)[-2:]
    assert (reminded.kind, reminded.detail) == ("reminded", {"told": ["U1"]})
    assert (breached.kind, breached.detail["told"]) == ("breached", [BOSS])
    assert breached.detail["due_at"] == stage.now.isoformat()
