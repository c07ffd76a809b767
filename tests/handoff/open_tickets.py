"""A desk, and customers whose tickets stand open on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.domain import Address, Agent
from bot.outbox import Draft
from bot.service import House
from bot.storage.tables import Contact, Conversation, Ticket
from handoff.complaints import course
from handoff.queue import open_ticket
from handoff.rows import Desk
from tests.conftest import shipped_kb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROOM = Address("slack", "C0DESK")
MARIA = Agent("U1", "Maria Ozola", on_desk=True)
OLIVIA = Agent("U2", "Olivia Reed", on_desk=False)
KB = shipped_kb(date(2026, 11, 22))
DESK = Desk(ROOM, KB, "en", ZoneInfo("Europe/Riga"))
HOUSE = House(KB, DESK, "en", ZoneInfo("Europe/Riga"))


def opened(
    session: Session,
    name: str,
    ago: timedelta,
    urgency: int = 0,
    claimed: bool = False,
    due: timedelta | None = None,
) -> tuple[Ticket, list[Draft]]:
    """A customer's ticket; `due`: by when the complaint in it is due, from now on."""
    contact = Contact(name=name, created_at=NOW)
    session.add(contact)
    session.flush()
    assert contact.id is not None
    talk = Conversation(
        key=f"telegram:{contact.id}",
        channel="telegram",
        chat_id=str(contact.id),
        contact_id=contact.id,
        language="en",
        created_at=NOW,
        last_at=NOW,
    )
    session.add(talk)
    session.flush()
    complains = "normal" if due is not None else None
    ticket, drafts = open_ticket(
        session, DESK, talk, "asked for a person", [], NOW - ago, urgency, complains
    )
    ticket.claimed_by = MARIA.user_id if claimed else None
    complaint = course.open_complaint_of(session, talk.id or 0)
    if complaint is not None and due is not None:
        complaint.due_at = NOW + due
    ticket.card_id = f"100.00{ticket.id}"
    session.flush()
    return ticket, drafts
