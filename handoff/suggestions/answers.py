"""The articles that a card suggests: looked at as the customer would get them, sent as they are, or
changed first. Every function takes a session, never commits."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Address, Article, DeskAction, DeskForm
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.buttons import button
from handoff.forms import views
from handoff.forms.handling import kept
from handoff.forms.opening import form_for
from handoff.rows import Desk, conversation_of
from handoff.speaking import answer_at, whisper
from handoff.suggestions.sending import (
    Event,
    customer_name,
    not_sent,
    objection,
    reader_of,
    send,
)
from handoff.suggestions.texts import article_text

FORM = "send_answer"
LONGEST = 3000  # characters that Slack takes in a field


def preview(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Show its presser alone what the customer would get, with what can be done with it."""
    article = _article(session, desk, ticket, event.subject)
    if article is None:
        return [_gone(desk, event)]
    text = _text(session, desk, ticket, article, event)
    name = customer_name(session, desk, ticket)
    shown = f"**{desk.words('desk_preview', name=name)}**\n\n{text}"
    value = f"{ticket.id}:{article.id}"
    buttons = [
        button("send_answer", desk.words("desk_button_send"), value, style="primary"),
        button("edit_answer", desk.words("desk_button_edit"), value),
    ]
    return [whisper(answer_at(event), event.agent, shown, literal=False, buttons=buttons)]


def send_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Send the article as it is."""
    article = _article(session, desk, ticket, event.subject)
    if article is None:
        return [_gone(desk, event)]
    return _sent(
        session, desk, ticket, event, article, _text(session, desk, ticket, article, event), now
    )


def edit_pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Open a form with what the customer would get, to be changed; only for whoever may send it."""
    article = _article(session, desk, ticket, event.subject)
    if article is None:
        return [_gone(desk, event)]
    if why := objection(session, desk, ticket, event, now):
        return [not_sent(desk, ticket, event, why)]
    text = _text(session, desk, ticket, article, event)
    if len(text) > LONGEST:
        return [whisper(answer_at(event), event.agent, desk.words("desk_article_too_long"))]
    at = event.address
    place = Address(at.channel, at.chat_id, ticket.card_id or at.thread_id)
    field = views.typed("text", desk.words, LONGEST, desk.words("form_text_hint"), multiline=True)
    filled = {**field, "element": {**field["element"], "initial_value": text}}
    subject = views.Subject(event.ticket_id, place, article.id)
    view = views.modal(FORM, subject, [filled], desk.words)
    return [form_for(event, ticket, view)]


def edited(
    session: Session, desk: Desk, ticket: Ticket, event: DeskForm, now: datetime
) -> list[Draft]:
    """Send what was made of the article. Where that has become impossible meanwhile, what was typed
    is kept with the ticket."""
    text = event.values.get("text", "").strip()
    why = objection(session, desk, ticket, event, now)
    if not text:
        why = why or desk.words("text_missing")
    if why:
        return [kept(session, desk, ticket, event, why, now)]
    article = _article(session, desk, ticket, event.subject)
    return _sent(session, desk, ticket, event, article, text, now)


def _sent(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    event: Event,
    article: Article | None,
    text: str,
    now: datetime,
) -> list[Draft]:
    headline = desk.words(
        "desk_answer_sent" if article else "desk_phrase_sent",
        agent=escape_markdown(event.agent.first_name),
        name=customer_name(session, desk, ticket),
        title=escape_markdown(article.title) if article else "",
    )
    about = article.id if article else None
    return send(session, desk, ticket, event, text, headline, now, article_id=about)


def _article(session: Session, desk: Desk, ticket: Ticket, article_id: str) -> Article | None:
    """The article in the customer's language, as far as it is there now."""
    return desk.kb.article(article_id, conversation_of(session, ticket).language)


def _text(session: Session, desk: Desk, ticket: Ticket, article: Article, event: DeskAction) -> str:
    return article_text(article, reader_of(session, ticket, event.agent.first_name), desk.kb)


def _gone(desk: Desk, event: DeskAction) -> Draft:
    return whisper(answer_at(event), event.agent, desk.words("desk_article_gone"))
