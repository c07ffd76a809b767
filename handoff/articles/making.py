"""Make an article: the form is opened, what is sent with it is written to the folder, and the
thread hears what the bot answers now. Takes a session, never commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from bot.domain import DeskForm, DeskShortcut
from bot.knowledge.new_article import REVIEW
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.articles import drafting, form, thread
from handoff.articles.order import EXISTS, PURPOSE, READ_ONLY, Order, order_of
from handoff.authorisation import refused
from handoff.cards import without_marks
from handoff.forms import handling, views
from handoff.forms.opening import form_for
from handoff.rows import Desk, know_agent, record
from handoff.speaking import tell_desk, whisper

SHOWN = 1500  # characters of the answer


def opened(session: Session, desk: Desk, event: DeskShortcut, now: datetime) -> list[Draft]:
    """Open the form for whoever chose "Make an article", with what was drafted of the message and
    what was said around it; or tell them why not."""
    at = replace(event.address, thread_id=None)
    if not event.agent.on_desk:
        refused(session, event, event.name, "not on the desk", now)
        return [whisper(at, event.agent, desk.words("desk_outsider"))]
    query = select(Ticket).where(
        Ticket.desk == event.address.chat_id, Ticket.card_id == event.address.thread_id
    )
    ticket = session.exec(query).first()
    if ticket is None:
        return [whisper(at, event.agent, desk.words("desk_article_where"))]
    talked = drafting.about(thread.said_in(session, ticket), event.message_id, event.text)
    if not talked.question and not talked.answer:
        return [whisper(at, event.agent, desk.words("desk_article_nothing"))]
    personal = thread.personal_in(session, ticket, event.agent)
    near = (ticket.article_id,) if ticket.article_id else ()
    new = drafting.drafted(talked, personal, desk.kb, ticket.language, near)
    # The question as it was asked, which is put to the bot again once the article is there.
    asked = drafting.asked_again(talked, personal)
    subject = views.Subject(ticket.id or 0, event.address, asked)
    view = form.view(new, subject, desk.kb, desk.words, desk.language)
    return [form_for(event, ticket, view)]


def sent(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Have the article written: among those that are served, or where `policy.desk.articles` says
    so, in the folder for review."""
    if wrong := form.faults(event, desk.kb, desk.language):  # meanwhile it may be there, say
        return [handling.kept(session, desk, ticket, event, " ".join(wrong.values()), now)]
    know_agent(session, event.agent, now)
    new = form.article_of(event.values)
    publishes = desk.kb.policy.desk.articles == "publish"
    order = Order(
        new.name() if publishes else new.name(REVIEW),
        new.text(),
        event.agent.first_name,
        event.subject or new.title if publishes else "",
        new.language,
    )
    record(session, ticket, "article", now, event.agent, {"name": order.name, "text": order.text})
    return [Draft(order.item(), PURPOSE, ticket.id)]


def ended(
    desk: Desk, ticket: Ticket, draft: Draft, state: str, external_id: str, error: str
) -> list[Draft]:
    """What is said in the thread: where the article lies and what the bot answers now, or why it
    was not written."""
    order = order_of(draft.item)
    path = f"{desk.kb.folder}/{order.name}"
    if state != "sent":
        return [tell_desk(desk, ticket, _failed(desk, path, error))]
    if order.name.startswith(f"{REVIEW}/"):
        to = f"{desk.kb.folder}/articles/{order.language}/"
        said = desk.words("desk_article_review", agent=order.agent, path=path, to=to)
        return [tell_desk(desk, ticket, said)]
    written = desk.words("desk_article_written", agent=order.agent, path=path)
    return [tell_desk(desk, ticket, f"{written}\n{_answers(desk, order, external_id)}")]


def _failed(desk: Desk, path: str, error: str) -> str:
    keys = {EXISTS: "article_file_there", READ_ONLY: "article_read_only"}
    why = desk.words(keys.get(error, "article_not_written"), detail=error)
    return desk.words("desk_article_failed", path=path, why=why)


def _answers(desk: Desk, order: Order, article_id: str) -> str:
    """What the bot says to the question from now on."""
    article = desk.kb.article(article_id, order.language) if article_id else None
    if article is None:
        return desk.words("desk_article_unsure", question=order.question)
    if order.name != f"articles/{order.language}/{article_id}.md":
        return desk.words("desk_article_other", question=order.question, title=article.title)
    text = without_marks(article.body)[:SHOWN]
    return desk.words("desk_article_answers", question=order.question, text=text)
