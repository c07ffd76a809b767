"""Who waits, the most urgent first: the queue on the desk, and what a new card names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.channels.markdown import to_slack
from bot.domain import (
    Address,
    Agent,
    DeskMessage,
)
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import Ticket
from handoff import desk as desk_events
from handoff import waiting
from handoff.drawing import card_now
from tests.handoff.open_tickets import DAY, DESK, HOUR, KB, MARIA, MINUTE, NOW, OLIVIA, ROOM, opened


def asks(session: Session, agent: Agent = MARIA, **fields: Any) -> list[Draft]:
    """What comes of a message in the desk channel that calls the bot."""
    known: dict[str, Any] = {
        "external_id": "1", "address": ROOM, "agent": agent, "text": "queue", "sent_at": NOW,
        "message_id": "200.1", "addressed": True,
    }  # fmt: skip
    return desk_events.handle(session, DeskMessage(**{**known, **fields}), DESK, NOW)


def queue(session: Session) -> str:
    return asks(session)[0].item.reply.text


def names(session: Session) -> list[str]:
    return [each.name for each in waiting.line_up(session, {ROOM.chat_id})]


def test_danger_comes_first_then_the_upset_then_who_has_waited_longest(database: Database) -> None:
    """Complaints by their date, the overdue before all; what somebody has, below what nobody has;
    danger stays on top even so."""

    def act(session: Session) -> list[str]:
        opened(session, "Long", 3 * HOUR)
        opened(session, "Brief", MINUTE)
        opened(session, "Taken", 9 * HOUR, claimed=True)
        opened(session, "Taken complaint", HOUR, 1, claimed=True, due=HOUR)
        opened(session, "Upset", HOUR, 1)
        opened(session, "Due soon", MINUTE, 1, due=HOUR)
        opened(session, "Overdue", 4 * DAY, 1, due=-DAY)
        opened(session, "Calm complaint", 2 * MINUTE, due=2 * HOUR)
        opened(session, "Danger", MINUTE, 2)
        opened(session, "Danger taken", 5 * HOUR, 2, claimed=True)
        return names(session)

    assert database.transact(act) == [
        "Danger", "Danger taken", "Overdue", "Upset", "Due soon", "Calm complaint", "Long", "Brief",
        "Taken complaint", "Taken",
    ]  # fmt: skip


def test_a_line_says_who_why_how_long_and_where(database: Database) -> None:
    """With a link to the card; a name is only a name, however it is written."""

    def act(session: Session) -> str:
        opened(session, "*Anna* <!channel>", 12 * MINUTE, 1, due=-MINUTE)
        opened(session, "", 3 * HOUR, claimed=True)
        return queue(session)

    shown = to_slack(database.transact(act), 3000)[0]
    first, second = [line for line in shown.splitlines() if line.startswith("•")]
    assert "🔴 <https://slack.com/archives/C0DESK/p100001|#1>" in first
    assert "asked for a person · Complaint C-0001 (overdue) · 12 min" in first
    assert "Anna" in first and "<!channel>" not in first and "Waiting" not in first
    assert "💬" in second and "no name" in second and "3 h · ⚠️ Reply due 15:00 · With U1" in second


def test_a_long_queue_ends_with_how_many_more(database: Database) -> None:
    """Fifteen lines, whatever waits."""

    def act(session: Session) -> str:
        for number in range(18):
            opened(session, f"Customer {number}", number * MINUTE)
        return queue(session)

    text = database.transact(act)
    assert text.startswith("Open: 18") and text.endswith("and 3 more")
    assert text.count("\n- ") == waiting.MOST_LINES


def test_nothing_waits(database: Database) -> None:
    """Which is said, too; what is resolved, and another desk's, is no part of it."""

    def act(session: Session) -> str:
        done, _ = opened(session, "Done", HOUR)
        done.resolved_at = NOW
        elsewhere, _ = opened(session, "Elsewhere", HOUR)
        elsewhere.desk = "C0OTHER"
        session.flush()
        return queue(session)

    assert database.transact(act) == KB.say("en", "desk_queue_empty")


def test_only_who_calls_the_bot_is_answered_and_nobody_else_sees_it(database: Database) -> None:
    """Talk in the channel stays talk; in threads and for edits everything is as it was."""

    def act(session: Session) -> None:
        (draft,) = asks(session)
        assert (draft.item.kind, draft.item.target) == ("whisper", MARIA.user_id)
        assert asks(session, addressed=False) == []
        assert asks(session, change="edited") == asks(session, change="deleted") == []
        assert asks(session, address=Address("slack", "C0DESK", "99.9")) == []
        (refused,) = asks(session, agent=OLIVIA)
        assert refused.item.reply.text == KB.say("en", "desk_outsider")

    database.transact(act)


def test_a_new_card_names_what_should_be_taken_first(database: Database) -> None:
    """At most three that nobody has; a more urgent card names only what is as urgent and older, one
    that somebody has already names none."""

    def act(session: Session) -> list[list[str]]:
        return [
            _first(session, *opened(session, "Long", 3 * HOUR)),
            _first(session, *opened(session, "Taken", 2 * HOUR, claimed=True)),
            _first(session, *opened(session, "Upset", 12 * MINUTE, 1)),
            _first(session, *opened(session, "Danger", 9 * MINUTE, 2)),
            _first(session, *opened(session, "Plain", 5 * MINUTE)),
            _first(session, *opened(session, "Last", timedelta())),
        ]

    long, taken, upset, danger, plain, last = database.transact(act)
    assert long == taken == upset == danger == []
    assert plain == ["Before this one: #4 🆘 Danger, 4 min · #3 🔴 Upset, 7 min · #1 🔔 Long, 2 h"]
    assert "Last" not in last[0] and last[0].count("#") == waiting.MOST_BEFORE


def _first(session: Session, ticket: Ticket, drafts: list[Draft]) -> list[str]:
    """What the card says, in small print, of what should be taken first."""
    card = card_now(session, DESK, ticket, drafts[0].item, ticket.opened_at)
    small = (block for block in card.blocks if block["type"] == "context")
    texts = [block["elements"][0]["text"] for block in small]
    return [text for text in texts if text.startswith("Before this one")]


@pytest.mark.parametrize(
    ("time", "shown"),
    [(timedelta(), "1 min"), (90 * MINUTE, "90 min"), (5 * HOUR, "5 h"), (3 * DAY, "3 d")],
    ids=str,
)
def test_how_long_is_said_in_a_word(time: timedelta, shown: str) -> None:
    """As roughly as one would say it."""
    assert waiting.how_long(DESK, time) == shown
