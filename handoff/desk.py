"""What people do in the desk channel → what is done to tickets. Takes a session, never commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from bot.domain import (
    DeskAction,
    DeskCommand,
    DeskEvent,
    DeskForm,
    DeskHome,
    DeskMessage,
    DeskReaction,
    DeskShortcut,
)
from bot.outbox import Draft
from bot.storage.tables import Conversation, Ticket
from handoff import commands, files, queue, replies, rows, speaking, waiting
from handoff.articles import making
from handoff.authorisation import refused
from handoff.course import (
    claiming,
    closing,
    escalating,
    reactions,
    snoozing,
    transferring,
    unsent,
)
from handoff.forms import handling, views
from handoff.history import showing
from handoff.home import page
from handoff.promises import keeping
from handoff.promises import making as promises
from handoff.rows import Desk
from handoff.service_levels.keep import keep
from handoff.suggestions import answers, sayings
from handoff.tickets import NOTE_MARK, Route, route

# What is done when somebody presses a button about a ticket, by the button's name…
Act = Callable[[Session, Desk, Ticket, DeskAction, datetime], list[Draft]]
ACTS: dict[str, Act] = {
    "claim": claiming.claim_pressed,
    "release": claiming.release,
    "transfer": transferring.transfer_pressed,
    "escalate": escalating.escalate_pressed,
    "accept": escalating.accept,
    "snooze": snoozing.snooze_pressed,
    "wake": snoozing.wake,
    "resolve": closing.resolve_pressed,
    "reopen": closing.reopen_pressed,
    "claim_send": unsent.send_pressed,
    "send_note": unsent.send_pressed,
    "preview": answers.preview,
    "send_answer": answers.send_pressed,
    "edit_answer": answers.edit_pressed,
    "say": sayings.pressed,
    "history": showing.pressed,
    "promise": promises.pressed,
    "promise_withdraw": promises.withdraw,
    "promise_kept": keeping.kept,
    "promise_broken": keeping.broken,
    **dict.fromkeys(views.NAMES, handling.opened),
}
# …about none…
ACTS_AT_LARGE: dict[str, Callable[[Session, Desk, DeskAction, datetime], list[Draft]]] = {
    "queue": commands.queue_pressed,
    "mine": commands.mine_pressed,
    "duty_on": page.turned_on,
    "duty_off": page.turned_off,
    "refresh": page.refreshed,
}
# …and sends a form about a ticket, or about none.
FORMS: dict[str, Callable[[Session, Desk, Ticket, DeskForm, datetime], list[Draft]]] = {
    **dict.fromkeys(views.NAMES, handling.sent),
    "transfer": transferring.transferred,
    "escalate": escalating.escalated,
    "snooze": snoozing.snoozed,
    answers.FORM: answers.edited,
    "make_article": making.sent,
    "promise": promises.sent,
}
FORMS_AT_LARGE: dict[str, Callable[[Session, Desk, DeskForm, datetime], list[Draft]]] = {}


def handle(session: Session, event: DeskEvent, desk: Desk, now: datetime) -> list[Draft]:
    """Do what somebody on the desk asked for, or tell them, and only them, why not."""
    match event:
        case DeskAction():
            return page.pressed(session, desk, event, _action(session, event, desk, now), now)
        case DeskForm():
            return page.pressed(session, desk, event, _form(session, event, desk, now), now)
        case DeskMessage():
            return _message(session, event, desk, now)
        case DeskReaction():
            return _reaction(session, event, desk, now)
        case DeskCommand():
            return _command(session, event, desk, now)
        case DeskHome():
            return page.opened(session, desk, event, now)
        case DeskShortcut():
            return making.opened(session, desk, event, now)


def _action(session: Session, event: DeskAction, desk: Desk, now: datetime) -> list[Draft]:
    # Answered where the button is, in the channel; the thread need not be open.
    at, agent = replace(event.address, thread_id=None), event.agent
    if not agent.on_desk:
        refused(session, event, event.action, "not on the desk", now, event.ticket_id)
        return [speaking.whisper(at, agent, desk.words("desk_outsider"))]
    if not event.ticket_id and event.action in ACTS_AT_LARGE:
        return ACTS_AT_LARGE[event.action](session, desk, event, now)
    ticket = _locked(session, session.get(Ticket, event.ticket_id))
    act = ACTS.get(event.action)
    if ticket is None or act is None or not _is_theirs(ticket, event):
        if ticket is not None:
            refused(session, event, event.action, "another desk's ticket", now, ticket.id)
        return [speaking.whisper(at, agent, desk.words("desk_unknown_ticket"))]
    return _with_clocks(session, desk, ticket, act(session, desk, ticket, event, now), now)


def _is_theirs(ticket: Ticket, event: DeskAction | DeskForm) -> bool:
    """Whether the event comes from the ticket's own desk channel, or from one of its members, who
    may have called for the button elsewhere: at home, or with /desk."""
    return ticket.desk == event.address.chat_id or ticket.desk in event.agent.desks


def _form(session: Session, event: DeskForm, desk: Desk, now: datetime) -> list[Draft]:
    at, agent = replace(event.address, thread_id=None), event.agent
    if not event.ticket_id and event.name in FORMS_AT_LARGE:
        if agent.on_desk:
            return FORMS_AT_LARGE[event.name](session, desk, event, now)
        refused(session, event, event.name, "not on the desk", now)
        return [speaking.whisper(at, agent, desk.words("desk_outsider"))]
    ticket = _locked(session, session.get(Ticket, event.ticket_id))
    act = FORMS.get(event.name)
    if ticket is None or act is None or not _is_theirs(ticket, event):
        if ticket is not None:
            refused(session, event, event.name, "another desk's ticket", now, ticket.id)
        return [speaking.whisper(at, agent, desk.words("desk_unknown_ticket"))]
    if not agent.on_desk:
        refused(session, event, event.name, "not on the desk", now, ticket.id)
        return [handling.kept(session, desk, ticket, event, desk.words("desk_outsider"), now)]
    return _with_clocks(session, desk, ticket, act(session, desk, ticket, event, now), now)


def _with_clocks(
    session: Session, desk: Desk, ticket: Ticket, drafts: list[Draft], now: datetime
) -> list[Draft]:
    """What was done to a ticket may have started or stopped its clocks."""
    return [*drafts, *keep(session, desk, ticket, now)]


def _reaction(session: Session, event: DeskReaction, desk: Desk, now: datetime) -> list[Draft]:
    ticket = _locked(session, reactions.ticket_of(session, event))
    if ticket is None:
        return []
    if not event.agent.on_desk:
        action = reactions.MEANT[event.emoji]
        refused(session, event, action, "not on the desk", now, ticket.id)
        return []
    done = reactions.reacted(session, desk, ticket, event, now)
    return _with_clocks(session, desk, ticket, done, now)


def _command(session: Session, event: DeskCommand, desk: Desk, now: datetime) -> list[Draft]:
    return commands.run(session, desk, event, now)


def _message(session: Session, event: DeskMessage, desk: Desk, now: datetime) -> list[Draft]:
    if event.addressed and event.change == "new" and not event.address.thread_id:
        return [_asked_what_waits(session, event, desk, now)]
    ticket = _ticket_of(session, event)
    if ticket is None:
        # People talk in threads of their own, too; only one that looks like ours is an error.
        if event.under_our_post and event.change == "new":
            text = desk.words("desk_unknown_thread")
            return [speaking.whisper(event.address, event.agent, text)]
        return []
    if not event.agent.on_desk:
        refused(session, event, "write", "not on the desk", now, ticket.id)
        if event.change == "new":
            queue.note(session, ticket, event.agent, event.text, now)
        text = desk.words("desk_outsider")
        return [speaking.whisper(event.address, event.agent, text)]
    if event.change != "new":
        unsent.changed(session, ticket, event, now)
        told = replies.changed(session, desk, ticket, event, now)
        return _with_clocks(session, desk, ticket, told, now)
    written = _written(session, event, desk, ticket, now)
    return _with_clocks(session, desk, ticket, written, now)


def _asked_what_waits(session: Session, event: DeskMessage, desk: Desk, now: datetime) -> Draft:
    """Who calls the bot on the desk is shown the queue, whatever else they say."""
    if not event.agent.on_desk:
        refused(session, event, "queue", "not on the desk", now)
        return speaking.whisper(event.address, event.agent, desk.words("desk_outsider"))
    return waiting.queue(session, desk, event.address, event.agent, now)


def _ticket_of(session: Session, event: DeskMessage) -> Ticket | None:
    """The ticket whose thread it is in. A reply is known also where a new card has taken the place
    of the one it stands below."""
    if event.change != "new" and (ticket := replies.ticket_of(session, event)) is not None:
        return _locked(session, ticket)
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
    why = route(rows.state_of(ticket), agent.user_id, text)
    if why is Route.NOTE:
        queue.note(session, ticket, agent, text.removeprefix(NOTE_MARK).strip(), now)
        return []
    if why is not Route.REPLY:
        return unsent.keep_inside(session, desk, ticket, event, why, now)
    done = []
    if text:
        done += replies.reply(session, desk, ticket, agent, text, event.message_id, now)
    if event.files:
        words, named = (done[0] if done else None), event.message_id
        done += files.to_customer(session, desk, ticket, agent, event.files, words, named, now)
    return done
