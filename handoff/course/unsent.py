"""What looked like a reply and stayed inside: it is kept, its author alone is asked, and by a press
of theirs exactly that goes to the customer. Every function takes a session and never commits.

Nothing leaves without a press of its author, who has the ticket then: by claiming what nobody has,
by reopening what is resolved, or by taking over what somebody else has, as the button says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.domain import Address, Agent, Attachment, DeskAction, DeskMessage
from bot.outbox import Draft
from bot.storage.tables import Message, Ticket, TicketEvent
from handoff import files, replies
from handoff.authorisation import refused
from handoff.buttons import button
from handoff.complaints import course
from handoff.complaints.rules import number_of
from handoff.course.claiming import taken
from handoff.course.closing import not_reopened, reopen
from handoff.course.refusals import refusal
from handoff.course.transferring import hand_over
from handoff.rows import Desk, agent_name, name_of, record, state_of
from handoff.speaking import answer_at, whisper
from handoff.tickets import Route, Ruling, route

TOLD_FOR = timedelta(hours=1)  # who talks with a colleague in the thread is not asked at every line
# What is asked, by why it stayed inside: the button, its label, and the sentence before it.
_OFFERS = {
    Route.UNCLAIMED: ("claim_send", "desk_button_claim_send", "desk_claim_and_send"),
    Route.NOT_YOURS: ("send_note", "desk_button_take_send", "desk_note_kept"),
    Route.CLOSED: ("send_note", "desk_button_reopen_send", "desk_closed_send"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """Words that stayed inside, as their author wrote or changed them last; `offered`: what the
    button beside them says; "" as `text` where they were taken back."""

    event: TicketEvent
    text: str

    @property
    def offered(self) -> str:
        return str(self.event.detail.get("offered", ""))

    @property
    def files(self) -> list[Attachment]:
        """What hung below the words."""
        return [Attachment(**each) for each in self.event.detail.get("files", ())]


def keep_inside(
    session: Session, desk: Desk, ticket: Ticket, event: DeskMessage, why: Route, now: datetime
) -> list[Draft]:
    """Keep what was written as a note; its author, and nobody else, is asked whether to send it."""
    text, agent = event.text.strip(), event.agent
    was_told = why is Route.NOT_YOURS and _told_lately(session, ticket, agent, now)
    detail: dict[str, Any] = {"text": text, "message": event.message_id, "offered": why.value}
    if event.files:
        detail["files"] = [asdict(each) for each in event.files]
    record(session, ticket, "noted", now, agent, {**detail, "told": not was_told})
    if was_told:
        return []
    if not text:  # a picture alone: there is nothing that could be sent by a press
        ruling = _RULINGS[why]
        return [whisper(event.address, agent, refusal(session, desk, ticket, ruling, now))]
    return [_offer(session, desk, ticket, agent, event.address, event.message_id, why)]


_RULINGS = {
    Route.UNCLAIMED: Ruling.UNCLAIMED,
    Route.NOT_YOURS: Ruling.TAKEN,
    Route.CLOSED: Ruling.CLOSED,
}


def send_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Send the customer the words beside the button, if they are the presser's, and the ticket is
    theirs or becomes so in the way that the button says; else they are told, or asked anew."""
    agent, at = event.agent, answer_at(event)
    kept = _find(session, ticket, event.subject)
    if kept is None or kept.event.agent_id != agent.user_id:
        refused(session, event, event.action, "somebody else's words", now, ticket.id)
        return [whisper(at, agent, desk.words("desk_unknown_ticket"))]
    if _is_sent(session, ticket, event.subject):
        return [whisper(at, agent, desk.words("desk_sent_already"))]
    if not kept.text:
        return [whisper(at, agent, desk.words("desk_kept_gone"))]
    why = route(state_of(ticket), agent.user_id, kept.text)
    if why is Route.NOTE:
        return [whisper(at, agent, desk.words("desk_kept_gone"))]
    if why is Route.NOT_YOURS and event.action == "claim_send":  # somebody was quicker
        return [whisper(at, agent, refusal(session, desk, ticket, Ruling.TAKEN, now))]
    if why in {Route.NOT_YOURS, Route.CLOSED} and why != kept.offered:
        kept.event.detail = {**kept.event.detail, "offered": why.value}
        return [_offer(session, desk, ticket, agent, at, event.subject, why)]
    objection, first = _made_theirs(session, desk, ticket, agent, why, now)
    if objection:
        return [whisper(at, agent, objection)]
    kept.event.detail = {**kept.event.detail, "sent": True}
    sent = replies.reply(session, desk, ticket, agent, kept.text, event.subject, now)
    if kept.files:
        words, named = sent[0], event.subject
        sent += files.to_customer(session, desk, ticket, agent, kept.files, words, named, now)
    return [*first, *sent]


def changed(session: Session, ticket: Ticket, event: DeskMessage, now: datetime) -> None:
    """A message that stayed inside was changed or deleted: it does so still, and what its author
    may send of it is what it says now."""
    kept = _find(session, ticket, event.message_id)
    if kept is None or kept.event.agent_id != event.agent.user_id:
        return
    text = event.text.strip() if event.change == "edited" else ""
    versions = [
        *kept.event.detail.get("versions", ()),
        {"text": kept.text, "until": now.isoformat()},
    ]
    kept.event.detail = {**kept.event.detail, "text": text, "versions": versions}


def _made_theirs(
    session: Session, desk: Desk, ticket: Ticket, agent: Agent, why: Route, now: datetime
) -> tuple[str, list[Draft]]:
    """Make the ticket this colleague's; why that cannot be, or what is to be sent because of it."""
    if why is Route.UNCLAIMED:
        return "", list(taken(session, desk, ticket, agent, now))
    if why is Route.CLOSED:
        objection = not_reopened(session, desk, ticket, now)
        return objection, [] if objection else reopen(session, desk, ticket, agent, now)
    if why is Route.NOT_YOURS:
        complaint = course.open_complaint_of(session, ticket.conversation_id)
        if complaint is not None:  # which is handed over with a reason, on record
            owner, number = agent_name(session, ticket.claimed_by), number_of(complaint.id or 0)
            return desk.words("desk_take_complaint", agent=owner, number=number), []
        reason = desk.words("desk_reason_answers")
        return "", hand_over(session, desk, ticket, agent, agent, reason, now)
    return "", []


def _offer(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    agent: Agent,
    at: Address,
    message: str,
    why: Route,
) -> Draft:
    action, label, key = _OFFERS[why]
    name = name_of(session, desk, ticket)
    text = desk.words(key, agent=agent_name(session, ticket.claimed_by), name=name)
    press = button(action, desk.words(label), f"{ticket.id}:{message}", style="primary")
    draft = whisper(at, agent, text)
    blocks = ({"type": "actions", "elements": [press]},)
    return replace(draft, item=replace(draft.item, blocks=blocks))


def _find(session: Session, ticket: Ticket, message: str) -> Kept | None:
    for event in _notes(session, ticket):
        if message and event.detail.get("message") == message and "offered" in event.detail:
            return Kept(event, str(event.detail.get("text", "")))
    return None


def _is_sent(session: Session, ticket: Ticket, message: str) -> bool:
    query = select(Message.id).where(
        Message.ticket_id == ticket.id, col(Message.external_id) == message
    )
    return session.exec(query).first() is not None


def _told_lately(session: Session, ticket: Ticket, agent: Agent, now: datetime) -> bool:
    """Whether this colleague has been told lately that only somebody else's words go out."""
    notes = (e for e in _notes(session, ticket) if e.agent_id == agent.user_id)
    told = (e for e in notes if e.detail.get("offered") == Route.NOT_YOURS)
    return any(e.detail.get("told") and now - e.at <= TOLD_FOR for e in told)


def _notes(session: Session, ticket: Ticket) -> list[TicketEvent]:
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "noted"
    )
    return list(session.exec(query.order_by(col(TicketEvent.id).desc())))
