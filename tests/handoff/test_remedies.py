"""Remedies: who may give what, what is on record, and what the customer is told, and when."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from bot import outbox
from bot.domain import Address
from bot.knowledge.complaint_policy import Role, Roles
from bot.storage.database import Database
from bot.storage.tables import (
    Complaint,
    ComplaintEvent,
    Conversation,
    Identity,
    OutboxItem,
    RemedyItem,
    ShopCode,
    Ticket,
)
from handoff.remedies import shop_codes, shop_orders
from tests.handoff.complaint_desk import (
    AGENTS,
    EVA,
    IVO,
    NOW,
    OLGA,
    PETER,
    ROLES,
    SHIPPED,
    ComplaintDesk,
    in_thread,
    to_customer,
    told,
    with_roles,
    words,
)


@pytest.fixture
def desk(database: Database) -> ComplaintDesk:
    return ComplaintDesk(database)


def polish(key: str, **values: object) -> str:
    return SHIPPED.say("pl", key, **values)


# --- within the limit ----------------------------------------------------------------------------


def test_what_an_agent_may_give_is_given_at_once(desk: ComplaintDesk) -> None:
    """Approved by the agent, told to the customer in their language, and all of it on record."""
    drafts = desk.propose(IVO, "refund", 2000)
    assert to_customer(drafts) == [polish("remedy_refund", amount="20 EUR")]
    (line,) = in_thread(drafts)
    assert line.startswith("Approved by Ivo: refund 20 EUR. Maria *Ozola* is being told.")
    assert line.endswith(words("desk_remedy_by_hand"))
    remedy = desk.remedy
    assert (remedy.decision, remedy.decided_by, remedy.given_at) == ("approved", "U1", NOW)
    assert (remedy.decision_reason, remedy.currency) == ("It broke on the first day", "EUR")
    assert desk.history == ["remedy_proposed", "remedy_approved", "remedy_given"]


def test_an_apology_needs_no_amount_and_nobody_to_carry_it_out(desk: ComplaintDesk) -> None:
    """The customer reads it, and below it what the agent wrote, literally."""
    drafts = desk.propose(EVA, "apology", words="We *should* have called.\nSorry.")
    (text,) = to_customer(drafts)
    assert text.startswith(polish("remedy_apology") + "\n\nWe \\*should\\* have called\\.")
    assert words("desk_remedy_by_hand") not in in_thread(drafts)[0]


def test_two_remedies_do_not_get_round_a_limit(desk: ComplaintDesk) -> None:
    """The limit is for all that a complaint costs: the second 15 EUR wait."""
    desk.propose(IVO, "refund", 1500)
    drafts = desk.propose(IVO, "refund", 1500)
    assert to_customer(drafts) == []
    assert "Approved so far: 15 EUR" in in_thread(drafts)[0]
    assert desk.remedy.decision is None
    desk.decide(OLGA, True, remedy=2)
    assert desk.remedy.decision == "approved"


def test_another_complaint_has_a_limit_of_its_own(desk: ComplaintDesk) -> None:
    """What one customer was given takes nothing from the next."""
    desk.propose(IVO, "refund", 2000)
    other = desk.another("Jonas")
    assert to_customer(desk.propose(IVO, "refund", 2000, complaint=other))


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cents", "reason", "text", "key"),
    [
        ("refund", None, "r", "", "amount_missing"),
        ("refund", 0, "r", "", "amount_not_positive"),
        ("credit", -100, "r", "", "amount_not_positive"),
        ("refund", 100_000_001, "r", "", "amount_too_much"),
        ("apology", 100, "r", "", "amount_not_wanted"),
        ("refund", 100, "  ", "", "reason_missing"),
        ("other", None, "r", " ", "words_missing"),
        ("gold", 100, "r", "", "remedy_unknown"),
    ],
)
def test_bad_input_changes_nothing(
    kind: str, cents: int | None, reason: str, text: str, key: str, desk: ComplaintDesk
) -> None:
    """Whoever wrote it is told what is wrong, and nobody else hears of it."""
    drafts = desk.propose(IVO, kind, cents, reason, text)
    assert len(drafts) == 1
    limit = "200 EUR" if kind == "refund" else "0 EUR"
    assert told(drafts, IVO) == [words(key, currency="EUR", limit=limit)]
    assert (desk.rows(RemedyItem), desk.history) == ([], [])


def test_nothing_is_offered_for_a_closed_complaint(desk: ComplaintDesk) -> None:
    """A form that was open when the customer said "settled" does nothing."""

    def close(session: Session) -> None:
        complaint = session.get(Complaint, desk.complaint_id)
        assert complaint is not None
        complaint.closed_at = NOW

    desk.database.transact(close)
    assert told(desk.propose(IVO, "apology"), IVO) == [words("desk_no_complaint")]
    assert desk.rows(RemedyItem) == []


@pytest.mark.parametrize(
    ("roles", "kind", "cents", "says"),
    [
        (Roles(agent=AGENTS), "refund", 5000, words("remedy_no_supervisor")),
        (Roles(agent=AGENTS), "replacement", None, words("remedy_no_supervisor")),
        (ROLES, "refund", 20001, words("amount_too_much", limit="200 EUR")),
        (Roles(agent=AGENTS, supervisor=Role(remedies=())), "replacement", None,
         words("remedy_nobody_gives")),
    ],
    ids=["no supervisor", "no supervisor for this", "over every limit", "in no list"],
)  # fmt: skip
def test_what_nobody_may_give_is_refused(
    roles: Roles, kind: str, cents: int | None, says: str, database: Database
) -> None:
    """At once and with the reason, instead of waiting for somebody who does not exist."""
    desk = ComplaintDesk(database, roles)
    assert told(desk.propose(IVO, kind, cents), IVO) == [says]
    assert desk.rows(RemedyItem) == []


# --- above the limit -----------------------------------------------------------------------------


def test_above_the_limit_a_supervisor_is_asked(desk: ComplaintDesk) -> None:
    """A line with buttons in the thread, a message to each supervisor, and to the customer nothing:
    nothing is promised yet."""
    line, olga, peter, card = desk.propose(IVO, "replacement", words="A *new* tent")
    assert [d.item.address.chat_id for d in (olga, peter)] == ["U9", "U8"]
    for part in ("Ivo", "Maria", "C\\-0001", "replacement", "first day", "new"):
        assert part in olga.item.reply.text
    assert olga.item.reply.text.endswith("(https://slack.com/archives/C0DESK/p1001)")
    assert line.item.address == Address("slack", "C0DESK", outbox.CARD)
    approve, refuse = line.item.blocks[-1]["elements"]
    assert (approve["action_id"], approve["value"]) == ("approve", "1:1")
    assert (refuse["action_id"], refuse["value"]) == ("refuse", "1:1")
    assert card.purpose == "card_update"
    assert desk.remedy.decision is None
    assert desk.history == ["remedy_proposed"]


def test_what_strangers_wrote_is_inert_on_the_desk(desk: ComplaintDesk) -> None:
    """A reason full of signs alarms no channel and disguises no link; however long, it is shown."""
    text = "<!channel> " + "<&>*_" * 700
    line, olga, *_ = desk.propose(IVO, "replacement", reason=text)
    shown = [block["text"]["text"] for block in line.item.blocks if "text" in block]
    assert all(len(part) <= 3000 for part in shown)
    assert "<!channel>" not in "".join(shown)
    assert sum(part.count("&lt;&amp;&gt;") for part in shown) > 690
    assert "\\<\\!channel\\>" in olga.item.reply.text


def test_approved_with_a_reason_it_is_given(desk: ComplaintDesk) -> None:
    """The supervisor, the reason and the time are on record; now the customer is told."""
    desk.propose(IVO, "refund", 5000, words="By Friday")
    drafts = desk.decide(OLGA, True, " They are right ")
    (text,) = to_customer(drafts)
    assert text == polish("remedy_refund", amount="50 EUR") + "\n\nBy Friday"
    assert in_thread(drafts)[0].startswith("Approved by Olga: refund 50 EUR.")
    remedy = desk.remedy
    assert (remedy.decision, remedy.decided_by, remedy.decided_at) == ("approved", "U9", NOW)
    assert (remedy.decision_reason, remedy.proposed_by) == ("They are right", "U1")
    event = desk.rows(ComplaintEvent)[-2]
    assert (event.kind, event.agent_id) == ("remedy_approved", "U9")
    assert (event.detail["reason"], event.detail["cents"]) == ("They are right", 5000)


def test_refused_with_a_reason_the_owner_and_the_proposer_learn_it(desk: ComplaintDesk) -> None:
    """Slack shows the line to both; the customer hears nothing, and another can be proposed."""
    desk.propose(EVA, "refund", 5000)
    drafts = desk.decide(OLGA, False, "A repair is enough <!here>")
    assert to_customer(drafts) == []
    shown = drafts[0].item.blocks[0]["text"]["text"]
    assert shown.startswith("<@U1> <@U2> Refused by Olga: refund 50 EUR.")
    assert "&lt;!here&gt;" in shown
    assert (desk.remedy.decision, desk.remedy.given_at) == ("refused", None)
    assert desk.history == ["remedy_proposed", "remedy_refused"]
    assert to_customer(desk.propose(EVA, "refund", 2000))


@pytest.mark.parametrize("approves", [True, False])
def test_an_agent_decides_neither_way(approves: bool, desk: ComplaintDesk) -> None:
    """Neither the proposer nor a colleague without the right; it goes on waiting."""
    desk.propose(IVO, "refund", 5000)
    for agent in (IVO, EVA):
        drafts = desk.decide(agent, approves)
        assert told(drafts, agent) == [words("desk_not_yours_to_decide", limit="20 EUR")]
        assert len(drafts) == 1
    assert desk.remedy.decision is None
    assert desk.history == ["remedy_proposed"]


def test_a_decision_needs_a_reason(desk: ComplaintDesk) -> None:
    """Without one nothing is decided."""
    desk.propose(IVO, "refund", 5000)
    assert told(desk.decide(OLGA, True, "  "), OLGA) == [words("reason_missing")]
    assert desk.remedy.decision is None


@pytest.mark.parametrize(("first", "key"), [(True, "approved"), (False, "refused")])
def test_decided_once(first: bool, key: str, desk: ComplaintDesk) -> None:
    """The second is told who has decided, how and when; nothing changes."""
    desk.propose(IVO, "refund", 5000)
    desk.decide(OLGA, first)
    drafts = desk.decide(PETER, not first)
    what = "refund 50 EUR"
    says = words(f"desk_remedy_{key}_before", agent="Olga", time="14:00", what=what)
    assert (told(drafts, PETER), len(drafts)) == ([says], 1)
    assert desk.remedy.decided_by == "U9"


def test_two_supervisors_at_once_decide_once(desk: ComplaintDesk) -> None:
    """Whoever comes second finds it decided: the customer is promised it once."""
    desk.propose(IVO, "refund", 5000)
    start = threading.Barrier(2)

    def click(number: int) -> int:
        start.wait()
        return len(to_customer(desk.decide((OLGA, PETER)[number], True)))

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(click, range(2))) == 1
    assert desk.history == ["remedy_proposed", "remedy_approved", "remedy_given"]


# --- codes ---------------------------------------------------------------------------------------


def test_a_credit_comes_with_a_code_of_exactly_its_worth(desk: ComplaintDesk) -> None:
    """Not one of another amount, or of another kind; and the code is in nobody's history."""
    desk.import_codes(("C10", "credit", 1000), ("P20", "coupon", 2000), ("C20", "credit", 2000))
    drafts = desk.propose(IVO, "credit", 2000)
    assert to_customer(drafts) == [polish("remedy_credit", amount="20 EUR", code="C20")]
    assert words("desk_remedy_by_hand") not in in_thread(drafts)[0]
    assert "C20" not in in_thread(drafts)[0]
    assert desk.remedy.code == "C20"
    assert [code.code for code in desk.rows(ShopCode) if code.remedy_id] == ["C20"]
    assert all("C20" not in str(event.detail) for event in desk.rows(ComplaintEvent))


def test_without_a_code_nothing_is_promised(desk: ComplaintDesk) -> None:
    """The agent learns what to do; nothing is on record as approved."""
    desk.import_codes(("P20", "coupon", 2000))
    drafts = desk.propose(IVO, "credit", 2000)
    assert told(drafts, IVO) == [words("desk_remedy_no_code", what="credit 20 EUR")]
    assert (desk.rows(RemedyItem), desk.history) == ([], [])


def test_an_approval_without_a_code_is_none(desk: ComplaintDesk) -> None:
    """It goes on waiting, and can be approved once there is a code."""
    desk.propose(IVO, "coupon", 5000)
    drafts = desk.decide(OLGA, True)
    assert told(drafts, OLGA) == [words("desk_remedy_no_code", what="coupon 50 EUR")]
    assert desk.remedy.decision is None
    desk.import_codes(("P50", "coupon", 5000))
    assert to_customer(desk.decide(OLGA, True)) == [
        polish("remedy_coupon", amount="50 EUR", code="P50")
    ]


def test_two_at_once_get_different_codes(desk: ComplaintDesk) -> None:
    """Two colleagues, two customers, two codes; the third is told that there are none left."""
    desk.import_codes(("C1", "credit", 1000), ("C2", "credit", 1000))
    other, third = desk.another("Jonas"), desk.another("Ilze")
    start = threading.Barrier(2)

    def give(complaint: int) -> str:
        start.wait()
        (text,) = to_customer(desk.propose(IVO, "credit", 1000, complaint=complaint))
        return text

    with ThreadPoolExecutor(2) as threads:
        texts = list(threads.map(give, [desk.complaint_id, other]))
    assert {code for code in ("C1", "C2") for text in texts if code in text} == {"C1", "C2"}
    assert told(desk.propose(IVO, "credit", 1000, complaint=third), IVO)


def test_a_code_held_by_another_transaction_is_passed_over(postgres_url: str) -> None:
    """On PostgreSQL nobody waits for a code that somebody else is about to give away."""
    database = Database(postgres_url)
    try:
        desk = ComplaintDesk(database)
        desk.import_codes(("C1", "credit", 1000), ("C2", "credit", 1000))
        with Session(database.engine) as session:
            held = shop_codes.free(session, "credit", 1000, "EUR")
            assert held is not None and held.code == "C1"
            (text,) = to_customer(desk.propose(IVO, "credit", 1000))
            assert "C2" in text
    finally:
        database.close()


# --- the shop's webhook --------------------------------------------------------------------------


@pytest.fixture
def shop(database: Database) -> ComplaintDesk:
    return ComplaintDesk(database, shop=True)


@pytest.mark.parametrize(
    ("kind", "cents", "code"),
    [("credit", 2000, "S-1"), ("coupon", 1000, "S-2"), ("refund", 550, ""), ("refund", 550, "ref")],
)
def test_the_shop_is_asked_before_the_customer_is_told(
    kind: str, cents: int, code: str, shop: ComplaintDesk
) -> None:
    """Approved is not given: only with the shop's answer the customer hears of it."""
    drafts = shop.propose(IVO, kind, cents)
    order = drafts[0]
    assert (order.purpose, order.item.address.channel) == ("remedy", "shop")
    assert to_customer(drafts) == []
    assert "The shop has been asked" in in_thread(drafts)[0]
    assert (shop.remedy.decision, shop.remedy.given_at) == ("approved", None)
    amount = f"{cents // 100}{',50' if cents % 100 else ''} EUR"
    drafts = shop.ended(order, "sent", code)
    assert to_customer(drafts) == [polish(f"remedy_{kind}", amount=amount, code=f"{code}".replace(
        "-", "\\-"))]  # fmt: skip
    assert words("desk_remedy_by_hand") not in in_thread(drafts)[0]
    assert (shop.remedy.code, shop.remedy.given_at) == (code or None, NOW)
    assert shop.ended(order, "sent", code) == []  # the end of a send may be recorded twice


def test_what_the_shop_is_told(shop: ComplaintDesk) -> None:
    """Enough to carry it out, and a key that no other order has."""
    first = shop.propose(IVO, "refund", 550)[0].item
    assert json.loads(first.reply.text) == {
        "complaint": "C-0001",
        "remedy": 1,
        "kind": "refund",
        "amount": "5.50",
        "currency": "EUR",
        "customer": {"name": "Maria *Ozola*", "channel": "telegram", "id": "501"},
        "reason": "It broke on the first day",
    }
    second = shop.propose(IVO, "refund", 550)[0].item
    assert first.address == second.address
    assert first.target and first.target != second.target


def test_a_replacement_has_no_amount(shop: ComplaintDesk) -> None:
    """The shop gets null, and the supervisor's approval sends it."""
    shop.propose(IVO, "replacement")
    order = shop.decide(OLGA, True)[0]
    body = json.loads(order.item.reply.text)
    assert (body["kind"], body["amount"], body["currency"]) == ("replacement", None, None)
    assert to_customer(shop.ended(order, "sent")) == [polish("remedy_replacement")]


def test_an_apology_is_no_matter_for_the_shop(shop: ComplaintDesk) -> None:
    """What only words can do is done at once."""
    assert to_customer(shop.propose(IVO, "apology")) == [polish("remedy_apology")]


def test_what_the_shop_refuses_is_not_promised_and_can_be_proposed_again(
    shop: ComplaintDesk,
) -> None:
    """Whom it concerns reads the shop's reason; it counts neither as given nor against a limit."""
    order = shop.propose(EVA, "credit", 2000)[0]
    drafts = shop.ended(order, "failed", error="no such account")
    assert to_customer(drafts) == []
    shown = drafts[0].item.blocks[0]["text"]["text"]
    assert shown.startswith("<@U1> <@U2> The shop did not give it: credit 20 EUR (no such account)")
    assert (shop.remedy.failure, shop.remedy.given_at) == ("no such account", None)
    assert shop.history == ["remedy_proposed", "remedy_approved", "remedy_failed"]
    again = shop.propose(EVA, "credit", 2000)[0]
    assert again.purpose == "remedy"


def test_a_desk_that_got_its_webhook_later_still_gives_what_waits(desk: ComplaintDesk) -> None:
    """What was proposed before is ordered when it is approved."""
    desk.propose(IVO, "coupon", 5000)
    desk.desk = replace(desk.desk, shop=True)
    assert desk.decide(OLGA, True)[0].purpose == "remedy"


# --- nothing waits for ever ----------------------------------------------------------------------


def test_what_nobody_may_approve_any_more_can_be_refused(desk: ComplaintDesk) -> None:
    """Two wait, one is approved: with the other it would be more than anybody may give. Who tries
    is told so; a supervisor still may say no, an agent may not."""
    desk.propose(IVO, "refund", 15_000)
    desk.propose(IVO, "refund", 15_000)
    desk.decide(OLGA, True, remedy=1)
    assert told(desk.decide(PETER, True, remedy=2), PETER) == [words("desk_remedy_nobody_may")]
    assert told(desk.decide(EVA, False, remedy=2), EVA) != []
    assert desk.remedy.decision is None
    desk.decide(PETER, False, remedy=2)
    assert desk.remedy.decision == "refused"


def test_without_supervisors_anybody_may_refuse(desk: ComplaintDesk) -> None:
    """They were taken out of the policy while it waited."""
    desk.propose(IVO, "refund", 5000)
    desk.desk = replace(desk.desk, kb=with_roles(Roles(agent=AGENTS)))
    assert told(desk.decide(EVA, True), EVA) == [words("desk_remedy_nobody_may")]
    desk.decide(EVA, False)
    assert desk.remedy.decision == "refused"


def close(desk: ComplaintDesk) -> None:
    def work(session: Session) -> None:
        complaint = session.get(Complaint, desk.complaint_id)
        assert complaint is not None
        complaint.closed_at = NOW

    desk.database.transact(work)


def test_nothing_is_approved_for_a_closed_complaint(desk: ComplaintDesk) -> None:
    """The customer has said that it is settled; refusing it clears it away."""
    desk.propose(IVO, "refund", 5000)
    close(desk)
    drafts = desk.decide(OLGA, True)
    assert told(drafts, OLGA) == [words("desk_remedy_too_late", number="C-0001")]
    assert desk.remedy.decision is None
    desk.decide(OLGA, False)
    assert desk.remedy.decision == "refused"


def test_what_is_undecided_is_not_resolved(desk: ComplaintDesk) -> None:
    """Nobody is asked whether it is settled who may still get something; who resolves is told what;
    once that is decided, they can."""
    desk.propose(IVO, "refund", 5000)
    desk.propose(IVO, "replacement")
    drafts = desk.resolve(IVO)
    what = "refund 50 EUR, replacement"
    assert told(drafts, IVO) == [words("desk_remedy_unfinished", what=what)]
    assert (len(drafts), desk.rows(Ticket)[0].resolved_at) == (1, None)
    desk.decide(OLGA, True, remedy=1)
    desk.decide(OLGA, False, remedy=2)
    assert desk.resolve(IVO)[1].item.address == Address("telegram", "501")
    assert desk.rows(Complaint)[0].asked_at == NOW


def test_what_the_shop_has_not_answered_is_not_resolved(shop: ComplaintDesk) -> None:
    """Until it gives it, or says why not."""
    order = shop.propose(IVO, "credit", 2000)[0]
    says = words("desk_remedy_unfinished", what="credit 20 EUR")
    assert told(shop.resolve(IVO), IVO) == [says]
    shop.ended(order, "failed", error="no such account")
    assert shop.resolve(IVO)[1].item.address == Address("telegram", "501")


def test_a_shop_that_never_answers_holds_up_nobody(shop: ComplaintDesk) -> None:
    """After the time in which the desk is told of its silence, the complaint can be resolved."""
    shop.propose(IVO, "credit", 2000)
    late = NOW + shop_orders.PATIENCE
    assert shop.resolve(IVO, now=late)[1].item.address == Address("telegram", "501")


@pytest.mark.parametrize("approves", [True, False])
def test_the_buttons_go_once_it_is_decided(approves: bool, desk: ComplaintDesk) -> None:
    """The line that asked keeps its words, of two that ask the right one."""
    desk.sent(desk.propose(IVO, "replacement"))
    asked = desk.propose(IVO, "refund", 5000)
    desk.sent(asked)
    line = asked[0].item
    drafts = desk.decide(OLGA, approves, remedy=2)
    (update,) = [d.item for d in drafts if d.item.kind == "update" and d.purpose == ""]
    assert update.blocks == line.blocks[:-1]
    assert update.reply == line.reply
    (there,) = [row for row in desk.rows(OutboxItem) if row.external_id == update.target]
    assert outbox.from_payload(there.payload).blocks == line.blocks


# --- codes are secrets ---------------------------------------------------------------------------


def in_a_channel(desk: ComplaintDesk) -> None:
    """Maria writes in a thread of a channel in Slack, where others read along."""

    def work(session: Session) -> None:
        talk = session.exec(select(Conversation)).one()
        talk.channel, talk.chat_id, talk.thread_id = "slack", "C0HELP", "7.7"
        session.add(Identity(channel="slack", user_id="UMARIA", contact_id=talk.contact_id))

    desk.database.transact(work)


def test_a_code_is_not_shown_in_a_channel(desk: ComplaintDesk) -> None:
    """It goes to the customer directly; in the thread stands only that it does."""
    in_a_channel(desk)
    desk.import_codes(("C20", "credit", 2000))
    directly, here = [d for d in desk.propose(IVO, "credit", 2000) if d.purpose == "to_customer"]
    assert directly.item.address == Address("slack", "UMARIA")
    assert directly.item.reply.text == polish("remedy_credit", amount="20 EUR", code="C20")
    assert here.item.address == Address("slack", "C0HELP", "7.7")
    assert here.item.reply.text == polish("remedy_sent_privately")


def test_what_is_no_code_is_said_where_they_wrote(desk: ComplaintDesk) -> None:
    """A refund is no use to anybody else."""
    in_a_channel(desk)
    (said,) = [d for d in desk.propose(IVO, "refund", 500) if d.purpose == "to_customer"]
    assert said.item.address.thread_id == "7.7"
