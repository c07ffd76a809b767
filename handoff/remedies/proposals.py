"""Remedies for complaints: who proposes, and who decides. Nothing is promised that was not
approved. Every function takes a session, never commits, and returns what is to be sent."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from bot.domain import Agent
from bot.outbox import Draft
from bot.storage.tables import Complaint, RemedyItem, Ticket
from handoff.complaints import course
from handoff.complaints.rules import money, number_of
from handoff.remedies import approvals, shop_codes, shop_orders
from handoff.remedies.giving import approve, decided, detail_of, needs_code
from handoff.remedies.rules import (
    Verdict,
    deciders,
    fault_of,
    limit_of,
    may_decide,
    may_refuse,
    verdict,
)
from handoff.rows import Desk, agent_name, clock, know_agent
from handoff.speaking import whisper
from handoff.story import card_update

_REFUSALS = {
    Verdict.NO_SUPERVISOR: "remedy_no_supervisor",
    Verdict.TOO_MUCH: "amount_too_much",
    Verdict.NOT_GIVEN: "remedy_nobody_gives",
}


def propose(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint,
    agent: Agent,
    kind: str,
    cents: int | None,
    reason: str,
    words: str,
    now: datetime,
) -> list[Draft]:
    """Offer a remedy: given at once where the agent may, else it waits for somebody who may. What
    is wrong, or nobody may give, changes nothing; the agent alone is told why. `words` are what the
    customer reads besides."""
    policy = desk.kb.policy.complaints
    fault = "desk_no_complaint" if complaint.closed_at else fault_of(kind, cents, reason, words)
    if fault:
        return [_no(desk, ticket, agent, fault, kind)]
    before = spent(session, complaint.id)
    total = None if cents is None else cents + before
    ruling = verdict(policy, agent.user_id, kind, total)
    if ruling in _REFUSALS:
        return [_no(desk, ticket, agent, _REFUSALS[ruling], kind)]
    code = None
    if ruling is Verdict.APPROVED and needs_code(desk, kind):
        code = shop_codes.free(session, kind, cents, policy.currency)
        if code is None:
            return [_no_code(desk, ticket, agent, kind, cents)]
    know_agent(session, agent, now)
    remedy = _proposed(session, desk, complaint, agent, kind, cents, reason, words, now)
    if ruling is Verdict.APPROVED:
        return approve(session, desk, ticket, complaint, remedy, agent, reason, code, now)
    people = [person for person in deciders(policy, kind, total) if person != agent.user_id]
    asked = approvals.ask(session, desk, ticket, complaint, remedy, before, people)
    return [*asked, card_update(session, desk, ticket)]


def decide(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    remedy: RemedyItem,
    agent: Agent,
    approves: bool,
    reason: str,
    now: datetime,
) -> list[Draft]:
    """Approve or refuse what waits, once, and with a reason: only who may give it themselves may
    approve it, and a supervisor may always refuse. Else nothing changes, and they alone are told
    why. An approval for which there is no code is none. The line that asked loses its buttons."""
    session.refresh(remedy, with_for_update=True)  # of two who decide at once one is first
    complaint = session.get(Complaint, remedy.complaint_id)
    assert complaint is not None  # a foreign key holds it
    why_not = objection(session, desk, remedy, agent, approves, now)
    if not why_not and not reason.strip():
        why_not = desk.words("reason_missing")
    if why_not:
        return [whisper(desk.place(ticket), agent, why_not)]
    if not approves:
        done = _refuse(session, desk, ticket, complaint, remedy, agent, reason, now)
        return [*done, *approvals.without_buttons(session, desk, ticket, remedy)]
    code = None
    if needs_code(desk, remedy.kind):
        code = shop_codes.free(session, remedy.kind, remedy.cents, remedy.currency)
        if code is None:
            return [_no_code(desk, ticket, agent, remedy.kind, remedy.cents)]
    done = approve(session, desk, ticket, complaint, remedy, agent, reason, code, now)
    return [*done, *approvals.without_buttons(session, desk, ticket, remedy)]


def objection(
    session: Session, desk: Desk, remedy: RemedyItem, agent: Agent, approves: bool, now: datetime
) -> str:
    """Why this agent cannot approve, or refuse, it, in the desk's words; "" if they can."""
    if remedy.decision is not None:
        return desk.words(
            f"desk_remedy_{remedy.decision}_before",
            agent=agent_name(session, remedy.decided_by),
            time=clock(remedy.decided_at, desk, now),
            what=approvals.worth_of(desk, remedy),
        )
    policy = desk.kb.policy.complaints
    total = None if remedy.cents is None else remedy.cents + spent(session, remedy.complaint_id)
    may = may_decide if approves else may_refuse
    if approves and _is_closed(session, remedy):
        return desk.words("desk_remedy_too_late", number=number_of(remedy.complaint_id))
    if may(policy, agent.user_id, remedy.kind, total):
        return ""
    if approves and verdict(policy, agent.user_id, remedy.kind, total) in _REFUSALS:
        return desk.words("desk_remedy_nobody_may")
    limit = int(policy.role_of(agent.user_id).limit * 100)
    most = money(limit, policy.currency, desk.language)
    return desk.words("desk_not_yours_to_decide", limit=most)


def unfinished(session: Session, desk: Desk, complaint: Complaint, now: datetime) -> str:
    """What may still be meant for the customer, and has not reached them, in the desk's words: what
    waits for a decision, or for the shop, unless that has been silent for so long that the desk was
    told. "" if there is nothing."""
    query = select(RemedyItem).where(
        RemedyItem.complaint_id == complaint.id,
        col(RemedyItem.given_at).is_(None),
        col(RemedyItem.failure).is_(None),
        or_(
            col(RemedyItem.decision).is_(None),
            col(RemedyItem.decided_at) > now - shop_orders.PATIENCE,
        ),
        func.coalesce(RemedyItem.decision, "") != "refused",
    )
    rows = session.exec(query.order_by(col(RemedyItem.id))).all()
    what = ", ".join(approvals.worth_of(desk, row) for row in rows)
    return desk.words("desk_remedy_unfinished", what=what) if rows else ""


def _is_closed(session: Session, remedy: RemedyItem) -> bool:
    complaint = session.get(Complaint, remedy.complaint_id)
    return complaint is not None and complaint.closed_at is not None


def spent(session: Session, complaint_id: int | None) -> int:
    """The cents that have been approved for a complaint, and not failed: limits are for the whole
    of it, or two credits would get round them."""
    query = select(func.sum(col(RemedyItem.cents))).where(
        RemedyItem.complaint_id == complaint_id,
        RemedyItem.decision == "approved",
        col(RemedyItem.failure).is_(None),
    )
    return session.exec(query).one() or 0


# --- the parts ------------------------------------------------------------------------------------


def _proposed(
    session: Session,
    desk: Desk,
    complaint: Complaint,
    agent: Agent,
    kind: str,
    cents: int | None,
    reason: str,
    words: str,
    now: datetime,
) -> RemedyItem:
    assert complaint.id is not None
    remedy = RemedyItem(
        complaint_id=complaint.id,
        kind=kind,
        cents=cents,
        currency=desk.kb.policy.complaints.currency if cents is not None else None,
        reason=reason.strip(),
        words=words.strip(),
        proposed_by=agent.user_id,
        proposed_at=now,
    )
    session.add(remedy)
    session.flush()
    detail = detail_of(remedy, remedy.reason)
    course.note(session, complaint, "remedy_proposed", now, agent, detail)
    return remedy


def _refuse(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint,
    remedy: RemedyItem,
    agent: Agent,
    reason: str,
    now: datetime,
) -> list[Draft]:
    decided(session, complaint, remedy, agent, "refused", reason, now)
    told = approvals.refused(session, desk, ticket, complaint, remedy, agent)
    return [told, card_update(session, desk, ticket)]


def _no_code(desk: Desk, ticket: Ticket, agent: Agent, kind: str, cents: int | None) -> Draft:
    what = approvals.worth(desk, kind, cents, desk.kb.policy.complaints.currency)
    return whisper(desk.place(ticket), agent, desk.words("desk_remedy_no_code", what=what))


def _no(desk: Desk, ticket: Ticket, agent: Agent, why: str, kind: str) -> Draft:
    policy = desk.kb.policy.complaints
    limit = money(limit_of(policy, kind), policy.currency, desk.language)
    return whisper(
        desk.place(ticket), agent, desk.words(why, currency=policy.currency, limit=limit)
    )
