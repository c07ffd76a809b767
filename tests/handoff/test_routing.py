"""Which desk a ticket goes to, who should take it, and how long that usually takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.domain import Agent, Article
from bot.knowledge.desk_policy import Route
from bot.storage.database import Database
from bot.storage.tables import DeskAgent, TicketEvent
from handoff.course.claiming import claim
from handoff.estimate import ENOUGH, rounded, usual_wait
from handoff.routing import Subject, channel_of, least_loaded, subject_of
from tests.handoff.open_tickets import DAY, DESK, MARIA, MINUTE, NOW, ROOM, opened

EVA = Agent("U5", "Eva Berzina", on_desk=True)
RUSSIAN = Route(channel="C0RU", languages=("ru",))
PAYING = Route(channel="C0PAY", tags=("payment",))
PAYING_RUSSIAN = Route(channel="C0RUPAY", languages=("ru",), tags=("payment",))
RETURNS = Route(channel="C0BACK", topics=("return-an-item",))


@pytest.mark.parametrize(
    ("subject", "channel"),
    [
        (Subject("ru"), "C0RU"),
        (Subject("en"), None),
        (Subject("en", "refund", ("payment", "money")), "C0PAY"),
        (Subject("ru", "refund", ("payment",)), "C0RUPAY"),
        (Subject("en", "return-an-item"), "C0BACK"),
    ],
)
def test_the_first_route_that_fits_in_all_it_names_is_taken(
    subject: Subject, channel: str | None
) -> None:
    """By language, topic, tag; what fits none goes to the first desk."""
    assert channel_of((PAYING_RUSSIAN, RUSSIAN, PAYING, RETURNS), subject) == channel


def test_a_ticket_is_about_the_article_nearest_to_it() -> None:
    """Without one only its language is known."""
    near = Article("refund", "en", "Refunds", "…", tags=("payment",))
    assert subject_of("en", [near]) == Subject("en", "refund", ("payment",))
    assert subject_of("lv", []) == Subject("lv")


def working(session: Session, *agents: Agent, on_duty: bool = True) -> None:
    """These have claimed a ticket each on this desk."""
    for agent in agents:
        ticket, _ = opened(session, f"of {agent.name}", 60 * MINUTE)
        claim(session, DESK, ticket, agent, ROOM, NOW - 30 * MINUTE)
        session.flush()
        session.get_one(DeskAgent, agent.user_id).on_duty = on_duty


def test_who_has_the_least_to_do_should_take_it(database: Database) -> None:
    """Of those on duty; and nobody who is off is named at all."""

    def work(session: Session) -> tuple[str | None, str | None, str | None]:
        nobody = least_loaded(session, DESK, ROOM.chat_id, NOW)
        working(session, MARIA, MARIA, EVA)
        eva = least_loaded(session, DESK, ROOM.chat_id, NOW)
        session.get_one(DeskAgent, EVA.user_id).on_duty = False
        return nobody, eva, least_loaded(session, DESK, ROOM.chat_id, NOW)

    assert database.transact(work) == (None, EVA.user_id, MARIA.user_id)


def test_an_estimate_is_rounded_up_and_honest() -> None:
    """Four of five did not wait longer; of a few waits, or of very long ones, nothing is said."""
    waits = [timedelta(minutes=n) for n in (1, 2, 2, 3, 3, 4, 6, 7, 8, 50)]
    assert rounded(waits) == timedelta(minutes=10)
    assert rounded(waits[: ENOUGH - 1]) is None
    assert rounded([timedelta(days=1)] * ENOUGH) is None


def test_only_waits_of_the_last_weeks_at_this_hour_count(database: Database) -> None:
    """What was fast at night says nothing of the afternoon."""

    def work(session: Session) -> tuple[timedelta | None, timedelta | None]:
        for day in range(1, ENOUGH + 1):
            ticket, _ = opened(session, f"day {day}", day * DAY)
            at = NOW - day * DAY + 4 * MINUTE
            session.add(TicketEvent(ticket_id=ticket.id or 0, kind="claimed", agent_id="U1", at=at))
        session.flush()
        now = usual_wait(session, DESK, ROOM.chat_id, NOW)
        return now, usual_wait(session, DESK, ROOM.chat_id, NOW + 8 * 60 * MINUTE)

    assert database.transact(work) == (timedelta(minutes=5), None)
