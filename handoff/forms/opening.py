"""A form on its way to whoever is to fill it in."""

from __future__ import annotations

from bot.domain import DeskAction, DeskCommand, DeskShortcut, Outgoing
from bot.outbox import Draft
from bot.storage.tables import Ticket
from handoff.forms import views


def form_for(
    event: DeskAction | DeskCommand | DeskShortcut, ticket: Ticket, view: views.Block
) -> Draft:
    """The view (of `handoff.forms.views`), opened for whoever pressed or typed; their click is
    good for three seconds."""
    lane = views.lane_of(event.address.channel, event.agent)
    item = Outgoing("form", lane, blocks=(view,), target=event.trigger)
    return Draft(item, views.PURPOSE, ticket.id)
