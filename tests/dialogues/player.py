"""Plays a dialogue against the whole app: real adapters and SDKs, both stand-ins, SQLite.

What one person writes in lines that follow each other is sent at once, without waiting. Before any
other line the player waits until everything has come to rest: every update fetched, every event
acknowledged, inbox and outbox empty in the database. So what is seen is all there is to see."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import literal, or_
from sqlmodel import Session, col, func, select

from bot import inbox
from bot.playground.slack.values import SlackError
from bot.stage import Stage
from bot.storage.tables import InboxItem, Lane, OutboxItem
from tests.dialogues.acting import act
from tests.dialogues.cast import Cast
from tests.dialogues.people import Miscast
from tests.dialogues.shown import Shown, fits
from tests.dialogues.stage_directions import direct
from tests.dialogues.steps import (
    Deletes,
    Dialogue,
    Directs,
    Edits,
    Passes,
    Replies,
    Says,
    Sees,
    SeesNothing,
    SeesTyping,
    Sends,
    SendsFiles,
    Step,
)
from tests.dialogues.views import Views, need_not_be_told

INBOX = "the inbox"
PATIENCE = 40.0  # seconds until what does not come to rest counts as stuck
A_MOMENT = timedelta(seconds=10)  # what passes before each line that does not follow at once
SOON = timedelta(seconds=5)  # what waits longer for its next attempt waits for somebody to help
LOOK_AGAIN = 0.004  # seconds
# A button has to be seen before it is pressed.
_AT_ONCE = (Says, Replies, Edits, Deletes, Sends, SendsFiles)
_LOOKS = (Sees, SeesNothing, SeesTyping)


class Unlike(AssertionError):
    """What was seen is not what is written; the text names file and line."""


class Player:
    """One performance of one dialogue."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._name = ""
        self._cast = Cast(stage)
        self._views = Views(stage, self._cast)
        self._told: defaultdict[str, set[str]] = defaultdict(set)  # of each view, by key
        self._typed: Counter[str] = Counter()

    async def play(self, dialogue: Dialogue) -> None:
        """Do what is written and hold what is seen against it. Raises Unlike at the first
        difference, and for anything that is seen and stands nowhere in the dialogue."""
        self._name = dialogue.name
        before: Step | None = None
        for step in dialogue.steps:
            if before is None or not isinstance(step, _AT_ONCE) or step.who != before.who:
                await self._rest(step)
            try:
                await self._do(step)
            except (Miscast, SlackError, LookupError, ValueError) as error:
                self._fail(step, str(error))
            before = step if isinstance(step, _AT_ONCE) else None
        await self._end(dialogue.steps[-1])

    async def _do(self, step: Step) -> None:
        match step:
            case Sees():
                self._sees(step)
            case SeesNothing():
                self._sees_nothing(step)
            case SeesTyping():
                await self._sees_typing(step)
            case Passes():
                await self._stage.skip(step.time)
            case Directs():
                await direct(step.text, self._stage, self._cast)
            case _:
                await act(step, self._cast)

    # --- what is seen ----------------------------------------------------------------------------

    def _sees(self, step: Sees) -> None:
        views = self._views.everything()
        shown = views.get(step.view, [])
        if step.view.endswith(" sees the form"):
            found = self._views.form(step.view.partition(" ")[0])
        elif step.view.startswith("home of "):
            found = self._views.home(step.view.removeprefix("home of "))
        elif step.view.startswith("card "):
            self._told[step.view] |= {each.key for each in shown}
            found = shown[-1] if shown else None
        else:
            found = next(self._new(step.view, shown), None)
            self._told[step.view] |= {found.key} if found else set()
        if found is None or not fits(step, found):
            self._fail(step, found.line(step.view) if found else self._unread(views) or "nothing")

    def _sees_nothing(self, step: SeesNothing) -> None:
        views = self._views.everything()
        theirs = {
            view: shown
            for view, shown in views.items()
            if not step.who or view in _seen_by(step.who)
        }
        if unread := self._unread(theirs):
            self._fail(step, unread)

    async def _sees_typing(self, step: SeesTyping) -> None:
        if step.who not in self._cast.telegram:
            raise Miscast("only Telegram shows that a bot is writing")
        customer, since = self._cast.telegram[step.who].customer, self._typed[step.who]
        async with asyncio.timeout(PATIENCE):
            while customer.typed <= since:
                await customer.world.pulse.after(customer.world.pulse.version, LOOK_AGAIN)
        self._typed[step.who] = customer.typed

    def _new(self, view: str, shown: list[Shown]) -> Iterator[Shown]:
        return (each for each in shown if each.key not in self._told[view])

    def _unread(self, views: dict[str, list[Shown]]) -> str:
        return "\n".join(
            each.line(view)
            for view, shown in views.items()
            if not need_not_be_told(view)
            for each in self._new(view, shown)
        )

    async def _end(self, last: Step) -> None:
        await self._rest(last)
        if unread := self._unread(self._views.everything()):
            raise Unlike(f"{self._name}: at the end there is more than is written:\n{unread}")
        if aside := await self._stage.app.database.run(inbox.quarantined):
            raise Unlike(f"{self._name}: {aside} events could not be dealt with; see the log")

    def _fail(self, step: Step, seen: str) -> NoReturn:
        text = f"{self._name}:{step.line}: written is\n{step.source}\nseen is\n{seen}"
        if withheld := dict.fromkeys(self._stage.slack.withheld):
            text += "\nSlack told the app nothing of this: " + "; ".join(withheld)
        raise Unlike(text)

    # --- rest ------------------------------------------------------------------------------------

    async def _rest(self, step: Step) -> None:
        """Return when there is nothing left to do; a moment passes before somebody does more."""
        busy = "the app"
        try:
            async with asyncio.timeout(PATIENCE):
                # The database rings no bell, so it is asked again and again.
                while busy := await self._busy():  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            text = f"{self._name}:{step.line}: before this line {busy} never came to rest"
            raise Unlike(text) from None
        self._views.everything()  # so that the cards' looks are remembered
        if not isinstance(step, _LOOKS):
            self._stage.clock.skip(A_MOMENT)

    async def _busy(self) -> str:
        running = self._stage.running
        if running is not None and running.done():
            running.result()
        soon = self._stage.clock() + SOON
        busy = self._undelivered() or await self._stage.app.database.run(_undone, soon)
        if busy == INBOX:
            await self._be_patient()
        return busy or self._undelivered() or await self._let_go()

    async def _let_go(self) -> str:
        """Let the moment pass in which a reply could still be changed: nobody has."""
        now = self._stage.clock()
        until = await self._stage.app.database.run(_held_until, now)
        if until is None:
            return ""
        self._stage.clock.skip(until - now)
        self._stage.app.bells.ring_outboxes()
        return "what is held"

    async def _be_patient(self) -> None:
        """Let the moment pass that a customer is given to finish: everything they said is here."""
        now = self._stage.clock()
        due = await self._stage.app.database.run(_waits_until)
        if due is not None and due > now and not self._undelivered():
            self._stage.clock.skip(due - now)
            self._stage.app.bells.inbox.ring()

    def _undelivered(self) -> str:
        if self._stage.telegram.pending:
            return "the queue of Telegram's updates"
        slack = self._stage.slack
        done = {id(delivery.payload) for delivery in slack.deliveries if delivery.acked}
        return "" if all(id(event) in done for event in slack.events) else "Slack's events"


def _seen_by(name: str) -> set[str]:
    return {
        f"bot → {name}", f"file → {name}", f"calendar file → {name}", f"bot changes for {name}",
        f"bot deletes for {name}", f"only {name} sees", f"the form tells {name}",
    }  # fmt: skip


def _waits_until(session: Session) -> datetime | None:
    """When the first lane of the inbox is due; None while one is at work."""
    held = select(func.count()).where(Lane.queue == "in", col(Lane.token).is_not(None))
    if session.exec(held).one():
        return None
    due = select(func.min(Lane.due)).where(Lane.queue == "in", Lane.pending > 0)
    return session.exec(due).one()


def _held_until(session: Session, now: datetime) -> datetime | None:
    """Until when the first of what may still be changed is held."""
    held = select(func.min(OutboxItem.hold_until)).where(
        OutboxItem.state == "queued", col(OutboxItem.hold_until) > now
    )
    return session.exec(held).one()


def _undone(session: Session, soon: datetime) -> str:
    waiting = select(func.count()).where(col(InboxItem.processed_at).is_(None))
    if session.exec(waiting).one():
        return INBOX
    unsent = (
        select(OutboxItem)
        .join(Lane, (col(Lane.key) == OutboxItem.lane) & (col(Lane.pending) > 0))
        .where(
            col(OutboxItem.state).in_(("queued", "sending")),
            col(Lane.queue) == literal("out:") + col(OutboxItem.channel),
            or_(col(Lane.due) <= soon, col(Lane.token).is_not(None)),
        )
    )
    item = session.exec(unsent.limit(1)).first()
    return f"the outbox ({item.channel}, {item.error or 'no error'})" if item else ""
