"""The forms of the desk → Slack views, in the desk's words. Pure.

Each field is a block of its own, whose id is the field's name: by it `form_checks` says what is
wrong, and the values come back under it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain import Address, Agent
from bot.knowledge.complaint_policy import REMEDIES, Complaints
from handoff.complaints.rules import money
from handoff.wording import Words

NAMES = ("complaint", "remedy", "approve", "refuse")
CALLBACK = "frontdesk:"  # the name of the form follows; a channel knows by it that it is ours
SEVERITIES = ("normal", "high")
TITLE, LABEL, OPTION, SECTION, OPTIONS = 24, 150, 75, 2900, 100  # Slack's limits, and below
REASON, TYPED = 1000, 2000  # characters that may be typed

PURPOSE = "form"  # of the draft that opens one

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form is about: a ticket (0: none), where its card hangs, and what else its button was
    about, like a remedy that is to be decided."""

    ticket_id: int
    place: Address
    about: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """What is known when the form opens: how a complaint is classified, up to how many cents this
    agent decides alone, in the desk's words who proposed what, and why, and their language."""

    severity: str = SEVERITIES[0]
    cause: str = ""
    own_limit: int = 0
    asked: str = ""
    language: str = "en"


def lane_of(channel: str, agent: Agent) -> Address:
    """Where an agent's forms are sent: to them. Forms wait for nothing else, see `outbox_order`: a
    click is good for three seconds."""
    return Address(channel, agent.user_id)


def filler_of(lane: Address) -> Agent:
    """The agent whose forms go there."""
    return Agent(lane.chat_id)


def view(
    name: str, subject: Subject, present: Present, policy: Complaints, words: Words
) -> Mapping[str, Any]:
    """The view of a form, as Slack opens it. Raises KeyError for a name there is no form of."""
    began = {"severity": present.severity, "cause": present.cause} if name == "complaint" else None
    return modal(name, subject, _FIELDS[name](present, policy, words), words, began)


def modal(
    name: str,
    subject: Subject,
    blocks: Sequence[Block],
    words: Words,
    began: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """A view with these blocks, which comes back as DeskForm `name`; its title is the phrase
    `form_<name>`. `began`: what it shows, where others may change that meanwhile."""
    about: dict[str, Any] = {
        "ticket": subject.ticket_id,
        "subject": subject.about,
        "channel": subject.place.chat_id,
        "card": subject.place.thread_id,
    }
    if began is not None:
        about["began"] = began
    return {
        "type": "modal",
        "callback_id": CALLBACK + name,
        "private_metadata": json.dumps(about),
        "title": plain_text(words(f"form_{name}"), TITLE),
        "submit": plain_text(words("form_send"), TITLE),
        "close": plain_text(words("form_cancel"), TITLE),
        "blocks": list(blocks),
    }


def _complaint(present: Present, policy: Complaints, words: Words) -> Sequence[Block]:
    severities = {each: words(f"severity_{each}") for each in SEVERITIES}
    fields = [select("severity", words, severities, present.severity)]
    if policy.causes:
        fields.append(select("cause", words, policy.causes, present.cause, optional=True))
    return fields


def _remedy(present: Present, policy: Complaints, words: Words) -> Sequence[Block]:
    kinds: dict[str, str] = {kind: words(f"remedy_kind_{kind}") for kind in REMEDIES}
    limit = money(present.own_limit, policy.currency, present.language)
    hint = words("form_amount_hint", currency=policy.currency, limit=limit)
    return [
        select("kind", words, kinds, ""),
        typed("amount", words, 30, hint, optional=True),
        reason(words),
        typed("words", words, TYPED, words("form_words_hint"), optional=True, multiline=True),
    ]


def _decision(present: Present, policy: Complaints, words: Words) -> Sequence[Block]:
    # Plain text: whatever a colleague wrote as the reason, it means nothing to Slack.
    return [{"type": "section", "text": plain_text(present.asked, SECTION)}, reason(words)]


_FIELDS = {
    "complaint": _complaint,
    "remedy": _remedy,
    "approve": _decision,
    "refuse": _decision,
}


def reason(words: Words) -> Block:
    return typed("reason", words, REASON, words("form_reason_hint"), multiline=True)


def typed(
    name: str,
    words: Words,
    most: int,
    hint: str,
    *,
    optional: bool = False,
    multiline: bool = False,
) -> Block:
    element = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    return {**field_block(name, words, element, optional=optional), "hint": plain_text(hint, LABEL)}


def select(
    name: str, words: Words, choices: Mapping[str, str], chosen: str, *, optional: bool = False
) -> Block:
    options = {
        value: {"text": plain_text(label or value, OPTION), "value": value}
        for value, label in list(choices.items())[:OPTIONS]
    }
    element: dict[str, Any] = {"type": "static_select", "options": list(options.values())}
    if chosen in options:
        element["initial_option"] = options[chosen]
    return field_block(name, words, element, optional=optional)


def field_block(
    name: str, words: Words, element: Mapping[str, Any], *, optional: bool = False
) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "optional": optional,
        "label": plain_text(words(f"form_{name}"), LABEL),
        "element": {**element, "action_id": name},
    }


def plain_text(text: str, most: int) -> Mapping[str, Any]:
    short = text if len(text) <= most else text[: most - 1] + "…"
    return {"type": "plain_text", "text": short or "…"}
