"""A complaint, from the first word to "yes, it is settled"; on both databases."""

from __future__ import annotations

import pytest

from bot.storage.database import Database
from bot.storage.tables import Complaint, ComplaintEvent, FollowUpItem, Ticket, TicketEvent
from tests.handoff.complaint_stage import DAY, EVA, HOUR, IVO, MORNING, Stage, words


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


# --- it begins, and has one owner ----------------------------------------------------------------


def test_from_the_first_word_to_closed(stage: Stage) -> None:
    """Acknowledged with number and date, owned by who claims it, closed when the customer agrees;
    only then is a poll planned."""
    stage.complains()
    (said,) = stage.customer_reads()
    assert "C-0001" in said and "25 November 2026" in said
    stage.claims(IVO)
    assert stage.complaint.owner == IVO.user_id
    stage.customer_reads()
    stage.resolves(IVO)
    (question,) = stage.customer_reads()
    assert question == words("complaint_ask", agent="Ivo", number="C-0001")
    assert stage.result("complaint_breach") is None
    stage.presses("settled:1:1")
    assert stage.customer_reads() == [words("complaint_settled")]
    assert stage.complaint.outcome == "settled"
    assert stage.history == ["opened", "owned", "asked", "settled"]
    assert [item.kind for item in stage.all(FollowUpItem) if item.done_at is None] == ["csat"]


def test_an_agent_opens_one(stage: Stage) -> None:
    """With the button: the customer is told at once, and the desk sees who opened it; it begins
    with the customer's own last words, and whoever has the ticket owns it."""
    stage.says("A person, please", "human")
    stage.claims(EVA)
    stage.says("You sent me the wrong tent again")
    stage.customer_reads(), stage.thread()
    stage.classifies(EVA, "high", "wrong_item")
    (said,) = stage.customer_reads()
    assert said.startswith("I'm sorry this happened, Maria.") and "C-0001" in said
    assert stage.thread() == [words("desk_complaint_opened", agent="Eva", number="C-0001")]
    complaint = stage.complaint
    assert (complaint.severity, complaint.cause) == ("high", "wrong_item")
    assert (complaint.owner, complaint.due_at) == (EVA.user_id, MORNING + DAY)
    assert complaint.text == "You sent me the wrong tent again"
    assert stage.all(Ticket)[0].urgency == 1


def test_a_new_severity_sets_the_date_anew(stage: Stage) -> None:
    """From the first word; the desk is told, the customer only of a date that is later than the
    one they know."""
    stage.complains()
    stage.claims(IVO)
    stage.customer_reads(), stage.thread()
    stage.passes(2 * HOUR)
    stage.classifies(IVO, "high", "faulty")
    assert stage.complaint.due_at == MORNING + DAY
    (line,) = stage.thread()
    assert "Ivo" in line and "Broke in use" in line and "23 November 2026, 11:00" in line
    assert stage.customer_reads() == []
    stage.classifies(IVO, "normal", "")
    assert (stage.complaint.due_at, stage.complaint.cause) == (MORNING + 3 * DAY, "faulty")
    (said,) = stage.customer_reads()
    assert "25 November 2026" in said and "C-0001" in said


def test_nothing_changed_says_nothing(stage: Stage) -> None:
    """The same form sent twice leaves one line."""
    stage.complains()
    stage.classifies(IVO, "normal", "lost")
    stage.thread()
    stage.classifies(IVO, "normal", "lost")
    assert stage.thread() == []
    assert stage.history.count("classified") == 1


@pytest.mark.parametrize(
    ("severity", "cause", "choices"),
    [("terrible", "", "normal, serious"), ("high", "weather", "Lost parcel")],
)
def test_what_is_no_choice_is_refused(
    stage: Stage, severity: str, cause: str, choices: str
) -> None:
    """The agent alone is told, with what there is to choose from; nothing is opened."""
    stage.says("A person, please", "human")
    stage.classifies(IVO, severity, cause)
    (said,) = stage.whispers(IVO)
    assert choices in said
    assert stage.all(Complaint) == []


def test_none_is_opened_on_a_closed_ticket(stage: Stage) -> None:
    """The customer would be told of a complaint that nobody has."""
    stage.says("A person, please", "human")
    stage.resolves(IVO)
    stage.whispers(IVO)
    stage.classifies(IVO, "normal")
    assert stage.whispers(IVO) == [words("desk_closed")]
    assert stage.all(Complaint) == []


# --- it is not passed around ----------------------------------------------------------------------


def test_a_transfer(stage: Stage) -> None:
    """With a reason, on record: the new owner is told directly, the desk in the thread, and the
    customer who it is with now; the new owner's words now reach the customer."""
    stage.complains()
    stage.claims(IVO)
    stage.says("A person, please", "human", chat="2", name="Ann")
    stage.claims(EVA, ticket=2)  # so that her name is known
    stage.customer_reads(), stage.thread()
    stage.hands_over(IVO, EVA.user_id, "I'm on leave *from tomorrow*")
    (line,) = stage.thread()
    assert "Ivo" in line and "Eva" in line and "I'm on leave *from tomorrow*" in line
    (direct,) = stage.direct(EVA.user_id)
    assert "C-0001" in direct and "Maria Ozola" in direct and "*from tomorrow*" in direct
    assert "https://slack.com/archives/C0DESK/p1001" in direct
    assert stage.customer_reads() == [words("complaint_transferred", agent="Eva", number="C-0001")]
    ticket = stage.all(Ticket)[0]
    assert (stage.complaint.owner, ticket.claimed_by) == (EVA.user_id, EVA.user_id)
    event = stage.all(ComplaintEvent)[-1]
    assert (event.kind, event.agent_id) == ("transferred", IVO.user_id)
    assert event.detail == {"from": "U1", "to": "U2", "reason": "I'm on leave *from tomorrow*"}


def test_taking_a_complaint_over(stage: Stage) -> None:
    """A colleague may, with a reason; they need no message from themselves."""
    stage.complains()
    stage.claims(IVO)
    stage.thread()
    stage.hands_over(EVA, EVA.user_id, "Ivo is ill")
    assert stage.thread() == [
        words("desk_complaint_taken", agent="Eva", number="C-0001", name="Maria Ozola",
              reason="Ivo is ill")
    ]  # fmt: skip
    assert stage.direct(EVA.user_id) == []
    assert stage.complaint.owner == EVA.user_id


def test_a_first_owner_is_no_transfer(stage: Stage) -> None:
    """A complaint that nobody has is given to somebody; that is not passing it around."""
    stage.complains()
    stage.hands_over(IVO, EVA.user_id, "You know these tents best")
    assert stage.complaint.owner == EVA.user_id
    assert "transferred" not in stage.history and stage.history[-1] == "owned"


@pytest.mark.parametrize(
    ("to", "reason", "key"),
    [("U2", "  ", "reason_missing"), ("", "on leave", "choice_missing"),
     ("U1", "on leave", "desk_has_complaint")],
)  # fmt: skip
def test_a_transfer_that_cannot_be(stage: Stage, to: str, reason: str, key: str) -> None:
    """Without a reason, to nobody, or to who has it: nothing changes, and the agent alone hears."""
    stage.complains()
    stage.claims(IVO)
    stage.whispers(IVO)
    stage.hands_over(IVO, to, reason)
    assert stage.whispers(IVO) == [words(key, agent="Ivo")]
    assert stage.complaint.owner == IVO.user_id
    assert "transferred" not in stage.history


def test_only_complaints_are_handed_over(stage: Stage) -> None:
    """A ticket without one has no transfer."""
    stage.says("A person, please", "human")
    stage.hands_over(IVO, EVA.user_id, "on leave")
    assert stage.whispers(IVO) == [words("desk_no_complaint")]


def test_anyone_on_the_desk_may_settle_it(stage: Stage) -> None:
    """The owner may have gone home; they stay the owner."""
    stage.complains()
    stage.claims(IVO)
    stage.customer_reads()
    stage.resolves(EVA)
    assert stage.customer_reads() == [words("complaint_ask", agent="Eva", number="C-0001")]
    assert stage.complaint.owner == IVO.user_id


# --- the customer decides -------------------------------------------------------------------------


def test_no_opens_it_again(stage: Stage) -> None:
    """With the same owner and a new date; "yes" afterwards closes it for good."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(EVA)
    stage.passes(2 * DAY)
    stage.presses("settled:0:1")
    complaint, ticket = stage.complaint, stage.all(Ticket)[0]
    assert (complaint.closed_at, complaint.owner) == (None, IVO.user_id)
    assert (ticket.resolved_at, ticket.claimed_by) == (None, IVO.user_id)
    assert complaint.due_at == stage.now + 3 * DAY
    stage.resolves(IVO)
    stage.presses("settled:1:1")
    assert stage.complaint.outcome == "settled"
    assert stage.history[-4:] == ["asked", "reopened", "asked", "settled"]


def test_a_severity_after_it_was_opened_again(stage: Stage) -> None:
    """Its date counts from then: the first one is over."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.passes(2 * DAY)
    stage.presses("settled:0:1")
    stage.classifies(IVO, "high")
    assert stage.complaint.due_at == stage.now + DAY


def test_silence_is_not_agreement(stage: Stage) -> None:
    """It is closed as assumed settled, never as settled, and nobody is asked how it went."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.customer_reads(), stage.thread()
    stage.passes(6 * DAY)
    assert stage.complaint.closed_at is None
    stage.passes(2 * DAY)
    assert stage.complaint.outcome == "assumed"
    assert stage.customer_reads() == [words("complaint_assumed", number="C-0001")]
    assert stage.thread() == [words("desk_complaint_assumed", name="Maria Ozola", number="C-0001")]
    assert "settled" not in stage.history
    assert not [item for item in stage.all(FollowUpItem) if item.kind == "csat"]


def test_who_complains_after_that_has_a_new_one(stage: Stage) -> None:
    """The old one stays as it ended."""
    stage.complains()
    stage.resolves(IVO)
    stage.passes(8 * DAY)
    stage.complains()
    assert [each.outcome for each in stage.all(Complaint)] == ["assumed", None]


def test_a_late_no(stage: Stage) -> None:
    """Said after it was closed for their silence, "no" opens the same complaint again: with its
    owner, in its thread, where their words are shown."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.passes(8 * DAY)
    stage.customer_reads(), stage.thread()
    stage.says("no, nothing has come", "no")
    assert stage.customer_reads() == [words("complaint_reopened")]
    told, shown = stage.thread()
    assert told.endswith(words("desk_complaint_reopened", name="Maria Ozola", number="C-0001"))
    assert shown == "no, nothing has come"
    (complaint,) = stage.all(Complaint)
    assert (complaint.closed_at, complaint.outcome, complaint.owner) == (None, None, IVO.user_id)


def test_a_late_yes(stage: Stage) -> None:
    """The customer has said it after all, so it counts as settled."""
    stage.complains()
    stage.resolves(IVO)
    stage.passes(8 * DAY)
    stage.says("yes", "yes")
    assert stage.complaint.outcome == "settled"
    assert stage.history[-2:] == ["assumed", "settled"]


@pytest.mark.parametrize("says", ["still waiting for it", "the courier was here"])
def test_what_is_said_to_no_ticket_reaches_the_owner(stage: Stage, says: str) -> None:
    """Between "is it settled?" and "no" nobody reads along; afterwards the owner does."""
    stage.complains()
    stage.claims(IVO)
    stage.passes(HOUR)
    stage.resolves(IVO)
    stage.says(says)
    assert stage.customer_reads()[-1] == words("complaint_unclear")
    stage.thread()
    stage.presses("settled:0:1")
    assert stage.thread()[1:] == [says]


# --- one owner, whatever happens ------------------------------------------------------------------


def test_an_owner_takes_back_what_somebody_else_claimed(stage: Stage) -> None:
    """They own the complaint, but the ticket is a colleague's: it can be given to them."""
    stage.complains()
    stage.claims(IVO)
    stage.claim_as(EVA)
    stage.hands_over(EVA, IVO.user_id, "He knows it")
    assert (stage.complaint.owner, stage.all(Ticket)[0].claimed_by) == ("U1", "U1")
    stage.whispers(IVO)
    stage.hands_over(IVO, IVO.user_id, "again")
    assert stage.whispers(IVO) == [words("desk_has_complaint", agent="Ivo")]


def test_a_new_ticket_goes_to_the_owner(stage: Stage) -> None:
    """Asked whether it is settled, the customer needs a person for something else: that is the one
    who has the complaint, who is told so in the thread; anyone may take it over."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.thread()
    stage.says("My hand is burning from your stove", "emergency")
    second = stage.all(Ticket)[1]
    assert second.claimed_by == IVO.user_id
    claims = [e.agent_id for e in stage.all(TicketEvent) if e.ticket_id == second.id]
    assert claims == [None, IVO.user_id]
    line = words("desk_ticket_of_owner", agent="Ivo", number="C-0001")
    assert any(said.endswith(line) for said in stage.thread())
    stage.hands_over(EVA, EVA.user_id, "Ivo is away", ticket=2)
    assert stage.all(Ticket)[1].claimed_by == EVA.user_id


def test_who_resolves_what_nobody_claimed_owns_it(stage: Stage) -> None:
    """Opened again it has an owner, who is shown it."""
    stage.complains()
    stage.resolves(EVA)
    assert stage.complaint.owner == EVA.user_id
    stage.presses("settled:0:1")
    assert stage.all(Ticket)[0].claimed_by == EVA.user_id
    assert stage.history == ["opened", "owned", "asked", "reopened"]


def test_while_the_customer_is_asked_no_date_is_put_off(stage: Stage) -> None:
    """That it needs more time would contradict the question that they are just answering."""
    stage.complains()
    stage.claims(IVO)
    stage.classifies(IVO, "high")
    stage.resolves(IVO)
    stage.customer_reads()
    stage.classifies(IVO, "normal", "late")
    assert stage.customer_reads() == []
    assert (stage.complaint.severity, stage.complaint.cause) == ("normal", "late")


def test_the_card_names_who_resolved_it_last(stage: Stage) -> None:
    """Opened again, and resolved by somebody else."""
    stage.complains()
    stage.claims(IVO)
    stage.resolves(IVO)
    stage.presses("settled:0:1")
    stage.claim_as(EVA)  # so that her name is known
    stage.resolves(EVA)
    assert stage.card().resolved_by == "Eva"
