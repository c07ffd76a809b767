"""Who gets which form on the desk, and what is done when it is sent, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.domain import TOO_LATE, Address, Agent, DeskAction, DeskForm, Outgoing
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import Complaint, Refusal, Ticket, TicketEvent
from handoff import desk as desk_events
from handoff.complaints import course
from tests.handoff.complaint_desk import (
    CARD_ID,
    EVA,
    IVO,
    NOW,
    OLGA,
    ROOM,
    ComplaintDesk,
    in_thread,
    to_customer,
    told,
    words,
)

THREAD = Address("slack", ROOM.chat_id, CARD_ID)
OTTO = Agent("U5", "Otto Outsider", on_desk=False)


class FormDesk(ComplaintDesk):
    """The desk with Maria's complaint, by buttons and forms."""

    def press(
        self, agent: Agent, action: str, ticket: int = 1, remedy: int | None = None
    ) -> list[Draft]:
        event = DeskAction("1", THREAD, agent, action, ticket, NOW, str(remedy or ""), "7.T1.abc")
        return self.database.transact(desk_events.handle, event, self.desk, NOW)

    def send(
        self, agent: Agent, name: str, remedy: int | None = None, **values: str
    ) -> list[Draft]:
        event = DeskForm("2", THREAD, agent, name, 1, values, NOW, str(remedy or ""))
        return self.database.transact(desk_events.handle, event, self.desk, NOW)

    def send_began(self, agent: Agent, began: dict[str, str], **values: str) -> list[Draft]:
        """The form about the complaint itself, which showed this when it opened."""
        event = DeskForm("2", THREAD, agent, "complaint", 1, values, NOW, began=began)
        return self.database.transact(desk_events.handle, event, self.desk, NOW)

    def close(self) -> None:
        """The complaint is settled, and its ticket resolved."""

        def work(session: Session) -> None:
            complaint = session.exec(select(Complaint)).one()
            course.close(session, self.desk, complaint, "settled", NOW)
            session.exec(select(Ticket)).one().resolved_at = NOW

        self.database.transact(work)

    @property
    def notes(self) -> list[str]:
        return [e.detail["text"] for e in self.rows(TicketEvent) if e.kind == "noted"]


@pytest.fixture
def desk(database: Database) -> FormDesk:
    return FormDesk(database)


def opened(drafts: list[Draft]) -> tuple[Outgoing, dict[str, Any]]:
    """The one form that is opened, and its fields' elements."""
    (draft,) = drafts
    assert (draft.purpose, draft.item.kind, draft.ticket_id) == ("form", "form", 1)
    blocks = draft.item.blocks[0]["blocks"]
    return draft.item, {b["block_id"]: b["element"] for b in blocks if b["type"] == "input"}


# --- opening -------------------------------------------------------------------------------------


def test_a_button_opens_its_form_for_whoever_pressed_it(desk: FormDesk) -> None:
    """With the click's own trigger, and what is known already put in."""
    item, fields = opened(desk.press(EVA, "complaint"))
    assert item.target == "7.T1.abc"
    assert fields["severity"]["initial_option"]["value"] == "normal"
    assert set(opened(desk.press(EVA, "remedy"))[1]) == {"kind", "amount", "reason", "words"}
    assert set(opened(desk.press(EVA, "transfer"))[1]) == {"to", "reason"}


@pytest.mark.parametrize("action", ["complaint", "transfer", "remedy", "approve", "refuse"])
def test_forms_are_for_colleagues_and_tickets_of_this_desk(desk: FormDesk, action: str) -> None:
    """A guest is told so, and of a ticket that is not here nothing is shown."""
    assert told(desk.press(OTTO, action), OTTO) == [words("desk_outsider")]
    assert told(desk.press(EVA, action, ticket=99), EVA) == [words("desk_unknown_ticket")]
    for remedy in (None, 99):
        drafts = desk.press(EVA, "approve", remedy=remedy)
        assert told(drafts, EVA) == [words("desk_unknown_ticket")]


def test_without_a_complaint_there_is_nothing_to_give_or_to_hand_over(desk: FormDesk) -> None:
    """What to press first is said; on a closed ticket none is opened any more."""
    desk.close()
    assert told(desk.press(EVA, "remedy"), EVA) == [words("desk_no_complaint")]
    for action in ("complaint", "transfer"):
        assert told(desk.press(EVA, action), EVA) == [words("desk_closed")]


def test_only_who_may_decide_is_asked_to(desk: FormDesk) -> None:
    """A supervisor sees what is proposed, and why; nobody else types a reason for nothing."""
    desk.propose(IVO, "refund", 5000, reason="Two <!channel> weeks late")
    item, fields = opened(desk.press(OLGA, "approve", remedy=1))
    assert set(fields) == {"reason"}
    said = item.blocks[0]["blocks"][0]["text"]
    assert said["type"] == "plain_text"
    assert said["text"] == words(
        "form_asked", agent="Ivo", remedy="refund 50 EUR", reason="Two <!channel> weeks late"
    )
    assert told(desk.press(EVA, "refuse", remedy=1), EVA) != []
    assert [(each.agent_id, each.action) for each in desk.rows(Refusal)] == [("U2", "refuse")]
    desk.decide(OLGA, True)
    assert told(desk.press(OLGA, "refuse", remedy=1), OLGA)[0].startswith("Olga has approved")


def test_a_remedy_of_another_conversation_is_not_decided_here(desk: FormDesk) -> None:
    """The button's value is not trusted to fit together."""
    other = desk.another("Jana")
    desk.propose(IVO, "refund", 5000, complaint=other)
    assert told(desk.press(OLGA, "approve", remedy=1), OLGA) == [words("desk_unknown_ticket")]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TOO_LATE, words("desk_form_late")),
        ("invalid_arguments", words("desk_form_failed", detail="invalid_arguments")),
    ],
)
def test_a_form_that_does_not_open_says_so(desk: FormDesk, error: str, text: str) -> None:
    """To whoever pressed the button, in the desk channel; the ticket goes on as it was."""
    (draft,) = desk.press(EVA, "remedy")
    (whisper,) = desk.ended(draft, "failed", error=error)
    assert told([whisper], EVA) == [text]
    assert whisper.item.address == ROOM
    assert desk.ended(draft, "sent", "V1") == []


# --- sending -------------------------------------------------------------------------------------


def test_a_form_that_is_sent_is_done(desk: FormDesk) -> None:
    """Cause and severity, a remedy, and the supervisor's word go where they belong."""
    desk.send(EVA, "complaint", severity="high", cause="late")
    complaint = desk.rows(Complaint)[0]
    assert (complaint.severity, complaint.cause) == ("high", "late")
    desk.send(IVO, "remedy", kind="refund", amount="€50,00", reason="Late", words="")
    assert (desk.remedy.cents, desk.remedy.reason, desk.remedy.decision) == (5000, "Late", None)
    drafts = desk.send(OLGA, "approve", remedy=1, reason="A present")
    assert (desk.remedy.decision, desk.remedy.decision_reason) == ("approved", "A present")
    assert to_customer(drafts) and in_thread(drafts)
    assert desk.notes == []


def test_a_complaint_goes_to_a_colleague_on_the_desk(desk: FormDesk) -> None:
    """Who is known from then on by name, though they have not acted yet."""
    event = DeskForm("2", THREAD, IVO, "transfer", 1, {"to": "U2", "reason": "Polish"}, NOW)
    event = replace(event, colleague=EVA)
    desk.database.transact(desk_events.handle, event, desk.desk, NOW)
    assert (desk.rows(Complaint)[0].owner, desk.rows(Ticket)[0].claimed_by) == ("U2", "U2")


def test_a_complaint_is_not_handed_to_a_stranger(desk: FormDesk) -> None:
    """A guest in the channel cannot own one; what was written is kept."""
    event = DeskForm("2", THREAD, IVO, "transfer", 1, {"to": "U5", "reason": "Polish"}, NOW)
    event = replace(event, colleague=OTTO)
    drafts = desk.database.transact(desk_events.handle, event, desk.desk, NOW)
    why = words("desk_not_colleague", name="Otto Outsider")
    assert told(drafts, IVO) == [words("desk_form_kept", why=why)]
    assert desk.rows(Complaint)[0].owner == "U1"
    assert desk.notes == ["transfer (to: U5; reason: Polish)"]


def test_what_has_become_impossible_meanwhile_is_kept_and_said(desk: FormDesk) -> None:
    """The complaint was closed while somebody filled in the form: nothing typed is lost."""
    desk.close()
    drafts = desk.send(EVA, "remedy", kind="refund", amount="20", reason="Late", words="")
    assert told(drafts, EVA) == [words("desk_form_kept", why=words("desk_no_complaint"))]
    assert desk.notes == ["remedy (kind: refund; amount: 20; reason: Late)"]


def test_what_is_refused_at_the_last_moment_is_kept_too(desk: FormDesk) -> None:
    """The form was right when it was sent; somebody else has used up the limit since."""
    desk.propose(OLGA, "refund", 19_000)
    drafts = desk.send(IVO, "remedy", kind="refund", amount="20", reason="Late", words="")
    assert len(told(drafts, IVO)) == len(drafts) == 1
    assert desk.notes == ["remedy (kind: refund; amount: 20; reason: Late)"]


def test_a_form_is_judged_again_by_the_policy_as_it_is_now(desk: FormDesk) -> None:
    """What passed while the form was open may no longer: a wrong amount never gets further."""
    drafts = desk.send(IVO, "remedy", kind="refund", amount="20 USD", reason="Late", words="")
    why = words("amount_currency", currency="EUR")
    assert told(drafts, IVO) == [words("desk_form_kept", why=why)]


def test_who_has_left_the_desk_fills_in_nothing(desk: FormDesk) -> None:
    """Membership is asked of Slack when the form is sent, not when it was opened."""
    drafts = desk.send(OTTO, "complaint", severity="high", cause="late")
    assert told(drafts, OTTO) == [words("desk_form_kept", why=words("desk_outsider"))]
    assert desk.rows(Complaint)[0].severity == "normal"


def test_a_form_nobody_knows_changes_nothing(desk: FormDesk) -> None:
    """One of an earlier version, say, that was open while the bot was replaced."""
    assert told(desk.send(EVA, "praise", reason="x"), EVA) == [words("desk_unknown_ticket")]


def stays(severity: str, cause: str = "") -> str:
    return words("desk_changed_meanwhile", number="C-0001", severity=severity, cause=cause)


def test_a_form_for_opening_overrides_nothing_that_came_meanwhile(desk: FormDesk) -> None:
    """The customer has complained while the agent filled it in, and seriously: that stays, and is
    said; what the agent chose besides is taken."""
    desk.send(EVA, "complaint", severity="high", cause="")
    drafts = desk.send_began(
        IVO, {"severity": "normal", "cause": ""}, severity="normal", cause="late"
    )
    complaint = desk.rows(Complaint)[0]
    assert (complaint.severity, complaint.cause) == ("high", "late")
    assert told(drafts, IVO) == [stays("serious", "Late delivery")]
    assert in_thread(drafts)


def test_of_two_who_change_the_same_the_first_stays(desk: FormDesk) -> None:
    """The second has not seen it, and is told how it stands now; nothing they wrote is lost."""
    desk.send(EVA, "complaint", severity="normal", cause="lost")
    drafts = desk.send_began(
        IVO, {"severity": "normal", "cause": ""}, severity="high", cause="late"
    )
    complaint = desk.rows(Complaint)[0]
    assert (complaint.severity, complaint.cause) == ("high", "lost")
    assert told(drafts, IVO) == [stays("serious", "Lost parcel")]


def test_a_form_that_saw_all_there_is_changes_it(desk: FormDesk) -> None:
    """Down, too: whoever sets it to normal has seen that it was serious."""
    desk.send(EVA, "complaint", severity="high", cause="")
    _, fields = opened(desk.press(IVO, "complaint"))
    assert fields["severity"]["initial_option"]["value"] == "high"
    drafts = desk.send_began(IVO, {"severity": "high", "cause": ""}, severity="normal", cause="")
    assert desk.rows(Complaint)[0].severity == "normal"
    assert told(drafts, IVO) == []


def test_a_form_about_a_complaint_knows_what_it_showed(desk: FormDesk) -> None:
    """It comes back with what is sent."""
    desk.send(EVA, "complaint", severity="high", cause="late")
    item, _ = opened(desk.press(IVO, "complaint"))
    about = json.loads(item.blocks[0]["private_metadata"])
    assert about["began"] == {"severity": "high", "cause": "late"}
