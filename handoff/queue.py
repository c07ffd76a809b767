"""What is done to tickets. Every function takes a session, never commits, and returns what is to
be sent because of it; whoever opened the transaction puts that into the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Address, Agent, Article, Outgoing, Reply
from bot.outbox import Draft
from bot.storage.tables import (
    Conversation,
    FollowUpItem,
    Message,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff.rows import (
    Desk,
    address_of,
    agent_name,
    contact_of,
    conversation_of,
    know_agent,
    record,
    state_of,
)
from handoff.speaking import tell_customer, tell_desk, whisper
from handoff.story import card_item, card_update, excerpt
from handoff.tickets import Ruling, may_claim, may_resolve


def open_ticket(
    session: Session,
    desk: Desk,
    conversation: Conversation,
    reason: str,
    suggestions: Iterable[Article],
    now: datetime,
) -> tuple[Ticket, list[Draft]]:
    """Open a ticket and its card; the conversation must have no unresolved one."""
    assert conversation.id is not None
    ticket = Ticket(
        conversation_id=conversation.id,
        reason=reason[:300],
        language=conversation.language,
        suggestions=[{"title": a.title, "excerpt": excerpt(a.body)} for a in suggestions],
        desk=desk.address.chat_id,
        opened_at=now,
    )
    session.add(ticket)
    session.flush()
    record(session, ticket, "opened", now, detail={"reason": ticket.reason})
    item = card_item(session, desk, ticket, "post")
    return ticket, [Draft(item, "card", ticket.id)]


def claim(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, at: Address, now: datetime
) -> list[Draft]:
    """Give the ticket to the first who asks; everybody else is told who has it, and since when."""
    ruling = may_claim(state_of(ticket), agent.user_id)
    if ruling is not Ruling.GRANTED:
        return [whisper(at, agent, _refusal(session, desk, ticket, ruling, now))]
    know_agent(session, agent, now)
    ticket.claimed_by = agent.user_id
    record(session, ticket, "claimed", now, agent)
    contact = contact_of(session, ticket)
    name = contact.name or desk.words("desk_customer")
    return [
        card_update(session, desk, ticket),
        whisper(at, agent, desk.words("desk_you_claimed", name=name)),
        tell_customer(session, desk, ticket, "agent_joined", agent),
    ]


def resolve(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, at: Address, now: datetime
) -> list[Draft]:
    """Close the ticket, tell the customer, plan the poll; the bot answers again from now on."""
    ruling = may_resolve(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        return [whisper(at, agent, _refusal(session, desk, ticket, ruling, now))]
    know_agent(session, agent, now)
    ticket.resolved_at = now
    record(session, ticket, "resolved", now, agent)
    poll = FollowUpItem(
        key=f"csat:{ticket.id}",
        kind="csat",
        conversation_id=ticket.conversation_id,
        ticket_id=ticket.id,
        run_at=now + desk.kb.policy.rating.ask_after,
    )
    session.add(poll)
    return [
        card_update(session, desk, ticket),
        tell_customer(session, desk, ticket, "ticket_resolved", agent),
    ]


def _clock(moment: datetime | None, desk: Desk, now: datetime) -> str:
    """A time as one says it: the day only where it is not today."""
    if moment is None:
        return ""
    local, today = moment.astimezone(desk.zone), now.astimezone(desk.zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def _refusal(session: Session, desk: Desk, ticket: Ticket, ruling: Ruling, now: datetime) -> str:
    if ruling is Ruling.CLOSED:
        return desk.words("desk_closed")
    if ruling is Ruling.YOURS_ALREADY:
        return desk.words("desk_yours_already")
    agent = agent_name(session, ticket.claimed_by)
    query = select(TicketEvent.at).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "claimed"
    )
    since = session.exec(query.order_by(col(TicketEvent.id).desc())).first()
    return desk.words("desk_taken", agent=agent, time=_clock(since, desk, now))


def reply(
    session: Session, ticket: Ticket, agent: Agent, text: str, message_id: str, now: datetime
) -> list[Draft]:
    """Send the claimer's words to the customer, signed with the first name."""
    conversation = conversation_of(session, ticket)
    message = _agent_message(session, ticket, agent, text, message_id, now)
    record(session, ticket, "replied", now, agent, {"message": message.id})
    signed = Reply(text, author=agent.first_name, literal=True)
    item = Outgoing("post", address_of(conversation), signed)
    return [Draft(item, "agent_reply", ticket.id, message.id)]


def _agent_message(
    session: Session, ticket: Ticket, agent: Agent, text: str, message_id: str, now: datetime
) -> Message:
    message = Message(
        conversation_id=ticket.conversation_id,
        ticket_id=ticket.id,
        author="agent",
        agent_id=agent.user_id,
        text=text,
        external_id=message_id,
        sent_at=now,
    )
    session.add(message)
    session.flush()
    return message


def note(
    session: Session, ticket: Ticket, agent: Agent, text: str, now: datetime, told: bool = False
) -> None:
    """Keep what was said among colleagues with the ticket; it never leaves the house. `told`: its
    author has been told that, for it looked as if meant for the customer."""
    record(session, ticket, "noted", now, agent, {"text": text, **({"told": True} if told else {})})


def rated(
    session: Session, desk: Desk, ticket: Ticket, name: str, rating: Rating, now: datetime
) -> list[Draft]:
    """Show a rating, or the words that followed it, in the thread and on the card."""
    who = name or desk.words("desk_customer")
    if rating.comment:
        text = desk.words("desk_comment", name=who, text=rating.comment)
        return [tell_desk(desk, ticket, text)]
    record(session, ticket, "rated", now, detail={"score": rating.score})
    text = desk.words("desk_rated", name=who, score=rating.score)
    return [tell_desk(desk, ticket, text), card_update(session, desk, ticket)]
