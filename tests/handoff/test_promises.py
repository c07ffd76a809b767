"""What a customer is promised: by command and form, changed, taken back, reminded of, kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlmodel import Session
from typer.testing import CliRunner

from bot.channels.markdown import to_plain
from bot.cli import app
from bot.commands.promises import as_json, as_words, read_promises
from bot.domain import Address, Agent, DeskCommand, DeskForm, Outgoing
from bot.storage.database import Database
from bot.storage.tables import Contact, FollowUpItem, Promise
from handoff.home.figures import said, today
from handoff.promises.figures import still_open
from tests.handoff.complaint_stage import CUSTOMER, DAY, HOUR, MORNING, ROOM, words
from tests.handoff.course_stage import EVA, IVO, OLGA, THREAD, Course

RIGA = ZoneInfo("Europe/Riga")
NEXT = {"what": "Courier", "date": "2026-11-24", "begins": "10:00", "ends": "12:00"}
STARTS = datetime(2026, 11, 24, 8, tzinfo=UTC)


class Promises(Course):
    """Ivo has Maria's ticket."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.press(IVO, "claim")
        self.seen()

    def types(self, agent: Agent, text: str) -> None:
        at = Address("slack", ROOM.chat_id)
        event = DeskCommand(self._next(), at, agent, f"promise {text}", self.now, trigger="T1")
        self._do(event)

    def sends(self, agent: Agent, subject: str = "", **values: str) -> None:
        filled = {**NEXT, **values}
        form = DeskForm(self._next(), THREAD, agent, "promise", 1, filled, self.now, subject)
        self._do(form)

    def sent(self) -> list[Outgoing]:
        return self._sent(CUSTOMER)

    def event(self) -> tuple[Any, Any]:
        """The calendar file that was sent last, and what happens in it."""
        files = [item.file for item in self.sent() if item.file is not None]
        calendar = Calendar.from_ical(files[-1].content)
        return calendar, calendar.events[0]

    @property
    def promise(self) -> Promise:
        promise: Promise = self.all(Promise)[-1]
        return promise

    def live(self, zone: str) -> None:
        def work(session: Session) -> None:
            session.get_one(Contact, 1).timezone = zone

        self.database.transact(work)


@pytest.fixture
def desk(database: Database) -> Promises:
    return Promises(database)


# --- made ----------------------------------------------------------------------------------------


def test_a_command_promises_in_one_breath(desk: Promises) -> None:
    """The customer has it in writing and for the calendar, the thread a line with buttons."""
    desk.types(IVO, "Courier Tuesday 10–12")
    text, file = desk.sent()
    when = "Tuesday, 24 November, 10:00–12:00"
    assert text.reply.text == words(
        "promise_made", name="Maria", what="Courier", time=when, place=""
    )
    assert (file.kind, file.file and file.file.mime) == ("file", "text/calendar")
    line = words("desk_promised", agent="Ivo", what="Courier", time=when, place="")
    assert desk.thread() == [line]
    assert (desk.promise.starts_at, desk.promise.made_by) == (STARTS, IVO.user_id)


def test_what_was_not_understood_opens_the_form(desk: Promises) -> None:
    """Nothing is promised; nor where nothing is said at all."""
    desk.types(IVO, "Courier some day")
    assert desk.forms(IVO) == ["promise"]
    desk.types(IVO, "")
    assert desk.forms(IVO) == ["promise"]
    assert desk.all(Promise) == []


def test_the_customer_reads_their_own_clock(desk: Promises) -> None:
    """With the place it is in; the desk reads the shop's."""
    desk.live("Asia/Tokyo")
    desk.sends(IVO)
    read = to_plain(desk.customer_reads()[0])
    assert read.endswith("Tuesday, 24 November, 17:00–19:00 (Tokyo)")
    assert "10:00–12:00" in desk.thread()[0]


def test_a_zone_with_the_same_clock_is_not_named(desk: Promises) -> None:
    """Helsinki's clock shows what Riga's does."""
    desk.live("Europe/Helsinki")
    desk.sends(IVO)
    assert desk.customer_reads()[0].endswith("10:00–12:00")


def test_what_people_typed_is_no_markup(desk: Promises) -> None:
    """Neither of what is promised nor of the place."""
    desk.sends(IVO, what="a *new* tent", place="Brīvības_1_")
    assert r"a \*new\* tent" in desk.customer_reads()[0]


def test_who_may_promise(desk: Promises) -> None:
    """Whoever has the ticket, or a supervisor; anybody else is refused, and that is on record."""
    desk.types(EVA, "#1 Courier Tuesday 10–12")
    desk.press(EVA, "promise")
    desk.sends(EVA)
    assert desk.all(Promise) == []
    assert desk.refusals == [(EVA.user_id, "promise")] * 3
    desk.sends(OLGA)
    assert desk.promise.made_by == OLGA.user_id


def test_what_nobody_has_is_claimed_first(desk: Promises) -> None:
    """The answer has the button for it; it is no attempt at somebody else's ticket."""
    desk.press(IVO, "release")
    desk.seen()
    desk.press(EVA, "promise")
    desk.types(EVA, "#1 Courier Tuesday 10–12")
    told = [each for each in desk._sent(ROOM) if each.target == EVA.user_id]
    assert [each.blocks[0]["elements"][0]["action_id"] for each in told] == ["claim"] * 2
    assert desk.refusals == [] and desk.all(Promise) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"what": " "}, "Say what is promised."),
        ({"date": "2026-11-21"}, "That time is over already"),
        ({"ends": "10:00"}, "It ends before it begins"),
        ({"date": "2028-11-21"}, "more than a year"),
    ],
)
def test_a_form_that_went_wrong_promises_nothing(
    desk: Promises, wrong: dict[str, str], why: str
) -> None:
    """It is checked again when it is dealt with; nothing typed is lost."""
    desk.sends(IVO, **wrong)
    assert desk.all(Promise) == []
    assert desk.customer_reads() == []
    assert why in " ".join([*desk.whispers(IVO), *desk.direct(IVO.user_id)])


# --- the calendar --------------------------------------------------------------------------------


def test_the_calendar_file(desk: Promises) -> None:
    """As every calendar reads it, whatever its zone, with an alarm ahead."""
    desk.sends(IVO, place="Brīvības 1, Rīga; ieeja A")
    calendar, event = desk.event()
    assert calendar["METHOD"] == "PUBLISH"
    assert (event["UID"], event["SEQUENCE"]) == ("promise-1@frontdesk", 0)
    assert event.start == STARTS
    assert event.end == STARTS + 2 * HOUR
    assert (event["SUMMARY"], event["LOCATION"]) == ("Courier", "Brīvības 1, Rīga; ieeja A")
    assert event.walk("VALARM")[0]["TRIGGER"].dt == -HOUR


def test_a_change_takes_the_place_of_what_was_promised(desk: Promises) -> None:
    """The same event in the customer's calendar, one version later."""
    desk.sends(IVO)
    desk.seen()
    desk.sends(IVO, "1", begins="14:00", ends="")
    _, event = desk.event()
    assert (event["UID"], event["SEQUENCE"]) == ("promise-1@frontdesk", 1)
    assert event.start == STARTS + 4 * HOUR
    assert "DTEND" not in event
    when = "by Tuesday, 24 November, 14:00"
    line = words("desk_promise_changed", agent="Ivo", what="Courier", time=when, place="")
    assert desk.thread() == [line]
    assert len(desk.all(Promise)) == 1


def test_a_change_of_nothing_says_nothing(desk: Promises) -> None:
    """Sent as it was opened, it bothers nobody."""
    desk.sends(IVO)
    desk.seen()
    desk.sends(IVO, "1")
    assert (desk.customer_reads(), desk.thread(), desk.promise.version) == ([], [], 0)


def test_what_is_taken_back_leaves_the_calendar(desk: Promises) -> None:
    """The customer is told, nobody is reminded, and it can be neither changed nor taken back."""
    desk.sends(IVO)
    desk.seen()
    desk.press(IVO, "promise_withdraw", "1")
    calendar, event = desk.event()
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event["UID"], event["SEQUENCE"]) == ("promise-1@frontdesk", 1)
    desk.press(IVO, "promise_withdraw", "1")
    desk.sends(IVO, "1", begins="11:00")
    desk.press(IVO, "promise_kept", "1")
    assert desk.sent() == []
    desk.seen()
    desk.passes(4 * DAY)
    assert [line for line in desk.thread() if "Courier" in line] == []


def test_only_its_owner_takes_it_back(desk: Promises) -> None:
    """Or a supervisor; and only with a promise of this ticket."""
    desk.sends(IVO)
    desk.press(EVA, "promise_withdraw", "1")
    desk.press(IVO, "promise_withdraw", "99")
    assert desk.promise.withdrawn_at is None
    desk.press(OLGA, "promise_withdraw", "1")
    assert desk.promise.withdrawn_at == desk.now


# --- kept ----------------------------------------------------------------------------------------


def reminders(desk: Promises) -> list[str]:
    return [line for line in desk.thread() if "soon due" in line or "kept?" in line]


def test_the_owner_is_reminded_and_asked(desk: Promises) -> None:
    """Each once."""
    desk.sends(IVO)
    desk.seen()
    desk.passes(STARTS - desk.now - timedelta(minutes=30))
    assert len(reminders(desk)) == 1
    desk.passes(timedelta(minutes=20))
    assert reminders(desk) == []
    desk.passes(3 * HOUR)
    assert len(reminders(desk)) == 1
    desk.passes(2 * DAY)
    assert reminders(desk) == []


def test_who_has_just_promised_is_not_reminded(desk: Promises) -> None:
    """What is due within the hour, they know; afterwards they are asked."""
    desk.sends(IVO, date="2026-11-22", begins="11:30", ends="")
    desk.seen()
    desk.passes(timedelta(minutes=10))
    assert reminders(desk) == []
    desk.passes(HOUR)
    assert len(reminders(desk)) == 1


def test_found_late_nobody_is_reminded_of_what_has_begun(desk: Promises) -> None:
    """After a standstill they are only asked how it went."""
    desk.sends(IVO)
    desk.seen()
    desk.passes(3 * DAY)
    assert [("kept?" in line) for line in reminders(desk)] == [True]


def test_changed_it_is_reminded_of_at_the_new_time(desk: Promises) -> None:
    """Also when the old one had been reminded of already."""
    desk.sends(IVO)
    desk.passes(STARTS - desk.now - timedelta(minutes=30))
    desk.sends(IVO, "1", date="2026-11-26")
    desk.seen()
    desk.passes(DAY)
    assert reminders(desk) == []
    desk.passes(DAY)
    assert len(reminders(desk)) == 1
    assert len([i for i in desk.all(FollowUpItem) if i.promise_id]) == 2


def test_it_outlives_the_tickets_end(desk: Promises) -> None:
    """A resolved ticket's promise is reminded of, and can be kept; nothing new is promised."""
    desk.sends(IVO)
    desk.press(IVO, "resolve")
    desk.seen()
    desk.sends(IVO, what="Another")
    assert len(desk.all(Promise)) == 1
    desk.passes(3 * DAY)
    assert len(reminders(desk)) >= 1
    desk.press(IVO, "promise_kept", "1")
    assert desk.promise.kept is True


def test_whoever_has_the_ticket_then_is_reminded(desk: Promises) -> None:
    """Not who made it and has handed it over."""
    desk.sends(IVO)
    desk.claim_as(EVA)
    desk.seen()
    desk.passes(STARTS - desk.now - timedelta(minutes=30))
    assert any("Courier" in line for line in desk.direct(EVA.user_id))
    assert desk.direct(IVO.user_id) == []


def test_kept_or_broken_is_said_once(desk: Promises) -> None:
    """By its owner; of a broken one the thread asks to tell the customer."""
    desk.sends(IVO)
    desk.press(EVA, "promise_broken", "1")
    assert desk.refusals == [(EVA.user_id, "promise_broken")]
    assert [made.kept for made in desk.all(Promise)] == [None]
    desk.seen()
    desk.press(IVO, "promise_broken", "1")
    assert "Please tell Maria Ozola what happens now." in desk.thread()[0]
    desk.press(IVO, "promise_kept", "1")
    broken = desk.promise
    assert broken.kept is False
    assert broken.decided_by == IVO.user_id
    assert desk.events.count("promise_kept") == 0


# --- figures -------------------------------------------------------------------------------------


def test_the_figures(desk: Promises) -> None:
    """Today's for the desk and each colleague, and all of them on the command line."""
    for what in ("One", "Two", "Three", "Four"):
        desk.sends(IVO, what=what)
    desk.press(IVO, "promise_kept", "1")
    desk.press(IVO, "promise_broken", "2")
    desk.press(IVO, "promise_withdraw", "3")

    def shown(session: Session) -> tuple[str, int, int]:
        here = [ROOM.chat_id]
        line = said(desk.desk, today(session, desk.desk, here, desk.now, IVO))
        return line, still_open(session, here, IVO), still_open(session, here, EVA)

    line, his, hers = desk.database.transact(shown)
    assert "promises kept 1/2 · promises open 1" in line
    assert (his, hers) == (1, 0)
    url = desk.database.url.render_as_string(hide_password=False)
    found = read_promises(url, desk.now + 9 * DAY)
    assert [made.state for made in found] == ["kept", "broken", "withdrawn", "overdue"]
    report: dict[str, Any] = json.loads(json.dumps(as_json(found, desk.now)))
    assert [made["what"] for made in report["promises"]] == ["Four"]
    counted = {"kept": 1, "broken": 1, "open": 0, "overdue": 1, "withdrawn": 1}
    assert report["by_agent"] == [{"agent": "Ivo", **counted}]
    page = as_words(found, RIGA)
    assert "#1  OVERDUE · 2026-11-24 10:00–12:00 · Four" in page
    assert "One" not in page
    assert "One" in as_words(found, RIGA, all_=True)
    assert as_words([], RIGA) == "There are no promises."
    assert read_promises(url, desk.now, MORNING + 9 * DAY) == []


def test_nothing_is_asked_of_a_promise_that_is_not_there(desk: Promises) -> None:
    """A button of another ticket's promise does nothing."""
    desk.press(IVO, "promise_kept", "7")
    assert desk.whispers(IVO) == ["This promise has been decided or taken back already."]


def test_in_slack_there_is_no_file(database: Database) -> None:
    """A customer there has it in words alone."""
    desk, at = Promises(database), Address("slack", "D7")
    desk.writes(at, "A person, please", "human")
    desk.press(IVO, "claim", ticket=2)
    desk._sent(at)
    desk.types(IVO, "#2 Courier Tuesday 10–12")
    assert [item.kind for item in desk._sent(at)] == ["post"]


# --- the command line ----------------------------------------------------------------------------


def test_the_command(desk: Promises, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A page for people, JSON for programs, and a sentence for what cannot be."""
    desk.sends(IVO)
    monkeypatch.chdir(tmp_path)
    url = desk.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    run = CliRunner().invoke
    assert "Courier" in run(app, ["promises", "--all"]).output
    found = json.loads(run(app, ["promises", "--all", "--json"]).stdout)
    assert found["promises"][0]["starts_at"] == STARTS.isoformat()
    wrong = run(app, ["promises", "--since", "soon"])
    assert wrong.exit_code == 2
    assert "is no time" in wrong.output
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    missing = run(app, ["promises"])
    assert missing.exit_code == 2
    assert "there is no database" in missing.output
