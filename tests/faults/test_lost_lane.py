"""One chat's claim is lost while several sends are under way: the others' ends still count."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, update
from sqlmodel import Session

from bot import outbox
from bot.domain import Outgoing
from bot.storage.database import Database
from bot.storage.lanes import LANES
from tests.test_workers import PaperChannel, Rig


def take_over(session: Session) -> None:
    lane = (LANES.c.queue == "out:paper") & (LANES.c.key == "paper:ada")
    session.connection().execute(update(LANES).where(lane).values(token="another's"))


def states(session: Session) -> dict[str, str]:
    query = select(outbox.OUTBOX.c.lane, outbox.OUTBOX.c.state)
    return {row.lane: row.state for row in session.connection().execute(query)}


async def test_one_lost_lane_does_not_take_the_others_with_it(database: Database) -> None:
    """What was sent to the others is not sent again, and not put in doubt."""

    together = asyncio.Barrier(3)

    class Usurped(PaperChannel):
        async def send(self, item: Outgoing) -> str:
            if item.address.chat_id == "ada":
                await database.run(take_over)
            await together.wait()
            return await super().send(item)

    rig = Rig(database, Usurped())
    for chat in ("ada", "bob", "eve"):
        rig.queue(chat, f"hello {chat}")
    await rig.outbox.step()
    await rig.outbox.finish()
    found = database.transact(states)
    assert found == {"paper:ada": "sending", "paper:bob": "sent", "paper:eve": "sent"}
