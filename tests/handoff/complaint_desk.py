"""A desk with one open complaint of Maria's, and what is done about it; each act a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot import outbox
from bot.domain import Address, Agent
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.complaint_policy import Role, Roles
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import (
    Complaint,
    ComplaintEvent,
    Contact,
    Conversation,
    Identity,
    OutboxItem,
    RemedyItem,
    Ticket,
)
from handoff import delivery, queue
from handoff.course import claiming, closing
from handoff.remedies import proposals, shop_codes
from handoff.remedies.shop_codes import NewCode
from handoff.rows import Desk
from tests.conftest import shipped_kb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOM, CARD_ID = Address("slack", "C0DESK"), "100.1"
IVO = Agent("U1", "Ivo Ozols", on_desk=True)
EVA = Agent("U2", "Eva Berzina", on_desk=True)
OLGA = Agent("U9", "Olga Kalnina", on_desk=True)  # the supervisor
PETER = Agent("U8", "Peter Liepa", on_desk=True)  # another one
SHIPPED = shipped_kb(date(2026, 11, 22))
AGENTS = Role.model_validate({"limit": 20, "remedies": ["credit", "coupon", "refund", "apology"]})
ROLES = Roles(agent=AGENTS, supervisor=Role(limit=AGENTS.limit * 10, people=("U9", "U8")))


def with_roles(roles: Roles) -> KnowledgeBase:
    """The shipped knowledge base, with other roles in its policy."""
    rules = SHIPPED.policy.complaints.model_copy(update={"roles": roles})
    return replace(SHIPPED, policy=SHIPPED.policy.model_copy(update={"complaints": rules}))


def words(key: str, **values: object) -> str:
    return SHIPPED.say("en", key, **values)


class ComplaintDesk:
    """One complaint after the other may be opened; the first is Maria's, on Telegram, in Polish."""

    def __init__(self, database: Database, roles: Roles = ROLES, shop: bool = False) -> None:
        self.database = database
        self.desk = Desk(ROOM, with_roles(roles), "en", ZoneInfo("Europe/Riga"), shop)
        self.complaint_id = self.another("Maria *Ozola*")

    def another(self, name: str) -> int:
        """Open a ticket with a complaint of somebody's; returns the complaint's id."""
        return self.database.transact(self._open, name)

    def _open(self, session: Session, name: str) -> int:
        contact = Contact(name=name, created_at=NOW)
        session.add(contact)
        session.flush()
        assert contact.id is not None
        chat = str(500 + contact.id)
        session.add(Identity(channel="telegram", user_id=chat, contact_id=contact.id))
        conversation = Conversation(
            key=f"telegram:{chat}", channel="telegram", chat_id=chat, contact_id=contact.id,
            language="pl", created_at=NOW, last_at=NOW,
        )  # fmt: skip
        session.add(conversation)
        session.flush()
        ticket, _ = queue.open_ticket(
            session, self.desk, conversation, "A complaint", (), NOW, 1, "normal", "It broke"
        )
        ticket.card_id = CARD_ID
        claiming.claim(session, self.desk, ticket, IVO, ROOM, NOW)
        session.flush()
        complaint = session.exec(select(Complaint).where(Complaint.ticket_id == ticket.id)).one()
        assert complaint.id is not None
        return complaint.id

    def propose(
        self,
        agent: Agent,
        kind: str,
        cents: int | None = None,
        reason: str = "It broke on the first day",
        words: str = "",
        complaint: int | None = None,
    ) -> list[Draft]:
        def work(session: Session) -> list[Draft]:
            row = session.get(Complaint, complaint or self.complaint_id)
            assert row is not None
            ticket = session.get(Ticket, row.ticket_id)
            assert ticket is not None
            return proposals.propose(
                session, self.desk, ticket, row, agent, kind, cents, reason, words, NOW
            )

        return self.database.transact(work)

    def decide(
        self, agent: Agent, approves: bool, reason: str = "They are right", remedy: int = 1
    ) -> list[Draft]:
        def work(session: Session) -> list[Draft]:
            row = session.get(RemedyItem, remedy)
            assert row is not None
            complaint = session.get(Complaint, row.complaint_id)
            assert complaint is not None
            ticket = session.get(Ticket, complaint.ticket_id)
            assert ticket is not None
            return proposals.decide(session, self.desk, ticket, row, agent, approves, reason, NOW)

        return self.database.transact(work)

    def ended(self, draft: Draft, state: str, code: str = "", error: str = "") -> list[Draft]:
        """What the end of a send means."""

        def work(session: Session) -> list[Draft]:
            return delivery.delivered(session, self.desk, draft, state, code, error, False, NOW)

        return self.database.transact(work)

    def resolve(self, agent: Agent, ticket: int = 1, now: datetime = NOW) -> list[Draft]:
        def work(session: Session) -> list[Draft]:
            row = session.get(Ticket, ticket)
            assert row is not None
            return closing.resolve(session, self.desk, row, agent, ROOM, now)

        return self.database.transact(work)

    def sent(self, drafts: Sequence[Draft]) -> None:
        """All of this has gone out."""

        def work(session: Session) -> None:
            outbox.put(session, drafts, NOW)
            for row in session.exec(select(OutboxItem).where(OutboxItem.state == "queued")):
                row.state, row.external_id = "sent", f"200.{row.id}"

        self.database.transact(work)

    def import_codes(self, *codes: tuple[str, str, int]) -> None:
        """Codes by themselves, kind and cents, in EUR."""
        new = [NewCode(2, code, kind, cents, "EUR") for code, kind, cents in codes]
        self.database.transact(shop_codes.store, new, NOW)

    def rows(self, kind: type[Any]) -> list[Any]:
        with Session(self.database.engine) as session:
            return list(session.exec(select(kind).order_by(col(kind.id))).all())

    @property
    def remedy(self) -> RemedyItem:
        """The last one."""
        last: RemedyItem = self.rows(RemedyItem)[-1]
        return last

    @property
    def history(self) -> list[str]:
        return [e.kind for e in self.rows(ComplaintEvent) if e.kind.startswith("remedy")]


def told(drafts: Sequence[Draft], agent: Agent) -> list[str]:
    """What only this agent is shown."""
    return [d.item.reply.text for d in drafts
            if d.item.kind == "whisper" and d.item.target == agent.user_id]  # fmt: skip


def to_customer(drafts: Sequence[Draft]) -> list[str]:
    return [d.item.reply.text for d in drafts if d.purpose == "to_customer"]


def in_thread(drafts: Sequence[Draft]) -> list[str]:
    return [d.item.reply.text for d in drafts if d.purpose == "notice"]
