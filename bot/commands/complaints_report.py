"""Complaints on a page, as JSON, and as the rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.commands.complaints import Cause, Complaints, Kept, Repeat
from bot.service.complaint_records import Given, Record
from handoff.complaints.rules import money, number_of

COLUMNS = (
    "number", "state", "opened_at", "due_at", "asked_at", "closed_at", "late", "overdue_hours",
    "severity", "cause", "owner", "customer", "channel", "transfers", "reopened", "remedies",
)  # fmt: skip
LABEL = 28  # characters of a cause on the page
_HEAD = ("By cause", "open", "settled", "assumed", "all", "30 days", "before")


def as_json(found: Complaints) -> dict[str, Any]:
    """Everything. Times are ISO 8601; amounts are in hundredths of their currency."""
    return {
        "at": found.now.isoformat(),
        "complaints": [_record_as_json(record, found) for record in found.listed],
        "total": found.total,
        "open": found.open,
        "overdue": found.overdue,
        "waiting_for_customer": found.asked,
        "settled": _kept_as_json(found.settled),
        "assumed": _kept_as_json(found.assumed),
        "by_cause": [_cause_as_json(cause) for cause in found.causes],
        "repeats": [_repeat_as_json(each) for each in found.repeats],
        "same_cause_again": [_repeat_as_json(each) for each in found.again],
        "given": [{**_given_as_json(given), "times": times} for given, times in found.given],
    }


def _record_as_json(record: Record, found: Complaints) -> dict[str, Any]:
    return {
        "number": number_of(record.id),
        "state": record.state,
        "opened_at": record.opened_at.isoformat(),
        "due_at": record.due_at.isoformat(),
        "asked_at": _iso(record.asked_at),
        "closed_at": _iso(record.closed_at),
        "late": record.is_late(found.now),
        "overdue_hours": _overdue_hours(record, found.now),
        "severity": record.severity,
        "cause": record.cause or None,
        "owner": record.owner or None,
        "customer": record.customer,
        "channel": record.channel,
        "transfers": record.transfers,
        "reopened": record.reopened,
        "remedies": [_given_as_json(given) for given in record.given],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _overdue_hours(record: Record, now: datetime) -> float:
    late = now - record.due_at if record.is_overdue(now) else timedelta()
    return round(late / timedelta(hours=1), 1)


def _kept_as_json(kept: Kept) -> dict[str, int]:
    return {"on_time": kept.on_time, "late": kept.late}


def _cause_as_json(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.cause or None,
        "label": cause.label,
        "open": cause.open,
        "settled": cause.settled,
        "assumed": cause.assumed,
        "all": cause.all,
        "last_30_days": cause.lately,
        "30_days_before": cause.before,
    }


def _repeat_as_json(repeat: Repeat) -> dict[str, Any]:
    numbers = [number_of(each) for each in repeat.complaints]
    cause = {"cause": repeat.cause} if repeat.cause else {}
    return {"customer": repeat.customer, "complaints": numbers, **cause}


def _given_as_json(given: Given) -> dict[str, Any]:
    return {"kind": given.kind, "cents": given.cents, "currency": given.currency}


def as_rows(found: Complaints) -> Iterator[Sequence[object]]:
    """A row for each complaint that is listed, under COLUMNS."""
    for record in found.listed:
        shown = _record_as_json(record, found)
        shown["late"] = "yes" if shown["late"] else "no"
        shown["remedies"] = ", ".join(map(_gift, record.given))
        yield [_harmless(shown[column]) for column in COLUMNS]


def _harmless(cell: object) -> object:
    """A customer can be called =HYPERLINK(…); a spreadsheet must not compute it."""
    if isinstance(cell, str) and cell.lstrip()[:1] in {"=", "+", "-", "@"}:
        return f"'{cell}"
    return "" if cell is None else cell


def as_words(found: Complaints, zone: tzinfo) -> str:
    """The same for a person."""
    if not found.total:
        return "There are no complaints."
    lines = [_headline(found)]
    for record in found.listed:
        lines += ["", *_record_in_words(record, found, zone)]
    lines += ["", _closed("Settled, as the customer says", found.settled)]
    lines += [_closed("Assumed settled, without an answer", found.assumed), ""]
    lines += _causes_in_words(found.causes)
    if found.repeats:
        lines += ["", "Complained more than once:"]
        lines += [f"  {_shown(each.customer)} ({_numbers(each)})" for each in found.repeats]
    if found.again:
        lines += ["", "The same cause again, after it had been closed:"]
        lines += [
            f"  {_shown(each.customer)}, {found.label(each.cause or '')} ({_numbers(each)})"
            for each in found.again
        ]
    if found.given:
        lines += ["", "Given: " + ", ".join(f"{_gift(given)} ({n}×)" for given, n in found.given)]
    return "\n".join(lines)


def _headline(found: Complaints) -> str:
    head = f"{found.open} open"
    if found.overdue:
        head += f", {found.overdue} of them overdue"
    if found.asked:
        head += f", {found.asked} waiting for the customer to say that it is settled"
    return f"{head}."


def _record_in_words(record: Record, found: Complaints, zone: tzinfo) -> Iterator[str]:
    due, since = (
        f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (record.due_at, record.opened_at)
    )
    state = {"open": "open", "asked": "waits for the customer"}.get(record.state, record.state)
    if record.is_overdue(found.now):
        state = f"OVERDUE by {_span(found.now - record.due_at)}"
    yield f"{number_of(record.id)}  {state} · due {due} · since {since}"
    facts = [
        record.severity,
        found.label(record.cause) or "no cause yet",
        f"owner {_shown(record.owner)}" if record.owner else "nobody has it",
        f"{_shown(record.customer)} ({record.channel})",
    ]
    if record.transfers:
        facts.append(f"passed on {_times(record.transfers)}")
    if record.reopened:
        facts.append(f"opened again {_times(record.reopened)}")
    if record.given:
        facts.append("given: " + ", ".join(map(_gift, record.given)))
    yield f"        {' · '.join(facts)}"


def _closed(how: str, kept: Kept) -> str:
    return f"{how}: {kept.on_time + kept.late} ({kept.on_time} on time, {kept.late} late)"


def _causes_in_words(causes: Sequence[Cause]) -> Iterator[str]:
    rows = [
        (cause.label or "no cause yet", cause.open, cause.settled, cause.assumed, cause.all,
         cause.lately, cause.before)
        for cause in causes
    ]  # fmt: skip
    for label, *figures in (_HEAD, *rows):
        cells = "".join(f"{figure:>9}" for figure in figures)
        yield f"{_shown(str(label))[:LABEL]:<{LABEL}}{cells}"


def _gift(given: Given) -> str:
    amount = money(given.cents, given.currency or "") if given.cents is not None else ""
    return f"{given.kind} {amount}".strip()


def _numbers(repeat: Repeat) -> str:
    return ", ".join(map(number_of, repeat.complaints))


def _shown(text: str) -> str:
    """A name as it may be printed: what moves a terminal's cursor is left out."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable()) or "no name"


def _span(time: timedelta) -> str:
    hours = time // timedelta(hours=1)
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h" if hours else f"{max(1, time // timedelta(minutes=1))} min"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
