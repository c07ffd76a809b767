"""`/desk`: each word, in English and in the desk's language, for members of a desk only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.domain import Address, Agent, DeskAction, DeskCommand
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import DeskAgent, Rating, Refusal, Ticket, TicketEvent
from handoff import commands
from handoff import desk as desk_events
from handoff.named import ticket_named
from handoff.rows import Desk
from tests.handoff.open_tickets import DAY, DESK, HOUR, KB, MARIA, MINUTE, NOW, OLIVIA, opened

ELSEWHERE = Address("slack", "C0GENERAL")
ANNA = replace(MARIA, desks=frozenset({"C0DESK"}))


def typed(text: str, agent: Agent = ANNA) -> DeskCommand:
    return DeskCommand("1", ELSEWHERE, agent, text, NOW)


def types(session: Session, text: str, agent: Agent = ANNA, desk: Desk = DESK) -> str:
    """What somebody is answered who types `/desk` and this."""
    (draft,) = desk_events.handle(session, typed(text, agent), desk, NOW)
    assert (draft.item.kind, draft.item.target) == ("whisper", agent.user_id)
    assert draft.item.address == ELSEWHERE
    return draft.item.reply.text


def taken(session: Session, name: str, agent: Agent = ANNA) -> Ticket:
    """A ticket that somebody has claimed an hour after it was opened, two hours ago."""
    ticket, _ = opened(session, name, 2 * HOUR)
    ticket.claimed_by = agent.user_id
    session.add(happened(ticket, "claimed", agent, NOW - HOUR))
    session.flush()
    return ticket


def happened(ticket: Ticket, kind: str, agent: Agent, at: datetime) -> TicketEvent:
    return TicketEvent(ticket_id=ticket.id or 0, kind=kind, agent_id=agent.user_id, at=at)


def test_only_members_of_a_desk_are_answered(database: Database) -> None:
    """Others are told so, and that they tried is on record."""

    def act(session: Session) -> tuple[str, list[str]]:
        text = types(session, "queue", OLIVIA)
        return text, [refusal.action for refusal in session.exec(select(Refusal))]

    assert database.transact(act) == (KB.say("en", "desk_outsider"), ["command queue"])


def test_a_word_that_nobody_knows_brings_the_list_and_the_nearest_word(database: Database) -> None:
    """Nothing at all brings the list as well."""

    def act(session: Session) -> tuple[str, str, str]:
        return types(session, "quene"), types(session, "*wobble*"), types(session, "")

    slip, nonsense, nothing = database.transact(act)
    assert "perhaps /desk queue" in slip and "`/desk mine`" in slip
    assert "perhaps" not in nonsense and r"\*wobble\*" in nonsense
    assert nothing.startswith(KB.say("en", "desk_command_help"))
    assert all(f"`/desk {name}`" in nothing for name in commands.SUBCOMMANDS)


@pytest.mark.parametrize("word", ["queue", "QUEUE", "список", "Очередь"])
def test_words_are_english_and_the_desks_own(database: Database, word: str) -> None:
    """However they are written."""
    russian = replace(DESK, language="ru")
    answer = database.transact(lambda session: types(session, word, desk=russian))
    assert answer == KB.say("ru", "desk_queue_empty")


def test_every_word_means_one_thing_in_every_language() -> None:
    """What may be typed is never two commands at once."""
    for language in KB.phrases:
        desk = replace(DESK, language=language)
        names = [*commands.SUBCOMMANDS, "find", "say", "promise"]
        words = [(word, name) for name in dict.fromkeys(names)
                 for word in set(commands.words_of(desk, name))]  # fmt: skip
        assert len({word for word, _ in words}) == len(words), language


def test_the_queue_shows_all_desks_of_the_agent_and_no_other(database: Database) -> None:
    """The urgent first; what snoozes comes last and says until when."""

    def act(session: Session) -> str:
        opened(session, "Plain", HOUR)
        upset, _ = opened(session, "Upset", MINUTE, 1)
        upset.desk = "C0SALES"
        elsewhere, _ = opened(session, "Elsewhere", HOUR, 1)
        elsewhere.desk = "C0OTHER"
        asleep, _ = opened(session, "Asleep", DAY)
        asleep.snoozed_at, asleep.snoozed_until = NOW - HOUR, NOW + HOUR
        session.flush()
        return types(session, "queue", replace(ANNA, desks=frozenset({"C0DESK", "C0SALES"})))

    text = database.transact(act)
    assert text.startswith("Open: 3")
    assert text.index("Upset") < text.index("Plain") < text.index("Asleep")
    assert "Elsewhere" not in text and "snoozed until 15:00" in text


def test_mine_is_what_i_have_the_snoozed_last(database: Database) -> None:
    """Nothing is said to be nothing."""

    def act(session: Session) -> tuple[str, str]:
        before = types(session, "mine")
        asleep = taken(session, "Asleep")
        asleep.snoozed_at = NOW
        taken(session, "Awake")
        opened(session, "Free", HOUR)
        session.flush()
        return before, types(session, "mine")

    nothing, text = database.transact(act)
    assert nothing == KB.say("en", "desk_mine_empty")
    assert text.startswith("Yours: 2") and text.index("Awake") < text.index("Asleep")
    assert "Free" not in text


def test_stats_are_of_today_the_desks_and_mine(database: Database) -> None:
    """Yesterday is not counted; the first reply is the median over tickets."""

    def act(session: Session) -> str:
        tickets = [taken(session, name) for name in ("One", "Two", "Three")]
        for ticket, after in zip(tickets, (10, 20, 90), strict=True):
            opened_at = NOW - 2 * HOUR
            session.add(happened(ticket, "replied", ANNA, opened_at + after * MINUTE))
            session.add(happened(ticket, "replied", ANNA, NOW))
        session.add(happened(tickets[0], "resolved", OLIVIA, NOW))
        session.add(happened(tickets[1], "resolved", ANNA, NOW - 2 * DAY))
        for kind in ("promise_kept", "promise_kept", "promise_broken"):
            session.add(happened(tickets[2], kind, OLIVIA, NOW))
        opened(session, "Waiting", MINUTE)
        old, _ = opened(session, "Old", 2 * DAY)
        score: dict[str, Any] = {"kind": "csat", "conversation_id": old.conversation_id, "at": NOW}
        for number, ticket in enumerate(tickets[:2]):
            session.add(
                Rating(subject=f"t{number}", ticket_id=ticket.id, score=4 + number, **score)
            )
        session.flush()
        return types(session, "stats")

    whole, mine = database.transact(act).split("**You today**")
    assert whole.strip() == (
        "**The desk today**\nopened 4 · claimed 3 · resolved 1 · waiting 2"
        " · first reply 20 min (median) · rated 4.5 (2) · promises kept 2/3"
    )
    assert mine.strip() == "claimed 3 · resolved 0 · first reply 20 min (median) · rated 4.5 (2)"


def test_duty_is_switched_on_and_off_and_says_what_is_still_mine(database: Database) -> None:
    """Who has never said anything about it is on duty; asking changes nothing."""

    def act(session: Session) -> tuple[list[str], DeskAgent | None]:
        taken(session, "Mine")
        said = [types(session, f"duty {word}") for word in ("", "off", "", "on", "off")]
        return said, session.get(DeskAgent, ANNA.user_id)

    said, known = database.transact(act)
    on, off = KB.say("en", "desk_on_duty"), KB.say("en", "desk_off_duty", list="#1")
    assert said == [on, off, off, on, off]
    assert known is not None and (known.on_duty, known.duty_since) == (False, NOW)


def test_a_word_that_is_neither_on_nor_off_is_asked_back(database: Database) -> None:
    """Nothing changes, and both words are named."""

    def act(session: Session) -> tuple[str, DeskAgent | None]:
        return types(session, "duty *foo*"), session.get(DeskAgent, ANNA.user_id)

    text, known = database.transact(act)
    assert "“*foo*”" in text and "/desk duty on" in text and "/desk duty off" in text
    assert known is None


def test_what_colleagues_have_is_not_what_waits(database: Database) -> None:
    """The queue says so below."""

    def act(session: Session) -> str:
        taken(session, "Theirs")
        opened(session, "Free", MINUTE)
        return types(session, "queue")

    waits, _, colleagues = database.transact(act).partition("With colleagues: 1")
    assert waits.startswith("Open: 2") and "Free" in waits and "Theirs" in colleagues


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [("#1 a tent", 1, "a tent"), ("1", 1, ""), ("tent 2", 2, "tent 2"), ("1st aid", 2, "1st aid")],
)
def test_a_ticket_is_named_by_number_or_is_the_only_one(
    database: Database, text: str, number: int, rest: str
) -> None:
    """The number stands first; what only looks like one belongs to the words."""

    def act(session: Session) -> tuple[int | None, str]:
        opened(session, "Free", HOUR)
        taken(session, "Mine")
        named = ticket_named(session, DESK, typed(text), text, NOW)
        return named.ticket.id if named.ticket else None, named.rest

    assert database.transact(act) == (number, rest)


def test_which_ticket_is_meant_must_be_clear(database: Database) -> None:
    """None, several, an unknown one, and one of another desk: each says what to do."""

    def act(session: Session) -> tuple[list[str], list[int | None]]:
        said = [ticket_named(session, DESK, typed(""), "", NOW).why]
        taken(session, "One")
        two = taken(session, "Two")
        said.append(ticket_named(session, DESK, typed(""), "", NOW).why)
        two.desk = "C0OTHER"
        session.flush()
        said += [ticket_named(session, DESK, typed(n), n, NOW).why for n in ("#99", "#2")]
        return said, [refusal.ticket_id for refusal in session.exec(select(Refusal))]

    said, refused = database.transact(act)
    assert said[0].startswith("You have no open ticket")
    assert said[1].startswith("You have #1, #2.") and said[2:] == [
        "There is no ticket #99 on your desks.",
        "There is no ticket #2 on your desks.",
    ]
    assert refused == [2]


def test_buttons_show_the_same_as_the_words(database: Database) -> None:
    """For their presser alone, where the button is."""

    def act(session: Session) -> list[Draft]:
        taken(session, "Mine")
        room = Address("slack", "C0DESK", "1.1")
        presses = [
            DeskAction("1", room, ANNA, name, 0, NOW) for name in ("queue", "mine", "duty_off")
        ]
        return [
            draft for press in presses for draft in desk_events.handle(session, press, DESK, NOW)
        ]

    shown = database.transact(act)
    assert [draft.item.reply.text.split(":")[0] for draft in shown[:2]] == ["Open", "Yours"]
    assert shown[2].item.reply.text.endswith("Still yours: #1")
    assert {draft.item.target for draft in shown} == {ANNA.user_id}


def test_how_long_a_claim_took_is_no_part_of_a_reply() -> None:
    """A shop without ratings and replies has shorter figures."""
    from handoff.home.figures import Figures, said

    assert said(DESK, Figures(0, 1, first_reply=timedelta(0))) == (
        "claimed 0 · resolved 1 · first reply 1 min (median)"
    )
