"""What is said because of a ticket: in its thread, to one agent alone, to the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from bot.domain import Address, Agent, DeskEvent, Outgoing, Reply
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import (
    Ticket,
)
from handoff.rows import Desk, address_of, card_link, conversation_of


def relay(desk: Desk, ticket: Ticket, name: str, text: str) -> list[Draft]:
    """Show in the thread what the customer did or wrote; inert, however it is written."""
    who = name or desk.words("desk_customer")
    reply = Reply(text, author=who, literal=True)
    return [Draft(Outgoing("post", desk.thread(ticket), reply), "relay", ticket.id)]


def tell_desk(desk: Desk, ticket: Ticket, text: str) -> Draft:
    """A line from the bot in the ticket's thread."""
    return Draft(
        Outgoing("post", desk.thread(ticket), Reply(text, literal=True)), "notice", ticket.id
    )


def answer_at(event: DeskEvent) -> Address:
    """Where somebody on the desk alone is answered: in the channel, for no thread need be open."""
    return replace(event.address, thread_id=None)


def whisper(
    at: Address,
    agent: Agent,
    text: str,
    literal: bool = True,
    buttons: Sequence[Mapping[str, Any]] = (),
) -> Draft:
    """An answer that only this agent sees; Markdown, if it is not `literal`. The buttons (of
    `handoff.buttons.button`) stand below it."""
    reply = Reply(text, literal=literal)
    blocks = ({"type": "actions", "elements": list(buttons)},) if buttons else ()
    if at.chat_id == agent.user_id:  # they alone are there
        return Draft(Outgoing("post", at, reply, blocks))
    return Draft(Outgoing("whisper", at, reply, blocks, target=agent.user_id))


def tell_colleague(
    desk: Desk, ticket: Ticket, user_id: str, key: str, values: Mapping[str, str]
) -> Draft:
    """One of the desk's phrases, to one colleague directly, with the way to the ticket's card."""
    text = desk.words(key, **{name: escape_markdown(value) for name, value in values.items()})
    card = card_link(ticket, f"#{ticket.id}")
    return Draft(Outgoing("post", desk.direct(user_id), Reply(f"{text}\n\n{card}")))


def tell_customer(session: Session, desk: Desk, ticket: Ticket, key: str, agent: Agent) -> Draft:
    """One of the bot's phrases about an agent, in the customer's language."""
    name = escape_markdown(agent.first_name)
    language = conversation_of(session, ticket).language
    return say_to_customer(session, ticket, desk.kb.say(language, key, agent=name))


def say_to_customer(session: Session, ticket: Ticket, text: str) -> Draft:
    """Words of the bot's to the ticket's customer; the desk hears if they do not arrive."""
    item = Outgoing("post", address_of(conversation_of(session, ticket)), Reply(text))
    return Draft(item, "to_customer", ticket.id)
