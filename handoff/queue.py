"""What is done to tickets. Every function takes a session, never commits, and returns what is to
be sent because of it; whoever opened the transaction puts that into the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from bot.domain import Address, Agent, Article, Outcome, Outgoing, Reply
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.escape import escape_markdown
from bot.outbox import CARD, Draft
from bot.storage.tables import (
    Contact,
    Conversation,
    DeskAgent,
    FollowUpItem,
    Message,
    Rating,
    Ticket,
    TicketEvent,
)
from handoff import cards
from handoff.tickets import Ruling, TicketState, may_claim, may_resolve

CARD_MESSAGES = 6
DELIVERED = "incoming_envelope"  # put on an agent's message once the customer has it
CHANNEL_NAMES = {"telegram": "Telegram", "slack": "Slack", "console": "Terminal"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk channel, and the words spoken there."""

    address: Address
    kb: KnowledgeBase
    language: str
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def words(self, key: str, **values: object) -> str:
        return self.kb.say(self.language, key, **values)

    def thread(self) -> Address:
        """The thread of the ticket's card, wherever that will be."""
        return Address(self.address.channel, self.address.chat_id, CARD)


def open_for(session: Session, conversation_id: int) -> Ticket | None:
    """The conversation's unresolved ticket."""
    query = select(Ticket).where(
        Ticket.conversation_id == conversation_id, col(Ticket.resolved_at).is_(None)
    )
    return session.exec(query).first()


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
        suggestions=[{"title": a.title, "excerpt": _excerpt(a.body)} for a in suggestions],
        desk=desk.address.chat_id,
        opened_at=now,
    )
    session.add(ticket)
    session.flush()
    record(session, ticket, "opened", now, detail={"reason": ticket.reason})
    item = _card_item(session, desk, ticket, "post")
    return ticket, [Draft(item, "card", ticket.id)]


def _excerpt(body: str) -> str:
    text = " ".join(cards.without_marks(body).split())
    return text if len(text) <= 140 else text[:139] + "…"


def record(
    session: Session,
    ticket: Ticket,
    kind: str,
    now: datetime,
    agent: Agent | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add to the ticket's history."""
    assert ticket.id is not None
    event = TicketEvent(
        ticket_id=ticket.id,
        kind=kind,
        agent_id=agent.user_id if agent else None,
        detail=dict(detail or {}),
        at=now,
    )
    session.add(event)


def relay(desk: Desk, ticket: Ticket, name: str, text: str) -> list[Draft]:
    """Show in the thread what the customer did or wrote; inert, however it is written."""
    who = name or desk.words("desk_customer")
    reply = Reply(text, author=who, literal=True)
    return [Draft(Outgoing("post", desk.thread(), reply), "relay", ticket.id)]


def tell_desk(desk: Desk, ticket: Ticket, text: str) -> Draft:
    """A line from the bot in the ticket's thread."""
    return Draft(Outgoing("post", desk.thread(), Reply(text, literal=True)), "notice", ticket.id)


def whisper(at: Address, agent: Agent, text: str) -> Draft:
    """An answer that only this agent sees."""
    return Draft(Outgoing("whisper", at, Reply(text, literal=True), target=agent.user_id))


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
    contact = _contact_of(session, ticket)
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
    ruling = may_resolve(state_of(ticket), agent.user_id)
    if ruling is not Ruling.GRANTED:
        return [whisper(at, agent, _refusal(session, desk, ticket, ruling, now, resolving=True))]
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


def _refusal(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    ruling: Ruling,
    now: datetime,
    resolving: bool = False,
) -> str:
    if ruling is Ruling.CLOSED:
        return desk.words("desk_closed")
    if ruling is Ruling.YOURS_ALREADY:
        return desk.words("desk_yours_already")
    agent = agent_name(session, ticket.claimed_by)
    if resolving:
        return desk.words("desk_resolve_not_yours", agent=agent)
    query = select(TicketEvent.at).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "claimed"
    )
    since = session.exec(query.order_by(col(TicketEvent.id).desc())).first()
    return desk.words("desk_taken", agent=agent, time=_clock(since, desk, now))


def reply(
    session: Session, ticket: Ticket, agent: Agent, text: str, message_id: str, now: datetime
) -> list[Draft]:
    """Send the claimer's words to the customer, signed with the first name."""
    conversation = _conversation_of(session, ticket)
    message = _agent_message(session, ticket, agent, text, message_id, now)
    record(session, ticket, "replied", now, agent, {"message": message.id})
    signed = Reply(text, author=agent.first_name, literal=True)
    item = Outgoing("post", address_of(conversation), signed)
    return [Draft(item, "agent_reply", ticket.id, message.id)]


def note(session: Session, ticket: Ticket, agent: Agent, text: str, now: datetime) -> None:
    """Keep what was said among colleagues with the ticket; it never leaves the house."""
    record(session, ticket, "noted", now, agent, {"text": text})


def delivered(
    session: Session,
    desk: Desk,
    draft: Draft,
    state: str,
    external_id: str,
    error: str,
    doubtful: bool,
    now: datetime,
) -> list[Draft]:
    """What the end of a send means to its ticket: the card's place, the agent's receipt, or a
    clear word in the thread that the customer did not get it."""
    ticket = session.get(Ticket, draft.ticket_id) if draft.ticket_id else None
    if ticket is None:
        return []
    if draft.purpose == "card":
        if state == "sent":
            ticket.card_id = external_id
        return []
    if draft.purpose not in {"agent_reply", "to_customer"}:
        return []
    channel = CHANNEL_NAMES.get(draft.item.address.channel, draft.item.address.channel)
    quoted = draft.item.reply.text[:200]
    if state == "failed":
        record(session, ticket, "undelivered", now, detail={"error": error, "text": quoted})
        reason = _failure(session, desk, ticket, channel, error)
        return [tell_desk(desk, ticket, desk.words("desk_not_delivered", reason=reason))]
    if state == "uncertain":
        record(session, ticket, "uncertain", now, detail={"error": error, "text": quoted})
        text = desk.words("desk_maybe_delivered", channel=channel, text=quoted)
        return [tell_desk(desk, ticket, text)]
    done = []
    if draft.purpose == "agent_reply":
        done += _receipt(session, desk, draft)
    if doubtful:
        record(session, ticket, "uncertain", now, detail={"error": "sent again", "text": quoted})
        done.append(tell_desk(desk, ticket, desk.words("desk_maybe_twice", text=quoted)))
    return done


def _receipt(session: Session, desk: Desk, draft: Draft) -> list[Draft]:
    message = session.get(Message, draft.message_id)
    if message is None or not message.external_id:
        return []
    item = Outgoing("react", desk.address, target=message.external_id, emoji=DELIVERED)
    return [Draft(item, "receipt", draft.ticket_id)]


def _failure(session: Session, desk: Desk, ticket: Ticket, channel: str, error: str) -> str:
    name = _contact_of(session, ticket).name or desk.words("desk_customer")
    key = {"blocked": "failed_blocked", "gone": "failed_gone"}.get(error, "failed_other")
    return desk.words(key, name=name, channel=channel, detail=error)


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


# --- what the card shows -------------------------------------------------------------------------


def card_update(session: Session, desk: Desk, ticket: Ticket) -> Draft:
    """The card as it should look now, in place of what it showed."""
    session.flush()
    return Draft(_card_item(session, desk, ticket, "update"), "card_update", ticket.id)


def _card_item(session: Session, desk: Desk, ticket: Ticket, kind: Any) -> Outgoing:
    card = view(session, desk, ticket)
    return Outgoing(
        kind,
        desk.address,
        Reply(cards.summary(card, desk.words)),
        blocks=cards.blocks(card, desk.words),
        target=CARD if kind == "update" else "",
    )


def view(session: Session, desk: Desk, ticket: Ticket) -> cards.Card:
    """Everything a card shows, gathered from the ticket's rows."""
    assert ticket.id is not None
    conversation, contact = _conversation_of(session, ticket), _contact_of(session, ticket)
    score = session.exec(
        select(Rating.score).where(Rating.kind == "csat", Rating.ticket_id == ticket.id)
    ).first()
    resolved = session.exec(
        select(TicketEvent.agent_id).where(
            TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "resolved"
        )
    ).first()
    return cards.Card(
        ticket_id=ticket.id,
        name=contact.name,
        channel=CHANNEL_NAMES.get(conversation.channel, conversation.channel),
        language=desk.words(f"language_{ticket.language}"),
        reason=ticket.reason,
        opened_at=ticket.opened_at,
        lines=_lines(session, desk, ticket, contact),
        suggestions=tuple(cards.Suggestion(**s) for s in ticket.suggestions),
        came_from=str(conversation.context.get("started_with", "")),
        claimed_by=agent_name(session, ticket.claimed_by),
        resolved_by=agent_name(session, resolved) if ticket.resolved_at else "",
        score=score,
    )


def _lines(
    session: Session, desk: Desk, ticket: Ticket, contact: Contact
) -> tuple[cards.Line, ...]:
    # Up to the handover: what follows stands in the thread.
    query = (
        select(Message)
        .where(
            Message.conversation_id == ticket.conversation_id,
            Message.sent_at <= ticket.opened_at + timedelta(seconds=1),
            col(Message.author).in_(("contact", "bot")),
            col(Message.deleted_at).is_(None),
            func.coalesce(Message.outcome, "") != Outcome.HANDED_OFF.value,
        )
        .order_by(col(Message.id).desc())
        .limit(CARD_MESSAGES)
    )
    who = {
        "contact": contact.name or desk.words("desk_customer"),
        "bot": desk.words("desk_who_bot"),
    }
    return tuple(
        cards.Line(who[message.author], _shown(desk, message))
        for message in reversed(session.exec(query).all())
    )


def _shown(desk: Desk, message: Message) -> str:
    if message.author == "bot":
        return cards.without_marks(message.text)
    return describe(desk, message.text, message.attachments)


def describe(desk: Desk, text: str, attachments: Sequence[Mapping[str, Any]]) -> str:
    """A message in words, with what was attached to it: "sent a picture (tent.jpg)"."""
    parts = [text] if text else []
    for attachment in attachments:
        kind = desk.words(f"kind_{attachment.get('kind', 'other')}")
        detail = attachment.get("name") or attachment.get("detail")
        parts.append(
            f"[{desk.words('desk_attachment', kind=kind)}{f': {detail}' if detail else ''}]"
        )
    return "\n".join(parts)


# --- rows ----------------------------------------------------------------------------------------


def state_of(ticket: Ticket) -> TicketState:
    return TicketState(ticket.claimed_by, ticket.resolved_at is not None)


def address_of(conversation: Conversation) -> Address:
    return Address(conversation.channel, conversation.chat_id, conversation.thread_id)


def tell_customer(session: Session, desk: Desk, ticket: Ticket, key: str, agent: Agent) -> Draft:
    """One of the bot's phrases about an agent, in the customer's language."""
    conversation = _conversation_of(session, ticket)
    name = escape_markdown(agent.first_name)
    text = desk.kb.say(conversation.language, key, agent=name)
    item = Outgoing("post", address_of(conversation), Reply(text))
    return Draft(item, "to_customer", ticket.id)


def know_agent(session: Session, agent: Agent, now: datetime) -> None:
    """Remember the name under which this agent speaks to customers."""
    known = session.get(DeskAgent, agent.user_id)
    if known is None:
        session.add(DeskAgent(id=agent.user_id, name=agent.first_name, seen_at=now))
    else:
        known.name, known.seen_at = agent.first_name, now


def agent_name(session: Session, agent_id: str | None) -> str:
    agent = session.get(DeskAgent, agent_id) if agent_id else None
    return agent.name if agent else agent_id or ""


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


def _conversation_of(session: Session, ticket: Ticket) -> Conversation:
    conversation = session.get(Conversation, ticket.conversation_id)
    assert conversation is not None  # a foreign key holds it
    return conversation


def _contact_of(session: Session, ticket: Ticket) -> Contact:
    contact = session.get(Contact, _conversation_of(session, ticket).contact_id)
    assert contact is not None  # a foreign key holds it
    return contact
