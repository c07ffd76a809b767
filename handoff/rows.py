"""The desk, and the rows of tickets, agents and whom they talk to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session, col, select

from bot.domain import Address, Agent
from bot.knowledge.base import KnowledgeBase
from bot.outbox import CARD
from bot.storage.tables import (
    Contact,
    Conversation,
    DeskAgent,
    FollowUpItem,
    Identity,
    Ticket,
    TicketEvent,
)
from handoff.tickets import TicketState

CHANNEL_NAMES = {"telegram": "Telegram", "slack": "Slack", "console": "Terminal"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk, its channel where nothing says otherwise, and the words spoken there."""

    address: Address
    kb: KnowledgeBase
    language: str
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    shop: bool = False  # whether it carries out remedies, and makes their codes

    def words(self, key: str, **values: object) -> str:
        return self.kb.say(self.language, key, **values)

    def place(self, ticket: Ticket) -> Address:
        """The desk channel that the ticket's card is in."""
        return Address(self.address.channel, ticket.desk)

    def thread(self, ticket: Ticket) -> Address:
        """The thread of the ticket's card, wherever that will be."""
        return Address(self.address.channel, ticket.desk, CARD)

    def direct(self, agent_id: str) -> Address:
        """Where this colleague alone is written to."""
        return Address(self.address.channel, agent_id)


def open_for(session: Session, conversation_id: int) -> Ticket | None:
    """The conversation's unresolved ticket."""
    query = select(Ticket).where(
        Ticket.conversation_id == conversation_id, col(Ticket.resolved_at).is_(None)
    )
    return session.exec(query).first()


def record(
    session: Session,
    ticket: Ticket,
    kind: str,
    now: datetime,
    agent: Agent | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add to the ticket's history."""
    assert ticket.id is not None
    event = TicketEvent(
        ticket_id=ticket.id,
        kind=kind,
        agent_id=agent.user_id if agent else None,
        detail=dict(detail or {}),
        at=now,
    )
    session.add(event)


def state_of(ticket: Ticket) -> TicketState:
    return TicketState(ticket.claimed_by, ticket.resolved_at is not None)


def address_of(conversation: Conversation) -> Address:
    return Address(conversation.channel, conversation.chat_id, conversation.thread_id)


def know_agent(session: Session, agent: Agent, now: datetime) -> None:
    """Remember the name under which this agent speaks to customers."""
    known = session.get(DeskAgent, agent.user_id)
    if known is None:
        session.add(DeskAgent(id=agent.user_id, name=agent.first_name, seen_at=now))
    else:
        known.name, known.seen_at = agent.first_name, now


def agent_name(session: Session, agent_id: str | None) -> str:
    agent = session.get(DeskAgent, agent_id) if agent_id else None
    return agent.name if agent else agent_id or ""


def account_of(session: Session, conversation: Conversation) -> str | None:
    """Under which id its customer is known to the conversation's platform."""
    query = select(Identity.user_id).where(
        Identity.contact_id == conversation.contact_id, Identity.channel == conversation.channel
    )
    accounts = session.exec(query).all()  # who has been joined may have two
    here = {conversation.chat_id, conversation.thread_id}
    return next((account for account in accounts if account in here), next(iter(accounts), None))


def zone_of(contact: Contact, fallback: ZoneInfo) -> ZoneInfo:
    """The customer's time zone where the platform told it, else the shop's."""
    return zone_named(contact.timezone, fallback)


def zone_named(name: str | None, fallback: ZoneInfo) -> ZoneInfo:
    """The time zone of that name, if there is one."""
    try:
        return ZoneInfo(name) if name else fallback
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America" is a folder
        return fallback


def card_link(ticket: Ticket, label: str) -> str:
    """Markdown: the label, leading to the ticket's card where that is posted."""
    url = card_url(ticket.desk, ticket.card_id)
    return f"[{label}]({url})" if url else label


def card_url(desk: str, card_id: str | None) -> str:
    """Where a card that was posted can be seen; "" for one that was not."""
    return f"https://slack.com/archives/{desk}/p{card_id.replace('.', '')}" if card_id else ""


def plan_poll(session: Session, desk: Desk, ticket: Ticket, key: str, now: datetime) -> None:
    """Ask a while later how satisfied the customer is with what came of the ticket; planned again,
    it waits again."""
    poll = session.exec(select(FollowUpItem).where(FollowUpItem.key == key)).first()
    if poll is None:
        conversation = ticket.conversation_id
        poll = FollowUpItem(
            key=key, kind="csat", conversation_id=conversation, ticket_id=ticket.id, run_at=now
        )
        session.add(poll)
    poll.run_at = now + desk.kb.policy.rating.ask_after
    poll.done_at, poll.result, poll.attempts = None, None, 0


def clock(moment: datetime | None, desk: Desk, now: datetime) -> str:
    """A time as one says it: the day only where it is not today."""
    if moment is None:
        return ""
    local, today = moment.astimezone(desk.zone), now.astimezone(desk.zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def conversation_of(session: Session, ticket: Ticket) -> Conversation:
    conversation = session.get(Conversation, ticket.conversation_id)
    assert conversation is not None  # a foreign key holds it
    return conversation


def contact_of(session: Session, ticket: Ticket) -> Contact:
    contact = session.get(Contact, conversation_of(session, ticket).contact_id)
    assert contact is not None  # a foreign key holds it
    return contact


def name_of(session: Session, desk: Desk, ticket: Ticket) -> str:
    """What the desk calls the ticket's customer."""
    return contact_of(session, ticket).name or desk.words("desk_customer")
