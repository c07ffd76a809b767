"""What is wrong with a form that somebody has filled in, field by field. Pure.

Asked twice: while the form is still open, so that nothing typed is lost, and again when it is dealt
with, for meanwhile the policy may have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from bot.domain import DeskForm
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.complaint_policy import MONEY, Complaints
from handoff.articles import form as article
from handoff.complaints.rules import NoAmount, cents_of, money
from handoff.course import times
from handoff.forms.views import SEVERITIES
from handoff.promises import form as promise_form
from handoff.promises.plan import plan_of
from handoff.remedies.rules import Verdict, fault_of, limit_of, verdict

_UTC = ZoneInfo("UTC")
Keys = Mapping[str, str]  # the field → the phrase that says what is wrong with it

# Where on the form a fault of a proposal belongs.
_FIELD = {"reason_missing": "reason", "words_missing": "words", "remedy_unknown": "kind"}
_NOT_GIVEN = {
    Verdict.TOO_MUCH: "amount_too_much",
    Verdict.NOT_GIVEN: "remedy_nobody_gives",
    Verdict.NO_SUPERVISOR: "remedy_no_supervisor",
}


def faults(
    form: DeskForm, kb: KnowledgeBase, language: str, zone: ZoneInfo = _UTC
) -> Mapping[str, str]:
    """A sentence for each field that cannot be taken as it is; nothing if all can. What was chosen
    of a day and a time is meant on the clock of `zone`."""
    if form.name == article.NAME:
        return article.faults(form, kb, language)
    policy = kb.policy.complaints
    check = _CHECKS.get(form.name)
    keys = check(form, policy) if check else {}
    if form.name == "snooze":
        keys = _snooze(form, zone)
    if form.name == promise_form.FORM:
        keys = plan_of(form.values, form.sent_at, zone)[1]
    most = limit_of(policy, form.values.get("kind", ""))
    limit = money(most, policy.currency, language)
    return {
        field: kb.say(language, key, currency=policy.currency, limit=limit)
        for field, key in keys.items()
    }


def as_meant(form: DeskForm, present: Mapping[str, str]) -> Mapping[str, str]:
    """The values of a form, except what others have changed while it was open (`present` is how it
    stands now): that stays, for its sender has not seen it."""
    began = form.began or present
    changed = {field: now for field, now in present.items() if began.get(field, "") != now}
    return {**form.values, **changed}


def amount_of(form: DeskForm, policy: Complaints) -> int | None:
    """The cents of a remedy; None where nothing is written. Raises NoAmount."""
    written = form.values.get("amount", "").strip()
    return cents_of(written, policy.currency) if written else None


def _complaint(form: DeskForm, policy: Complaints) -> Keys:
    wrong = {}
    if form.values.get("severity") not in SEVERITIES:
        wrong["severity"] = "choice_missing"
    cause = form.values.get("cause")
    if cause and cause not in policy.causes:
        wrong["cause"] = "cause_unknown"
    return wrong


def _transfer(form: DeskForm, policy: Complaints) -> Keys:
    wrong = {} if form.values.get("to") else {"to": "choice_missing"}
    return {**wrong, **_reason(form, policy)}


def _remedy(form: DeskForm, policy: Complaints) -> Keys:
    """All that is missing at once; what a role may give only where the rest is right."""
    values, cents = form.values, None
    kind, wrong = values.get("kind", ""), dict(_reason(form, policy))
    if kind in MONEY or values.get("amount"):
        try:
            cents = amount_of(form, policy)
        except NoAmount as error:
            wrong["amount"] = error.reason if kind in MONEY else "amount_not_wanted"
    fault = fault_of(kind, cents, "given", values.get("words", ""))
    if fault:
        wrong.setdefault(_FIELD.get(fault, "amount"), fault)
    ruling = verdict(policy, form.agent.user_id, kind, cents)
    if not wrong and ruling in _NOT_GIVEN:
        at_amount = kind in MONEY and ruling is not Verdict.NOT_GIVEN
        wrong["amount" if at_amount else "kind"] = _NOT_GIVEN[ruling]
    return wrong


def _reason(form: DeskForm, policy: Complaints) -> Keys:
    return {} if form.values.get("reason", "").strip() else {"reason": "reason_missing"}


def _answer(form: DeskForm, policy: Complaints) -> Keys:
    return {} if form.values.get("text", "").strip() else {"text": "text_missing"}


def _snooze(form: DeskForm, zone: ZoneInfo) -> Keys:
    fault = times.until(form.values, form.sent_at, zone).fault
    field = {"choice_missing": "until", "snooze_no_time": "date"}.get(fault, "time")
    return {field: fault} if fault else {}


_CHECKS: Mapping[str, Callable[[DeskForm, Complaints], Keys]] = {
    "complaint": _complaint,
    "transfer": _transfer,
    "escalate": _reason,
    "remedy": _remedy,
    "approve": _reason,
    "refuse": _reason,
    "send_answer": _answer,
}
