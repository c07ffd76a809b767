"""One ticket of Maria's and all that a desk can do to it; each act is a transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.channels.markdown import to_plain
from bot.domain import (
    Address,
    Agent,
    DeskAction,
    DeskForm,
    DeskMessage,
    DeskReaction,
    Outgoing,
)
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.desk_policy import Shift
from bot.storage.database import Database
from bot.storage.tables import OutboxItem, Refusal, Ticket, TicketEvent
from handoff import desk as desk_events
from tests.handoff.complaint_stage import KB, ROOM, Stage

CARD_ID = "100.1"
THREAD = Address("slack", ROOM.chat_id, CARD_ID)
HERE = frozenset({ROOM.chat_id})
IVO = Agent("U1", "Ivo Ozols", on_desk=True, desks=HERE)
EVA = Agent("U2", "Eva Berzina", on_desk=True, desks=HERE)
OLGA = Agent("U08", "Olga Kalnina", on_desk=True, desks=HERE)  # a supervisor by the rota…
PETER = Agent("U09", "Peter Liepa", on_desk=True, desks=HERE)  # …and the one after her
OTTO = Agent("U3", "Otto Outsider", on_desk=False)
ROTA = (
    Shift(name="Olga", slack="U08", phone="+371 20000000"),
    Shift(name="Peter", slack="U09"),
)


def with_rota(kb: KnowledgeBase, *rota: Shift) -> KnowledgeBase:
    """The same, with these to be called."""
    desk = kb.policy.desk.model_copy(update={"rota": rota})
    return replace(kb, policy=kb.policy.model_copy(update={"desk": desk}))


CALLED = with_rota(KB, *ROTA)


class Course(Stage):
    """Maria has asked for a person; her card is posted. What was sent by then has been seen."""

    def __init__(self, database: Database, kb: KnowledgeBase = CALLED) -> None:
        super().__init__(database, kb)
        self.says("A person, please", "human")
        self.seen()

    def seen(self) -> None:
        """Look at everything that has been sent, so that what follows shows what is new."""
        self.customer_reads()
        self._sent(ROOM)
        for agent in (IVO, EVA, OLGA, PETER, OTTO):
            self.direct(agent.user_id)

    def press(
        self, agent: Agent, action: str, subject: str = "", ticket: int = 1, alone: bool = False
    ) -> None:
        """A button on the card, or in a message to this colleague alone."""
        at = Address("slack", agent.user_id) if alone else THREAD
        self._do(
            DeskAction(self._next(), at, agent, action, ticket, self.now, subject, trigger="T1")
        )

    def fill_in(
        self, agent: Agent, name: str, colleague: Agent | None = None, **values: str
    ) -> None:
        to = {"to": colleague.user_id} if colleague else {}
        form = DeskForm(self._next(), THREAD, agent, name, 1, {**to, **values}, self.now)
        self._do(replace(form, colleague=colleague))

    def write(self, agent: Agent, text: str, message: str = "", change: Any = "new") -> str:
        """Something in the card's thread; returns the message's id."""
        message = message or f"200.{self._next()}"
        event = DeskMessage(self._next(), THREAD, agent, text, self.now, message, change=change)
        self._do(event)
        return message

    def react(self, agent: Agent, emoji: str, message: str = CARD_ID, room: str = "") -> None:
        at = Address("slack", room or ROOM.chat_id, message)
        self._do(DeskReaction(self._next(), at, agent, emoji, message, self.now))

    def _do(self, event: Any) -> None:
        self._send(desk_events.handle, event, self.desk)

    def _next(self) -> str:
        self._count += 1
        return str(self._count)

    # --- what there is to see ---------------------------------------------------------------------

    def direct(self, user_id: str) -> list[str]:
        """What this colleague has been sent alone since the last look, but for their home."""
        items = self._sent(Address("slack", user_id))
        return [to_plain(item.reply.text) for item in items if item.kind == "post"]

    def asked(self, agent: Agent) -> tuple[str, list[tuple[str, str, str]]]:
        """The last thing that this agent alone was shown, and its buttons: label, action, value."""
        items = [item for item in self._sent(ROOM) if item.target == agent.user_id]
        return items[-1].reply.text, buttons(items[-1])

    def paged(self, agent: Agent) -> list[tuple[str, str, str]]:
        """The buttons of the last message to this colleague alone."""
        items = self._sent(Address("slack", agent.user_id))
        return buttons(items[-1]) if items else []

    def forms(self, agent: Agent) -> list[str]:
        """The names of the forms that were opened for this colleague since the last look."""
        items = self._sent(Address("slack", agent.user_id))
        views = [item.blocks[0] for item in items if item.kind == "form"]
        return [view["callback_id"].removeprefix("frontdesk:") for view in views]

    def in_channel(self) -> list[str]:
        """What has been said in the channel itself since the last look."""
        sent = self._sent(ROOM)
        return [i.reply.text for i in sent if i.kind == "post" and not i.address.thread_id]

    @property
    def ticket(self) -> Ticket:
        """The first one."""
        ticket: Ticket = self.all(Ticket)[0]
        return ticket

    @property
    def events(self) -> list[str]:
        """What has happened to tickets."""
        return [event.kind for event in self.all(TicketEvent)]

    @property
    def refusals(self) -> list[tuple[str, str]]:
        """Who tried what and may not."""
        return [(each.agent_id, each.action) for each in self.all(Refusal)]

    def line_sent(self, text: str) -> str:
        """Slack's id of the bot's last line in the thread with this text."""
        rows = [row for row in self.all(OutboxItem) if text in row.payload.get("text", "")]
        message = f"300.{rows[-1].id}"

        def work(session: Any) -> None:
            session.get(OutboxItem, rows[-1].id).external_id = message

        self.database.transact(work)
        return message


def buttons(item: Outgoing) -> list[tuple[str, str, str]]:
    elements = [e for block in item.blocks for e in block.get("elements", ())]
    found = [e for e in elements if e.get("type") == "button"]
    return [(e["text"]["text"], e["action_id"], e["value"]) for e in found]
