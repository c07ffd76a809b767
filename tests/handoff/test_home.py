"""The app's home: what a colleague sees there, and what its buttons do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, select

from bot import outbox
from bot.domain import Address, Agent, DeskAction, DeskForm, DeskHome
from bot.outbox import Draft
from bot.playground.slack.blocks import checked_view
from bot.storage.database import Database
from bot.storage.tables import (
    Contact,
    Conversation,
    DeskAgent,
    Identity,
    OutboxItem,
    Refusal,
    Ticket,
)
from handoff import desk as desk_events
from tests.handoff.open_tickets import DESK, HOUR, KB, MARIA, MINUTE, NOW, OLIVIA, opened

ANNA = replace(MARIA, desks=frozenset({"C0DESK"}))
HOME = Address("slack", "U1")


def opens(session: Session, agent: Agent = ANNA) -> list[Draft]:
    event = DeskHome("1", Address("slack", agent.user_id), agent, NOW)
    return desk_events.handle(session, event, DESK, NOW)


def presses(session: Session, action: str, ticket: int = 0, agent: Agent = ANNA) -> list[Draft]:
    at = Address("slack", agent.user_id)
    event = DeskAction("2", at, agent, action, ticket, NOW, trigger="t", at_home=True)
    return desk_events.handle(session, event, DESK, NOW)


def blocks(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """What the last of these shows in the home, which Slack would take."""
    item = drafts[-1].item
    assert (item.kind, item.target, item.address.chat_id) == ("home", "U1", "U1")
    made = [dict(block) for block in item.blocks]
    checked_view({"type": "home", "blocks": made}, "home")
    return made


def words(drafts: Sequence[Draft]) -> str:
    return "\n".join(b["text"]["text"] for b in blocks(drafts) if b["type"] == "section")


def buttons(drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    rows = [b["elements"] for b in blocks(drafts) if b["type"] == "actions"]
    return [(e["action_id"], e.get("value", "url")) for row in rows for e in row]


def test_it_shows_mine_then_what_waits_with_the_buttons_that_fit(database: Database) -> None:
    """Ages and clocks with each; what nobody has can be claimed, what is mine resolved."""

    def act(session: Session) -> list[Draft]:
        opened(session, "Free <!here>", 12 * MINUTE, 1)
        opened(session, "Mine", 3 * HOUR, claimed=True)
        theirs, _ = opened(session, "Theirs", HOUR)
        theirs.claimed_by = OLIVIA.user_id
        session.flush()
        return opens(session)

    drafts = database.transact(act)
    text = words(drafts)
    assert text.index("*Yours: 1*") < text.index("Mine") < text.index("*In the queue: 1*")
    assert text.index("Free") < text.index("*With colleagues: 1*") < text.index("Theirs")
    assert "Free &lt;!here&gt;" in text and "12 min · ⏳ Reply due" in text
    assert "The desk today" in text and KB.say("en", "desk_on_duty") in text
    assert buttons(drafts) == [
        ("duty_off", "0"), ("refresh", "0"), ("resolve", "2"), ("snooze", "2"), ("open", "url"),
        ("claim", "1"), ("open", "url"), ("open", "url"),
    ]  # fmt: skip


def test_a_busy_desk_fits_into_one_home(database: Database) -> None:
    """At most a hundred blocks; what is left out is counted."""

    def act(session: Session) -> list[Draft]:
        for number in range(60):
            opened(session, f"Customer {number}", MINUTE, claimed=number % 2 == 0)
        for number in range(10):
            theirs, _ = opened(session, f"Theirs {number}", MINUTE)
            theirs.claimed_by = OLIVIA.user_id
        session.flush()
        return opens(session)

    drafts = database.transact(act)
    assert len(blocks(drafts)) <= 100
    assert "and 15 more" in words(drafts) and "and 10 more" in words(drafts)
    assert "and 3 more" in words(drafts)


@pytest.mark.parametrize("language", [None, "lv"])
def test_others_are_shown_a_kind_word_and_nothing_of_the_desk(
    database: Database, language: str | None
) -> None:
    """A guest in the desk's language, a customer in the one they write in."""

    def act(session: Session) -> list[Draft]:
        opened(session, "Olivia", HOUR)
        if language:
            contact = session.exec(select(Contact)).one()
            session.exec(select(Conversation)).one().language = language
            session.add(Identity(channel="slack", user_id="U2", contact_id=contact.id or 0))
        session.flush()
        return opens(session, OLIVIA)

    (draft,) = database.transact(act)
    (block,) = draft.item.blocks
    assert block["text"]["text"] == KB.say(language or "en", "home_outsider")


def test_a_button_there_works_and_the_home_shows_it(database: Database) -> None:
    """Claimed, it is mine; resolved, it is gone; who presses is told directly."""

    def act(session: Session) -> tuple[list[Draft], list[Draft]]:
        opened(session, "Anna", HOUR)
        claimed = presses(session, "claim", 1)
        return claimed, presses(session, "resolve", 1)

    claimed, resolved = database.transact(act)
    told = [d.item for d in claimed if d.item.address == HOME]
    assert [item.kind for item in told] == ["post", "home"]
    assert "*Yours: 1*" in words(claimed) and "claimed 1" in words(claimed)
    assert KB.say("en", "desk_mine_empty") in words(resolved)


def test_duty_is_switched_there(database: Database) -> None:
    """The home itself says how it stands now."""

    def act(session: Session) -> tuple[list[Draft], list[Draft]]:
        return presses(session, "duty_off"), presses(session, "duty_on")

    off, on = database.transact(act)
    assert len(off) == len(on) == 1
    assert KB.say("en", "desk_off_duty") in words(off) and ("duty_on", "0") in buttons(off)
    assert KB.say("en", "desk_on_duty") in words(on)


def test_what_somebody_may_not_do_there_is_refused_and_on_record(database: Database) -> None:
    """A ticket of a desk that they do not belong to, and anything at all for an outsider."""

    def act(session: Session) -> tuple[list[Draft], list[Draft], list[str], Ticket]:
        ticket, _ = opened(session, "Anna", HOUR)
        ticket.desk = "C0OTHER"
        session.flush()
        other, outsider = presses(session, "claim", 1), presses(session, "claim", 1, OLIVIA)
        return other, outsider, [r.reason for r in session.exec(select(Refusal))], ticket

    other, outsider, reasons, ticket = database.transact(act)
    assert other[0].item.reply.text == KB.say("en", "desk_unknown_ticket")
    assert [draft.item.reply.text for draft in outsider] == [KB.say("en", "desk_outsider")]
    assert reasons == ["another desk's ticket", "not on the desk"] and ticket.claimed_by is None


def test_a_form_opened_there_brings_the_home_up_to_date(database: Database) -> None:
    """What it has changed is seen at once."""

    def act(session: Session) -> list[Draft]:
        opened(session, "Anna", HOUR)
        form = DeskForm("3", HOME, ANNA, "complaint", 1, {"severity": "high"}, NOW)
        return desk_events.handle(session, form, DESK, NOW)

    assert "Complaint C-0001" in words(database.transact(act))


def test_only_the_latest_home_is_sent(database: Database) -> None:
    """One that still waits is rewritten; one under way is followed by the next."""

    def act(session: Session) -> tuple[int, int, str, int]:
        outbox.put(session, opens(session), NOW)
        opened(session, "Anna", HOUR)
        second = opens(session)
        (item,) = session.exec(select(OutboxItem).where(OutboxItem.kind == "home")).all()
        session.refresh(item)
        shown, item.state = str(item.payload["blocks"]), "sending"
        session.flush()
        knows = session.get(DeskAgent, "U1") is not None
        return len(second), int(knows), shown, len(opens(session))

    second, knows, shown, third = database.transact(act)
    assert (second, knows, third) == (0, 1, 1) and "Anna" in shown
