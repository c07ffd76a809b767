"""A form that was sent → DeskForm, and what is said back while it is still open. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain import Address, Agent, DeskForm, number_in
from handoff.forms.views import CALLBACK

RECEIVED = "received_at"  # put in by us: Slack does not say when a form was sent


def parse_form(raw: Mapping[str, Any], channel: str) -> DeskForm | None:
    """A `view_submission` of one of our forms; None for other people's. Raises KeyError, TypeError
    or ValueError on a shape that is not Slack's, or on notes in the form that are not ours."""
    view = raw["view"]
    callback = str(view.get("callback_id") or "")
    if not callback.startswith(CALLBACK):
        return None
    about, card = _about(view, channel)
    at = float(raw.get(RECEIVED) or 0.0)
    inputs = view["state"]["values"]
    named = [str(one["selected_user"]) for one in _inputs(inputs) if one.get("selected_user")]
    return DeskForm(
        external_id=f"{view['id']}:{view['hash']}",
        address=card,
        agent=Agent(str(raw["user"]["id"])),
        name=callback.removeprefix(CALLBACK),
        ticket_id=int(about["ticket"]),
        values={field: _value(inputs[field]) for field in inputs},
        sent_at=datetime.fromtimestamp(at, UTC),
        subject=str(about.get("subject") or ""),
        colleague=Agent(named[0]) if named else None,
        began=about.get("began"),
        position=at,
    )


def card_behind(view: Mapping[str, Any], channel: str) -> Address | None:
    """Where the card is that one of our forms is about; None for other people's forms. Raises as
    `parse_form` does."""
    ours = str(view.get("callback_id") or "").startswith(CALLBACK)
    return _about(view, channel)[1] if ours else None


def _about(view: Mapping[str, Any], channel: str) -> tuple[Mapping[str, Any], Address]:
    about = json.loads(view["private_metadata"])
    return about, Address(channel, str(about["channel"]), about.get("card") or None)


def _inputs(inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [element for block in inputs.values() for element in block.values()]


def _value(block: Mapping[str, Any]) -> str:
    """What was put into the one input of a block: typed, or chosen; "" for nothing."""
    (element,) = block.values()
    chosen = (element.get("selected_option") or {}).get("value")
    others = ("selected_user", "selected_date", "selected_time")
    picked = next((element[name] for name in others if element.get(name)), "")
    return str(element.get("value") or chosen or picked)


def refusal(faults: Mapping[str, str]) -> Mapping[str, Any]:
    """The acknowledgement that leaves a form open, with a sentence below each field at fault."""
    return {"response_action": "errors", "errors": dict(faults)}


def subject_of(value: str) -> tuple[int, str]:
    """The ticket behind a button, and what else it is about: "7" or "7:3". What is no number is
    ticket 0, which nobody has."""
    ticket, _, subject = value.partition(":")
    return number_in(ticket) or 0, subject
