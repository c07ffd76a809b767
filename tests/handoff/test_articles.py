"""Make an article: from a thread to a form, from the form to a file and back to the thread."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.domain import Address, DeskForm, DeskShortcut, Outgoing
from bot.knowledge.articles import parse_article
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.new_article import NewArticle, remarks
from bot.outbox import Draft
from bot.storage.database import Database
from bot.storage.tables import Contact, DeskAgent, Message, Purchase, Refusal, Ticket, TicketEvent
from handoff import delivery
from handoff import desk as desk_events
from handoff.articles import drafting, form
from handoff.articles.drafting import Personal, Said, about
from handoff.articles.order import EXISTS, PURPOSE, READ_ONLY, Order, order_of
from handoff.rows import Desk
from tests.handoff.open_tickets import DESK, HOUR, KB, MARIA, NOW, OLIVIA, opened

GOOD = {
    "id": "dogs-in-the-store", "title": "Dogs in our stores", "language": "en", "tags": "stores",
    "questions": "can i bring my dog\nare pets allowed in the shop\nis the store dog friendly",
    "body": "Yes, dogs on a lead are welcome in all our stores.", "remarks": "heed",
}  # fmt: skip


def talk(session: Session, *said: tuple[str, str, str]) -> Ticket:
    """A ticket of Anna Kowalska's in whose talk (author, text, id) was said, Maria answering."""
    ticket, _ = opened(session, "Anna Kowalska", HOUR)
    session.add(DeskAgent(id="U1", name="Maria", seen_at=NOW))
    for number, (author, text, message_id) in enumerate(said):
        bot: dict[str, Any] = {"why": ["the customer asks for a person"]} if author == "bot" else {}
        agent = "U1" if author == "agent" else None
        at = NOW - HOUR + timedelta(seconds=number)
        session.add(Message(
            conversation_id=ticket.conversation_id, author=author, agent_id=agent, text=text,
            external_id=message_id, sent_at=at, **bot,
        ))  # fmt: skip
        session.flush()
    return ticket


def chooses(session: Session, ticket: Ticket, message_id: str, text: str = "") -> Draft:
    """What comes of "Make an article" on a message in the thread."""
    at = Address("slack", "C0DESK", ticket.card_id)
    event = DeskShortcut("1", at, MARIA, "make_article", message_id, text, NOW, trigger="t")
    (draft,) = desk_events.handle(session, event, DESK, NOW)
    return draft


def fields(item: Outgoing) -> dict[str, str]:
    """What the form shows when it opens."""
    (view,) = item.blocks
    assert view["callback_id"] == "frontdesk:make_article"
    shown: dict[str, Any] = {block["block_id"]: block["element"] for block in view["blocks"]}
    return {
        name: e.get("initial_value") or e.get("initial_option", {}).get("value", "")
        for name, e in shown.items()
    }


def filled(values: Mapping[str, str], subject: str = "") -> DeskForm:
    at = Address("slack", "C0DESK", "100.001")
    return DeskForm("2", at, MARIA, form.NAME, 1, values, NOW, subject=subject)


def with_articles(policy: str) -> Desk:
    desk = KB.policy.desk.model_copy(update={"articles": policy})
    kb = replace(KB, policy=KB.policy.model_copy(update={"desk": desk}))
    return replace(DESK, kb=kb)


# --- what is drafted -----------------------------------------------------------------------------


def test_an_answer_comes_with_its_question_and_without_anything_personal(
    database: Database,
) -> None:
    """Names of the customer and the agent, the order, the greeting, the phone: none of it."""

    def act(session: Session) -> dict[str, str]:
        ticket = talk(
            session,
            ("contact", "Hello! Can I bring my dog to the store? Anna Kowalska", "1"),
            ("contact", "operator", "2"),
            ("bot", "All right", ""),
            (
                "agent",
                "Hi Anna, yes, dogs on a lead are welcome. Order Q7TENT is here. Maria",
                "3",
            ),
            ("contact", "thanks", "4"),
        )
        contact = session.exec(select(Contact)).one()
        order: dict[str, Any] = {
            "contact_id": contact.id,
            "conversation_id": ticket.conversation_id,
        }
        session.add(Purchase(order_number="Q7TENT", product="Tent", bought_at=NOW, **order))
        session.flush()
        return fields(chooses(session, ticket, "3").item)

    shown = database.transact(act)
    assert shown["questions"] == shown["title"] == "Can I bring my dog to the store?"
    assert shown["id"] == "can-i-bring-my-dog-to-the-store" and shown["language"] == "en"
    assert "dogs on a lead are welcome" in shown["body"] and "‹number›" in shown["body"]
    for secret in ("Anna", "Kowalska", "Maria", "Q7TENT", "operator"):
        assert secret.lower() not in " ".join(shown.values()).lower()


SAID = (
    Said("contact", "hello there", "1"),
    Said("contact", "how long is the guarantee of tents", "2"),
    Said("agent", "Two years.", "3"),
    Said("agent", "From the day of delivery.", "4"),
    Said("contact", "and of stoves, please?", "5"),
    Said("agent", "Five years.", "6"),
)


@pytest.mark.parametrize(
    ("chosen", "text", "question", "answer"),
    [
        ("6", "", "and of stoves, please?", "Five years."),
        ("4", "", "how long is the guarantee of tents", "From the day of delivery."),
        ("x", "**Anna:** how long is the  guarantee of tents", "how long is the guarantee of tents",
         "Two years. From the day of delivery."),
        ("x", "**Anna:** and of stoves, please?", "and of stoves, please?", "Five years."),
        ("card", "#1 Anna", "how long is the guarantee of tents",
         "Two years. From the day of delivery."),
    ],
    ids=["an answer", "the second of two", "a question", "a later question", "the card"],
)  # fmt: skip
def test_question_and_answer_are_found_from_either(
    chosen: str, text: str, question: str, answer: str
) -> None:
    """From a reply the question before it; from a question the reply after it; a greeting is no
    question."""
    talked = about(SAID, chosen, text)
    assert (" ".join(talked.question), " ".join(talked.answer)) == (question, answer)


def test_nothing_said_is_nothing_found() -> None:
    """Nor an answer before any question."""
    assert about([], "1", "x") == drafting.Talked()
    assert about([Said("agent", "Hello?", "1")], "1", "") == drafting.Talked((), ("Hello?",))


def test_a_draft_has_a_name_that_is_free_and_the_tags_of_what_it_is_near() -> None:
    """The language is one that there are articles in."""
    taken = next(iter(KB.articles_in("en")))
    words = taken.id.replace("-", " ")
    new = drafting.drafted(
        drafting.Talked((words,), ("Yes.",)), Personal(), KB, "fr", (taken.id, "no-such")
    )
    assert (new.id, new.language) == (f"{taken.id}-2", "en")
    assert set(new.tags) <= set(taken.tags) and new.body == "Yes."


def test_who_may_not_or_cannot_is_told_why(database: Database) -> None:
    """An outsider, on record; a message that is in no ticket's thread; a thread without words."""

    def act(session: Session) -> tuple[list[str], list[str]]:
        ticket = talk(session)
        elsewhere = DeskShortcut(
            "1", Address("slack", "C0DESK", "9.9"), MARIA, "make_article", "1", "", NOW
        )
        outside = replace(elsewhere, agent=OLIVIA)
        drafts = [desk_events.handle(session, e, DESK, NOW)[0] for e in (elsewhere, outside)]
        drafts.append(chooses(session, ticket, "1"))
        refused = [refusal.action for refusal in session.exec(select(Refusal))]
        return [draft.item.reply.text for draft in drafts], refused

    said, refused = database.transact(act)
    keys = ("desk_article_where", "desk_outsider", "desk_article_nothing")
    assert said == [KB.say("en", key) for key in keys] and refused == ["make_article"]


def test_the_form_stays_within_slacks_limits(database: Database) -> None:
    """However much was said."""

    def act(session: Session) -> Outgoing:
        ticket = talk(session, ("contact", "почему " * 900, "1"), ("agent", "да\n" * 3000, "2"))
        return chooses(session, ticket, "2").item

    item = database.transact(act)
    (view,) = item.blocks
    shown = fields(item)
    assert len(view["private_metadata"]) <= 3000
    assert all(len(value) <= 3000 for value in shown.values()) and len(view["title"]["text"]) <= 24


# --- what is wrong in the form -------------------------------------------------------------------


def test_a_good_article_has_no_faults() -> None:
    """And its file is read as it was written."""
    assert form.faults(filled(GOOD), KB, "en") == {}
    new = form.article_of(GOOD)
    parsed = parse_article(new.text().encode(), "x/dogs-in-the-store.md", "en").value
    assert parsed is not None
    assert (parsed.title, parsed.questions, parsed.tags) == (new.title, new.questions, new.tags)
    assert parsed.body == GOOD["body"]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"id": "Dogs!"}, "id", "small letters"),
        ({"id": "return-an-item"}, "id", "knowledge_base/articles/en/return-an-item.md"),
        ({"title": " "}, "title", "Write a title"),
        ({"body": ""}, "body", "Write the answer"),
        ({"language": "xx"}, "language", "en"),
        ({"body": "Yes, ‹name›, of course."}, "body", "‹name›"),
        ({"tags": "In our stores"}, "tags", "cannot be an id"),
        ({"questions": "how do i return an item\ncan i bring my dog"}, "questions", ""),
        ({"body": "Yes. [More](shop.example)"}, "body", "cannot open the link"),
        ({"body": "Yes!! Dogs are welcome."}, "body", "louder than it need be"),
        ({"questions": ""}, "title", "no example questions"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else None,
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    change: Mapping[str, str], field: str, says: str
) -> None:
    """The same that `kb check` would say, while the form is open."""
    if change.get("questions", "").startswith("how do i return"):
        first = KB.article("return-an-item", "en")
        assert first is not None
        change = {"questions": first.questions[0]}
    found = form.faults(filled({**GOOD, **change}), KB, "en")
    assert list(found) == [field] and says in found[field]


def test_what_is_only_remarked_may_be_left_so() -> None:
    """A warning stops nobody who has read it; an error does."""
    shrill = {**GOOD, "body": "Yes!! Dogs are welcome."}
    assert "Leave it as it is" in form.faults(filled(shrill), KB, "en")["body"]
    assert form.faults(filled({**shrill, "remarks": "as_is"}), KB, "en") == {}
    wrong = {**shrill, "tags": "In our stores", "remarks": "as_is"}
    assert list(form.faults(filled(wrong), KB, "en")) == ["tags"]


def test_the_check_reads_only_the_language_it_is_about() -> None:
    """Faults of other articles are not this author's."""
    broken: KnowledgeBase = replace(KB, default_language="xx")
    new = NewArticle("dogs", "en", "Dogs", ("can i bring my dog",), "Yes, on a lead.")
    assert remarks(new, broken) == []


# --- what is written -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "name", "question"),
    [
        ("publish", "articles/en/dogs-in-the-store.md", "may my dog come in"),
        ("review", "review/en/dogs-in-the-store.md", ""),
    ],
)
def test_what_is_sent_is_written_where_the_policy_says(
    database: Database, policy: str, name: str, question: str
) -> None:
    """By the outbox, so that it is tried again; the ticket keeps what was written."""

    def act(session: Session) -> tuple[Draft, str]:
        talk(session)
        desk = with_articles(policy)
        (draft,) = desk_events.handle(session, filled(GOOD, "may my dog come in"), desk, NOW)
        kept = session.exec(select(TicketEvent).where(TicketEvent.kind == "article")).one()
        return draft, kept.detail["text"]

    draft, kept = database.transact(act)
    order = order_of(draft.item)
    assert (draft.purpose, draft.item.address.channel) == (PURPOSE, "folder")
    assert (order.name, order.question, order.agent) == (name, question, "Maria")
    assert order.text == kept and json.loads(draft.item.reply.text)["language"] == "en"


def test_what_has_become_wrong_meanwhile_is_kept_and_not_written(database: Database) -> None:
    """Its author is told, and nothing typed is lost."""

    def act(session: Session) -> tuple[Draft, str]:
        talk(session)
        form_sent = filled({**GOOD, "id": "return-an-item"})
        (draft,) = desk_events.handle(session, form_sent, DESK, NOW)
        noted = session.exec(select(TicketEvent).where(TicketEvent.kind == "noted")).one()
        return draft, noted.detail["text"]

    draft, noted = database.transact(act)
    assert draft.item.kind == "whisper" and "return-an-item.md" in draft.item.reply.text
    assert GOOD["body"] in noted


RETURNS = "articles/en/return-an-item.md"


@pytest.mark.parametrize(
    ("name", "end", "says"),
    [
        (RETURNS, ("sent", "return-an-item", ""), "To “how?” the bot now answers:"),
        (RETURNS, ("sent", "", ""), "not sure enough"),
        ("articles/en/new.md", ("sent", "return-an-item", ""), "still answers with another"),
        ("review/en/new.md", ("sent", "", ""), "moved it to knowledge_base/articles/en/"),
        ("articles/en/new.md", ("failed", "", EXISTS), "a file of this name is there already"),
        ("articles/en/new.md", ("failed", "", READ_ONLY), "may not write to the folder"),
        ("articles/en/new.md", ("failed", "", "no space"), "was not written: no space."),
    ],
)
def test_the_thread_hears_what_came_of_it(
    database: Database, name: str, end: tuple[str, str, str], says: str
) -> None:
    """What the bot answers now; where it lies; or why it was not written."""

    def act(session: Session) -> Draft:
        ticket = talk(session)
        question = "" if name.startswith("review") else "how?"
        order = Order(name, "---\n", "Maria", question)
        draft = Draft(order.item(), PURPOSE, ticket.id)
        state, external_id, error = end
        made = delivery.delivered(session, DESK, draft, state, external_id, error, False, NOW)
        return made[0]

    draft = database.transact(act)
    text = draft.item.reply.text
    assert says in text and f"knowledge_base/{name}" in text and "**" not in text
    assert (draft.purpose, draft.item.address.thread_id) == ("notice", "@card")
