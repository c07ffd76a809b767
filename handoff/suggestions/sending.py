"""What a colleague sends with a button, instead of typing it. Every function takes a session, never
commits, and returns what is to be sent because of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.domain import DeskAction, DeskCommand, DeskForm, Outgoing, Reply
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Message, Purchase, Ticket
from handoff.authorisation import refused
from handoff.buttons import button
from handoff.replies import reply
from handoff.rows import Desk, agent_name, contact_of, conversation_of, know_agent, state_of
from handoff.speaking import answer_at, whisper
from handoff.suggestions.texts import Reader, order_named
from handoff.tickets import Route, route

AGAIN = timedelta(minutes=1)  # within which the same once more is a second click
SAID = 30  # of the customer's last messages, in which an order may be named
ORDERS = 50  # of theirs that are looked for

Event = DeskAction | DeskForm | DeskCommand


def reader_of(session: Session, ticket: Ticket, agent: str, last_order: bool = False) -> Reader:
    """Whom a colleague writes to. The order is the one that the customer has named; with
    `last_order` it is the newest of theirs if they have named none."""
    conversation, contact = conversation_of(session, ticket), contact_of(session, ticket)
    bought = select(Purchase.order_number).where(Purchase.contact_id == contact.id)
    orders = session.exec(bought.order_by(col(Purchase.bought_at).desc()).limit(ORDERS)).all()
    said = select(Message.text).where(
        Message.conversation_id == conversation.id,
        Message.author == "contact",
        col(Message.deleted_at).is_(None),
    )
    texts = session.exec(said.order_by(col(Message.id).desc()).limit(SAID)).all() if orders else ()
    order = order_named(texts, orders) or (orders[0] if orders and last_order else "")
    return Reader(contact.name, conversation.language, agent, order)


def objection(session: Session, desk: Desk, ticket: Ticket, event: Event, now: datetime) -> str:
    """Why this colleague cannot write to the customer, or "" if they can; who tries it on somebody
    else's ticket is on record."""
    match route(state_of(ticket), event.agent.user_id, ""):
        case Route.REPLY:
            return ""
        case Route.CLOSED:
            return desk.words("desk_closed")
        case Route.UNCLAIMED:
            return desk.words("desk_send_claim_first")
    refused(session, event, "send_answer", "somebody else has it", now, ticket.id)
    return desk.words("desk_send_not_yours", agent=agent_name(session, ticket.claimed_by))


def not_sent(desk: Desk, ticket: Ticket, event: Event, why: str) -> Draft:
    """Tell its sender alone why nothing was sent, with the button that helps where nobody has the
    ticket."""
    claim = button("claim", desk.words("desk_button_claim"), str(ticket.id), style="primary")
    can_claim = ticket.claimed_by is None and ticket.resolved_at is None
    return whisper(answer_at(event), event.agent, why, buttons=[claim] if can_claim else [])


def send(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    event: Event,
    text: str,
    headline: str,
    now: datetime,
    article_id: str | None = None,
) -> list[Draft]:
    """Send Markdown to the customer as the claimer's words, and show it in the thread below the
    `headline`; whoever may not is told why, and a second click sends nothing."""
    if why := objection(session, desk, ticket, event, now):
        return [not_sent(desk, ticket, event, why)]
    agent = event.agent
    if _is_sent_already(session, ticket, agent.user_id, text, now):
        return [whisper(answer_at(event), agent, desk.words("desk_sent_already"))]
    know_agent(session, agent, now)
    sent = reply(session, desk, ticket, agent, text, "", now, literal=False, article_id=article_id)
    message_id = sent[0].message_id if sent else None
    shown = Outgoing("post", desk.thread(ticket), Reply(f"{headline}\n\n{text}"))
    return [*sent, Draft(shown, "notice", ticket.id, message_id)]


def _is_sent_already(
    session: Session, ticket: Ticket, agent_id: str, text: str, now: datetime
) -> bool:
    query = select(Message).where(Message.ticket_id == ticket.id, Message.author == "agent")
    last = session.exec(query.order_by(col(Message.id).desc()).limit(1)).first()
    if last is None or last.agent_id != agent_id or last.deleted_at is not None:
        return False
    return last.text == text and now - last.sent_at < AGAIN


def customer_name(session: Session, desk: Desk, ticket: Ticket) -> str:
    """The customer's name in Markdown, or that they are one."""
    return escape_markdown(contact_of(session, ticket).name) or desk.words("desk_customer")
