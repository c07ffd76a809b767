"""What people do in the desk channel → what is done to tickets. Takes a session, never commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from bot.domain import Agent, DeskAction, DeskEvent, DeskForm, DeskMessage
from bot.outbox import Draft
from bot.storage.tables import Conversation, Message, Ticket, TicketEvent
from handoff import queue, rows, speaking, waiting
from handoff.forms import handling, views
from handoff.rows import Desk
from handoff.tickets import NOTE_MARK, Route, route


def handle(session: Session, event: DeskEvent, desk: Desk, now: datetime) -> list[Draft]:
    """Do what somebody on the desk asked for, or tell them, and only them, why not."""
    if isinstance(event, DeskAction):
        return _action(session, event, desk, now)
    if isinstance(event, DeskForm):
        return _form(session, event, desk, now)
    return _message(session, event, desk, now)


def _action(session: Session, event: DeskAction, desk: Desk, now: datetime) -> list[Draft]:
    # Answered where the button is, in the channel; the thread need not be open.
    at, agent = replace(event.address, thread_id=None), event.agent
    if not agent.on_desk:
        return [speaking.whisper(at, agent, desk.words("desk_outsider"))]
    ticket = _locked(session, session.get(Ticket, event.ticket_id))
    if ticket is None or ticket.desk != at.chat_id:
        return [speaking.whisper(at, agent, desk.words("desk_unknown_ticket"))]
    if event.action == "claim":
        return queue.claim(session, desk, ticket, agent, at, now)
    if event.action == "resolve":
        return queue.resolve(session, desk, ticket, agent, at, now)
    if event.action in views.NAMES:
        return handling.opened(session, desk, ticket, event, now)
    return [speaking.whisper(at, agent, desk.words("desk_unknown_ticket"))]


def _form(session: Session, event: DeskForm, desk: Desk, now: datetime) -> list[Draft]:
    at, agent = replace(event.address, thread_id=None), event.agent
    ticket = _locked(session, session.get(Ticket, event.ticket_id))
    if ticket is None or ticket.desk != at.chat_id or event.name not in views.NAMES:
        return [speaking.whisper(at, agent, desk.words("desk_unknown_ticket"))]
    if not agent.on_desk:
        return [handling.kept(session, desk, ticket, event, desk.words("desk_outsider"), now)]
    return handling.sent(session, desk, ticket, event, now)


def _message(session: Session, event: DeskMessage, desk: Desk, now: datetime) -> list[Draft]:
    if event.addressed and event.change == "new" and not event.address.thread_id:
        return [_asked_what_waits(session, event, desk, now)]
    ticket = _ticket_of_thread(session, event)
    if ticket is None:
        # People talk in threads of their own, too; only one that looks like ours is an error.
        if event.under_our_post and event.change == "new":
            text = desk.words("desk_unknown_thread")
            return [speaking.whisper(event.address, event.agent, text)]
        return []
    if not event.agent.on_desk:
        if event.change == "new":
            queue.note(session, ticket, event.agent, event.text, now)
        text = desk.words("desk_outsider")
        return [speaking.whisper(event.address, event.agent, text)]
    if event.change != "new":
        return _changed(session, event, desk, ticket, now)
    return _written(session, event, desk, ticket, now)


def _asked_what_waits(session: Session, event: DeskMessage, desk: Desk, now: datetime) -> Draft:
    """Who calls the bot on the desk is shown the queue, whatever else they say."""
    if not event.agent.on_desk:
        return speaking.whisper(event.address, event.agent, desk.words("desk_outsider"))
    return waiting.queue(session, desk, event.address, event.agent, now)


def _ticket_of_thread(session: Session, event: DeskMessage) -> Ticket | None:
    if not event.address.thread_id:
        return None
    query = select(Ticket).where(
        Ticket.desk == event.address.chat_id, Ticket.card_id == event.address.thread_id
    )
    return _locked(session, session.exec(query).first())


def _locked(session: Session, ticket: Ticket | None) -> Ticket | None:
    """The ticket as it is now, its conversation held until the commit: a customer's message and
    two clicks at once are dealt with one after the other."""
    if ticket is None:
        return None
    query = select(Conversation).where(Conversation.id == ticket.conversation_id)
    session.exec(query.with_for_update())
    session.refresh(ticket)
    return ticket


def _written(
    session: Session, event: DeskMessage, desk: Desk, ticket: Ticket, now: datetime
) -> list[Draft]:
    agent, text = event.agent, event.text.strip()
    match route(rows.state_of(ticket), agent.user_id, text):
        case Route.REPLY:
            done = []
            if text:
                done += queue.reply(session, ticket, agent, text, event.message_id, now)
            if event.has_files:
                done.append(speaking.whisper(event.address, agent, desk.words("desk_no_files")))
            return done
        case Route.NOTE:
            queue.note(session, ticket, agent, text.removeprefix(NOTE_MARK).strip(), now)
            return []
        case Route.UNCLAIMED:
            answer = desk.words("desk_claim_first")
        case Route.CLOSED:
            answer = desk.words("desk_closed")
        case Route.NOT_YOURS:
            told = _was_told(session, ticket, agent)
            queue.note(session, ticket, agent, text, now, told=True)
            if told:
                return []
            name = rows.agent_name(session, ticket.claimed_by)
            answer = desk.words("desk_note_kept", agent=name)
            return [speaking.whisper(event.address, agent, answer)]
    queue.note(session, ticket, agent, text, now)
    return [speaking.whisper(event.address, agent, answer)]


def _was_told(session: Session, ticket: Ticket, agent: Agent) -> bool:
    """Whether this colleague has been told before that these words stay inside; once is enough.
    Who has only left notes marked as such has not been."""
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id,
        TicketEvent.kind == "noted",
        TicketEvent.agent_id == agent.user_id,
    )
    return any(event.detail.get("told") for event in session.exec(query))


def _changed(
    session: Session, event: DeskMessage, desk: Desk, ticket: Ticket, now: datetime
) -> list[Draft]:
    query = select(Message).where(
        Message.ticket_id == ticket.id, col(Message.external_id) == event.message_id
    )
    if session.exec(query).first() is None:
        return []  # a note was changed: nobody outside ever saw it
    detail = {"message": event.message_id, "text": event.text}
    rows.record(session, ticket, event.change, now, event.agent, detail)
    text = desk.words("desk_edit_not_sent")
    return [speaking.whisper(event.address, event.agent, text)]
