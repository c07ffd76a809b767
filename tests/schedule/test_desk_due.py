"""What time does on the desk: warnings, breaches, and tickets that nobody takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.domain import Address, Agent, DeskMessage
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.desk_policy import Shift, Unclaimed
from bot.knowledge.service_policy import Service
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import DeskAgent, FollowUpItem, Message, Ticket, TicketEvent
from handoff import desk as desk_events
from handoff.rows import record
from handoff.service_levels.keep import keep
from handoff.service_levels.shown import clock_line, clock_of
from tests.handoff.complaint_stage import BOSS, DAY, EVA, HOUR, IVO, KB, LED, RIGA, ROOM, Stage
from tests.handoff.undisturbed import undisturbed

MINUTE = timedelta(minutes=1)
LEVELS = {
    "normal": {"first_reply": "2h", "next_reply": "1h", "resolution": "12h"},
    "high": {"first_reply": "30m"},
    "severe_complaint": {"resolution": "4h"},
}
OFFICE = {"hours": {"mon-fri": "09:00-17:00"}, "holidays": "LV", "levels": LEVELS}
FRIDAY = datetime(2026, 11, 27, 16, tzinfo=RIGA)
OTTO = Agent("U3", "Otto Kalns", on_desk=True)
PATIENT = Unclaimed(nudge=None, supervisor=None, customer=None)


def with_policy(
    service: Mapping[str, Any], unclaimed: Unclaimed = PATIENT, kb: KnowledgeBase = LED
) -> KnowledgeBase:
    """A shop that promises this."""
    desk = kb.policy.desk.model_copy(update={"unclaimed": unclaimed})
    update = {"service": Service.model_validate(service), "desk": desk}
    return replace(kb, policy=kb.policy.model_copy(update=update))


class Desk(Stage):
    """The same stage, from a Friday at four in the afternoon on."""

    def __init__(self, database: Database, kb: KnowledgeBase) -> None:
        super().__init__(database, kb)
        self.now = FRIDAY

    def until(self, text: str) -> None:
        """Time passes to this moment on the shop's clock; what comes due on the way is dealt with
        when it does."""
        end = datetime.fromisoformat(text).replace(tzinfo=RIGA)
        while self.now < end:
            planned = (i.run_at for i in self.all(FollowUpItem) if i.done_at is None)
            self.passes(min((at for at in planned if self.now < at < end), default=end) - self.now)

    def asks_for_person(self) -> None:
        self.says("A person, please", "human")

    def replies(self, agent: Agent, text: str = "On it") -> None:
        self._count += 1
        thread = Address(ROOM.channel, ROOM.chat_id, "100.1")
        count = f"200.{self._count}"
        event = DeskMessage(count, thread, agent, text, self.now, count)
        self._send(desk_events.handle, event, self.desk)

    def happens(self, kind: str, **columns: Any) -> None:
        """Something that is done to the ticket elsewhere."""

        def work(session: Session) -> list[Draft]:
            ticket = session.get_one(Ticket, 1)
            for name, value in columns.items():
                setattr(ticket, name, value)
            record(session, ticket, kind, self.now)
            return keep(session, self.desk, ticket, self.now)

        self._send(work)

    def channel(self) -> list[str]:
        """What has been posted in the channel itself, cards aside."""
        posts = [i for i in self._sent(ROOM) if i.kind == "post" and not i.address.thread_id]
        return [i.blocks[0]["text"]["text"] for i in posts if len(i.blocks) == 1]

    @property
    def ticket(self) -> Ticket:
        ticket: Ticket = self.all(Ticket)[0]
        return ticket

    def clock(self) -> str:
        """The clock as the card shows it."""
        clock = clock_of(self.ticket, self.desk, self.now)
        return clock_line(clock, self.desk, self.now) if clock else ""

    def told(self, kind: str) -> list[str]:
        """Of which clocks something has been told."""
        return [e.detail["clock"] for e in self.all(TicketEvent) if e.kind == kind]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, with_policy(OFFICE))


# --- clocks ---------------------------------------------------------------------------------------


def test_the_owner_is_warned_and_the_supervisor_told_over_a_weekend(desk: Desk) -> None:
    """Two hours from Friday at four are over on Monday at ten; nobody hears a word at night or on
    Saturday, and everybody hears it once."""
    desk.asks_for_person()
    desk.claims(IVO)
    assert desk.clock() == "⏳ Reply due 2026-11-30 10:00"
    desk.thread()
    desk.until("2026-11-30 09:00")
    assert desk.thread() == desk.direct(IVO.user_id) == []
    desk.until("2026-11-30 09:30")
    (line,), (direct,) = desk.thread(), desk.direct(IVO.user_id)
    assert "First reply for Maria Ozola is due 10:00. Owner: Ivo" in line
    assert line.partition("\n")[0] in direct and "https://slack.com/archives/" in direct
    assert desk.direct(BOSS) == [] and desk.clock() == "⚠️ Reply due 10:00"
    desk.until("2026-11-30 10:00")
    (line,), (direct,) = desk.thread(), desk.direct(BOSS)
    assert "First reply for Maria Ozola was due 10:00" in line and "was due 10:00" in direct
    assert desk.clock() == "❗ Reply overdue since 10:00"
    desk.until("2026-11-30 12:00")
    assert desk.thread() == desk.direct(BOSS) == desk.direct(IVO.user_id) == []
    assert desk.told("sla_warned") == desk.told("sla_breached") == ["first_reply"]


def test_an_answer_in_time_is_the_end_of_it(desk: Desk) -> None:
    """Nobody is reminded of what is done, and nothing runs while the customer is waited for."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.replies(IVO)
    desk.thread()
    assert desk.clock() == "⏸️ Clock stopped: waiting for the customer"
    desk.until("2026-12-04 17:00")
    assert desk.thread() == desk.direct(BOSS) == desk.direct(IVO.user_id) == []
    assert desk.ticket.reply_due is None and desk.ticket.resolve_due is None


def test_the_whole_is_paused_while_the_customer_is_waited_for(desk: Desk) -> None:
    """What was used of it before counts: an hour on Friday, eleven from Wednesday on."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.until("2026-11-27 17:00")
    desk.replies(IVO)
    desk.until("2026-12-02 09:00")
    desk.says("And now?")
    assert desk.ticket.reply_due == datetime(2026, 12, 2, 10, tzinfo=RIGA)
    assert desk.ticket.resolve_due == datetime(2026, 12, 3, 12, tzinfo=RIGA)


def test_thanks_is_not_waiting_for_an_answer(desk: Desk) -> None:
    """Who says no more than that is owed nothing."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.replies(IVO)
    desk.says("thanks", "thanks")
    assert desk.ticket.reply_since is None
    desk.says("But where is it?")
    assert desk.ticket.reply_since == desk.now


def test_a_snooze_stops_the_clock(desk: Desk) -> None:
    """And it goes on from there."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.until("2026-11-27 16:30")
    desk.happens("snoozed", snoozed_at=desk.now)
    assert desk.clock() == "⏸️ Clock stopped: snoozed"
    desk.thread()
    desk.until("2026-12-01 09:00")
    assert desk.thread() == []
    desk.happens("woken", snoozed_at=None)
    assert desk.ticket.reply_due == datetime(2026, 12, 1, 10, 30, tzinfo=RIGA)


def test_a_reopened_ticket_is_not_late_at_once(desk: Desk) -> None:
    """However late it was when it was closed."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.until("2026-12-01 17:00")
    assert desk.told("sla_breached") == ["first_reply", "resolution"]
    desk.replies(IVO)
    desk.resolves(IVO)
    assert desk.clock() == ""
    desk.thread()
    desk.direct(BOSS)
    desk.until("2026-12-10 10:00")
    desk.happens("reopened", resolved_at=None)
    assert desk.clock() == "⏳ Reply due 11:00"
    desk.until("2026-12-10 10:30")
    assert desk.thread() == desk.direct(BOSS) == []
    desk.until("2026-12-10 11:00")
    assert desk.told("sla_breached")[2:] == ["next_reply"]


def test_a_holiday_is_no_working_day(database: Database) -> None:
    """Friday, 13 November, is followed by a weekend, and 18 November by Thursday."""
    desk = Desk(database, with_policy(OFFICE))
    desk.now = datetime(2026, 11, 17, 16, tzinfo=RIGA)
    desk.asks_for_person()
    assert desk.ticket.reply_due == datetime(2026, 11, 19, 10, tzinfo=RIGA)


def test_more_urgent_is_sooner(desk: Desk) -> None:
    """A ticket that becomes urgent has less time; a severe complaint even for the whole."""
    desk.asks_for_person()
    assert desk.ticket.reply_due == datetime(2026, 11, 30, 10, tzinfo=RIGA)
    desk.claims(IVO)
    desk.says("I want to complain!", "complaint")
    assert desk.ticket.reply_due == datetime(2026, 11, 27, 16, 30, tzinfo=RIGA)
    assert desk.ticket.resolve_due == datetime(2026, 12, 1, 12, tzinfo=RIGA)
    desk.classifies(IVO, "high")
    desk.happens("noted")
    assert desk.ticket.resolve_due == datetime(2026, 11, 30, 12, tzinfo=RIGA)


def test_whose_shift_it_is_hears_of_a_breach(database: Database) -> None:
    """By the rota; only where that names nobody, all supervisors."""
    kb = with_policy({"levels": LEVELS})
    rota = (
        Shift.model_validate({"name": "Eva", "slack": "U0EVA", "days": ["sat", "sun"]}),
        Shift.model_validate({"name": "Olga", "slack": "U0OLGA", "days": ["fri"]}),
    )
    policy = kb.policy.desk.model_copy(update={"rota": rota})
    kb = replace(kb, policy=kb.policy.model_copy(update={"desk": policy}))
    desk = Desk(database, kb)
    desk.asks_for_person()
    desk.until("2026-11-27 18:00")
    assert len(desk.direct("U0OLGA")) == 1
    assert desk.direct("U0EVA") == desk.direct(BOSS) == []


def test_nobody_to_tell_is_said_in_the_thread(database: Database) -> None:
    """Instead of leaving it at that."""
    desk = Desk(database, with_policy({"levels": LEVELS}, kb=KB))
    desk.asks_for_person()
    desk.thread()
    desk.until("2026-11-27 18:00")
    *_, line = desk.thread()
    assert "No supervisor was told" in line and "Waiting for a colleague" in line


def test_a_late_answer_is_on_record_even_if_nobody_was_told(desk: Desk) -> None:
    """It came between two ticks, or while nobody ticked; it is late all the same."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.now = datetime(2026, 11, 30, 10, 1, tzinfo=RIGA)
    desk.replies(IVO)
    assert desk.told("sla_breached") == ["first_reply"]
    desk.passes(MINUTE)
    assert desk.direct(BOSS) == []


def test_found_late_it_is_only_late(desk: Desk) -> None:
    """After a standstill of ours nobody is warned of what is over already, and dealing with it a
    second time says nothing more."""
    desk.asks_for_person()
    desk.claims(IVO)
    desk.thread()
    desk.passes(4 * DAY)
    assert desk.told("sla_warned") == []
    assert len(desk.direct(BOSS)) == 2  # the first reply, and the whole
    desk.happens("noted")

    def again(session: Session) -> list[Draft]:
        query = select(FollowUpItem).where(FollowUpItem.kind == "sla_due")
        item = session.exec(query).one()
        item.run_at, item.done_at = desk.now, None
        return []

    desk._send(again)
    desk.passes(MINUTE)
    assert desk.direct(BOSS) == []


def test_what_is_due_for_a_closed_ticket_is_let_go(desk: Desk) -> None:
    """The rows are there, and say why nothing came of them."""
    desk.asks_for_person()
    desk.resolves(EVA)
    assert desk.result("sla_due") == "not sent: nothing is due any more"
    desk.thread()
    desk.until("2026-12-04 17:00")
    assert desk.thread() == desk.direct(BOSS) == []


def test_where_nothing_is_promised_no_clock_runs(database: Database) -> None:
    """And no row waits for anything."""
    desk = Desk(database, undisturbed(LED))
    desk.asks_for_person()
    assert desk.clock() == "" and desk.all(FollowUpItem) == []


# --- nobody takes it ------------------------------------------------------------------------------

EAGER = Unclaimed(nudge=5 * MINUTE, supervisor=15 * MINUTE, customer=30 * MINUTE)


def test_nobody_takes_it(database: Database) -> None:
    """The channel is asked again, then a supervisor is told, then the customer; each once."""
    desk = Desk(database, with_policy({}, EAGER))
    desk.asks_for_person()
    desk.customer_reads()
    desk.thread()
    desk.passes(5 * MINUTE)
    (line,) = desk.channel()
    assert line == (
        "<https://slack.com/archives/C0DESK/p1001|#1> Maria Ozola has been waiting for 5 min, "
        "and nobody has taken this yet."
    )
    desk.passes(10 * MINUTE)
    (direct,) = desk.direct(BOSS)
    assert "Maria Ozola has been waiting for 15 min" in direct
    assert "The customer asked for a person" in direct
    assert desk.customer_reads() == []
    desk.passes(15 * MINUTE)
    (said,) = desk.customer_reads()
    assert said.startswith("I'm sorry it's taking this long, Maria.")
    assert desk.all(Message)[-1].text == said
    desk.passes(DAY)
    assert desk.customer_reads() == desk.direct(BOSS) == desk.channel() == []


def test_the_customer_may_choose(database: Database) -> None:
    """To wait, to leave a message, or to go on with the bot: typed or pressed."""
    desk = Desk(database, with_policy({}, EAGER))
    desk.asks_for_person()
    desk.passes(HOUR)
    said = [item for item in desk._sent(Address("telegram", "1")) if item.reply.options][-1]
    values = [option.value for option in said.reply.options]
    assert values == ["wait", "leave_message", "cancel_handover"]


def test_who_may_be_in_danger_is_not_asked_to_choose(database: Database) -> None:
    """They are told not to wait for us."""
    desk = Desk(database, with_policy({}, EAGER))
    desk.says("There is smoke everywhere", "emergency")
    desk.customer_reads()
    desk.passes(HOUR)
    (said,) = desk._sent(Address("telegram", "1"))
    assert "112" in said.reply.text and said.reply.options == ()


def test_those_on_duty_are_named(database: Database) -> None:
    """Who works in this channel, whom the card suggests first; nobody who is off."""
    desk = Desk(database, with_policy({}, EAGER))
    for chat, agent in (("2", IVO), ("3", EVA), ("4", OTTO)):
        desk.says("A person, please", "human", chat=chat)
        desk.claims(agent, int(chat) - 1)
    desk.asks_for_person()

    def work(session: Session) -> list[Draft]:
        session.get_one(DeskAgent, EVA.user_id).on_duty = False
        session.get_one(Ticket, 4).suggested_to = OTTO.user_id
        return []

    desk._send(work)
    desk.passes(5 * MINUTE)
    (line,) = desk.channel()
    assert line.startswith("<@U3> <@U1> <https")


def test_an_owner_who_is_off_duty_is_left_in_peace(desk: Desk) -> None:
    """A supervisor hears of it while there is time."""
    desk.asks_for_person()
    desk.claims(IVO)

    def work(session: Session) -> list[Draft]:
        session.get_one(DeskAgent, IVO.user_id).on_duty = False
        return []

    desk._send(work)
    desk.until("2026-11-30 09:30")
    assert desk.direct(IVO.user_id) == []
    (direct,) = desk.direct(BOSS)
    assert "is due 10:00" in direct


def test_claimed_it_is_quiet_and_released_it_begins_anew(database: Database) -> None:
    """What was said before has been dealt with by whoever took it."""
    desk = Desk(database, with_policy({}, EAGER))
    desk.asks_for_person()
    desk.passes(5 * MINUTE)
    desk.claims(IVO)
    desk.channel()
    desk.passes(HOUR)
    assert desk.channel() == desk.direct(BOSS) == []
    desk.happens("released", claimed_by=None)
    desk.passes(5 * MINUTE)
    assert len(desk.channel()) == 1


def test_at_night_nobody_is_nudged(database: Database) -> None:
    """Business time is what counts: on Monday at five past nine it begins."""
    desk = Desk(database, with_policy({"hours": OFFICE["hours"]}, EAGER))
    desk.now = datetime(2026, 11, 27, 18, tzinfo=RIGA)
    desk.asks_for_person()
    desk.presses("leave_it")
    desk.give_cards()
    desk.customer_reads()
    desk.until("2026-11-30 09:00")
    assert desk.channel() == desk.customer_reads() == []
    desk.passes(5 * MINUTE)
    assert len(desk.channel()) == 1


def test_found_late_at_night_it_waits_until_somebody_is_there(database: Database) -> None:
    """After a standstill of ours nobody hears of it at 22:14; in the morning the desk is told once,
    and the customer once."""
    desk = Desk(database, with_policy({**OFFICE, "levels": {}}, EAGER))
    desk.asks_for_person()
    desk.customer_reads()
    desk.thread()
    desk.now = datetime(2026, 11, 30, 22, 14, tzinfo=RIGA)
    desk.passes(MINUTE)
    assert desk.customer_reads() == desk.direct(BOSS) == desk.channel() == desk.thread() == []
    desk.until("2026-12-01 09:00")
    assert desk.channel() == []
    (direct,) = desk.direct(BOSS)
    assert "nobody takes the ticket" in direct
    (said,) = desk.customer_reads()
    assert said.startswith("I'm sorry it's taking this long")
    desk.until("2026-12-01 17:00")
    assert desk.channel() == desk.customer_reads() == []


def test_found_late_without_a_supervisor_the_channel_is_asked(database: Database) -> None:
    """Where nobody else is told, the nudge is not left out."""
    desk = Desk(database, with_policy({}, EAGER, kb=KB))
    desk.asks_for_person()
    desk.passes(HOUR)
    assert len(desk.channel()) == 1


def test_a_clock_found_late_at_night_is_told_of_in_the_morning(desk: Desk) -> None:
    """A supervisor is not woken for what ran out hours ago."""
    desk.asks_for_person()
    desk.now = datetime(2026, 11, 30, 22, 14, tzinfo=RIGA)
    desk.passes(MINUTE)
    assert desk.direct(BOSS) == [] and desk.told("sla_breached") == []
    desk.until("2026-12-01 09:00")
    assert len(desk.direct(BOSS)) == 1 and desk.told("sla_breached") == ["first_reply"]


def test_who_runs_out_of_time_at_closing_is_told_then(database: Database) -> None:
    """A minute later is not the middle of the night."""
    desk = Desk(database, with_policy({**OFFICE, "levels": {"normal": {"first_reply": "1h"}}}))
    desk.asks_for_person()
    desk.now = datetime(2026, 11, 27, 17, 1, tzinfo=RIGA)
    desk.passes(MINUTE)
    assert len(desk.direct(BOSS)) == 1


@pytest.mark.parametrize(("text", "intent"), [("I want to complain!", "complaint"),
                                              ("This is outrageous!!!", "upset")])  # fmt: skip
def test_who_is_upset_is_not_sent_back_to_the_bot(
    database: Database, text: str, intent: str
) -> None:
    """They may wait, or leave a message."""
    desk = Desk(database, with_policy({}, EAGER))
    desk.asks_for_person()
    if intent == "complaint":
        desk.says(text, intent)
    else:
        desk.happens("noted", urgency=1)
    desk.customer_reads()
    desk.passes(HOUR)
    told = [item for item in desk._sent(Address("telegram", "1")) if item.reply.options][-1]
    assert [option.value for option in told.reply.options] == ["wait", "leave_message"]
    assert "go on with me" not in told.reply.text


def test_what_never_is_to_happen_does_not(database: Database) -> None:
    """Each step can be left out."""
    never = Unclaimed(nudge=None, supervisor=5 * MINUTE, customer=None)
    desk = Desk(database, with_policy({}, never))
    desk.asks_for_person()
    desk.customer_reads()
    desk.passes(2 * DAY)
    assert len(desk.direct(BOSS)) == 1
    assert desk.channel() == desk.customer_reads() == []
