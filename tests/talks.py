"""Talks as customers, the bot and the desk have them, without a network: real decisions in a real
database. What a text means is what the test says it means; for the rest there are other tests."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.commands.past import asked_since
from bot.domain import (
    Address,
    Agent,
    Article,
    ButtonPress,
    CustomerEvent,
    Deletion,
    DeskAction,
    DeskMessage,
    Edit,
    InboundMessage,
    Match,
    Person,
    Reading,
)
from bot.knowledge.base import KnowledgeBase, load
from bot.mind import Mind
from bot.service import House, customer_event
from bot.service.asked import Question
from bot.service.customers import customer_turn
from bot.storage.database import Database
from bot.storage.tables import Ticket
from bot.understanding.reading import Understanding
from handoff import desk as desk_events
from handoff.rows import Desk

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
ROOM = "C0DESK"
IVO = Agent("U1", "Ivo Ozols", on_desk=True)
UTC_ZONE = ZoneInfo("UTC")
SLOW = timedelta(minutes=1)  # between two things that happen
_READ: dict[Path, KnowledgeBase] = {}


class Scripted:
    """Understands what it was told: text → the articles it may mean. Other texts mean nothing."""

    def __init__(self) -> None:
        self.meanings: dict[str, tuple[Match, ...]] = {}

    def read(self, text: str, before: str = "") -> Reading:
        language = "ru" if re.search("[а-я]", text) else "en"
        heard = {word for word in ("human", "thanks") if text == word}
        return Reading(text, {language: 1.0}, self.meanings.get(text, ()), frozenset(heard))


class Talks:
    """A shop's support, played."""

    def __init__(self, database: Database, folder: Path, begin: datetime) -> None:
        self.database = database
        self.now = begin
        # What was read before and has not changed since is not read again.
        self.kb = _READ[folder] = load(folder, "en", begin.date(), _READ.get(folder))
        self._scripted = Scripted()
        self.mind = Mind(self.kb, cast(Understanding, self._scripted))
        self.house = House(self.kb, Desk(Address("slack", ROOM), self.kb, "en"), "en", UTC_ZONE)
        self._count = 0

    def means(self, text: str, *matches: Match) -> None:
        """From now on this is what the text means; nothing if nothing is given."""
        self._scripted.meanings[text] = matches

    def wait(self, by: timedelta) -> None:
        self.now += by

    def say(self, who: str, text: str, *meaning: Match, lang: str = "en") -> None:
        """Somebody writes, and that means these articles."""
        self.means(text, *meaning)
        event = InboundMessage(*self._event(who, lang), text, self.now, self._id)
        self._customer(event, self.mind.read(text))

    def say_at_once(self, who: str, *texts: str) -> None:
        """A burst: several messages that are one turn, and mean nothing."""
        events = [
            InboundMessage(*self._event(who, "en"), text, self.now, self._id) for text in texts
        ]
        reading = self.mind.read("\n".join(texts))
        self.database.transact(customer_turn, events, reading, self.house, self.now)

    def edit(self, who: str, text: str) -> None:
        """Somebody changes the message they wrote last."""
        earlier = self._id
        self._customer(Edit(*self._event(who, "en"), earlier, text, self.now), self.mind.read(text))

    def delete(self, who: str) -> None:
        """Somebody takes the message back that they wrote last."""
        earlier = self._id
        self._customer(Deletion(*self._event(who, "en"), earlier, self.now), Reading(""))

    def press(self, who: str, value: str, lang: str = "en") -> None:
        self._customer(ButtonPress(*self._event(who, lang), value, self.now), Reading(""))

    def answer(self, *texts: str, agent: Agent = IVO) -> None:
        """A colleague claims the newest ticket, answers, and closes it."""
        self.database.transact(self._place_card)
        ticket = self.database.transact(_newest)
        self._desk(DeskAction(*self._desk_event(agent), "claim", ticket, self.now))
        for text in texts:
            where, thread = self._desk_event(agent), Address("slack", ROOM, f"card{ticket}")
            self._desk(DeskMessage(where[0], thread, agent, text, self.now, self._id))
        self._desk(DeskAction(*self._desk_event(agent), "resolve", ticket, self.now))

    def questions(self, since: datetime) -> list[Question]:
        """What is found of all this."""
        return asked_since(self.database.url.render_as_string(hide_password=False), since)

    def article(self, id: str, language: str = "en") -> Article:
        found = self.kb.article(id, language)
        assert found is not None
        return found

    def match(self, id: str, score: float, language: str = "en") -> Match:
        return Match(self.article(id, language), score, "", score)

    @property
    def _id(self) -> str:
        return str(self._count)

    def _event(self, who: str, lang: str) -> tuple[str, Address, Person]:
        self._count += 1
        self.now += SLOW
        chat = "".join(str(ord(letter)) for letter in who)
        return self._id, Address("telegram", chat), Person(chat, who, lang)

    def _desk_event(self, agent: Agent) -> tuple[str, Address, Agent]:
        self._count += 1
        self.now += SLOW
        return self._id, Address("slack", ROOM), agent

    def _customer(self, event: CustomerEvent, reading: Reading) -> None:
        self.database.transact(customer_event, event, reading, self.house, self.now)

    def _desk(self, event: DeskAction | DeskMessage) -> None:
        self.database.transact(desk_events.handle, event, self.house.desk, self.now)

    def _place_card(self, session: Session) -> None:
        ticket = session.exec(select(Ticket).order_by(col(Ticket.id).desc())).first()
        assert ticket is not None, "nobody has been handed over"
        ticket.card_id = f"card{ticket.id}"


def _newest(session: Session) -> int:
    found = session.exec(select(Ticket.id).order_by(col(Ticket.id).desc())).first()
    assert found is not None
    return found
