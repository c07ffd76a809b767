"""One person on several channels: a code from one, typed on another, makes one contact of two."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.domain import Address, InboundMessage, Person, Reading
from bot.engine.join_codes import DIGITS, HALF, LETTERS, WRONG, code_in, new_code, shown, wanted
from bot.schedule.purchases import Line, store
from bot.service import customer_event
from bot.storage.database import Database
from bot.storage.tables import (
    Complaint,
    Contact,
    Conversation,
    Identity,
    JoinCode,
    Purchase,
    TicketEvent,
)
from tests.handoff.complaint_stage import ANN, CUSTOMER, MORNING, Stage, words

SLACK, THIRD = Address("slack", "D7"), Address("telegram", "3")
MARIA = Person("1", "Maria Ozola")
MINUTE = timedelta(minutes=1)
WRONG_CODE = words("join_wrong")


# --- codes ---------------------------------------------------------------------------------------


def test_a_code_is_known_however_it_is_typed() -> None:
    """Small letters, a blank, no dash, or Cyrillic letters that look the same."""
    for typed in ("K7RM-4XPC", " k7rm4xpc ", "k7rm 4XPC", "К7RМ-4ХРC"):
        assert code_in(typed) == "K7RM4XPC"


@pytest.mark.parametrize("text", ["HB-104233", "12345678", "hmmmmmmm", "KP774934", "K7RM-4XPC ok"])
def test_other_words_are_no_code(text: str) -> None:
    """An order's number, a sound, a sentence."""
    assert code_in(text) == ""
    assert wanted(text) is None


def test_new_codes_are_codes() -> None:
    """Eight signs without look-alikes, a digit and a letter in each half; never the same twice."""
    codes = {new_code(Random(seed)) for seed in range(300)}
    assert len(codes) == 300
    for code in codes:
        assert code_in(shown(code)) == code
        assert len(code) == 2 * HALF
        assert set(code) <= set(DIGITS + LETTERS)


def test_what_is_typed_for_it() -> None:
    """A command, a word, a link; what cannot be a code after a command is a wrong one."""
    assert wanted("/link") == wanted("Link") == wanted("/link@frontdesk_bot") == ""
    assert wanted("/link k7rm-4xpc") == wanted("link K7RM4XPC") == "K7RM4XPC"
    assert wanted("/start join_K7RM4XPC") == "K7RM4XPC"
    assert wanted("/link me up") == wanted("/start join_us") == WRONG
    assert wanted("link me up") is None


# --- joined --------------------------------------------------------------------------------------


class Shop(Stage):
    """Maria writes on Telegram first, and in Slack an hour later."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.says("Hello", "greeting")
        self.now += timedelta(hours=1)
        self.writes(SLACK, "Hello", "greeting")
        self.look()

    def look(self) -> None:
        for at in (CUSTOMER, SLACK, THIRD):
            self.reads(at)

    def code(self, at: Address = CUSTOMER, person: Person = MARIA) -> str:
        self.writes(at, "/link", person=person)
        self.look()
        with Session(self.database.engine) as session:
            rows = session.exec(select(JoinCode).where(JoinCode.used_at == None))  # noqa: E711
            return max(rows, key=lambda row: row.created_at).code

    def types(self, code: str, at: Address = SLACK, person: Person = ANN) -> str:
        self.writes(at, code, person=person)
        return self.reads(at)[0]

    def change(self, work: Callable[[Session], Any]) -> None:
        self.database.transact(work)

    def contacts_of(self, table: type[Any]) -> set[int]:
        with Session(self.database.engine) as session:
            return {row.contact_id for row in session.exec(select(table))}

    def buys(self, channel: str, chat: str) -> None:
        line = Line("HB-1" + chat, "Maria", channel, chat, "Tent", MORNING, None)
        self.change(lambda session: store(session, [line], self.house, self.now))

    @property
    def older(self) -> Contact:
        contact: Contact = self.all(Contact)[0]
        return contact


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


def test_the_younger_contact_becomes_the_older(shop: Shop) -> None:
    """Accounts, conversations, purchases and complaints move, whichever way the code goes."""
    shop.buys("slack", "U7")
    shop.writes(SLACK, "The tent is torn", "complaint")
    code = shop.code(SLACK, ANN)
    assert "Slack" in shop.types(shown(code), CUSTOMER, MARIA)
    for table in (Identity, Conversation, Purchase, Complaint):
        assert shop.contacts_of(table) == {1}
    assert [contact.joined_to for contact in shop.all(Contact)] == [None, 1]


def test_both_chats_hear_of_it(shop: Shop) -> None:
    """Whoever was given the code must know if somebody else has typed it."""
    code = shop.code()
    name = "Ann"
    assert shop.types(code) == words("join_done", name=name, channel="Telegram")
    assert shop.customer_reads() == [words("join_told", channel="Slack")]


def test_open_tickets_go_on_and_their_threads_say_so(shop: Shop) -> None:
    """Both; the code itself is nothing for the desk to read or answer."""
    shop.says("A person, please", "human")
    shop.writes(SLACK, "A person, please", "human")
    code = shop.code()
    shop.thread()
    shop.types(code)
    assert shop.thread() == [words("desk_joined", name="Ann", channels="Slack, Telegram")] * 2
    assert [e.ticket_id for e in shop.all(TicketEvent) if e.kind == "joined"] == [1, 2]


def test_who_wants_no_messages_still_gets_none(shop: Shop) -> None:
    """The opt-out wins; of two languages the one chosen where they are now."""

    def choose(session: Session) -> None:
        first, second = session.get_one(Contact, 1), session.get_one(Contact, 2)
        first.language, second.language = "lv", "ru"
        second.opted_out_at, second.timezone = MORNING, "Asia/Tokyo"

    shop.change(choose)
    shop.types(shop.code())
    assert (shop.older.language, shop.older.timezone) == ("ru", "Asia/Tokyo")
    assert shop.older.opted_out_at == MORNING


def test_a_third_channel_joins_them_all(shop: Shop) -> None:
    """Whoever had become another, becomes the third one, too."""
    shop.writes(THIRD, "Hello", "greeting", person=Person("3", "Maria"))
    shop.types(shop.code(SLACK, ANN), THIRD, Person("3", "Maria"))
    shop.types(shop.code(), SLACK)
    assert shop.contacts_of(Conversation) == {1}
    assert [contact.joined_to for contact in shop.all(Contact)] == [None, 1, 1]


def test_new_conversations_are_theirs(shop: Shop) -> None:
    """The account is known under the older contact from then on."""
    shop.types(shop.code())
    shop.writes(Address("slack", "D8"), "Hello", "greeting")
    assert shop.contacts_of(Conversation) == {1}


# --- refused -------------------------------------------------------------------------------------


def test_a_code_works_once_and_for_a_quarter_of_an_hour(shop: Shop) -> None:
    """Used, late, replaced by a newer one and wrong are the same answer."""
    first = shop.code()
    second = shop.code()
    assert shop.types(first) == WRONG_CODE
    shop.now += 15 * MINUTE
    assert shop.types(second) == WRONG_CODE
    third = shop.code()
    shop.types(third)
    shop.writes(THIRD, "Hi", "greeting", person=Person("3", "Guest"))
    shop.look()
    assert shop.types(third, THIRD, Person("3", "Guest")) == WRONG_CODE


def test_five_wrong_tries_an_hour(shop: Shop) -> None:
    """Then the right code does not help; somebody else's tries are their own."""
    for last in "CDFHJ":
        assert shop.types(f"C3CC3CC{last}") == WRONG_CODE
    code = shop.code()
    assert shop.types(code) == words("join_too_many")
    assert shop.contacts_of(Conversation) == {1, 2}
    shop.now += 61 * MINUTE
    assert shop.types(shop.code()).startswith("Done")


def test_ones_own_code_is_not_used_up(shop: Shop) -> None:
    """Typed where it was given, it can still be typed on the other channel."""
    code = shop.code()
    assert shop.types(code, CUSTOMER, MARIA) == words("join_own")
    shop.customer_reads()
    assert shop.types(code).startswith("Done")


def test_who_is_one_already_is_told_so(shop: Shop) -> None:
    """And nothing else happens."""
    shop.types(shop.code())
    shop.look()
    assert shop.types(shop.code()) == words("join_already")
    assert shop.customer_reads() == []


# --- at once -------------------------------------------------------------------------------------


def test_both_directions_at_once(shop: Shop) -> None:
    """Two who type each other's codes in the same moment become one, once."""
    there, here = shop.code(SLACK, ANN), shop.code()
    with ThreadPoolExecutor(2) as threads:
        done = [
            threads.submit(shop.writes, CUSTOMER, there, person=MARIA),
            threads.submit(shop.writes, SLACK, here, person=ANN),
        ]
        for each in done:
            each.result()
    assert shop.contacts_of(Conversation) == shop.contacts_of(Identity) == {1}
    assert [contact.joined_to for contact in shop.all(Contact)] == [None, 1]


def test_one_code_typed_by_two_at_once(shop: Shop) -> None:
    """Only one of them is joined."""
    guest = Person("3", "Guest")
    shop.writes(THIRD, "Hi", "greeting", person=guest)
    shop.look()
    code = shop.code()
    with ThreadPoolExecutor(2) as threads:
        done = [
            threads.submit(shop.writes, THIRD, code, person=guest),
            threads.submit(shop.writes, SLACK, code, person=ANN),
        ]
        for each in done:
            each.result()
    answers = [shop.reads(THIRD)[0], shop.reads(SLACK)[0]]
    assert answers.count(WRONG_CODE) == 1
    assert [contact.joined_to for contact in shop.all(Contact)].count(1) == 1


# --- what is decided -----------------------------------------------------------------------------


def test_who_came_by_a_link_is_asked_first(shop: Shop) -> None:
    """Somebody else may have sent it: nothing is joined until they say so."""
    code = shop.code(SLACK, ANN)
    shop.writes(CUSTOMER, f"/start join_{code}", person=MARIA)
    assert shop.customer_reads() == [words("join_confirm")]
    shop.says("no", "no")
    assert shop.contacts_of(Conversation) == {1, 2}
    shop.customer_reads()
    shop.writes(CUSTOMER, f"/start join_{code}", person=MARIA)
    shop.says("yes", "yes")
    assert shop.contacts_of(Conversation) == {1}


def test_nobody_is_given_a_code_in_public(shop: Shop) -> None:
    """Where others read along it goes to the private chat."""
    public = InboundMessage(
        "p1", Address("slack", "C9", "1.1"), ANN, "link", shop.now, "1.1", private=SLACK
    )
    shop._send(customer_event, public, Reading("link", {"en": 1.0}), shop.house)
    assert "Your code" in shop.reads(SLACK)[0]
    assert all("Your code" not in text for text in shop.reads(Address("slack", "C9")))
