"""`/desk say`: what the house has ready to send (`replies:` in the phrase book), in the customer's
language. Every function takes a session, never commits."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches

from sqlmodel import Session

from bot.domain import DeskAction, DeskCommand
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.buttons import button
from handoff.named import ticket_named
from handoff.rows import Desk, conversation_of
from handoff.speaking import answer_at, whisper
from handoff.suggestions.sending import Event, customer_name, reader_of, send
from handoff.suggestions.texts import Reader, phrase_text

MOST_LISTED = 25  # Slack takes as many buttons in a row


def command(
    session: Session, desk: Desk, event: DeskCommand, text: str, now: datetime
) -> list[Draft]:
    """`/desk say 7 wait` sends one; without its name all are listed, with buttons where it is clear
    whom they are for."""
    named = ticket_named(session, desk, event, text, now)
    name = named.rest.strip()
    if named.ticket is None:
        unclear = bool(name) or bool(re.match(r"#?\d", text))
        return [
            whisper(answer_at(event), event.agent, named.why) if unclear else _list(desk, event)
        ]
    if not name:
        return [_list_for(session, desk, event, named.ticket)]
    return say(session, desk, named.ticket, event, name, now)


def pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Send the one whose button it is, or list all where the button names none."""
    if not event.subject:
        return [_list_for(session, desk, event, ticket)]
    return say(session, desk, ticket, event, event.subject, now)


def say(
    session: Session, desk: Desk, ticket: Ticket, event: Event, name: str, now: datetime
) -> list[Draft]:
    """Send the customer what is ready under this name; where there is no such, say what is near."""
    replies = desk.kb.replies(conversation_of(session, ticket).language)
    found = replies.get(name.casefold())
    if found is None:
        near = get_close_matches(name.casefold(), replies, 1)
        nearest = near[0] if near else None
        text = desk.words("desk_say_unknown", name=name[:40], nearest=nearest)
        return [whisper(answer_at(event), event.agent, text)]
    agent = event.agent.first_name
    reader = reader_of(session, ticket, agent, last_order="order" in found)
    to = customer_name(session, desk, ticket)
    headline = desk.words("desk_phrase_sent", agent=escape_markdown(agent), name=to)
    return send(session, desk, ticket, event, phrase_text(found, reader), headline, now)


def _list_for(session: Session, desk: Desk, event: Event, ticket: Ticket) -> Draft:
    reader = reader_of(session, ticket, event.agent.first_name, last_order=True)
    return _list(desk, event, reader, ticket)


def _list(
    desk: Desk, event: Event, reader: Reader | None = None, ticket: Ticket | None = None
) -> Draft:
    """All that is ready, as its customer would read it; without one, as somebody whose name and
    order are not known."""
    reader = reader or Reader("", desk.language, event.agent.first_name)
    replies = desk.kb.replies(reader.language)
    if not replies:
        text = desk.words("desk_say_none", language=desk.language)
        return whisper(answer_at(event), event.agent, text)
    number = f"#{ticket.id}" if ticket else None
    lines = [f"- **{name}**: {phrase_text(text, reader)}" for name, text in replies.items()]
    text = "\n".join([desk.words("desk_say_list", ticket=number), *lines])
    names = list(replies)[:MOST_LISTED] if ticket else []
    buttons = [button(f"say:{name}", name, f"{number}:{name}".lstrip("#")) for name in names]
    return whisper(answer_at(event), event.agent, text, literal=False, buttons=buttons)
