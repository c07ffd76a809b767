"""Looking back: tickets are found by whatever is known of them, and everything ever said with a
customer can be read, on whatever channel."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.domain import Agent, DeskAction, DeskCommand
from bot.outbox import Draft
from bot.playground.slack.blocks import checked_view
from bot.storage.database import Database
from bot.storage.folded import fold, pattern
from bot.storage.tables import (
    Contact,
    Conversation,
    DeskAgent,
    Identity,
    Message,
    Purchase,
    Ticket,
)
from handoff import desk as the_desk
from handoff.facts import Customer
from handoff.history import pages
from handoff.history.entries import entries_of
from handoff.history.find import find
from handoff.history.pages import Entry
from tests.handoff.open_tickets import DAY, DESK, HOUR, MINUTE, NOW, ROOM, opened
from tests.handoff.test_cards import HOSTILE, texts, words
from tests.handoff.test_standing import hiding

MARIA = Agent("U1", "Maria Ozola", on_desk=True, desks=frozenset({"C0DESK"}))


def said(session: Session, text: str, ago: timedelta, **more: Any) -> None:
    fields = {"conversation_id": 1, "author": "contact", **more}
    session.add(Message(text=text, sent_at=NOW - ago, **fields))
    session.flush()


def numbers(session: Session, text: str, agent: Agent = MARIA) -> list[int | None]:
    return [each.ticket.id for each in find(session, DESK, agent, text, NOW)]


# --- found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["#1", "1", "jānis", "JANIS", "ozol", "hb-1042", "HB1042", "Bērziņš", "+371 2000-0000",
     "37120000000", "anna@harebell.example", "ПАЛАТКА", "палатка", "100%_!", "77001"],
)  # fmt: skip
def test_a_ticket_is_found_by_what_is_known_of_it(database: Database, text: str) -> None:
    """Its number, the customer's name, order and account, and words that they or a colleague have
    written, without regard to capitals, accents and the groups of a number."""

    def look(session: Session) -> None:
        opened(session, "Jānis Ozols", HOUR)
        opened(session, "Zoe", HOUR)
        session.add(Identity(channel="telegram", user_id="77001", contact_id=1))
        session.add(
            Purchase(order_number="HB-1042", contact_id=1, conversation_id=1, product="Tent",
                     bought_at=NOW)
        )  # fmt: skip
        said(session, "Call me on +371 20000000 or anna@harebell.example", HOUR)
        said(session, "Где моя Палатка? 100%_!", HOUR)
        said(session, "Mr Bērziņš will call.", HOUR, author="agent", agent_id="U1")
        assert numbers(session, text) == [1]

    database.transact(look)


def test_signs_of_the_search_itself_mean_nothing(sqlite_url: str) -> None:
    """% is a percent sign, and not everything."""
    database = Database(sqlite_url)

    def look(session: Session) -> None:
        opened(session, "Anna", HOUR)
        said(session, "hello there", HOUR)
        assert [numbers(session, text) for text in ("%%", "__", "he%there", "!!")] == [[]] * 4
        assert numbers(session, "hello there") == [1]

    database.transact(look)
    database.close()


def test_only_members_of_a_desk_channel_find_its_tickets(sqlite_url: str) -> None:
    """And the bot's own answers find nobody."""
    database = Database(sqlite_url)

    def look(session: Session) -> None:
        opened(session, "Anna", HOUR)
        said(session, "You have 30 days.", HOUR, author="bot")
        assert numbers(session, "anna") == [1]
        assert numbers(session, "30 days") == []
        assert numbers(session, "anna", Agent("U2", on_desk=True, desks=frozenset({"C1"}))) == []

    database.transact(look)
    database.close()


def test_the_newest_come_first_and_no_more_than_fifteen(sqlite_url: str) -> None:
    """Who sees fifteen is told to write more; each has a link and a button."""
    database = Database(sqlite_url)

    def look(session: Session) -> None:
        for number in range(17):
            opened(session, f"Anna {number}", HOUR)
        assert numbers(session, "anna") == list(range(17, 2, -1))

    database.transact(look)
    (shown,) = typed(database, "find anna")
    text = shown.item.reply.text
    assert text.startswith("15 tickets for “anna”:") and "Only the newest 15" in text
    assert "🔔 [#17](https://slack.com/archives/C0DESK/p100" in text
    assert len(shown.item.blocks[0]["elements"]) == 15
    database.close()


def typed(database: Database, text: str, agent: Agent = MARIA) -> list[Draft]:
    event = DeskCommand("1", ROOM, agent, text, NOW)
    drafts: list[Draft] = database.transact(the_desk.handle, event, DESK, NOW)
    return drafts


def test_who_finds_nothing_is_told_so(sqlite_url: str) -> None:
    """And who looks for nothing, what can be looked for; who is no member, neither."""
    database = Database(sqlite_url)
    assert typed(database, "find nobody")[0].item.reply.text == "Nothing was found for “nobody”."
    assert "at least two letters" in typed(database, "find")[0].item.reply.text
    assert "at least two letters" in typed(database, "find a")[0].item.reply.text
    (told,) = typed(database, "find anna", Agent("U9", "Eve"))
    assert told.item.reply.text == words("desk_outsider")
    database.close()


def test_what_is_folded() -> None:
    """The same in Python and in SQL."""
    assert fold("Jānis İpek: HB-1042, +371 20 (00)") == "janis ipek: hb1042, +3712000)"
    assert fold(None) == "" and pattern("50%") == "%50!%%"


# --- everything said ------------------------------------------------------------------------------


def two_channels(session: Session) -> Ticket:
    """Anna's ticket on Telegram; she has written in Slack, too."""
    ticket, _ = opened(session, "Anna", HOUR)
    session.add(DeskAgent(id="U1", name="Maria", seen_at=NOW))
    session.add(
        Conversation(id=50, key="slack:D1", channel="slack", chat_id="D1", contact_id=1,
                     language="en", created_at=NOW, last_at=NOW)
    )  # fmt: skip
    session.flush()
    said(session, "Hello in Slack", 2 * DAY, conversation_id=50)
    said(session, "You have **30 days**.", 2 * DAY - MINUTE, conversation_id=50, author="bot")
    said(session, "wher is it", HOUR)
    said(session, "Where is it?", HOUR - MINUTE, revises_id=3)
    said(session, "my card is 4111", 30 * MINUTE, deleted_at=NOW - 20 * MINUTE)
    said(session, "I'm looking.", 10 * MINUTE, author="agent", agent_id="U1")
    return ticket


def test_everything_is_there_on_all_channels_with_its_versions(sqlite_url: str) -> None:
    """The newest last; who said it and where; what was changed or taken back shows as that."""
    database = Database(sqlite_url)

    def look(session: Session) -> list[Entry]:
        two_channels(session)
        opened(session, "Boris", HOUR)
        said(session, "Boris's own", HOUR, conversation_id=51)
        return entries_of(session, DESK, session.get_one(Contact, 1))

    found = database.transact(look)
    assert [(each.who, each.channel, each.text) for each in found] == [
        ("Anna", "Slack", "Hello in Slack"),
        ("Bot", "Slack", "You have 30 days."),
        ("Anna", "Telegram", "Where is it?"),
        ("Anna", "Telegram", "my card is 4111"),
        ("Maria", "Telegram", "I'm looking."),
    ]
    assert found[2].before == ("wher is it",)
    assert found[3].taken_back == NOW - 20 * MINUTE
    database.close()


def pressed(database: Database, subject: str = "", trigger: str = "t") -> Any:
    """The form that the button opens."""
    event = DeskAction("9", ROOM, MARIA, "history", 1, NOW, subject, trigger)
    desk = hiding("purchases", "customer_since")
    (draft,) = database.transact(the_desk.handle, event, desk, NOW)
    assert draft.item.kind == "form" and draft.item.target == trigger
    (view,) = draft.item.blocks
    checked_view(json.loads(json.dumps(view)), "modal")
    return view


def test_the_form_shows_what_cards_keep_to_themselves(sqlite_url: str) -> None:
    """Times are the shop's; there is nothing to send."""
    database = Database(sqlite_url)

    def begin(session: Session) -> None:
        two_channels(session)
        session.add(
            Purchase(order_number="HB-1", contact_id=1, conversation_id=1, product="Tent",
                     bought_at=NOW)
        )  # fmt: skip

    database.transact(begin)
    view = pressed(database)
    text = "\n".join(texts(view["blocks"]))
    assert "1 order · last “Tent”" in text and "customer since" in text
    assert "*Anna* · Telegram · 2026-11-22 13:00\nWhere is it?\n_before: “wher is it”_" in text
    assert "taken back 2026-11-22 13:40\nmy card is 4111" in text
    assert "submit" not in view and view["title"]["text"] == "Everything said"
    database.close()


def test_long_talks_have_pages(sqlite_url: str) -> None:
    """The last page first; the buttons lead to those beside it, in the same form."""
    database = Database(sqlite_url)

    def begin(session: Session) -> None:
        opened(session, "Anna", HOUR)
        for number in range(100):
            said(session, f"message {number}.", timedelta(minutes=100 - number))

    database.transact(begin)
    view = pressed(database)
    text = "\n".join(texts(view["blocks"]))
    assert "message 99." in text and "message 79." not in text and "Page 3 of 3" in text
    assert values(view) == ["1:2"]
    assert (view["close"]["text"], "submit" in view) == ("Close", False)
    middle = pressed(database, "2", "V0123")
    assert "message 40." in "\n".join(texts(middle["blocks"]))
    assert values(middle) == ["1:1", "1:3"]
    assert values(pressed(database, "99")) == ["1:2"]
    database.close()


def values(view: Any) -> list[str]:
    rows = [block for block in view["blocks"] if block["type"] == "actions"]
    return [each["value"] for row in rows for each in row["elements"]]


def test_where_nothing_was_said_the_form_says_so() -> None:
    """A colleague need not wonder whether it is still loading."""
    made = pages.blocks(1, Customer(), [], 1, DESK.zone, words)
    assert texts(made) == ["Nothing has been said yet."]


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda text: repr(text[:20]))
def test_slack_takes_the_form_whatever_was_said(evil: str) -> None:
    """A full page of it."""
    entry = Entry(NOW, evil, "Telegram", evil, (evil,) * 4, NOW)
    made = pages.blocks(1, Customer(product=evil, bought_at=NOW), [entry] * 90, 2, DESK.zone, words)
    title = {"type": "plain_text", "text": "x"}
    view = {"type": "modal", "title": title, "blocks": made, "callback_id": "x"}
    checked_view(json.loads(json.dumps(view)), "modal")
    assert "<!channel>" not in json.dumps(made) and "<@U1>" not in json.dumps(made)
