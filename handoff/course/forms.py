"""The forms of a ticket's course → Slack views, and what opens them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain import Address, DeskAction
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.course.times import CHOICES, HOUR
from handoff.forms import views
from handoff.forms.opening import form_for
from handoff.forms.views import Block, field_block, reason, select
from handoff.rows import Desk
from handoff.wording import Words


def opened(name: str, desk: Desk, ticket: Ticket, event: DeskAction) -> Draft:
    """The form `name` for whoever pressed its button. Raises KeyError if there is no such form."""
    at = event.address
    subject = views.Subject(ticket.id or 0, Address(at.channel, at.chat_id, ticket.card_id))
    return form_for(event, ticket, view(name, subject, desk.words))


def view(name: str, subject: views.Subject, words: Words) -> Mapping[str, Any]:
    """The form's view, as Slack opens it. Raises KeyError if there is no such form."""
    return views.modal(name, subject, _FIELDS[name](words), words)


def _transfer(words: Words) -> Sequence[Block]:
    return [field_block("to", words, {"type": "users_select"}), reason(words)]


def _escalate(words: Words) -> Sequence[Block]:
    return [reason(words)]


def _snooze(words: Words) -> Sequence[Block]:
    choices = {each: words(f"snooze_{each}") for each in CHOICES}
    return [
        select("until", words, choices, HOUR),
        field_block("date", words, {"type": "datepicker"}, optional=True),
        field_block("time", words, {"type": "timepicker"}, optional=True),
    ]


_FIELDS: Mapping[str, Callable[[Words], Sequence[Block]]] = {
    "transfer": _transfer,
    "escalate": _escalate,
    "snooze": _snooze,
}
