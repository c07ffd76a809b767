"""The button that opens everything said with a ticket's customer, and those for its pages. Takes a
session, never commits."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.domain import Address, DeskAction, number_in
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.complaints.story import complaint_of
from handoff.forms import views
from handoff.forms.opening import form_for
from handoff.history import pages
from handoff.history.entries import entries_of
from handoff.rows import Desk, contact_of, conversation_of
from handoff.standing import customer_of

FORM = "history"


def pressed(
    session: Session, desk: Desk, ticket: Ticket, event: DeskAction, now: datetime
) -> list[Draft]:
    """Show its presser the last page, or the one that the button names: in the form that it stands
    in, else in a new one. What cards keep to themselves is shown here."""
    contact, conversation = contact_of(session, ticket), conversation_of(session, ticket)
    complaint = complaint_of(session, ticket)
    customer = customer_of(
        session, desk, ticket, conversation, contact, complaint, now, shows_all=True
    )
    entries = entries_of(session, desk, contact)
    page = number_in(event.subject) or pages.page_count(entries)
    shown = pages.blocks(ticket.id or 0, customer, entries, page, desk.zone, desk.words)
    at = event.address
    subject = views.Subject(event.ticket_id, Address(at.channel, at.chat_id, at.thread_id))
    view = dict(views.modal(FORM, subject, shown, desk.words))
    view.pop("submit")  # there is nothing to send, and nothing to cancel
    view["close"] = views.plain_text(desk.words("form_close"), views.TITLE)
    return [form_for(event, ticket, view)]
