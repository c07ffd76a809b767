"""What a colleague sends with a button: articles and phrases, in the customer's language, with name
and order in them, and by nobody but the claimer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.channels.slack_blocks import only_buttons
from bot.domain import (
    Address,
    Agent,
    Article,
    DeskAction,
    DeskCommand,
    DeskForm,
    Match,
    Option,
    Reading,
)
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import Message, OutboxItem, Purchase, Refusal, Ticket, TicketEvent
from handoff import delivery
from handoff import desk as the_desk
from handoff.forms.checks import faults
from handoff.rows import conversation_of
from handoff.suggestions import choosing
from handoff.suggestions.texts import Reader, article_text, order_named, phrase_text
from tests.handoff.open_tickets import DAY, DESK, KB, MARIA, MINUTE, NOW, ROOM, opened

IVO = Agent("U3", "Ivo Kalns", on_desk=True)
HOURS = KB.articles["en", "stores-hours"]
TODAY = date(2026, 11, 22)


class Room:
    """Anna's ticket on the desk; each act is a transaction of its own."""

    def __init__(self, database: Database, language: str = "en", claimed: bool = True) -> None:
        self.database = database
        self._count = 0

        def begin(session: Session) -> None:
            ticket, _ = opened(session, "Anna Berg", MINUTE, claimed=claimed)
            conversation_of(session, ticket).language = language

        database.transact(begin)

    def presses(self, action: str, subject: str = "", agent: Agent = MARIA) -> list[Draft]:
        event = DeskAction(self._id, ROOM, agent, action, 1, NOW, subject, "trigger")
        return self._handle(event)

    def sends_form(self, text: str, agent: Agent = MARIA, subject: str = HOURS.id) -> list[Draft]:
        values = {"text": text}
        return self._handle(DeskForm(self._id, ROOM, agent, "send_answer", 1, values, NOW, subject))

    def types(self, text: str, agent: Agent = MARIA) -> list[Draft]:
        here = Agent(agent.user_id, agent.name, on_desk=True, desks=frozenset({ROOM.chat_id}))
        return self._handle(DeskCommand(self._id, ROOM, here, text, NOW))

    def add(self, *rows: Any) -> None:
        self.database.transact(lambda session: session.add_all(rows))

    def all(self, kind: type[Any]) -> list[Any]:
        with Session(self.database.engine) as session:
            return list(session.exec(select(kind)).all())

    @property
    def _id(self) -> str:
        self._count += 1
        return str(self._count)

    def _handle(self, event: Any) -> list[Draft]:
        drafts: list[Draft] = self.database.transact(the_desk.handle, event, DESK, NOW)
        return drafts


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """One kind of database is enough here."""
    opened_now = Database(sqlite_url)
    yield opened_now
    opened_now.close()


def labels(draft: Draft) -> list[str]:
    """The buttons below a whisper."""
    assert only_buttons(draft.item.blocks)
    return [each["text"]["text"] for row in draft.item.blocks for each in row["elements"]]


def to_customer(drafts: list[Draft]) -> list[str]:
    return [d.item.reply.text for d in drafts if d.item.address.channel == "telegram"]


# --- which ----------------------------------------------------------------------------------------


def reading(text: str, *scores: tuple[str, float], language: str = "en") -> Reading:
    matches = tuple(Match(KB.articles[language, id], score) for id, score in scores)
    return Reading(text, {language: 1.0}, matches)


def test_the_best_three_in_the_customers_language_are_suggested() -> None:
    """In the order of how well they fit."""
    found = reading("?", ("stores-hours", 0.6), ("delivery-times", 0.3), ("return-an-item", 0.25),
                    ("payment-methods", 0.21))  # fmt: skip
    ids = [article.id for article in choosing.asked(found, "lv", KB, TODAY)]
    assert ids == ["stores-hours", "delivery-times", "return-an-item"]
    assert {a.language for a in choosing.asked(found, "lv", KB, TODAY)} == {"lv"}


def test_what_asks_for_nothing_leaves_the_suggestions_as_they_are(sqlite: Database) -> None:
    """After "thanks" what was asked before still stands."""
    room = Room(sqlite)
    assert choosing.asked(reading("thanks"), "en", KB, TODAY) == ()
    assert choosing.asked(reading("hm", ("stores-hours", 0.05)), "en", KB, TODAY) == ()
    vain = replace(reading("in vain", ("stores-hours", 0.6)), intents=frozenset({"unhelpful"}))
    assert choosing.asked(vain, "en", KB, TODAY) == ()
    sqlite.transact(choosing.suggest, 1, [HOURS])
    sqlite.transact(choosing.suggest, 1, [])
    (ticket,) = room.all(Ticket)
    assert [each["id"] for each in ticket.suggestions] == ["stores-hours"]


# --- with name and order --------------------------------------------------------------------------


def test_an_article_gets_an_opening_and_its_links() -> None:
    """A colleague's message has no buttons, so where they lead stands in the text."""
    article = Article("x", "en", "X", "The **body**.", buttons=(
        Option("Open the portal", url="https://harebell.example/returns"), Option("More", "more"),
    ))  # fmt: skip
    text = article_text(article, Reader("Anna Berg", "en", "Maria", "HB-1042"), KB)
    assert text == (
        "Here is what I can tell you about your order HB\\-1042, Anna:\n\nThe **body**.\n\n"
        "[Open the portal](https://harebell.example/returns)"
    )
    assert article_text(article, Reader("", "en", "Maria"), KB).startswith(
        "Here is what I can tell you:\n"
    )


def test_what_is_not_known_is_left_out_of_a_phrase() -> None:
    """Without a hole, and a name that looks like Markdown stays a name."""
    text = "Checking{ your order order}{, name}. {agent}"
    assert phrase_text(text, Reader("", "en", "Maria")) == "Checking. Maria"
    assert phrase_text(text, Reader("*Max* Power", "en", "M")) == "Checking, \\*Max\\*. M"


def test_the_order_is_the_one_that_the_customer_named() -> None:
    """However they type it; of several the one named last."""
    orders = ["HB-3000", "HB-1042", "HB-10"]
    assert order_named(["thanks", "where is hb 1042"], orders) == "HB-1042"
    assert order_named(["and HB3000?", "where is HB-1042"], orders) == "HB-3000"
    assert order_named(["where is HB-10425"], orders) == ""


@pytest.mark.parametrize("language", ["en", "ru", "tr", "lv", "pl"])
def test_every_reply_that_is_kept_ready_can_be_sent(language: str) -> None:
    """With everything known, and with nothing but who writes."""
    names = set(KB.replies("en"))
    assert len(names) >= 8 and set(KB.replies(language)) == names
    for text in KB.replies(language).values():
        for reader in (Reader("Anna", language, "Maria", "HB-1"), Reader("", language, "Maria")):
            said = phrase_text(text, reader)
            assert "{" not in said and "  " not in said and " ," not in said and " ." not in said


# --- articles -------------------------------------------------------------------------------------


def test_the_preview_is_what_the_customer_gets(sqlite: Database) -> None:
    """In their language, with their name; only its presser sees it, and can send or edit it."""
    room = Room(sqlite, "lv")
    (shown,) = room.presses("preview", "stores-hours", IVO)
    assert shown.item.kind == "whisper" and shown.item.target == IVO.user_id
    assert labels(shown) == ["Send", "Edit"]
    sent = to_customer(room.presses("send_answer", "stores-hours"))
    assert sent == [shown.item.reply.text.partition("\n\n")[2]]
    assert sent[0].startswith("Lūk, ko varu pastāstīt, Anna:")
    assert "This is what Anna Berg would get" in shown.item.reply.text


def test_a_sent_article_is_on_record_and_in_the_thread(sqlite: Database) -> None:
    """As the claimer's reply, in Markdown, with the id of the article."""
    room = Room(sqlite)
    drafts = room.presses("send_answer", "stores-hours")
    (sent,) = [draft for draft in drafts if draft.item.address.channel == "telegram"]
    assert sent.purpose == "agent_reply" and sent.item.reply.author == "Maria"
    assert not sent.item.reply.literal
    (message,) = room.all(Message)
    assert message.article_id == "stores-hours" and message.agent_id == MARIA.user_id
    thread = [d.item.reply.text for d in drafts if d.purpose == "notice"]
    assert len(thread) == 1 and thread[0].startswith("Maria sent Anna Berg the article “")
    assert [e.kind for e in room.all(TicketEvent)].count("replied") == 1


def test_a_second_click_sends_nothing(sqlite: Database) -> None:
    """The preview with its button is still there."""
    room = Room(sqlite)
    room.presses("send_answer", "stores-hours")
    (told,) = room.presses("send_answer", "stores-hours")
    assert told.item.reply.text == "This has been sent already."
    assert len(room.all(Message)) == 1


def test_nobody_sends_before_claiming(sqlite: Database) -> None:
    """They are given the button that helps."""
    room = Room(sqlite, claimed=False)
    presses = [room.presses(name, "stores-hours") for name in ("send_answer", "edit_answer")]
    for drafts in (*presses, room.types("say 1 wait")):
        (told,) = drafts
        assert "Claim it, then send" in told.item.reply.text and labels(told) == ["Claim"]
    assert not room.all(Message)


def test_a_colleague_cannot_send_in_the_claimers_place(sqlite: Database) -> None:
    """They are told who has it, and the attempt is on record."""
    room = Room(sqlite)
    (told,) = room.presses("send_answer", "stores-hours", IVO)
    assert "U1 has this" in told.item.reply.text and not told.item.blocks
    (told,) = room.types("say 1 wait", IVO)
    assert "U1 has this" in told.item.reply.text
    assert [(each.agent_id, each.action) for each in room.all(Refusal)] == [
        ("U3", "send_answer")
    ] * 2
    assert not room.all(Message)


def test_an_article_that_is_gone_is_not_sent(sqlite: Database) -> None:
    """It may have expired, or been deleted, since the card was drawn."""
    room = Room(sqlite)
    for action in ("preview", "send_answer", "edit_answer"):
        (told,) = room.presses(action, "deleted-article")
        assert "no longer there" in told.item.reply.text


def test_an_article_is_changed_in_a_form_and_sent(sqlite: Database) -> None:
    """The form begins with what the customer would get."""
    room = Room(sqlite)
    (form,) = room.presses("edit_answer", "stores-hours")
    (view,) = form.item.blocks
    (field,) = view["blocks"]
    text = field["element"]["initial_value"]
    assert text.startswith("Here is what I can tell you, Anna:")
    assert to_customer(room.sends_form("Short: **10 to 20**.")) == ["Short: **10 to 20**."]
    (message,) = room.all(Message)
    assert message.article_id == "stores-hours"


def test_a_form_without_words_stays_open() -> None:
    """Nothing empty is sent."""
    form = DeskForm("1", ROOM, MARIA, "send_answer", 1, {"text": " "}, NOW)
    assert faults(form, KB, "en") == {"text": "Write what the customer is to read."}


def test_what_was_typed_is_kept_if_somebody_else_has_it_by_then(sqlite: Database) -> None:
    """It is a note, and nothing goes out."""
    room = Room(sqlite)
    (told,) = room.sends_form("typed for long", IVO)
    assert "is kept with the ticket" in told.item.reply.text
    notes = [event.detail["text"] for event in room.all(TicketEvent) if event.kind == "noted"]
    assert notes == ["send_answer (text: typed for long)"] and not room.all(Message)


# --- phrases --------------------------------------------------------------------------------------


def test_a_phrase_goes_out_in_the_customers_language(sqlite: Database) -> None:
    """With their name; the thread shows what was sent."""
    room = Room(sqlite, "ru")
    drafts = room.types("say 1 wait")
    assert to_customer(drafts) == [
        "Спасибо за терпение, Anna. Я всё ещё разбираюсь и напишу вам сюда."
    ]
    assert any("Maria sent Anna Berg:" in d.item.reply.text for d in drafts)


def test_the_only_ticket_need_not_be_named(sqlite: Database) -> None:
    """The last order is filled in where the phrase asks for one."""
    room = Room(sqlite)
    for order, ago in (("HB-1", 9 * DAY), ("HB-2", DAY)):
        room.add(Purchase(order_number=order, contact_id=1, conversation_id=1, product="Tent",
                          bought_at=NOW - ago))  # fmt: skip
    (text,) = to_customer(room.types("say Checking"))
    assert text.startswith("I'm asking our warehouse about your order HB\\-2.")


def test_alone_it_lists_what_there_is(sqlite: Database) -> None:
    """With buttons, where it is clear for whom; the button sends."""
    room = Room(sqlite)
    (shown,) = room.types("say")
    assert "in #1" in shown.item.reply.text and "- **wait**: Thank you" in shown.item.reply.text
    assert "wait" in labels(shown) and len(labels(shown)) == len(KB.replies("en"))
    assert to_customer(room.presses("say", "wait"))[0].startswith("Thank you for your patience")
    (listed,) = room.types("say", IVO)
    assert not listed.item.blocks and "**wait**" in listed.item.reply.text


def test_a_name_that_is_none_gets_the_nearest(sqlite: Database) -> None:
    """Nothing is sent."""
    (told,) = Room(sqlite).types("say 1 wiat")
    assert "“wiat”. Perhaps you mean: wait" in told.item.reply.text


def test_whoever_has_several_tickets_says_which(sqlite: Database) -> None:
    """A phrase for the wrong customer would be worse than a question."""
    room = Room(sqlite)
    sqlite.transact(lambda session: opened(session, "Leo", MINUTE, claimed=True) and None)
    (told,) = room.types("say wait")
    assert "#1" in told.item.reply.text and "#2" in told.item.reply.text
    assert not room.all(Message)


def test_a_whisper_elsewhere_has_buttons_that_work(sqlite: Database) -> None:
    """/desk was typed in another channel; the ticket's desk channel is what counts."""
    room = Room(sqlite)
    member = Agent("U1", "Maria Ozola", on_desk=True, desks=frozenset({ROOM.chat_id}))
    outsider = Agent("U8", "Eve", on_desk=True, desks=frozenset({"C0OTHER"}))
    at = Address("slack", "C0GENERAL")
    for agent, sends in ((outsider, False), (member, True)):
        event = DeskAction(agent.user_id, at, agent, "say", 1, NOW, "wait")
        drafts: list[Draft] = sqlite.transact(the_desk.handle, event, DESK, NOW)
        assert bool(to_customer(drafts)) is sends
    assert [each.reason for each in room.all(Refusal)] == ["another desk's ticket"]


# --- the receipt ----------------------------------------------------------------------------------


def ends(room: Room, draft: Draft, external_id: str) -> list[Draft]:
    """It has been sent: so the outbox has it, and what follows from that."""

    def work(session: Session) -> list[Draft]:
        row = OutboxItem(
            channel=draft.item.address.channel, lane="x", kind=draft.item.kind, payload={},
            purpose=draft.purpose, ticket_id=1, message_id=draft.message_id, state="sent",
            created_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return delivery.delivered(session, DESK, draft, "sent", external_id, "", False, NOW)

    return room.database.transact(work)


@pytest.mark.parametrize("desk_first", [True, False])
def test_the_receipt_is_on_the_line_in_the_thread(sqlite: Database, desk_first: bool) -> None:
    """Whichever of the two is sent first: there is no message of the colleague's to put it on."""
    room = Room(sqlite)
    drafts = room.presses("say", "wait")
    (reply,) = [draft for draft in drafts if draft.purpose == "agent_reply"]
    (line,) = [draft for draft in drafts if draft.purpose == "notice"]
    in_order = [(line, "200.1"), (reply, "77")] if desk_first else [(reply, "77"), (line, "200.1")]
    first, last = [ends(room, draft, external_id) for draft, external_id in in_order]
    assert first == []
    (receipt,) = last
    assert (receipt.item.kind, receipt.item.target) == ("react", "200.1")
