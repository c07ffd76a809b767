"""One ticket's thread on the real desk, with the real queue behind it and a customer on paper."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bot import outbox
from bot.domain import (
    NO_MESSAGE,
    Address,
    Agent,
    DeskAction,
    DeskEvent,
    DeskForm,
    DeskMessage,
    Event,
    InboundMessage,
    Outgoing,
    Person,
    Reading,
    Receive,
    Refused,
)
from bot.knowledge.base import KnowledgeBase
from bot.outbox import Draft
from bot.service import House, customer_event
from bot.storage.database import Database
from bot.storage.tables import Ticket
from bot.workers import Bells, OutboxWorker
from handoff import desk as desk_events
from handoff.rows import Desk

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
CARD = "100.1"
ROOM, THREAD = Address("slack", "C0DESK"), Address("slack", "C0DESK", CARD)
CUSTOMER = Address("paper", "1")
NAMES = {"ivo": "Ivo Ozols", "eva": "Eva Berzina", "otto": "Otto Outsider"}


class PaperChat:
    """A customer's chat: what it shows now, and all that it has ever shown of colleagues."""

    name = "paper"
    pace = 0.0
    rate = 0.0

    def __init__(self) -> None:
        self.shown: dict[str, tuple[str, str]] = {}  # id → (who signed it, what it says)
        self.ever: list[str] = []
        self._count = 0

    async def listen(self, receive: Receive) -> None: ...

    def parse(self, raw: Mapping[str, Any]) -> Event | None: ...

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        parts = item.reply.text.split("|")
        return [replace(item, reply=replace(item.reply, text=part)) for part in parts]

    async def send(self, item: Outgoing) -> str:
        if item.kind == "typing":
            return ""
        if item.kind == "post":
            self._count += 1
            item = replace(item, target=f"m{self._count}")
        elif item.target not in self.shown:
            raise Refused(NO_MESSAGE)
        if item.kind == "delete":
            del self.shown[item.target]
            return item.target
        self.shown[item.target] = (item.reply.author, item.reply.text)
        if item.reply.author:
            self.ever.append(item.reply.text)
        return item.target

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return ""

    @property
    def from_colleagues(self) -> list[str]:
        """What it shows of what people said, in order; the bot signs nothing."""
        return [text for author, text in self.shown.values() if author]


class Thread:
    """What people do in it, each act a transaction, and the sends that come of them."""

    def __init__(self, database: Database, kb: KnowledgeBase) -> None:
        self.now = START
        self.chat = PaperChat()
        self.members = {"ivo", "eva"}
        self._desk = Desk(ROOM, kb, "en", ZoneInfo("UTC"))
        self._house = House(kb, self._desk, "en", ZoneInfo("UTC"))
        self.database = database
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._worker = OutboxWorker(
            database, self.chat, lambda: self._house, Bells(), lambda: self.now
        )
        self.asks("A person, please!")
        database.transact(self._posted)

    def close(self) -> None:
        """Nothing of it stays open."""
        self._loop.close()
        self.database.close()

    @staticmethod
    def _posted(session: Session) -> None:
        session.exec(select(Ticket)).one().card_id = CARD

    def asks(self, text: str) -> None:
        """The customer asks for a person."""
        number = self._next()
        asked = InboundMessage(number, CUSTOMER, Person("1", "Anna"), text, self.now, number)
        reading = Reading(text, {"en": 1.0}, (), frozenset({"human"}))
        self._do(lambda session: customer_event(session, asked, reading, self._house, self.now))

    def write(self, who: str, text: str, ts: str = "", change: str = "new") -> str:
        """Somebody writes in the thread, or changes or deletes what they wrote; its ts."""
        number = self._next()
        ts = ts or f"200.{number}"
        fields: dict[str, Any] = {"change": change}
        event = DeskMessage(number, THREAD, self._agent(who), text, self.now, ts, **fields)
        self._event(event)
        return ts

    def press(self, who: str, button: str, subject: str = "", room: Address = THREAD) -> None:
        """Somebody presses a button on the card, or below a sentence about message `subject`."""
        agent = self._agent(who)
        self._event(DeskAction(self._next(), room, agent, button, 1, self.now, subject))

    def transfer(self, who: str, to: str) -> None:
        """Somebody hands the ticket over."""
        colleague = self._agent(to)
        form = DeskForm(
            self._next(), THREAD, self._agent(who), "transfer", 1,
            {"to": colleague.user_id, "reason": "knows bindings"}, self.now, colleague=colleague,
        )  # fmt: skip
        self._event(form)

    def settle(self, seconds: float = 0.0) -> None:
        """Let time pass, and all be sent that may go."""
        self.now += timedelta(seconds=seconds)
        self._loop.run_until_complete(self._sent())

    async def _sent(self) -> None:
        while (await self._worker.step()).busy:
            pass

    def owner(self) -> tuple[str | None, bool]:
        """Who has the ticket, and whether it is closed."""

        def read(session: Session) -> tuple[str | None, bool]:
            ticket = session.exec(select(Ticket)).one()
            return ticket.claimed_by, ticket.resolved_at is not None

        return self.database.transact(read)

    def _agent(self, who: str) -> Agent:
        desks = frozenset({ROOM.chat_id} if who in self.members else ())
        return Agent(who, NAMES[who], who in self.members, desks)

    def _event(self, event: DeskEvent) -> None:
        self._do(lambda session: desk_events.handle(session, event, self._desk, self.now))

    def _do(self, work: Any) -> None:
        def act(session: Session) -> None:
            drafts: list[Draft] = work(session)
            session.flush()
            outbox.put(session, drafts, self.now)

        self.database.transact(act)

    def _next(self) -> str:
        self._count += 1
        return str(self._count)
