"""What the desk is told of remedies: who decides what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlmodel import Session, select

from bot.domain import Agent, Outgoing, Reply
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft, from_payload
from bot.storage.tables import Complaint, OutboxItem, RemedyItem, Ticket
from handoff.cards import SECTION_LENGTH, Block, button
from handoff.complaints.rules import money, number_of
from handoff.rows import Desk, agent_name, card_link, name_of
from handoff.wording import plain


def worth(desk: Desk, kind: str, cents: int | None, currency: str | None) -> str:
    """A remedy in the desk's words: "refund 20 EUR"."""
    name = desk.words(f"remedy_kind_{kind}")
    return f"{name} {money(cents, currency or '', desk.language)}" if cents is not None else name


def worth_of(desk: Desk, remedy: RemedyItem) -> str:
    return worth(desk, remedy.kind, remedy.cents, remedy.currency)


def ask(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint,
    remedy: RemedyItem,
    before: int,
    deciders: Iterable[str],
) -> list[Draft]:
    """A line with buttons in the thread, and a message to each who may decide. `before`: the cents
    that the complaint has cost so far."""
    values = {
        "agent": agent_name(session, remedy.proposed_by),
        "what": worth_of(desk, remedy),
        "name": name_of(session, desk, ticket),
        "number": number_of(complaint.id or 0),
        "before": money(before, remedy.currency or "", desk.language) if before else "",
        "reason": remedy.reason,
        "words": remedy.words,
    }
    text = desk.words("desk_remedy_asked", **values)
    blocks = (*_sections(text), _buttons(desk, ticket, remedy))
    item = Outgoing("post", desk.thread(ticket), Reply(plain(text)), blocks=blocks)
    escaped = {key: escape_markdown(value) for key, value in values.items()}
    asked = desk.words("desk_remedy_asked", **escaped).replace("\n", "\n\n")
    where = card_link(ticket, f"#{ticket.id} {escaped['name']}")
    direct = (_direct(desk, user, f"{asked}\n\n{where}") for user in deciders)
    return [Draft(item, "notice", ticket.id), *direct]


def without_buttons(
    session: Session, desk: Desk, ticket: Ticket, remedy: RemedyItem
) -> list[Draft]:
    """The line that asked, rewritten without its buttons once it is decided; nothing where it is
    not known to be there: a late click is told who has decided."""
    query = select(OutboxItem).where(
        OutboxItem.ticket_id == ticket.id,
        OutboxItem.purpose == "notice",
        OutboxItem.state == "sent",
    )
    buttons = _buttons(desk, ticket, remedy)["elements"][0]["value"]
    for row in session.exec(query):
        item = from_payload(row.payload)
        actions = item.blocks[-1].get("elements", ()) if item.blocks else ()
        if row.external_id and any(each.get("value") == buttons for each in actions):
            blocks, line = item.blocks[:-1], row.external_id
            return [Draft(replace(item, kind="update", blocks=blocks, target=line))]
    return []


def alert(desk: Desk, ticket: Ticket, text: str, people: Iterable[str | None]) -> Draft:
    """A line in the thread which Slack shows those people that it is about."""
    named = [person for person in dict.fromkeys(people) if person]
    mentions = " ".join(f"<@{person}>" for person in named)
    first, *rest = _sections(text)
    inner = {**first["text"], "text": f"{mentions} {first['text']['text']}".strip()}
    blocks = ({**first, "text": inner}, *rest)
    item = Outgoing("post", desk.thread(ticket), Reply(plain(text)), blocks=blocks)
    return Draft(item, "notice", ticket.id)


def refused(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    complaint: Complaint,
    remedy: RemedyItem,
    agent: Agent,
) -> Draft:
    """Tell the owner and the proposer that somebody else has refused it, and why."""
    text = desk.words(
        "desk_remedy_refused",
        agent=agent.first_name,
        what=worth_of(desk, remedy),
        reason=remedy.decision_reason,
    )
    people = {complaint.owner, remedy.proposed_by} - {agent.user_id}
    return alert(desk, ticket, text, sorted(filter(None, people)))


def _direct(desk: Desk, user_id: str, text: str) -> Draft:
    return Draft(Outgoing("post", desk.direct(user_id), Reply(text)))


def _sections(text: str) -> list[Block]:
    """The text, inert, in as many sections as Slack's limit asks for."""
    sections: list[Block] = []
    while text:
        size = len(text)
        while len(plain(text[:size])) > SECTION_LENGTH:
            size = size * 3 // 4
        shown = {"type": "mrkdwn", "text": plain(text[:size])}
        sections.append({"type": "section", "text": shown})
        text = text[size:]
    return sections


def _buttons(desk: Desk, ticket: Ticket, remedy: RemedyItem) -> Block:
    value = f"{ticket.id}:{remedy.id}"
    approve = button("approve", desk.words("desk_button_approve"), value, style="primary")
    refuse = button("refuse", desk.words("desk_button_refuse"), value)
    return {"type": "actions", "elements": [approve, refuse]}
