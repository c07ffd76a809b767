"""Who is called when a ticket is escalated, by the policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.knowledge.folder import Folder

RIGA = ZoneInfo("Europe/Riga")
OLGA = '{name: Olga, slack: U024BE7LH, phone: "+371 1", days: [mon], from: "09:00", to: "17:00"}'
PETER = "{name: Peter, slack: U02AA11BB}"
NIGHT = '{name: Nora, slack: U02AA11CC, from: "22:00", to: "06:00", days: [fri]}'


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "called"),
    [
        ("2026-11-23 10:00", ["Olga", "Peter", "Nora"]),  # a Monday
        ("2026-11-23 18:00", ["Peter", "Olga", "Nora"]),
        ("2026-11-24 10:00", ["Peter", "Olga", "Nora"]),
        ("2026-11-28 03:00", ["Peter", "Nora", "Olga"]),  # the night of Friday
    ],
)
def test_whose_shift_it_is_comes_first(shop: Folder, moment: str, called: list[str]) -> None:
    """And then the others, for somebody has to come."""
    shop.write("policy.yaml", f"desk: {{rota: [{OLGA}, {PETER}, {NIGHT}]}}")
    desk = shop.load().policy.desk
    assert [shift.name for shift in desk.reachable(at(moment), RIGA)] == called


def test_what_is_left_out(shop: Folder) -> None:
    """Nobody on the rota, ten minutes to answer, three days to come back."""
    desk = shop.load().policy.desk
    assert desk.rota == ()
    assert desk.page_next_after == timedelta(minutes=10)
    assert desk.reopen_within == timedelta(days=3)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("desk: {rota: [{name: Olga, slack: olga}]}", "'olga' is no Slack member ID"),
        ('desk: {rota: [{name: "", slack: U024BE7LH}]}', '"desk.rota.name"'),
        ("desk: {rota: [{slack: U024BE7LH}]}", '"desk.rota.name"'),
        ("desk: {rota: [{name: Olga, slack: U024BE7LH, form: 9}]}", "means nothing here"),
        ("desk: {page_next_after: soon}", "page_next_after"),
        ("desk: {reopen_within: long}", "reopen_within"),
    ],
)
def test_mistakes_are_named(shop: Folder, line: str, says: str) -> None:
    """With the line, and what is wrong."""
    shop.write("policy.yaml", line)
    (fault,) = shop.faults()
    assert "policy.yaml:1" in fault and says in fault
