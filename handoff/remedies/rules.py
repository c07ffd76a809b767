"""The rules of remedies: what one must be, and who may give it. Pure."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from bot.knowledge.complaint_policy import MONEY, MOST, REMEDIES, Complaints

BY_THE_SHOP = frozenset({"credit", "coupon", "refund", "replacement"})  # what a shop carries out


class Verdict(StrEnum):
    """What becomes of a proposal. The refusals say why nobody can approve it."""

    APPROVED = "approved"
    WAITS = "waits"  # for somebody who may give it
    NO_SUPERVISOR = "no_supervisor"  # they could, if there was one
    TOO_MUCH = "too_much"  # more than anybody may give
    NOT_GIVEN = "not_given"  # no role gives such remedies


def fault_of(kind: str, cents: int | None, reason: str, words: str) -> str:
    """What is wrong with a proposal in itself, as a phrase's key: remedy_unknown, amount_missing,
    amount_not_wanted, amount_not_positive, amount_too_much, reason_missing, words_missing; "" if
    nothing is."""
    if kind not in REMEDIES:
        return "remedy_unknown"
    if cents is None and kind in MONEY:
        return "amount_missing"
    if cents is not None and kind not in MONEY:
        return "amount_not_wanted"
    if cents is not None and not 0 < cents <= MOST * 100:
        return "amount_not_positive" if cents <= 0 else "amount_too_much"
    if not reason.strip():
        return "reason_missing"
    return "words_missing" if kind == "other" and not words.strip() else ""


def verdict(policy: Complaints, agent_id: str, kind: str, cents: int | None) -> Verdict:
    """Whether this agent may give it, somebody else must decide, or nobody can. `cents` is what the
    complaint would cost with it: a limit that could be reached twice would be none."""
    amount = _amount(cents)
    if policy.role_of(agent_id).may_give(kind, amount):
        return Verdict.APPROVED
    if deciders(policy, kind, cents):
        return Verdict.WAITS
    roles = (policy.roles.agent, policy.roles.supervisor)
    if policy.roles.supervisor.may_give(kind, amount):
        return Verdict.NO_SUPERVISOR
    return Verdict.TOO_MUCH if any(kind in r.remedies for r in roles) else Verdict.NOT_GIVEN


def may_decide(policy: Complaints, agent_id: str, kind: str, cents: int | None) -> bool:
    """Whoever may give it may approve it; who proposed it does not matter. `cents` as above."""
    return policy.role_of(agent_id).may_give(kind, _amount(cents))


def may_refuse(policy: Complaints, agent_id: str, kind: str, cents: int | None) -> bool:
    """Whoever may approve it, and always a supervisor; without one everybody, or what nobody may
    approve any more would wait for ever."""
    people = policy.roles.supervisor.people
    return not people or agent_id in people or may_decide(policy, agent_id, kind, cents)


def deciders(policy: Complaints, kind: str, cents: int | None) -> tuple[str, ...]:
    """The Slack ids of those who may decide what an agent may not."""
    supervisor = policy.roles.supervisor
    return supervisor.people if supervisor.may_give(kind, _amount(cents)) else ()


def limit_of(policy: Complaints, kind: str) -> int:
    """The most that anybody may give of it, in cents."""
    roles = (policy.roles.agent, policy.roles.supervisor)
    return max((int(role.limit * 100) for role in roles if kind in role.remedies), default=0)


def state_of(decision: str | None, is_given: bool, failure: str | None) -> str:
    """Where a remedy stands: waiting, refused, approved (on its way), failed, given."""
    if decision != "approved":
        return decision or "waiting"
    if is_given:
        return "given"
    return "failed" if failure else "approved"


def _amount(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100
