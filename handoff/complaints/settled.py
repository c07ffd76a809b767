"""What a customer is asked, and told, about whether their complaint is settled, with the buttons to
answer it; the conversation remembers them. Takes a session, never commits."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from bot.domain import Option, Outgoing, Reply
from bot.engine.values import Context
from bot.knowledge.escape import escape_markdown
from bot.outbox import Draft
from bot.storage.tables import Complaint, Conversation, Ticket
from handoff.complaints.rules import number_of
from handoff.rows import Desk, address_of, conversation_of

PURPOSE = "complaint_ask"  # of the question: while it cannot arrive, silence means nothing


def question(
    session: Session, desk: Desk, ticket: Ticket, complaint: Complaint, agent_name: str
) -> Draft:
    """ "Is this settled for you?", with its buttons, which the conversation remembers."""
    conversation = conversation_of(session, ticket)
    say, language = desk.kb.say, conversation.language
    text = say(
        language,
        "complaint_ask",
        agent=escape_markdown(agent_name),
        number=number_of(complaint.id or 0),
    )
    yes = Option(say(language, "complaint_yes"), f"settled:1:{complaint.id}")
    no = Option(say(language, "complaint_no"), f"settled:0:{complaint.id}")
    return _asked(conversation, ticket, Reply(text, (yes, no)), PURPOSE)


def assumed(session: Session, desk: Desk, ticket: Ticket, complaint: Complaint) -> Draft:
    """ "We haven't heard from you", with a button for whoever sees it otherwise."""
    conversation = conversation_of(session, ticket)
    say, language = desk.kb.say, conversation.language
    text = say(language, "complaint_assumed", number=number_of(complaint.id or 0))
    no = Option(say(language, "complaint_not_settled"), f"settled:0:{complaint.id}")
    return _asked(conversation, ticket, Reply(text, (no,)), "to_customer")


def complaint_id_of(item: Outgoing) -> int:
    """The complaint that a question is about."""
    return int((item.reply.options[0].value or "").rpartition(":")[2])


def _asked(conversation: Conversation, ticket: Ticket, reply: Reply, purpose: str) -> Draft:
    context = Context.from_json(conversation.context)
    context = replace(context, options=reply.options, comment_on=None, misses=0)
    conversation.context = context.to_json()
    return Draft(Outgoing("post", address_of(conversation), reply), purpose, ticket.id)
