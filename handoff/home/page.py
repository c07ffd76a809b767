"""The app's home of somebody: gathered from the rows, and published. Takes a session."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select, update

from bot import outbox
from bot.domain import Agent, DeskAction, DeskForm, DeskHome, Outgoing
from bot.outbox import UNSENT, Draft
from bot.storage.tables import Conversation, Identity, OutboxItem
from handoff import waiting
from handoff.home import duty, figures, view
from handoff.rows import Desk, card_url, clock, know_agent
from handoff.speaking import whisper
from handoff.waiting import Open, desks_of

KIND = "home"


def opened(session: Session, desk: Desk, event: DeskHome, now: datetime) -> list[Draft]:
    """Show whoever looks at it their home: colleagues what there is to do, others a kind word."""
    if event.agent.on_desk:
        know_agent(session, event.agent, now)
    return published(session, desk, event.agent, now)


def pressed(
    session: Session, desk: Desk, event: DeskAction | DeskForm, drafts: list[Draft], now: datetime
) -> list[Draft]:
    """What came of a button there, or of a form that it opened, and the home as it is then."""
    if event.address.chat_id != event.agent.user_id or not event.agent.on_desk:
        return drafts
    session.flush()
    return [*drafts, *published(session, desk, event.agent, now)]


def turned_on(session: Session, desk: Desk, event: DeskAction, now: datetime) -> list[Draft]:
    """The button that begins one's duty."""
    return _turned(session, desk, event, True, now)


def turned_off(session: Session, desk: Desk, event: DeskAction, now: datetime) -> list[Draft]:
    """The button that ends it."""
    return _turned(session, desk, event, False, now)


def _turned(
    session: Session, desk: Desk, event: DeskAction, on_duty: bool, now: datetime
) -> list[Draft]:
    duty.turn(session, event.agent, on_duty, now)
    if event.at_home:  # which says so itself
        return []
    return [whisper(event.address, event.agent, duty.text(session, desk, event.agent))]


def refreshed(session: Session, desk: Desk, event: DeskAction, now: datetime) -> list[Draft]:
    """The button does nothing: like every button there it brings the home up to date."""
    return []


def published(session: Session, desk: Desk, agent: Agent, now: datetime) -> list[Draft]:
    """The home as it is now. One that still waits to be sent gives way: only the latest counts."""
    blocks = _blocks(session, desk, agent, now)
    item = Outgoing("home", desk.direct(agent.user_id), blocks=blocks, target=agent.user_id)
    unsent = update(OutboxItem).where(
        col(OutboxItem.lane) == f"{item.address.destination}/{KIND}",  # see outbox_order
        col(OutboxItem.kind) == KIND,
        col(OutboxItem.state) == "queued",
        UNSENT,
    )
    replaced = session.connection().execute(unsent.values(payload=outbox.to_payload(item)))
    return [] if replaced.rowcount else [Draft(item, KIND)]


def _blocks(session: Session, desk: Desk, agent: Agent, now: datetime) -> tuple[view.Block, ...]:
    if not agent.on_desk:
        language = _language_of(session, agent) or desk.language
        return view.friendly(lambda key, **values: desk.kb.say(language, key, **values))
    return view.blocks(_home(session, desk, agent, now), desk.words)


def _home(session: Session, desk: Desk, agent: Agent, now: datetime) -> view.Home:
    lined_up = waiting.line_up(session, desks_of(desk, agent))
    mine = waiting.of_agent(lined_up, agent)
    free, taken = waiting.split(lined_up)
    others = [each for each in taken if each.ticket.claimed_by != agent.user_id]
    return view.Home(
        duty=duty.text(session, desk, agent),
        is_on_duty=duty.is_on(session, agent.user_id),
        figures=figures.lines(session, desk, agent, now),
        mine=[_row(session, desk, each, agent, now) for each in mine],
        queue=[_row(session, desk, each, agent, now) for each in free],
        others=[_row(session, desk, each, agent, now) for each in others],
        time=clock(now, desk, now),
    )


def _row(session: Session, desk: Desk, each: Open, agent: Agent, now: datetime) -> view.Row:
    ticket = each.ticket
    assert ticket.id is not None  # it is stored
    return view.Row(
        ticket.id,
        waiting.sign(each),
        waiting.name(desk, each),
        tuple(waiting.facts(session, desk, each, now)),
        card_url(ticket.desk, ticket.card_id),
        is_mine=ticket.claimed_by == agent.user_id,
        is_claimed=ticket.claimed_by is not None,
        is_asleep=each.is_asleep,
    )


def _language_of(session: Session, agent: Agent) -> str | None:
    """The language in which a customer was spoken to last."""
    query = (
        select(Conversation.language)
        .join(Identity, col(Identity.contact_id) == Conversation.contact_id)
        .where(Identity.user_id == agent.user_id)
        .order_by(col(Conversation.last_at).desc())
    )
    return session.exec(query).first()
