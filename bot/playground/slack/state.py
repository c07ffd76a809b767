"""The workspace: users, channels, messages, files. Nothing here touches a socket.

Every change is told to one observer as the inner event Slack would send for it; who receives
that event, and how often, is not this module's business.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.playground.slack import channel_events
from bot.playground.slack.shapes import (
    changed_event,
    deleted_event,
    home_event,
    joined_event,
    message_event,
    reaction_event,
)
from bot.playground.slack.values import (
    BOT_ID,
    BOT_USER_ID,
    Channel,
    ChannelKind,
    File,
    Json,
    Message,
    Reaction,
    SlackError,
    User,
    View,
)


@dataclass(frozen=True)
class Change:
    """Something happened in `channel`; `event` is what Slack tells an app that may see it."""

    channel: Channel
    event: Json


class Workspace:
    """All of a workspace's state. Methods raise `SlackError` with the code Slack would give."""

    def __init__(self, clock: Callable[[], float], observer: Callable[[Change], None]) -> None:
        self._clock = clock
        self._observe = observer
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.ephemerals: list[Message] = []
        self.files: dict[str, File] = {}
        self.changes: list[tuple[Message, Message | None]] = []
        """What the bot edited and deleted of its own: before, and after or None."""
        self.add_user(
            User(BOT_USER_ID, "frontdesk", "Frontdesk", tz="UTC", is_bot=True, bot_id=BOT_ID)
        )

    # --- users and channels ---

    def new_id(self, prefix: str) -> str:
        """An id of Slack's looks that no other object has."""
        return f"{prefix}0{next(self._numbers):07d}"

    def ts(self) -> str:
        """The next timestamp: the clock's, but always after every earlier one."""
        self._last_ts = max(self._last_ts + 1, int(self._clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def add_channel(
        self, name: str, kind: ChannelKind = "channel", members: Iterable[str] = ()
    ) -> Channel:
        prefix = {"channel": "C", "group": "G", "im": "D"}[kind]
        channel_id = self.new_id(prefix)
        channel = Channel(channel_id, name, kind, frozenset(members), int(self._clock()))
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def channel(self, name_or_id: str) -> Channel:
        """By id, or by name as people say it; `channel_not_found` when there is none."""
        if found := self.channels.get(name_or_id):
            return found
        for channel in self.channels.values():
            if channel.kind != "im" and channel.name == name_or_id.removeprefix("#"):
                return channel
        raise SlackError("channel_not_found")

    def user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def deactivate(self, user_id: str) -> User:
        """The user has left the workspace: `user_disabled` for who wants to write to them."""
        self.users[user_id] = replace(self.user(user_id), deleted=True)
        return self.users[user_id]

    def direct(self, user_id: str, other: str = BOT_USER_ID) -> Channel:
        """The direct messages of two users, opened when they never wrote to each other."""
        members = frozenset({self.user(user_id).id, other})
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == members:
                return channel
        return self.add_channel("", "im", members)

    def join(self, channel: Channel, user_id: str, *, inviter: str = "") -> Channel:
        """Makes the user a member and tells so; joining twice changes nothing."""
        if user_id in self.channels[channel.id].members:
            return self.channels[channel.id]
        joined = self.admit(channel, user_id)
        event = joined_event(self.users[user_id], joined, self.ts(), inviter)
        self._observe(Change(joined, event))
        return joined

    def admit(self, channel: Channel, user_id: str) -> Channel:
        """Makes the user a member without a word; a stranger makes the channel a shared one."""
        channel = self.channels[channel.id]
        shared = channel.is_shared or self.users[user_id].is_stranger
        joined = replace(channel, members=channel.members | {user_id}, is_shared=shared)
        self.channels[channel.id] = joined
        return joined

    def leave(self, channel: Channel, user_id: str) -> Channel:
        """Ends a membership and tells so; the bot is told of its own end, and then no more."""
        before = self.channels[channel.id]
        if user_id not in before.members:
            return before
        left = replace(before, members=before.members - {user_id})
        self.channels[channel.id] = left
        event = channel_events.left(before, user_id, self.users[user_id].team, self.ts())
        self._observe(Change(before, event))
        return left

    def archive(self, channel: Channel, by: str = "", *, archived: bool = True) -> Channel:
        """Nobody can write there any more (`is_archived`), or again."""
        after = replace(self.channels[channel.id], archived=archived)
        self.channels[channel.id] = after
        self._observe(Change(after, channel_events.archived(after, self.ts(), by)))
        return after

    def rename(self, channel: Channel, name: str) -> Channel:
        """Another name for the same channel: its id stays, and so does all that hangs on it."""
        after = replace(self.channels[channel.id], name=name)
        self.channels[channel.id] = after
        self._observe(Change(after, channel_events.renamed(after, self.ts())))
        return after

    def opened_app(self, user_id: str, tab: str, view: View | None) -> None:
        """The user looks at the app's `home` or `messages` tab."""
        channel = self.direct(user_id)
        event = home_event(self.users[user_id], channel, tab, self.ts(), view)
        self._observe(Change(channel, event))

    # --- messages ---

    def message(self, channel: Channel, ts: str) -> Message:
        found = self.messages[channel.id].get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def draft(self, channel: Channel, user: str, text: str, **fields: Any) -> Message:
        """A message not yet posted, with its place in a thread made sure of.

        A reply to a reply belongs to the thread's root; a thread nobody started is
        `thread_not_found`."""
        if channel.archived:
            raise SlackError("is_archived")
        if thread_ts := str(fields.pop("thread_ts", "") or ""):
            parent = self.messages[channel.id].get(thread_ts)
            if parent is None:
                raise SlackError("thread_not_found")
            thread_ts = parent.thread_ts or parent.ts
        return Message(channel.id, self.ts(), user, text, thread_ts=thread_ts, **fields)

    def post(self, message: Message) -> Message:
        """Stores the message and tells of it, with an `app_mention` when it names the bot."""
        channel = self.channels[message.channel]
        self.messages[channel.id][message.ts] = message
        self._started_thread(message)
        self._observe(Change(channel, self._event_of(message)))
        mentioned = f"<@{BOT_USER_ID}>" in message.text and not message.bot_id
        if mentioned and channel.kind != "im":
            event = {**self._event_of(message), "type": "app_mention"}
            event.pop("channel_type", None)
            self._observe(Change(channel, event))
        return message

    def _event_of(self, message: Message) -> Json:
        channel = self.channels[message.channel]
        root = self.messages[channel.id].get(message.thread_ts) if message.is_reply else None
        replies = self.replies(root) if root else ()
        author = self.users.get(message.user)
        return message_event(message, channel, author, root, replies)

    def _started_thread(self, message: Message) -> None:
        """Slack gives the root its own `thread_ts` once it has a reply."""
        root = self.messages[message.channel].get(message.thread_ts)
        if root is not None and not root.thread_ts:
            self.messages[message.channel][root.ts] = replace(root, thread_ts=root.ts)

    def whisper(self, message: Message) -> Message:
        """Shows the message to one user only: no history keeps it and no event tells of it."""
        self.ephemerals.append(message)
        return message

    def withdraw_whisper(self, ts: str, instead: Message | None = None) -> None:
        """Removes an ephemeral message, or puts another in its place."""
        kept = [
            instead if instead and each.ts == ts else each
            for each in self.ephemerals
            if instead or each.ts != ts
        ]
        self.ephemerals[:] = kept

    def edit(self, before: Message, after: Message, *, by: str) -> Message:
        """Replaces a message by its new wording and tells of both."""
        # Slack marks an edit made by a person or an app; a message's own ts never changes.
        after = replace(after, edited=self.ts())
        self.messages[before.channel][before.ts] = after
        if before.bot_id == BOT_ID:
            self.changes.append((before, after))
        channel = self.channels[before.channel]
        self._observe(Change(channel, changed_event(before, after, channel, by, self.ts())))
        return after

    def delete(self, message: Message) -> None:
        """Removes it; the root of a thread with replies leaves a tombstone, as on Slack."""
        if message.bot_id == BOT_ID:
            self.changes.append((message, None))
        channel = self.channels[message.channel]
        if message.thread_ts == message.ts and self.replies(message):
            tombstone = replace(
                message, text="This message was deleted.", subtype="tombstone", blocks=(), files=()
            )
            self.messages[channel.id][message.ts] = tombstone
            event = changed_event(message, tombstone, channel, message.user, self.ts())
        else:
            del self.messages[channel.id][message.ts]
            event = deleted_event(message, channel, self.ts())
        self._observe(Change(channel, event))

    def delete_thread(self, root: Message) -> None:
        """Removes a message with all its replies, as an admin may."""
        for reply in self.replies(root):
            self.delete(reply)
        self.delete(root)

    def react(self, message: Message, name: str, user: str, *, add: bool = True) -> Message:
        """Adds or takes back one user's reaction: `already_reacted`, `no_reaction`."""
        if not re.fullmatch(r"[\w+'-]+(::skin-tone-[2-6])?", name):
            raise SlackError("invalid_name")
        users = next((each.users for each in message.reactions if each.name == name), ())
        if add == (user in users):
            raise SlackError("already_reacted" if add else "no_reaction")
        users = (*users, user) if add else tuple(each for each in users if each != user)
        others = tuple(each for each in message.reactions if each.name != name)
        reactions = (*others, Reaction(name, users)) if users else others
        after = replace(message, reactions=reactions)
        self.messages[message.channel][message.ts] = after
        event = reaction_event(message, name, user, self.ts(), added=add)
        self._observe(Change(self.channels[message.channel], event))
        return after

    # --- reading ---

    def history(self, channel: Channel) -> list[Message]:
        """What the channel shows, oldest first: no thread replies unless broadcast."""
        return [each for each in self.everything(channel) if each.in_channel]

    def everything(self, channel: Channel) -> list[Message]:
        return sorted(self.messages[channel.id].values(), key=lambda each: each.ts)

    def replies(self, root: Message) -> Sequence[Message]:
        """The replies below a root, oldest first."""
        every = self.everything(self.channels[root.channel])
        return [each for each in every if each.is_reply and each.thread_ts == root.ts]

    def thread(self, channel: Channel, ts: str) -> list[Message]:
        """Root and replies; `thread_not_found` when there is no such message."""
        root = self.messages[channel.id].get(ts)
        if root is None:
            raise SlackError("thread_not_found")
        return [root, *self.replies(root)]

    # --- files ---

    def drop_file(self, file: File) -> None:
        """Deletes a file: the messages lose it, and those that were nothing else are gone."""
        del self.files[file.id]
        for message in self.shares(file):
            rest = tuple(each for each in message.files if each.id != file.id)
            if rest or message.text:
                self.edit(message, replace(message, files=rest), by=file.user)
            else:
                self.delete(message)

    def add_file(self, file: File) -> File:
        self.files[file.id] = file
        return file

    def file(self, file_id: str) -> File:
        if file_id not in self.files:
            raise SlackError("file_not_found")
        return self.files[file_id]

    def shares(self, file: File) -> list[Message]:
        """The messages a file was shared by."""
        every = itertools.chain.from_iterable(each.values() for each in self.messages.values())
        return [each for each in every if file.id in {shared.id for shared in each.files}]
