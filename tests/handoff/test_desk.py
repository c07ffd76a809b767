"""What people do on the desk, and what comes of it: rows and things to send, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from bot import outbox
from bot.domain import (
    NO_CARD,
    Address,
    Agent,
    Attachment,
    DeskAction,
    DeskMessage,
    InboundMessage,
    Person,
    Reading,
)
from bot.outbox import CARD, Draft
from bot.service import House, customer_event
from bot.storage.database import Database
from bot.storage.tables import DeskAgent, FollowUpItem, Message, OutboxItem, Ticket, TicketEvent
from handoff import delivery, posts, speaking
from handoff import desk as desk_events
from handoff.delivery import DELIVERED
from handoff.rows import Desk
from tests.conftest import shipped_kb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOM, CARD_ID = Address("slack", "C0DESK"), "100.1"
THREAD = Address("slack", "C0DESK", CARD_ID)
CUSTOMER = Address("telegram", "1")
MARIA = "Maria *Ozola*"
IVO = Agent("U1", "Ivo Ozols", on_desk=True)
PICTURE = Attachment("photo", "F1", "tent.jpg", "image/jpeg", 12_000)
EVA = Agent("U2", "Eva Berzina", on_desk=True)
OTTO = Agent("U3", "Otto Outsider", on_desk=False)
KB = shipped_kb(date(2026, 11, 22))
RIGA = ZoneInfo("Europe/Riga")
DESK = Desk(ROOM, KB, "en", RIGA)
HOUSE = House(KB, DESK, "en", RIGA)


def words(key: str, **values: object) -> str:
    return KB.say("en", key, **values)


class TheDesk:
    """One ticket of Maria's, and what is done to it; each act is a transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._count = 0
        self.opened: list[Draft] = database.transact(self._open)

    def _open(self, session: Session) -> list[Draft]:
        asked = InboundMessage("1", CUSTOMER, Person("1", "Maria *Ozola*"), "A person!", NOW, "1")
        reading = Reading("A person!", {"en": 1.0}, (), frozenset({"human"}))
        drafts = customer_event(session, asked, reading, HOUSE, NOW)
        ticket = session.exec(select(Ticket)).one()
        ticket.card_id = CARD_ID
        return drafts

    def act(
        self, action: str, agent: Agent, ticket: int = 1, room: str = ROOM.chat_id
    ) -> list[Draft]:
        self._count += 1
        event = DeskAction(str(self._count), Address("slack", room), agent, action, ticket, NOW)
        return self._do(event)

    def write(self, agent: Agent, text: str, **fields: Any) -> list[Draft]:
        self._count += 1
        known: dict[str, Any] = {
            "external_id": str(self._count), "address": THREAD, "agent": agent, "text": text,
            "sent_at": NOW, "message_id": f"200.{self._count}",
        }  # fmt: skip
        return self._do(DeskMessage(**{**known, **fields}))

    def _do(self, event: DeskAction | DeskMessage) -> list[Draft]:
        return self.database.transact(desk_events.handle, event, DESK, NOW)

    def rows(self, kind: type[Any]) -> list[Any]:
        with Session(self.database.engine) as session:
            return list(session.exec(select(kind).order_by(col(kind.id))).all())

    @property
    def ticket(self) -> Ticket:
        ticket: Ticket = self.rows(Ticket)[0]
        return ticket

    @property
    def history(self) -> list[str]:
        return [event.kind for event in self.rows(TicketEvent)]


@pytest.fixture
def desk(database: Database) -> TheDesk:
    return TheDesk(database)


def told(drafts: list[Draft], agent: Agent) -> list[str]:
    """What only this agent is shown."""
    return [d.item.reply.text for d in drafts
            if d.item.kind == "whisper" and d.item.target == agent.user_id]  # fmt: skip


def to_customer(drafts: list[Draft]) -> list[str]:
    return [d.item.reply.text for d in drafts if d.item.address == CUSTOMER]


def kinds(drafts: list[Draft]) -> list[tuple[str, str]]:
    return [(draft.item.kind, draft.purpose) for draft in drafts]


def test_a_handoff_posts_a_card_and_tells_the_customer(desk: TheDesk) -> None:
    """First the card, so that its thread is there for what follows."""
    assert kinds(desk.opened) == [("post", "card"), ("post", "to_customer")]
    assert desk.opened[0].item.address == ROOM
    assert desk.history == ["opened"]


def test_the_first_to_claim_has_it(desk: TheDesk) -> None:
    """The card changes, the claimer is told how it works, the customer who came."""
    drafts = desk.act("claim", IVO)
    assert kinds(drafts) == [("update", "card_update"), ("whisper", ""), ("post", "to_customer")]
    assert drafts[0].item.target == CARD
    assert told(drafts, IVO) == [words("desk_you_claimed", name="Maria *Ozola*")]
    assert to_customer(drafts) == [words("agent_joined", agent="Ivo")]
    assert desk.ticket.claimed_by == "U1"
    assert [agent.name for agent in desk.rows(DeskAgent)] == ["Ivo"]


def test_the_second_is_told_who_was_first(desk: TheDesk) -> None:
    """Nothing changes, and nobody else hears of it."""
    desk.act("claim", IVO)
    (draft,) = desk.act("claim", EVA)
    assert told([draft], EVA) == ["Ivo was first and has had it since 14:00."]
    assert desk.ticket.claimed_by == "U1"
    assert told(desk.act("claim", IVO), IVO) == [words("desk_yours_already")]
    assert desk.history == ["opened", "claimed"]


def test_the_claimers_words_reach_the_customer_signed(desk: TheDesk) -> None:
    """Literally, under the first name, and kept as a message of the ticket."""
    desk.act("claim", IVO)
    draft, *_ = desk.write(IVO, " It costs *5* < 6 € ", message_id="200.9")
    assert (draft.purpose, draft.item.address) == ("agent_reply", CUSTOMER)
    reply = draft.item.reply
    assert (reply.text, reply.author, reply.literal) == ("It costs *5* < 6 €", "Ivo", True)
    message = desk.rows(Message)[-1]
    assert (message.author, message.agent_id, message.external_id) == ("agent", "U1", "200.9")
    assert draft.message_id == message.id


@pytest.mark.parametrize(
    ("claimed", "agent", "text", "answer"),
    [
        (True, IVO, "// she is angry", None),
        (True, EVA, "say no", words("desk_note_kept", agent="Ivo", name=MARIA)),
        (True, EVA, "// say no", None),
        (True, OTTO, "hello", words("desk_outsider")),
        (False, IVO, "hello", words("desk_claim_and_send", name=MARIA)),
        (False, IVO, "// mine?", None),
    ],
)
def test_what_stays_inside(
    claimed: bool, agent: Agent, text: str, answer: str | None, desk: TheDesk
) -> None:
    """Kept as a note, never sent; its author, and nobody else, is told why if that was no note."""
    if claimed:
        desk.act("claim", IVO)
    before = len(desk.rows(Message))
    drafts = desk.write(agent, text)
    assert to_customer(drafts) == []
    assert told(drafts, agent) == ([answer] if answer else [])
    assert len(drafts) == bool(answer)
    assert len(desk.rows(Message)) == before
    assert desk.rows(TicketEvent)[-1].kind == "noted"
    assert desk.rows(TicketEvent)[-1].detail["text"] == text.removeprefix("//").strip()


def test_a_colleague_is_told_only_once_that_notes_stay_inside(desk: TheDesk) -> None:
    """Two who talk in the thread are not interrupted at every line."""
    desk.act("claim", IVO)
    assert told(desk.write(EVA, "first"), EVA)
    assert desk.write(EVA, "second") == []
    assert desk.history[-2:] == ["noted", "noted"]


def test_who_has_only_left_notes_has_not_been_told(desk: TheDesk) -> None:
    """A colleague who takes the thread for the customer's ear is told, whatever went before."""
    desk.write(EVA, "// she called yesterday")
    assert told(desk.write(EVA, "hello?"), EVA) == [words("desk_claim_and_send", name=MARIA)]
    desk.act("claim", IVO)
    desk.write(EVA, "// again")
    answer = told(desk.write(EVA, "Your parcel is on its way"), EVA)
    assert answer == [words("desk_note_kept", agent="Ivo", name=MARIA)]


def test_who_is_handed_nothing_keeps_the_bot_silent(desk: TheDesk) -> None:
    """An empty message sends nothing; a file goes with its words, or without any."""
    desk.act("claim", IVO)
    assert desk.write(IVO, "  ") == []
    alone, *_card = desk.write(IVO, "", files=(PICTURE,))
    assert (alone.item.kind, alone.item.reply.author) == ("file", "Ivo")
    said, sent = desk.write(IVO, "see the picture", files=(PICTURE,))[:2]
    assert (said.item.reply.text, sent.item.kind) == ("see the picture", "file")
    assert said.message_id == sent.message_id


def test_a_changed_reply_follows_to_the_customer(desk: TheDesk) -> None:
    """A note stays one, whatever becomes of it."""
    desk.act("claim", IVO)
    desk.write(IVO, "5 days", message_id="200.9")
    desk.write(IVO, "// hm", message_id="200.10")
    for change in ("edited", "deleted"):
        assert to_customer(desk.write(IVO, "// ha", message_id="200.10", change=change)) == []
    assert desk.rows(Message)[-1].text == "5 days"
    desk.write(IVO, "7 days", message_id="200.9", change="edited")
    assert desk.rows(Message)[-1].text == "7 days"


def test_resolving(desk: TheDesk) -> None:
    """The customer is told, the card says so, the poll is planned, and the bot has it back."""
    desk.act("claim", IVO)
    drafts = desk.act("resolve", IVO)
    assert kinds(drafts) == [("update", "card_update"), ("post", "to_customer")]
    assert to_customer(drafts) == [words("ticket_resolved", agent="Ivo")]
    assert desk.ticket.resolved_at == NOW
    (poll,) = [each for each in desk.rows(FollowUpItem) if each.kind == "csat"]
    assert (poll.key, poll.run_at) == ("csat:1", NOW + timedelta(hours=1))
    for again in ("claim", "resolve"):
        assert told(desk.act(again, IVO), IVO) == [words("desk_closed")]
    asked = told(desk.write(IVO, "one more thing"), IVO)
    assert asked == [words("desk_closed_send", name=MARIA)]
    assert len([each for each in desk.rows(FollowUpItem) if each.kind == "csat"]) == 1


def test_a_colleague_resolves_what_somebody_else_has(desk: TheDesk) -> None:
    """The claimer may have gone home; who closed it is on record, and is who is named."""
    desk.act("claim", IVO)
    drafts = desk.act("resolve", EVA)
    assert to_customer(drafts) == [words("ticket_resolved", agent="Eva")]
    assert desk.ticket.claimed_by == "U1"
    resolved = desk.rows(TicketEvent)[-1]
    assert (resolved.kind, resolved.agent_id) == ("resolved", "U2")


def test_anybody_on_the_desk_may_close_what_nobody_has(desk: TheDesk) -> None:
    """Spam is closed without claiming it first."""
    desk.act("resolve", EVA)
    assert desk.ticket.resolved_at == NOW


@pytest.mark.parametrize("action", ["claim", "resolve"])
def test_an_outsiders_click_is_refused(action: str, desk: TheDesk) -> None:
    """Only they see the refusal, and nothing has happened."""
    assert told(desk.act(action, OTTO), OTTO) == [words("desk_outsider")]
    assert (desk.ticket.claimed_by, desk.ticket.resolved_at) == (None, None)


@pytest.mark.parametrize(
    "click",
    [
        lambda desk: desk.act("claim", IVO, ticket=99),
        lambda desk: desk.act("claim", IVO, ticket=0),
        lambda desk: desk.act("explode", IVO),
        lambda desk: desk.act("claim", IVO, room="C0OTHER"),
    ],
    ids=["another number", "no number", "another action", "another channel"],
)
def test_a_click_on_what_is_not_there(
    click: Callable[[TheDesk], list[Draft]], desk: TheDesk
) -> None:
    """A card of an earlier installation, or a forged one, gets a clear answer."""
    assert told(click(desk), IVO) == [words("desk_unknown_ticket")]
    assert desk.ticket.claimed_by is None


def test_other_threads_in_the_channel(desk: TheDesk) -> None:
    """People talk among themselves; only below a post of ours is silence a trap."""
    elsewhere = Address("slack", "C0DESK", "50.5")
    assert desk.write(IVO, "lunch?", address=ROOM) == []
    assert desk.write(IVO, "lunch?", address=elsewhere) == []
    drafts = desk.write(IVO, "dear customer", address=elsewhere, under_our_post=True)
    assert told(drafts, IVO) == [words("desk_unknown_thread")]
    edited = desk.write(IVO, "x", address=elsewhere, under_our_post=True, change="edited")
    assert edited == []


# --- how sends end -------------------------------------------------------------------------------


def ended(
    desk: TheDesk, draft: Draft, state: str, error: str = "", twice: bool = False
) -> list[Draft]:
    def work(session: Session) -> list[Draft]:
        return delivery.delivered(session, DESK, draft, state, "900.1", error, twice, NOW)

    return desk.database.transact(work)


def test_a_delivered_reply_gets_its_receipt(desk: TheDesk) -> None:
    """A sign on the agent's own message, once the customer has it."""
    desk.act("claim", IVO)
    reply, *_ = desk.write(IVO, "Hello", message_id="200.9")
    (receipt,) = ended(desk, reply, "sent")
    assert (receipt.item.kind, receipt.item.target) == ("react", "200.9")
    assert receipt.item.emoji == DELIVERED


@pytest.mark.parametrize(
    ("error", "says"),
    [("blocked", "has blocked the bot"), ("gone", "no longer exists"), ("Bad Request", "refused")],
)
def test_a_reply_that_failed_is_said_in_the_thread(error: str, says: str, desk: TheDesk) -> None:
    """With the reason, where everybody on the ticket sees it."""
    desk.act("claim", IVO)
    reply, *_ = desk.write(IVO, "Hello")
    (notice,) = ended(desk, reply, "failed", error)
    assert notice.item.address == Address("slack", "C0DESK", CARD)
    assert notice.item.reply.text.startswith("Not delivered: ")
    assert says in notice.item.reply.text
    assert notice.item.reply.literal
    assert desk.history[-1] == "undelivered"


def test_a_doubtful_reply_is_shown_as_such(desk: TheDesk) -> None:
    """Unknown whether it arrived, or perhaps twice: the agent is told which, with the words."""
    desk.act("claim", IVO)
    reply, *_ = desk.write(IVO, "Hello there")
    (maybe,) = ended(desk, reply, "uncertain", "no answer in time")
    assert "may or may not have arrived" in maybe.item.reply.text
    assert "“Hello there”" in maybe.item.reply.text
    receipt, twice = ended(desk, reply, "sent", twice=True)
    assert (receipt.item.kind, twice.item.kind) == ("react", "post")
    assert "arrived twice" in twice.item.reply.text
    assert desk.history[-2:] == ["uncertain", "uncertain"]


def test_a_card_that_may_not_be_there_is_posted_again(desk: TheDesk) -> None:
    """Two cards do less harm than none."""
    (again,) = ended(desk, desk.opened[0], "uncertain", "no answer in time")
    assert (again.purpose, again.item.kind) == ("card", "post")
    line = speaking.relay(DESK, desk.ticket, "Maria", "hello?")[0]
    (again,) = ended(desk, line, "uncertain", "no answer in time")
    assert (again.purpose, again.item.address.thread_id) == ("relay", CARD)


def test_what_never_gets_an_answer_is_not_repeated_for_ever(desk: TheDesk) -> None:
    """A fault of ours that hits one line must not fill the desk with it."""
    line = speaking.relay(DESK, desk.ticket, "Maria", "hello?")[0]

    def many(session: Session) -> None:
        outbox.put(session, [line] * (posts.MOST_DOUBTS + 1), NOW)
        for item in session.exec(select(OutboxItem)):
            item.state = "uncertain"

    desk.database.transact(many)
    assert ended(desk, line, "uncertain", "no answer in time") == []


def test_a_line_without_a_card_waits_for_a_new_one(desk: TheDesk) -> None:
    """It goes behind the card, and one card is enough for all."""

    def no_card(session: Session) -> None:
        session.exec(select(Ticket)).one().card_id = None

    line = speaking.relay(DESK, desk.ticket, "Maria", "hello?")[0]
    desk.database.transact(no_card)
    drafts = ended(desk, line, "failed", NO_CARD)
    assert [draft.purpose for draft in drafts] == ["card", "relay"]
    desk.database.transact(outbox.put, drafts, NOW)
    assert [d.purpose for d in ended(desk, line, "failed", NO_CARD)] == ["relay"]


def test_the_card_remembers_where_it_was_posted(desk: TheDesk) -> None:
    """Its thread is the conversation from then on."""
    assert ended(desk, desk.opened[0], "sent") == []
    assert desk.ticket.card_id == "900.1"
