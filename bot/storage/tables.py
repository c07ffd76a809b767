"""The tables, as SQLModel classes. Times are aware UTC on both databases.

A status that follows from other rows is not stored twice: a conversation is with a person exactly
while it has an unresolved ticket; what happened to a ticket are its events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Index, Text, UniqueConstraint, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite has no zones: kept naive there, and given back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    return Column(UTCDateTime(), nullable=nullable, index=index)


def _json() -> Any:
    return Column(JSON(none_as_null=True), nullable=False)


# --- the durable queue ---------------------------------------------------------------------------


class Lane(SQLModel, table=True):
    """One conversation on the way in, or one destination on the way out.

    `due` is schedule, back-off, pace and lease at once: nobody touches the lane before it.
    `token` fences: who no longer holds it may not finish what was claimed with it."""

    __tablename__ = "lanes"
    __table_args__ = (
        Index(
            "ix_lanes_ready",
            "queue",
            "due",
            sqlite_where=text("pending > 0"),
            postgresql_where=text("pending > 0"),
        ),
    )
    queue: str = Field(primary_key=True)  # "in" or "out:<channel>"
    key: str = Field(primary_key=True)
    pending: int = 0
    due: datetime = Field(sa_column=_time())
    token: str | None = None


class Pace(SQLModel, table=True):
    """When the next send of a rate-limited service may begin, shared by all processes."""

    __tablename__ = "paces"
    service: str = Field(primary_key=True)
    next_at: datetime = Field(sa_column=_time())


class Lease(SQLModel, table=True):
    """Who alone may do something (poll Telegram) until when."""

    __tablename__ = "leases"
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_column=_time())


class InboxItem(SQLModel, table=True):
    """One event as the platform delivered it. `error` marks what could not be read or decided."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index(
            "ix_inbox_waiting",
            "lane",
            "position",
            "id",
            sqlite_where=text("processed_at IS NULL"),
            postgresql_where=text("processed_at IS NULL"),
        ),
        Index(
            "ix_inbox_quarantined",
            "id",
            sqlite_where=text("error IS NOT NULL"),
            postgresql_where=text("error IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    external_id: str
    lane: str
    position: float = 0.0  # the platform's own order; a retry may arrive after what followed it
    raw: str | None = Field(default=None, sa_column=Column(Text))
    received_at: datetime = Field(sa_column=_time(index=True))
    processed_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    attempts: int = 0
    error: str | None = None


class OutboxItem(SQLModel, table=True):
    """One thing to send. `state`: queued → sending → sent | failed | uncertain; or withdrawn before
    it was sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "lane",
            "rank",
            "id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index(
            "ix_outbox_of_ticket",
            "ticket_id",
            "id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str
    lane: str
    kind: str
    payload: dict[str, Any] = Field(sa_column=_json())
    purpose: str = ""  # what the outcome means to the ticket: card, agent_reply, relay, ""
    ticket_id: int | None = Field(default=None, index=True)
    message_id: int | None = Field(default=None, index=True)
    state: str = "queued"
    doubtful: bool = False  # a send was in flight when a process died: it may have arrived twice
    attempts: int = 0
    part: int = 0  # how many parts of a message too long for one have gone
    sent_parts: list[str] = Field(default_factory=list, sa_column=_json())  # their platform ids
    rank: int = 0  # within its lane lower ones go first, and of one rank the earlier
    hold_until: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    merged_into: int | None = None  # the item with which it goes as one post
    external_id: str | None = None
    error: str | None = None
    created_at: datetime = Field(sa_column=_time(index=True))
    sent_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


# --- people and what they said -------------------------------------------------------------------


class Contact(SQLModel, table=True):
    """A customer, on however many channels."""

    __tablename__ = "contacts"
    id: int | None = Field(default=None, primary_key=True)
    name: str = ""
    language: str | None = None  # chosen with /language; a guess never overrides it
    timezone: str | None = None
    opted_out_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    joined_to: int | None = None  # the contact that this one has turned out to be
    # When they lately typed codes that were none, in seconds since 1970:
    wrong_codes: list[float] = Field(default_factory=list, sa_column=_json())
    created_at: datetime = Field(sa_column=_time())


class Identity(SQLModel, table=True):
    """A contact's account on one platform."""

    __tablename__ = "identities"
    channel: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    contact_id: int = Field(foreign_key="contacts.id", index=True)


class Conversation(SQLModel, table=True):
    """One address of a contact. `context` is what the bot remembers between two messages."""

    __tablename__ = "conversations"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # Address.conversation_key
    channel: str
    chat_id: str
    thread_id: str | None = None
    contact_id: int = Field(foreign_key="contacts.id", index=True)
    language: str
    context: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    created_at: datetime = Field(sa_column=_time())
    last_at: datetime = Field(sa_column=_time(index=True))


class Message(SQLModel, table=True):
    """What was said. An edit is a further row that names the one it revises."""

    __tablename__ = "messages"
    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    ticket_id: int | None = Field(default=None, index=True)
    author: str  # contact, bot, agent
    agent_id: str | None = None
    text: str = Field(sa_column=Column(Text, nullable=False))
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_column=_json())
    external_id: str | None = Field(default=None, index=True)
    revises_id: int | None = None
    deleted_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    outcome: str | None = None
    article_id: str | None = None
    why: list[str] = Field(default_factory=list, sa_column=_json())
    mood: float | None = None  # how likely its author is upset, by all that was known then
    mood_reasons: list[str] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    sent_at: datetime = Field(sa_column=_time())


# --- the desk ------------------------------------------------------------------------------------


class Ticket(SQLModel, table=True):
    """A conversation that a person is asked to take. At most one unresolved per conversation."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index(
            "uq_tickets_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_tickets_card", "desk", "card_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    reason: str
    language: str
    suggestions: list[dict[str, Any]] = Field(default_factory=list, sa_column=_json())
    desk: str  # the desk channel
    card_id: str | None = None  # the platform's id of the card; its thread is the conversation
    claimed_by: str | None = None
    urgency: int = 0  # 1: upset or complaining; 2: somebody may be in danger; it never falls
    article_id: str | None = None  # what it is about, as far as is known
    tags: list[str] = Field(default_factory=list, sa_column=_json())
    suggested_to: str | None = None  # the agent on duty with the least to do, when it was opened
    escalated_to: str | None = None  # the supervisor who is asked to step in
    snoozed_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    snoozed_until: datetime | None = Field(default=None, sa_column=_time(nullable=True))  # or until
    # …the customer writes, which ends it in any case. The clocks, see handoff.service_levels:
    reply_since: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    reply_due: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    resolve_due: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    opened_at: datetime = Field(sa_column=_time(index=True))
    resolved_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class TicketEvent(SQLModel, table=True):
    """What happened to a ticket: opened, claimed, released, transferred, escalated, replied, noted,
    snoozed, woken, resolved, cancelled, reopened, rated, undelivered…"""

    __tablename__ = "ticket_events"
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="tickets.id", index=True)
    kind: str
    agent_id: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    at: datetime = Field(sa_column=_time(index=True))


class DeskAgent(SQLModel, table=True):
    """A colleague who has acted on the desk, with the name customers are told."""

    __tablename__ = "agents"
    id: str = Field(primary_key=True)  # the Slack user id
    name: str
    seen_at: datetime = Field(sa_column=_time())
    on_duty: bool = True  # what they said last with /desk duty
    duty_since: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class Promise(SQLModel, table=True):
    """What a customer was promised, and by when; an appointment is one with a place.

    `starts_at` to `ends_at` is when it is to happen; without an end, `starts_at` is by when.
    `kept` is said by a person, once it should have happened."""

    __tablename__ = "promises"
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="tickets.id", index=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    what: str = Field(sa_column=Column(Text, nullable=False))
    place: str = ""
    starts_at: datetime = Field(sa_column=_time(index=True))
    ends_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    made_by: str
    made_at: datetime = Field(sa_column=_time())
    version: int = 0  # how often it has been changed since
    withdrawn_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    kept: bool | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class Refusal(SQLModel, table=True):
    """What somebody tried to do on the desk and may not."""

    __tablename__ = "refusals"
    id: int | None = Field(default=None, primary_key=True)
    agent_id: str = Field(index=True)
    action: str
    ticket_id: int | None = None
    channel: str = ""  # the desk channel it was tried in
    reason: str
    at: datetime = Field(sa_column=_time(index=True))


class JoinCode(SQLModel, table=True):
    """A code that a customer gets on one channel and types on another, to be known as one."""

    __tablename__ = "join_codes"
    code: str = Field(primary_key=True)
    contact_id: int = Field(foreign_key="contacts.id", index=True)
    conversation_id: int = Field(foreign_key="conversations.id")  # where it was given
    created_at: datetime = Field(sa_column=_time())
    used_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


# --- complaints ----------------------------------------------------------------------------------


class Complaint(SQLModel, table=True):
    """What a customer is owed an answer for. At most one open per conversation.

    It is open until `closed_at`; `outcome` then says whether the customer agreed (settled) or said
    nothing (assumed). `asked_at`: since when "is this settled for you?" waits for an answer."""

    __tablename__ = "complaints"
    __table_args__ = (
        Index(
            "uq_complaints_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    contact_id: int = Field(foreign_key="contacts.id", index=True)
    ticket_id: int = Field(foreign_key="tickets.id", index=True)  # the one it is dealt with in
    severity: str = "normal"  # normal, high
    cause: str | None = None  # by its short name in the policy
    text: str = Field(default="", sa_column=Column(Text, nullable=False))  # how it began
    owner: str | None = None  # the agent who has it; nobody until the ticket is claimed
    opened_at: datetime = Field(sa_column=_time(index=True))
    due_at: datetime = Field(sa_column=_time())
    asked_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    outcome: str | None = None  # settled, assumed


class ComplaintEvent(SQLModel, table=True):
    """What happened to a complaint: opened, owned, transferred, classified, reminded, breached,
    asked, not_asked, reopened, settled, assumed; remedy_proposed, _approved, _refused, _given,
    _failed."""

    __tablename__ = "complaint_events"
    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaints.id", index=True)
    kind: str
    agent_id: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    at: datetime = Field(sa_column=_time())


class RemedyItem(SQLModel, table=True):
    """Something offered for a complaint. `decision`: None while a supervisor has not spoken, then
    approved or refused. `given_at`: since when the customer has been promised it; `failure`: why
    the shop would not give what was approved."""

    __tablename__ = "remedies"
    id: int | None = Field(default=None, primary_key=True)
    complaint_id: int = Field(foreign_key="complaints.id", index=True)
    kind: str  # credit, coupon, refund, replacement, apology, other
    cents: int | None = None  # hundredths of the currency
    currency: str | None = None
    reason: str = Field(sa_column=Column(Text, nullable=False))
    words: str = Field(default="", sa_column=Column(Text, nullable=False))  # the customer's to read
    proposed_by: str
    proposed_at: datetime = Field(sa_column=_time())
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    decision_reason: str | None = Field(default=None, sa_column=Column(Text))
    code: str | None = None
    given_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    failure: str | None = Field(default=None, sa_column=Column(Text))


class ShopCode(SQLModel, table=True):
    """A code of the shop's that is worth something, given away at most once."""

    __tablename__ = "shop_codes"
    __table_args__ = (Index("ix_shop_codes_free", "kind", "currency", "cents", "remedy_id"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    kind: str  # credit, coupon
    cents: int
    currency: str
    remedy_id: int | None = Field(default=None, index=True)  # what it was given for
    imported_at: datetime = Field(sa_column=_time())


# --- afterwards ----------------------------------------------------------------------------------


class Rating(SQLModel, table=True):
    """What a customer thought: `kind` helpful (0/1, of an article) or csat (1–5, of a ticket)."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("kind", "subject"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str  # what was rated, once: message:<id> or ticket:<id>
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    ticket_id: int | None = Field(default=None, index=True)
    article_id: str | None = None
    score: int
    comment: str | None = Field(default=None, sa_column=Column(Text))
    at: datetime = Field(sa_column=_time())


class Purchase(SQLModel, table=True):
    """An order line of the shop, imported."""

    __tablename__ = "purchases"
    __table_args__ = (UniqueConstraint("order_number", "product"),)
    id: int | None = Field(default=None, primary_key=True)
    order_number: str
    contact_id: int = Field(foreign_key="contacts.id", index=True)
    conversation_id: int = Field(foreign_key="conversations.id")
    product: str
    bought_at: datetime = Field(sa_column=_time())
    delivered_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class FollowUpItem(SQLModel, table=True):
    """Something to send later. Whether it still makes sense is decided when it is due.

    `key` makes planning idempotent: csat:<ticket>, <follow-up>:<purchase>."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index(
            "ix_follow_ups_due",
            "run_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str  # csat, or the follow-up's file name
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    ticket_id: int | None = None
    purchase_id: int | None = None
    complaint_id: int | None = None
    promise_id: int | None = None
    run_at: datetime = Field(sa_column=_time())
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    result: str | None = None  # sent, or why it was not
