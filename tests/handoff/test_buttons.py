"""What can be pressed on a card."""

from __future__ import annotations

from itertools import product

import pytest

from handoff import desk
from handoff.actions import ACTIONS
from handoff.buttons import MOST_IN_MENU, row

FLAGS = ("is_claimed", "is_resolved", "is_snoozed", "has_complaint")


@pytest.mark.parametrize("flags", list(product((False, True), repeat=4)))
def test_a_card_stays_tidy(flags: tuple[bool, ...]) -> None:
    """Four buttons at the most and one menu, within Slack's limit, and nothing twice; all of it is
    known, and something comes of it."""
    made = row(7, lambda key, **_: key, **dict(zip(FLAGS, flags, strict=True)))
    *shown, menu = made["elements"]
    entries = [option["value"] for option in menu["options"]]
    assert menu["type"] == "overflow" and 1 <= len(entries) <= MOST_IN_MENU
    assert 1 <= len(shown) <= 4
    names = [each["action_id"] for each in shown] + [value.partition(":")[0] for value in entries]
    assert len(set(names)) == len(names)
    assert set(names) <= ACTIONS & set(desk.ACTS)
    assert all(value.endswith(":7") for value in entries)
