"""A promise typed in one breath, in each of the desk's languages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from handoff.promises.plan import plan_of
from handoff.promises.spoken import spoken

RIGA = ZoneInfo("Europe/Riga")
NOW = datetime(2026, 11, 23, 12, tzinfo=RIGA)  # a Monday


@pytest.mark.parametrize(
    ("language", "text", "understood"),
    [
        ("en", "courier Tuesday 10–12", ("courier", "2026-11-24", "10:00", "12:00")),
        ("en", "call back tomorrow at 15:30", ("call back", "2026-11-24", "15:30", "")),
        ("en", "courier on 24 November from 10 to 12", ("courier", "2026-11-24", "10:00", "12:00")),
        ("en", "courier 24.11. 10:15-12:45", ("courier", "2026-11-24", "10:15", "12:45")),
        ("en", "2 boxes today 18:00", ("2 boxes", "2026-11-23", "18:00", "")),
        ("en", "courier Monday 10-12", ("courier", "2026-11-30", "10:00", "12:00")),
        ("en", "courier 3.1. 10-12", ("courier", "2027-01-03", "10:00", "12:00")),
        ("ru", "курьер во вторник 10–12", ("курьер", "2026-11-24", "10:00", "12:00")),
        ("ru", "перезвонить завтра в 15:30", ("перезвонить", "2026-11-24", "15:30", "")),
        ("tr", "kurye salı günü 10-12", ("kurye", "2026-11-24", "10:00", "12:00")),
        ("tr", "geri arama yarın saat 15:30", ("geri arama", "2026-11-24", "15:30", "")),
        ("lv", "kurjers otrdien 10–12", ("kurjers", "2026-11-24", "10:00", "12:00")),
        ("lv", "zvans rīt plkst. 15:30", ("zvans", "2026-11-24", "15:30", "")),
        ("lv", "kurjers 24. novembrī no 10 līdz 12", ("kurjers", "2026-11-24", "10:00", "12:00")),
        ("pl", "kurier we wtorek 10–12", ("kurier", "2026-11-24", "10:00", "12:00")),
        ("pl", "telefon jutro o 15:30", ("telefon", "2026-11-24", "15:30", "")),
        ("lv", "courier Tuesday 10-12", ("courier", "2026-11-24", "10:00", "12:00")),
    ],
)
def test_day_and_hours_are_found(
    language: str, text: str, understood: tuple[str, str, str, str]
) -> None:
    """What is left is what is promised."""
    values = spoken(text, language, NOW, RIGA).values
    got = tuple(values.get(name, "") for name in ("what", "date", "begins", "ends"))
    assert got == understood


@pytest.mark.parametrize("text", ["", "courier", "25:00", "31.02. 10-12", "10-12", "😀", "#!{}"])
def test_what_cannot_be_understood_promises_nothing(text: str) -> None:
    """The form asks for the rest."""
    values = spoken(text, "en", NOW, RIGA).values
    plan, wrong = plan_of(values, NOW, RIGA)
    assert plan is None
    assert wrong


def test_the_clock_that_is_put_back_is_no_trouble() -> None:
    """In the night of the change an hour is longer than it looks."""
    night = {"what": "x", "date": "2027-03-28", "begins": "02:30", "ends": "04:30"}
    plan, _ = plan_of(night, NOW, RIGA)
    assert plan is not None
    assert plan.ends_at is not None
    assert (plan.ends_at - plan.starts_at).total_seconds() == 3600
