"""Modals, app homes, and the short-lived rights a person's gesture gives the app:
a trigger id (one view, three seconds) and a response url (five posts, thirty minutes)."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.playground.slack.blocks import checked_view
from bot.playground.slack.values import TEAM_ID, Json, SlackError, View

MAX_STACK = 3
MAX_RESPONSES = 5


@dataclass(frozen=True)
class Trigger:
    id: str
    user: str
    expires: float
    view_id: str = ""
    used: bool = False


class Triggers:
    """Issues trigger ids and takes each of them once."""

    def __init__(self, clock: Callable[[], float], lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._numbers = itertools.count(1)
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, view_id: str = "") -> str:
        trigger_id = f"{next(self._numbers)}.{TEAM_ID}.{secrets.token_hex(16)}"
        expires = self._clock() + self._lifetime
        self._issued[trigger_id] = Trigger(trigger_id, user, expires, view_id)
        return trigger_id

    def spend(self, trigger_id: str) -> Trigger:
        """The gesture behind the id, which is used up by this."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock() > trigger.expires:
            raise SlackError("expired_trigger_id")
        self._issued[trigger_id] = replace(trigger, used=True)
        return trigger


@dataclass(frozen=True)
class ResponseUrl:
    """Where an app may answer a gesture; `source_ts` is the message the gesture was made on."""

    channel: str
    user: str
    expires: float
    source_ts: str = ""
    thread_ts: str = ""
    uses: int = 0


class ResponseUrls:
    """Issues response urls and counts their uses."""

    def __init__(self, clock: Callable[[], float], lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, channel: str, user: str, source_ts: str = "", thread_ts: str = "") -> str:
        """The path of a new response url, to be put behind the server's address."""
        key = secrets.token_hex(12)
        expires = self._clock() + self._lifetime
        self._issued[key] = ResponseUrl(channel, user, expires, source_ts, thread_ts)
        return f"/actions/{TEAM_ID}/{key}"

    def spend(self, key: str) -> ResponseUrl:
        """One use of it: `used_url` after the fifth, `expired_url` after half an hour."""
        url = self._issued.get(key)
        if url is None:
            raise SlackError("no_such_url")
        if url.uses >= MAX_RESPONSES:
            raise SlackError("used_url")
        if self._clock() > url.expires:
            raise SlackError("expired_url")
        self._issued[key] = replace(url, uses=url.uses + 1)
        return url


class Views:
    """Each user's stack of modals, the top one last, and each user's app home."""

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self._new_id = new_id
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def open_by(self, user: str) -> tuple[View, ...]:
        """The modals a user has open, the visible one last."""
        return tuple(self._stacks.get(user, ()))

    def home_of(self, user: str) -> View | None:
        return self._homes.get(user)

    def find(self, view_id: str) -> View:
        stacked = itertools.chain.from_iterable(self._stacks.values())
        for view in itertools.chain(stacked, self._homes.values()):
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def open(self, user: str, body: object) -> View:
        """Shows a modal in place of any the user had open."""
        view = View(self._new_id("V"), user, checked_view(body, "modal"), _hash())
        view = replace(view, root_id=view.id)
        self._stacks[user] = [view]
        return view

    def push(self, below: View, body: object) -> View:
        """Puts a modal on top of another: `push_limit_reached` at the fourth."""
        stack = self._stacks[below.user]
        if len(stack) >= MAX_STACK:
            raise SlackError("push_limit_reached")
        checked = checked_view(body, "modal")
        view = View(self._new_id("V"), below.user, checked, _hash(), below.root_id, below.id)
        stack.append(view)
        return view

    def update(self, view: View, body: object, expected_hash: str = "") -> View:
        """Changes a view in place: `hash_conflict` when another update came first."""
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        in_home = self._homes.get(view.user) == view
        checked = checked_view(body, "home" if in_home else "modal")
        after = replace(view, body=checked, hash=_hash())
        if in_home:
            self._homes[view.user] = after
        else:
            stack = self._stacks[view.user]
            stack[stack.index(view)] = after
        return after

    def publish(self, user: str, body: object, expected_hash: str = "") -> View:
        """Sets a user's app home."""
        if (shown := self._homes.get(user)) is not None:
            return self.update(shown, body, expected_hash)
        view = View(self._new_id("V"), user, checked_view(body, "home"), _hash())
        self._homes[user] = view
        return view

    def close(self, view: View, *, everything: bool = False) -> None:
        """Takes a modal, or the whole stack with it, off the screen."""
        stack = self._stacks.get(view.user, [])
        rest = [] if everything else [each for each in stack if each.id != view.id]
        self._stacks[view.user] = rest

    def answered(self, view: View, ack: Json) -> dict[str, str]:
        """Does what the app's answer to a submission asks; returns the errors it shows.

        Without a `response_action` the modal closes. An error by an input that the view does not
        have is `invalid_block_id`: the client then shows that the app could not be reached."""
        view = self.find(view.id)  # the app may have updated it before it answered
        action = ack.get("response_action")
        if action == "errors":
            known = {block.get("block_id") for block in view.blocks}
            if not known.issuperset(ack.get("errors", {})):
                raise SlackError("invalid_block_id")
            return {str(block): str(text) for block, text in ack.get("errors", {}).items()}
        if action == "update":
            self.update(view, ack.get("view"))
        elif action == "push":
            self.push(view, ack.get("view"))
        else:
            self.close(view, everything=action == "clear")
        return {}


def _hash() -> str:
    return secrets.token_hex(8)
