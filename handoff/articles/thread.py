"""What was said in a ticket's talk, and what in it tells who somebody is. Takes a session."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from bot.domain import Agent
from bot.storage.tables import DeskAgent, Message, Purchase, Ticket
from handoff.articles.drafting import Personal, Said
from handoff.rows import contact_of
from handoff.said import versions

LOOK_BACK = 200  # messages
# How the bot's reason begins (see bot/engine) where a customer wanted a person, and asked nothing.
_FOR_A_PERSON = ("the customer asks", "pressed", "/")


def said_in(session: Session, ticket: Ticket) -> list[Said]:
    """What the customer and the agents have written, the oldest first, each as it reads now."""
    query = select(Message).where(Message.conversation_id == ticket.conversation_id)
    rows = session.exec(query.order_by(col(Message.id).desc()).limit(LOOK_BACK)).all()
    now = [(each[0], each[-1]) for each in versions(reversed(rows))]
    found = []
    for number, (first, last) in enumerate(now):
        is_gone = any(one.deleted_at for one in (first, last)) or not last.text.strip()
        if first.author == "bot" or is_gone or last.text.startswith("/"):
            continue
        follows = now[number + 1][0] if number + 1 < len(now) else None
        for_person = follows is not None and _brought_person(follows)
        found.append(Said(first.author, last.text, first.external_id or "", for_person))
    return found


def _brought_person(message: Message) -> bool:
    return message.author == "bot" and " ".join(message.why).startswith(_FOR_A_PERSON)


def personal_in(session: Session, ticket: Ticket, agent: Agent) -> Personal:
    """The names of this customer, of who is about to write the article and of all who answered,
    and the customer's orders."""
    contact = contact_of(session, ticket)
    orders = select(Purchase.order_number).where(Purchase.contact_id == contact.id)
    names = {contact.name, agent.name, *_answered(session, ticket)}
    return Personal(frozenset(filter(None, names)), frozenset(session.exec(orders)))


def _answered(session: Session, ticket: Ticket) -> Sequence[str]:
    query = (
        select(DeskAgent.name)
        .join(Message, col(Message.agent_id) == DeskAgent.id)
        .where(Message.conversation_id == ticket.conversation_id)
    )
    return session.exec(query.distinct()).all()
