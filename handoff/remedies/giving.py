"""Giving remedies: from the approval until the customer has been told. No code is promised that is
not there. Every function takes a session, never commits, and returns what is to be sent."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Address, Agent, Outgoing, Reply
from bot.knowledge.complaint_policy import CODED
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Complaint, RemedyItem, ShopCode, Ticket
from handoff.complaints import course
from handoff.complaints.rules import money
from handoff.remedies import approvals, shop_orders
from handoff.remedies.rules import BY_THE_SHOP
from handoff.rows import (
    Desk,
    account_of,
    address_of,
    agent_name,
    conversation_of,
    know_agent,
    name_of,
)
from handoff.speaking import tell_desk
from handoff.story import card_update


def needs_code(desk: Desk, kind: str) -> bool:
    """Whether such a remedy is a code of ours, rather than one the shop will answer with."""
    return kind in CODED and not desk.shop


def decided(
    session: Session, complaint: Complaint, remedy: RemedyItem, agent: Agent, how: str,
    reason: str, now: datetime,
) -> None:  # fmt: skip
    """Put on record how a proposal was decided, by whom and why."""
    know_agent(session, agent, now)
    remedy.decision, remedy.decision_reason = how, reason.strip()
    remedy.decided_by, remedy.decided_at = agent.user_id, now
    detail = detail_of(remedy, remedy.decision_reason)
    course.note(session, complaint, f"remedy_{how}", now, agent, detail)


def approve(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint,
    remedy: RemedyItem,
    agent: Agent,
    reason: str,
    code: ShopCode | None,
    now: datetime,
) -> list[Draft]:
    """Approve it: it is given at once, with its `code` if it is one, or ordered from the shop."""
    decided(session, complaint, remedy, agent, "approved", reason, now)
    if not (desk.shop and remedy.kind in BY_THE_SHOP):
        if code is not None:
            code.remedy_id = remedy.id
        return _give(session, desk, ticket, remedy, code.code if code else "", now)
    order = shop_orders.order(session, ticket, complaint, remedy)
    what = approvals.worth_of(desk, remedy)
    name = name_of(session, desk, ticket)
    text = desk.words("desk_remedy_ordered", agent=agent.first_name, what=what, name=name)
    return [order, tell_desk(desk, ticket, text), card_update(session, desk, ticket)]


def shop_answered(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    draft: Draft,
    state: str,
    code: str,
    error: str,
    now: datetime,
) -> list[Draft]:
    """What the end of an order to the shop means: the customer has the remedy, or the desk learns
    why the shop would not give it, and may propose another."""
    remedy = session.get(RemedyItem, shop_orders.remedy_id_of(draft.item))
    if remedy is None or remedy.given_at is not None:
        return []
    if state == "sent":
        return _give(session, desk, ticket, remedy, code, now)
    complaint = session.get(Complaint, remedy.complaint_id)
    assert complaint is not None  # a foreign key holds it
    remedy.failure = error
    course.note(session, complaint, "remedy_failed", now, detail=detail_of(remedy, error))
    what = approvals.worth_of(desk, remedy)
    text = desk.words("desk_remedy_failed", what=what, reason=error)
    people = sorted(filter(None, {complaint.owner, remedy.proposed_by, remedy.decided_by}))
    return [approvals.alert(desk, ticket, text, people), card_update(session, desk, ticket)]


def _give(
    session: Session, desk: Desk, ticket: Ticket, remedy: RemedyItem, code: str, now: datetime
) -> list[Draft]:
    """Tell the customer, and the desk, who has to see to what no shop does by itself."""
    complaint = session.get(Complaint, remedy.complaint_id)
    assert complaint is not None  # a foreign key holds it
    remedy.code, remedy.given_at = code or None, now
    course.note(session, complaint, "remedy_given", now, detail=detail_of(remedy, ""))
    text = desk.words(
        "desk_remedy_given",
        agent=agent_name(session, remedy.decided_by),
        what=approvals.worth_of(desk, remedy),
        name=name_of(session, desk, ticket),
    )
    if not code and not desk.shop and remedy.kind != "apology":
        text = f"{text} {desk.words('desk_remedy_by_hand')}"
    # Whoever waited for somebody else's approval has to learn of it, and may have to see to it.
    people = sorted(filter(None, {complaint.owner, remedy.proposed_by} - {remedy.decided_by}))
    told = approvals.alert(desk, ticket, text, people) if people else tell_desk(desk, ticket, text)
    promised = _promise(session, desk, ticket, remedy)
    return [*promised, told, card_update(session, desk, ticket)]


def _promise(session: Session, desk: Desk, ticket: Ticket, remedy: RemedyItem) -> list[Draft]:
    """What the customer reads, in their language; an agent's words stay as they were typed. A code
    is as good as money: in a thread, where others read along, stands that it comes directly."""
    conversation = conversation_of(session, ticket)
    amount = ""
    if remedy.cents is not None:
        amount = money(remedy.cents, remedy.currency or "", conversation.language)
    code = escape_markdown(remedy.code or "")
    said = desk.kb.say(conversation.language, f"remedy_{remedy.kind}", amount=amount, code=code)
    lines = [escape_markdown(line) for line in remedy.words.splitlines()]
    text = "\n\n".join(filter(None, (said, *lines)))
    here = address_of(conversation)
    if not (code and here.thread_id):
        return [_to_customer(ticket, here, text)]
    account = account_of(session, conversation)
    assert account is not None  # who has a thread has written in it
    public = desk.kb.say(conversation.language, "remedy_sent_privately")
    directly = _to_customer(ticket, Address(here.channel, account), text)
    return [directly, _to_customer(ticket, here, public)]


def _to_customer(ticket: Ticket, to: Address, text: str) -> Draft:
    return Draft(Outgoing("post", to, Reply(text)), "to_customer", ticket.id)


def detail_of(remedy: RemedyItem, reason: str) -> dict[str, object]:
    """For the complaint's history; never the code."""
    known = {"remedy": remedy.id, "kind": remedy.kind, "cents": remedy.cents,
             "currency": remedy.currency, "reason": reason}  # fmt: skip
    return {key: value for key, value in known.items() if value not in (None, "")}
