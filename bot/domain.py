"""Frozen values that cross module borders. Standard library only; everybody may import it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

# --- where and who -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """Where a conversation takes place: a chat, and in Slack channels one thread of it."""

    channel: str
    chat_id: str
    thread_id: str | None = None

    @property
    def conversation_key(self) -> str:
        """What is kept in order on the way in: one conversation."""
        return f"{self.destination}:{self.thread_id}" if self.thread_id else self.destination

    @property
    def destination(self) -> str:
        """What is kept in order, and paced, on the way out: one chat, as the platforms count it."""
        return f"{self.channel}:{self.chat_id}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote, as far as the platform tells. `language` and `timezone` are hints, never facts."""

    user_id: str
    name: str = ""
    language: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """A colleague on the desk, or somebody who would like to be one (`on_desk` is false).

    `on_desk`: a member of the desk channel that the event is about; where it is about none, of any
    of `desks`, the desk channels they are a member of."""

    user_id: str
    name: str = ""
    on_desk: bool = False
    desks: frozenset[str] = frozenset()

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.user_id


# --- what comes in -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something a customer sent beside words. `detail` is a place, a phone number, an emoji…"""

    kind: str  # photo, document, voice, audio, video, sticker, location, contact, other
    file_id: str = ""
    name: str = ""
    mime: str = ""
    size: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A customer wrote. `external_id` is the platform's own, the same at every redelivery;
    `position` is the platform's own order within a conversation, here and in every event.
    `private` is set where others read along: there the author can be written to alone; if they must
    write first, `invitation` is the link by which they do. `recalled` names the conversation in
    which they had written this text, where others read along. `album`: messages with the same are
    one, of which the platform tells piece by piece."""

    external_id: str
    address: Address
    contact: Person
    text: str
    sent_at: datetime
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    addressed: bool = True  # false: overheard in a channel; meant for us only in our own thread
    private: Address | None = None
    invitation: str = ""
    recalled: int | None = None
    album: str = ""
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A customer pressed a button; `value` is what we had put behind it. `private`, `invitation`:
    see InboundMessage."""

    external_id: str
    address: Address
    contact: Person
    value: str
    sent_at: datetime
    message_id: str = ""
    private: Address | None = None
    invitation: str = ""
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class Edit:
    """A customer changed message `message_id`; both versions are kept."""

    external_id: str
    address: Address
    contact: Person
    message_id: str
    text: str
    sent_at: datetime
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class Deletion:
    """A customer took message `message_id` back."""

    external_id: str
    address: Address
    contact: Person
    message_id: str
    sent_at: datetime
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """Somebody wrote in the desk channel. `address.thread_id` is the card's id, if in a thread.

    `change` tells a new message from the edit or the deletion of an earlier one."""

    external_id: str
    address: Address
    agent: Agent
    text: str
    sent_at: datetime
    message_id: str
    files: tuple[Attachment, ...] = ()
    under_our_post: bool = False
    addressed: bool = False  # it calls us by name
    change: Literal["new", "edited", "deleted"] = "new"
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class DeskAction:
    """Somebody pressed a button on the desk, or in the app's home (`at_home`), about a ticket.

    `subject` is what else the button is about (a remedy's number, an article…); `trigger` is what
    a form can be opened with, for three seconds; of a button in a form, the id of that form."""

    external_id: str
    address: Address
    agent: Agent
    action: str  # one of handoff.actions.ACTIONS
    ticket_id: int  # 0: about none
    sent_at: datetime
    subject: str = ""
    trigger: str = ""
    at_home: bool = False
    position: float = 0.0

    @property
    def remedy_id(self) -> int | None:
        """The remedy it is about, if its subject is a number."""
        return number_in(self.subject)


@dataclass(frozen=True, slots=True)
class DeskForm:
    """Somebody on the desk filled in a form and sent it: `name` as of the button that opened it,
    `values` by the name of the field, empty where nothing was put in; `colleague` is whom a field
    of it names; `began` is what it showed when it opened, where others may change it meanwhile."""

    external_id: str
    address: Address
    agent: Agent
    name: str  # complaint, transfer, remedy, approve, refuse, snooze…
    ticket_id: int  # 0: about none
    values: Mapping[str, str]
    sent_at: datetime
    subject: str = ""
    colleague: Agent | None = None
    began: Mapping[str, str] | None = None
    position: float = 0.0

    @property
    def remedy_id(self) -> int | None:
        """The remedy it is about, if its subject is a number."""
        return number_in(self.subject)


@dataclass(frozen=True, slots=True)
class DeskReaction:
    """Somebody put `emoji` (its Slack name) on message `message_id` of a desk channel; the address
    has that message as its thread, which it is if it is a card."""

    external_id: str
    address: Address
    agent: Agent
    emoji: str
    message_id: str
    sent_at: datetime
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """Somebody typed `/desk` and `text`, in whatever channel; to be answered there, to them."""

    external_id: str
    address: Address
    agent: Agent
    text: str
    sent_at: datetime
    trigger: str = ""
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class DeskHome:
    """Somebody opened the app's home; the address is that person."""

    external_id: str
    address: Address
    agent: Agent
    sent_at: datetime
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class DeskShortcut:
    """Somebody chose the shortcut `name` in the menu of message `message_id`, whose `text` it is;
    the address has its thread, or the message itself."""

    external_id: str
    address: Address
    agent: Agent
    name: str
    message_id: str
    text: str
    sent_at: datetime
    trigger: str = ""
    position: float = 0.0


def number_in(text: str) -> int | None:
    """The number that a text is, of no more than 18 digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


CustomerEvent = InboundMessage | ButtonPress | Edit | Deletion
DeskEvent = (
    DeskMessage | DeskAction | DeskForm | DeskReaction | DeskCommand | DeskHome | DeskShortcut
)
Event = CustomerEvent | DeskEvent


# --- the knowledge base --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """A button: `value` comes back to us when it is pressed, or `url` opens."""

    label: str
    value: str | None = None
    url: str | None = None


class HandoffRule(StrEnum):
    """What an article says about people: never, offer one with the answer, always bring one."""

    NEVER = "never"
    OFFER = "offer"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Article:
    """One answer in one language. The same `id` in every language is the same article."""

    id: str
    language: str
    title: str
    body: str
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    handoff: HandoffRule = HandoffRule.NEVER
    buttons: tuple[Option, ...] = ()
    see_also: tuple[str, ...] = ()
    valid_until: date | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """How well an article fits a question.

    `score` is the probability that it is the article meant; `evidence` the nearest phrasing;
    `precision` the share of answers at least this sure that should be right, by what came of asking
    the knowledge base its own questions; `signals` what the score was made of, by name."""

    article: Article
    score: float
    evidence: str = ""
    precision: float = 0.0
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mood:
    """How a customer feels: `score` is the probability that they are upset (angry, disappointed,
    distressed, threatening to leave); `reasons` are what says so, the weightiest first: words of
    theirs in quotation marks, or the code of a sign that is no word (see understanding.mood)."""

    score: float = 0.0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text, before anything is known of the conversation.

    `languages` sums to 1; `matches` are the best articles of every language, best first (one entry
    per article id and language); `intents` are what was heard besides a question: human, greeting,
    thanks, goodbye, yes, no, unhelpful, stop, bot, chatter, complaint, grievance, threat,
    emergency, and "person" for the words that the policy names. `mood` is that of the text alone.
    `parts` are the questions of a text that says more than one thing, each read alone, its intent
    "question" or "request" (and "listed" where only commas part them), and what is told between
    them, without an intent; `in_context` is the text read as the continuation of what is said
    before it, if it looks like one, its intent "continuation" if it says so, "vague" if it does not
    say what it is about."""

    text: str
    languages: Mapping[str, float] = field(default_factory=dict)
    matches: tuple[Match, ...] = ()
    intents: frozenset[str] = frozenset()
    parts: tuple[Reading, ...] = ()
    in_context: Reading | None = None
    mood: Mood = Mood()
    settled: bool | None = None  # whether it says that something is; only an answer if asked


# --- what is decided, and what goes out ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """What a customer is shown. `text` is Markdown unless `literal`; `author` signs it."""

    text: str
    options: tuple[Option, ...] = ()
    author: str = ""
    literal: bool = False


class Outcome(StrEnum):
    """How one customer's event ended."""

    ANSWERED = "answered"
    CLARIFIED = "clarified"
    REPHRASE = "rephrase"
    OFFERED_HUMAN = "offered_human"
    HANDED_OFF = "handed_off"
    RELAYED = "relayed"
    RATED = "rated"
    GREETED = "greeted"
    NOTED = "noted"  # kept, and nothing to say: an edit, a deletion, an opt-out


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way from one platform to another. `source` is the channel that has it under
    `file_id`; with no source its `content` is our own."""

    name: str
    kind: str = "document"  # as of an Attachment
    mime: str = ""
    size: int | None = None
    source: str = ""
    file_id: str = ""
    content: bytes = field(default=b"", repr=False)  # which no log should show


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to send. Stored in the outbox as JSON; a channel gets it back as this value.

    - `post`: a new message at `address`; `update`: rewrite message `target`; `delete`: take it
      back; `whisper`: a message that only user `target` sees; `react`: put `emoji` on message
      `target`; `form`: open the form in `blocks` for whoever pressed the button with trigger
      `target`, or put it in place of the open form with that id; `home`: show `blocks` in the app's
      home of user `target`; `file`: the `file`, with the reply's text below it; `typing`: show that
      somebody is writing.
    - `blocks` are ready-made Slack blocks (cards), rows of buttons alone stand below the reply's
      text; channels other than Slack never get any.
    - `token` names the outbox row; platforms that can store it with the message are asked to."""

    kind: Literal["post", "update", "delete", "whisper", "react", "form", "home", "file", "typing"]
    address: Address
    reply: Reply = Reply("")
    blocks: tuple[Mapping[str, Any], ...] = ()
    target: str = ""
    emoji: str = ""
    file: File | None = None
    token: str = ""


class SendError(Exception):
    """A send did not end well; the subclass says what is known."""


class NotSent(SendError):
    """Certainly not sent: try again, after `retry_after` seconds where the platform named them."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TooMany(NotSent):
    """Not sent because the platform takes no more of its kind for now."""


NO_THREAD = "no_thread"  # refused: the card, or its thread, has been deleted
# …refused: a file is longer than may be passed on, is not what may, or is not to be had.
FILE_TOO_LARGE, FILE_NOT_ALLOWED = "file_too_large", "file_not_allowed"
FILE_GONE, FILE_NO_SCOPE = "file_gone", "file_no_scope"
FILE_NOT_FETCHED = "file_not_fetched"  # …refused: it did not come, however often it was asked for
TOO_LATE = "expired_trigger"  # refused: the click that a form was to be opened for is too long ago
TOO_OLD = "too_old"  # refused: the platform lets nobody change or take back what is so old
TOO_LONG = "too_long"  # not even tried: the new words need more messages than there are
NEVER_SENT = "never_sent"  # not even tried: what is to be changed or taken back never left
WHO_KNOWS = "who_knows"  # not even tried: nobody knows whether, or as what, it has arrived
NO_MESSAGE = "no_message"  # refused: the customer has deleted it
DESK_SHUT = "the desk channel takes nothing: "  # not sent; the platform's code for why follows
NO_CARD = "no_card"  # not even tried: the card, in whose thread it belongs, is not there


class Refused(SendError):
    """Refused for good (blocked, chat gone, bad request): never again. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Uncertain(SendError):
    """Written to the platform, no answer came: it may have arrived."""


Receive = Callable[[str, Sequence[Mapping[str, Any]]], Awaitable[None]]


class Channel(Protocol):
    """One platform. Adding one means writing these; the contract tests say whether they hold."""

    name: str
    pace: float  # seconds between two posts to one destination
    rate: float  # posts a second over all destinations

    async def listen(self, receive: Receive) -> None:
        """Run until cancelled; `receive(name, raws)` has committed when it returns, and only then
        may the platform be told that it need not send them again."""

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        """Pure. None for what is not for us (our own posts, other bots). Raises on bad shapes."""

    async def complete(self, event: Event) -> Event:
        """Look up what the payload leaves out (names, who is on the desk); raises NotSent."""

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        """Pure. The item with its text in the platform's own markup, in as many parts as the
        platform's limit asks for (at least one); buttons belong to the last."""

    async def send(self, item: Outgoing) -> str:
        """Send a rendered part and return the platform's message id; raises NotSent, Refused or
        Uncertain."""

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """After a doubt: the id of the message if the platform can tell that it has arrived, ""
        if it can tell that it has not, None if it cannot tell."""


@runtime_checkable
class FileSource(Protocol):
    """A channel whose files can be had."""

    async def fetch(self, file: File, most: int) -> File:
        """A file that this platform has, with its bytes, and with its name and type where they are
        known only now; raises NotSent, or Refused if it is gone or longer than `most` bytes."""
