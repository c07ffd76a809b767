"""👀 on a card, or on any line of the bot in its thread, claims the ticket; ✅ on the card resolves
it. Everybody else's reactions, and all others, mean nothing."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import DeskReaction
from bot.outbox import Draft
from bot.storage.tables import OutboxItem, Ticket
from handoff.course.claiming import claim
from handoff.course.closing import resolve
from handoff.rows import Desk, state_of
from handoff.speaking import answer_at
from handoff.tickets import CLAIM_EMOJI, RESOLVE_EMOJI, Ruling, may_claim, may_resolve

MEANT = {CLAIM_EMOJI: "claim", RESOLVE_EMOJI: "resolve"}  # the emoji → what it does


def ticket_of(session: Session, event: DeskReaction) -> Ticket | None:
    """The ticket that a reaction of this kind is about; None where it means nothing there."""
    if event.emoji not in MEANT:
        return None
    room, message = event.address.chat_id, event.message_id
    of_card = select(Ticket).where(Ticket.desk == room, Ticket.card_id == message)
    ticket = session.exec(of_card).first()
    if ticket is not None or event.emoji != CLAIM_EMOJI:
        return ticket
    # Only among what is open: the items of all tickets there ever were are many.
    of_line = (
        select(Ticket)
        .join(OutboxItem, col(OutboxItem.ticket_id) == Ticket.id)
        .where(
            col(Ticket.resolved_at).is_(None),
            Ticket.desk == room,
            OutboxItem.channel == event.address.channel,
            OutboxItem.lane == event.address.destination,
            OutboxItem.external_id == message,
        )
    )
    return session.exec(of_line).first()


def reacted(
    session: Session, desk: Desk, ticket: Ticket, event: DeskReaction, now: datetime
) -> list[Draft]:
    """Do what it means. Where it changes nothing nobody is bothered, but for who comes second."""
    agent, at, state = event.agent, answer_at(event), state_of(ticket)
    if event.emoji == CLAIM_EMOJI:
        quiet = may_claim(state, agent.user_id) in {Ruling.YOURS_ALREADY, Ruling.CLOSED}
        return [] if quiet else claim(session, desk, ticket, agent, at, now)
    quiet = may_resolve(state) is Ruling.CLOSED
    return [] if quiet else resolve(session, desk, ticket, agent, at, now)
