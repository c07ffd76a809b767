"""Plays a dialogue against the whole app: real adapters and SDKs, both stand-ins, SQLite.

What one person writes in lines that follow each other is sent at once, without waiting. Before any
other line the player waits until everything has come to rest: every update fetched, every event
acknowledged, inbox and outbox empty in the database. So what is seen is all there is to see."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import NoReturn

from sqlmodel import Session, col, func, select

from bot import inbox
from bot.stage import Stage
from bot.storage.tables import InboxItem, Lane, OutboxItem
from tests.dialogues.cast import Cast, Miscast
from tests.dialogues.dialogue import (
    Blocks,
    Closes,
    Deletes,
    Dialogue,
    Directs,
    Edits,
    FillsIn,
    Passes,
    Presses,
    Says,
    Sees,
    SeesNothing,
    Sends,
    Step,
)
from tests.dialogues.shown import Shown, fits
from tests.dialogues.stage_directions import direct
from tests.dialogues.views import Views

INBOX = "the inbox"
PATIENCE = 40.0  # seconds until what does not come to rest counts as stuck
A_MOMENT = timedelta(seconds=10)  # what passes before each line that does not follow at once
LOOK_AGAIN = 0.004  # seconds
_AT_ONCE = (Says, Edits, Deletes, Sends)  # a button has to be seen before it is pressed


class Unlike(AssertionError):
    """What was seen is not what is written; the text names file and line."""


class Player:
    """One performance of one dialogue."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._name = ""
        self._cast = Cast(stage)
        self._views = Views(stage, self._cast)
        self._seen: Counter[str] = Counter()  # how much of each view the dialogue has told

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
            except (Miscast, LookupError, ValueError) as error:
                self._fail(step, str(error))
            before = step if isinstance(step, _AT_ONCE) else None
        await self._end(dialogue.steps[-1])

    async def _do(self, step: Step) -> None:
        match step:
            case Sees():
                self._sees(step)
            case SeesNothing():
                self._sees_nothing(step)
            case Passes():
                await self._stage.skip(step.time)
            case Directs():
                await direct(step.text, self._stage, self._cast)
            case _:
                await self._act(step)

    async def _act(self, step: Step) -> None:
        person = self._cast.person(step)
        match step:
            case Edits():
                await person.edit(step.text, step.place)
            case Deletes():
                await person.delete(step.place)
            case Sends():
                await person.send(step.kind, step.text, step.place)
            case Presses():
                await person.press(step.label, step.place)
            case FillsIn():
                await person.fill_in(self._cast.named(step.values))
            case Closes():
                await person.close_form()
            case Blocks():
                await person.block(step.how == "blocks")
            case _:
                await person.say(step.text, step.place)

    # --- what is seen ----------------------------------------------------------------------------

    def _sees(self, step: Sees) -> None:
        views = self._views.everything()
        shown = views.get(step.view, [])
        if step.view.endswith(" sees the form"):
            found = self._views.form(step.view.partition(" ")[0])
        elif step.view.startswith("card "):
            self._seen[step.view] = len(shown)
            found = shown[-1] if shown else None
        else:
            found = next(iter(shown[self._seen[step.view] :]), None)
            self._seen[step.view] += 1
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

    def _unread(self, views: dict[str, list[Shown]]) -> str:
        return "\n".join(
            each.line(view) for view, shown in views.items() for each in shown[self._seen[view] :]
        )

    async def _end(self, last: Step) -> None:
        await self._rest(last)
        if unread := self._unread(self._views.everything()):
            raise Unlike(f"{self._name}: at the end there is more than is written:\n{unread}")
        if aside := await self._stage.app.database.run(inbox.quarantined):
            raise Unlike(f"{self._name}: {aside} events could not be dealt with; see the log")

    def _fail(self, step: Step, seen: str) -> NoReturn:
        raise Unlike(f"{self._name}:{step.line}: written is\n{step.source}\nseen is\n{seen}")

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
        if not isinstance(step, Sees | SeesNothing):
            self._stage.clock.skip(A_MOMENT)

    async def _busy(self) -> str:
        running = self._stage.running
        if running is not None and running.done():
            running.result()
        busy = self._undelivered() or await self._stage.app.database.run(_undone)
        if busy == INBOX:
            await self._be_patient()
        return busy or self._undelivered()

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
    return {f"bot → {name}", f"only {name} sees", f"the form tells {name}"}


def _waits_until(session: Session) -> datetime | None:
    """When the first lane of the inbox is due; None while one is at work."""
    held = select(func.count()).where(Lane.queue == "in", col(Lane.token).is_not(None))
    if session.exec(held).one():
        return None
    due = select(func.min(Lane.due)).where(Lane.queue == "in", Lane.pending > 0)
    return session.exec(due).one()


def _undone(session: Session) -> str:
    waiting = select(func.count()).where(col(InboxItem.processed_at).is_(None))
    if session.exec(waiting).one():
        return INBOX
    unsent = select(OutboxItem).where(col(OutboxItem.state).in_(("queued", "sending")))
    item = session.exec(unsent.limit(1)).first()
    return f"the outbox ({item.channel}, {item.error or 'no error'})" if item else ""
