"""One complaint of Maria's, and what everybody does about it; each act is a transaction at a time
of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot import outbox
from bot.channels.markdown import to_plain
from bot.domain import (
    Address,
    Agent,
    ButtonPress,
    DeskAction,
    InboundMessage,
    Outgoing,
    Person,
    Reading,
)
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.complaint_policy import Role, Roles
from bot.outbox import Draft
from bot.schedule.due import run_next
from bot.service import House, customer_event
from bot.storage.database import Database
from bot.storage.tables import Complaint, ComplaintEvent, FollowUpItem, OutboxItem, Ticket
from handoff import delivery
from handoff import desk as desk_events
from handoff.cards import Card
from handoff.complaints import changes
from handoff.rows import Desk, know_agent
from handoff.story import view
from tests.conftest import shipped_kb
from tests.handoff.undisturbed import undisturbed

MORNING = datetime(2026, 11, 22, 9, tzinfo=UTC)  # eleven o'clock in Riga
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RIGA = ZoneInfo("Europe/Riga")
ROOM, CUSTOMER = Address("slack", "C0DESK"), Address("telegram", "1")
IVO = Agent("U1", "Ivo Ozols", on_desk=True)
EVA = Agent("U2", "Eva Berzina", on_desk=True)
BOSS = "U9"
ANN = Person("U7", "Ann")  # a customer in Slack


def with_supervisors(kb: KnowledgeBase, *people: str) -> KnowledgeBase:
    """The same, with these people named as supervisors."""
    roles = Roles(supervisor=Role(people=people))
    complaints = kb.policy.complaints.model_copy(update={"roles": roles})
    return replace(kb, policy=kb.policy.model_copy(update={"complaints": complaints}))


KB = undisturbed(shipped_kb(date(2026, 11, 22)))
LED = with_supervisors(KB, BOSS)


def words(key: str, **values: object) -> str:
    return KB.say("en", key, **values)


class Stage:
    """Maria, the desk, the clock. `now` is moved by the tests; `ended` empties what is to be sent,
    so that each act shows only what came of it."""

    def __init__(self, database: Database, kb: KnowledgeBase = LED) -> None:
        self.database, self.now, self._count = database, MORNING, 0
        self.desk = Desk(ROOM, kb, "en", RIGA)
        self.house = House(kb, self.desk, "en", RIGA)

    # --- what the customer does -------------------------------------------------------------------

    def says(self, text: str, *intents: str, chat: str = "1", name: str = "Maria Ozola") -> None:
        self.writes(Address("telegram", chat), text, *intents, person=Person(chat, name))

    def writes(self, at: Address, text: str, *intents: str, person: Person = ANN) -> None:
        self._count += 1
        count = str(self._count)
        event = InboundMessage(count, at, person, text, self.now, count)
        reading = Reading(text, {"en": 1.0}, (), frozenset(intents))
        self._send(customer_event, event, reading, self.house)
        self.give_cards()

    def complains(self, **who: str) -> None:
        self.says("The tent is torn, and this is the second time.", "complaint", **who)

    def presses(self, value: str) -> None:
        self._count += 1
        person = Person("1", "Maria Ozola")
        event = ButtonPress(str(self._count), CUSTOMER, person, value, self.now, "1")
        self._send(customer_event, event, Reading(""), self.house)

    # --- what the desk does -----------------------------------------------------------------------

    def claims(self, agent: Agent, ticket: int = 1) -> None:
        self._act("claim", agent, ticket)

    def resolves(self, agent: Agent, ticket: int = 1) -> None:
        self._act("resolve", agent, ticket)

    def claim_as(self, agent: Agent, ticket: int = 1) -> None:
        """The ticket is this colleague's, whoever owns the complaint."""

        def work(session: Session) -> list[Draft]:
            row = session.get(Ticket, ticket)
            assert row is not None
            know_agent(session, agent, self.now)
            row.claimed_by = agent.user_id
            return []

        self._send(work)

    def classifies(self, agent: Agent, severity: str, cause: str = "", ticket: int = 1) -> None:
        def work(session: Session) -> list[Draft]:
            row = session.get(Ticket, ticket)
            assert row is not None
            return changes.classify(session, self.desk, row, agent, severity, cause, self.now)

        self._send(work)

    def hands_over(self, agent: Agent, to: str, reason: str, ticket: int = 1) -> None:
        def work(session: Session) -> list[Draft]:
            row = session.get(Ticket, ticket)
            assert row is not None
            return changes.transfer(session, self.desk, row, agent, to, reason, self.now)

        self._send(work)

    # --- what time does ---------------------------------------------------------------------------

    def passes(self, time: timedelta) -> None:
        """Time goes by, and everything that is due by then is dealt with."""
        self.now += time
        while self.database.transact(run_next, self.house, self.now):
            pass

    def fails(self, purpose: str, error: str = "blocked", state: str = "failed") -> None:
        """What waits to be sent for this purpose does not arrive, or nobody knows."""

        def work(session: Session) -> list[Draft]:
            query = select(OutboxItem).where(
                OutboxItem.purpose == purpose, OutboxItem.state == "queued"
            )
            row = session.exec(query).one()
            row.state = state
            session.flush()
            draft = Draft(outbox.from_payload(row.payload), purpose, row.ticket_id)
            return delivery.delivered(session, self.desk, draft, state, "", error, False, self.now)

        self._send(work)

    # --- what there is to see ---------------------------------------------------------------------

    def customer_reads(self) -> list[str]:
        """What has been sent to the customer since the last look."""
        return self.reads(CUSTOMER)

    def reads(self, at: Address) -> list[str]:
        return [item.reply.text for item in self._sent(at)]

    def thread(self) -> list[str]:
        """What has been said in the card's thread since the last look."""
        return [i.reply.text for i in self._sent(ROOM) if i.kind == "post" and i.address.thread_id]

    def whispers(self, agent: Agent) -> list[str]:
        return [i.reply.text for i in self._sent(ROOM) if i.target == agent.user_id]

    def direct(self, user_id: str) -> list[str]:
        """What this colleague has been sent alone since the last look."""
        return [to_plain(item.reply.text) for item in self._sent(Address("slack", user_id))]

    def all(self, kind: type[Any]) -> list[Any]:
        with Session(self.database.engine) as session:
            return list(session.exec(select(kind).order_by(col(kind.id))).all())

    def card(self, ticket: int = 1) -> Card:
        """What its card shows now."""

        def work(session: Session) -> Card:
            row = session.get(Ticket, ticket)
            assert row is not None
            return view(session, self.desk, row)

        return self.database.transact(work)

    @property
    def complaint(self) -> Complaint:
        complaint: Complaint = self.all(Complaint)[-1]
        return complaint

    @property
    def history(self) -> list[str]:
        return [event.kind for event in self.all(ComplaintEvent)]

    def result(self, kind: str) -> str | None:
        """What came of what was planned last of this kind."""
        items = [item for item in self.all(FollowUpItem) if item.kind == kind]
        result: str | None = items[-1].result
        return result

    # --- how --------------------------------------------------------------------------------------

    def _act(self, action: str, agent: Agent, ticket: int) -> None:
        self._count += 1
        event = DeskAction(str(self._count), ROOM, agent, action, ticket, self.now)
        self._send(desk_events.handle, event, self.desk)

    def _send(self, work: Callable[..., list[Draft]], *args: Any) -> None:
        def transaction(session: Session) -> None:
            more = (*args, self.now) if args else ()
            outbox.put(session, work(session, *more), self.now)

        self.database.transact(transaction)

    def give_cards(self) -> None:
        """Cards that have been posted have a place."""

        def work(session: Session) -> None:
            for ticket in session.exec(select(Ticket).where(col(Ticket.card_id).is_(None))):
                ticket.card_id = f"100.{ticket.id}"

        self.database.transact(work)

    def _sent(self, to: Address) -> list[Outgoing]:
        """What was put into the outbox for this chat, each time only what is new."""

        def work(session: Session) -> list[Outgoing]:
            query = select(OutboxItem).where(
                (col(OutboxItem.lane) == to.destination)
                | col(OutboxItem.lane).startswith(f"{to.destination}/"),
                OutboxItem.state == "queued",
            )
            rows = session.exec(query.order_by(col(OutboxItem.id))).all()
            for row in rows:
                row.state = "sent"
            return [outbox.from_payload(row.payload) for row in rows]

        return self.database.transact(work)
