"""A customer needs a person, or needs none any more."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Article, ButtonPress, CustomerEvent
from bot.engine import Decision
from bot.engine.feelings import DANGER
from bot.engine.waiting import CANCEL
from bot.knowledge.base import KnowledgeBase
from bot.outbox import Draft
from bot.service.conversations import Known
from bot.service.house import House
from bot.storage.tables import Conversation, Ticket
from handoff import files, queue
from handoff.course import cancelling, returning


def hand_over(
    session: Session,
    event: CustomerEvent,
    known: Known,
    decision: Decision,
    house: House,
    now: datetime,
) -> tuple[Ticket, list[Draft]]:
    """Bring a person in: in the ticket that they had lately, else in a new one."""
    conversation = session.get(Conversation, known.id)
    assert conversation is not None and decision.handoff is not None
    session.refresh(conversation)
    title = decision.article.title if decision.article else ""
    reason = house.desk.words(f"reason_{decision.handoff}", title=title)
    near = _nearest(decision, known, house.kb)
    words = getattr(event, "text", "")
    before = returning.to_go_on(session, house.desk, known.last_ticket_id, now)
    # Danger, and a complaint, which may be about whoever had it, have a card of their own.
    is_new = decision.urgency >= DANGER or decision.complains is not None
    if before is not None and not is_new:
        ticket, urgency = before, decision.urgency
        drafts = returning.come_back(session, house.desk, ticket, reason, now, urgency)
    else:
        ticket, drafts = queue.open_ticket(
            session, house.desk, conversation, reason, near, now,
            decision.urgency, decision.complains, words,
        )  # fmt: skip
    return ticket, [*drafts, *files.sent_before(session, house.desk, ticket)]


def _nearest(decision: Decision, known: Known, kb: KnowledgeBase) -> list[Article]:
    """The articles nearest to what the customer wanted: of the last question that meant anything,
    since "a person, please" is no question."""
    ids = [decision.article.id] if decision.article else []
    ids += [name for name in (decision.context.close or known.context.close) if name not in ids]
    found = (kb.article(name, decision.language) for name in ids)
    return [article for article in found if article is not None][:3]


def gives_up(event: CustomerEvent) -> bool:
    """Whether they pressed that they need nobody any more."""
    return isinstance(event, ButtonPress) and event.value == CANCEL


def no_longer_needed(
    session: Session, ticket_id: int, decision: Decision, house: House, now: datetime
) -> list[Draft]:
    """Take it back, or, where somebody has begun, tell them."""
    ticket = session.get_one(Ticket, ticket_id)
    if decision.cancels:
        return cancelling.cancel(session, house.desk, ticket, now)
    return [cancelling.wants_no_more(session, house.desk, ticket)]
