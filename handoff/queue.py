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
    Message,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff.complaints import course
from handoff.remedies import proposals
from handoff.rows import (
    Desk,
    address_of,
    agent_name,
    clock,
    contact_of,
    conversation_of,
    know_agent,
    plan_poll,
    record,
    state_of,
)
from handoff.speaking import tell_customer, tell_desk, whisper
from handoff.story import card_item, card_update, excerpt
from handoff.tickets import Ruling, may_claim, may_resolve
from handoff.waiting import before


def open_ticket(
    session: Session,
    desk: Desk,
    conversation: Conversation,
    reason: str,
    suggestions: Iterable[Article],
    now: datetime,
    urgency: int = 0,
    complains: str | None = None,
    words: str = "",
) -> tuple[Ticket, list[Draft]]:
    """Open a ticket and its card; the conversation must have no unresolved one. `complains`: how
    severe the complaint is that begins with it in these `words`, if one does."""
    assert conversation.id is not None
    ticket = Ticket(
        conversation_id=conversation.id,
        reason=reason[:300],
        language=conversation.language,
        suggestions=[{"title": a.title, "excerpt": excerpt(a.body)} for a in suggestions],
        desk=desk.address.chat_id,
        urgency=urgency,
        opened_at=now,
    )
    session.add(ticket)
    session.flush()
    record(session, ticket, "opened", now, detail={"reason": ticket.reason})
    told: list[Draft] = []
    if (complaint := course.open_complaint_of(session, conversation.id)) is not None:
        told = course.given_to_owner(session, desk, ticket, complaint, now)
    elif complains is not None:
        course.begin(session, desk, ticket, complains, words, now)
    item = card_item(session, desk, ticket, "post", before=before(session, desk, ticket, now))
    return ticket, [Draft(item, "card", ticket.id), *told]


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
    course.claimed(session, ticket, agent, now)
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
    """Close the ticket, tell the customer, plan the poll; the bot answers again from now on. Of a
    complaint the customer is asked whether it is settled, before anything else; not while something
    that may be meant for them is undecided, or not there yet."""
    ruling = may_resolve(state_of(ticket))
    if ruling is not Ruling.GRANTED:
        return [whisper(at, agent, _refusal(session, desk, ticket, ruling, now))]
    complaint = course.open_complaint_of(session, ticket.conversation_id)
    if complaint is not None and (
        unfinished := proposals.unfinished(session, desk, complaint, now)
    ):
        return [whisper(at, agent, unfinished)]
    know_agent(session, agent, now)
    ticket.resolved_at = now
    record(session, ticket, "resolved", now, agent)
    if complaint is not None:
        course.claimed(session, ticket, agent, now)  # or opened again it would have no owner
        asked = course.ask_whether_settled(session, desk, ticket, complaint, agent, now)
        return [card_update(session, desk, ticket), asked]
    plan_poll(session, desk, ticket, f"csat:{ticket.id}", now)
    return [
        card_update(session, desk, ticket),
        tell_customer(session, desk, ticket, "ticket_resolved", agent),
    ]


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
    return desk.words("desk_taken", agent=agent, time=clock(since, desk, now))


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
