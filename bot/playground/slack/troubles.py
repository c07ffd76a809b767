"""What tests let happen to a workspace: channels closed, people gone, calls refused, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.slack.channel_events import tokens_revoked
from bot.playground.slack.values import BOT_USER_ID, Channel
from bot.playground.slack.web import Fault, WebApi

if TYPE_CHECKING:
    from bot.playground.slack.calls import Desk
    from bot.playground.slack.events import Courier
    from bot.playground.slack.server import Changes
    from bot.playground.slack.socket import SocketHub
    from bot.playground.slack.state import Workspace
    from bot.playground.slack.user import SlackUser


class Troubles:
    """The half of `SlackServer` that makes trouble."""

    workspace: Workspace
    desk: Desk
    api: WebApi
    changes: Changes
    sockets: SocketHub
    _courier: Courier

    def _channel(self, channel: str | Channel) -> Channel:
        return self.workspace.channel(channel if isinstance(channel, str) else channel.id)

    # --- the workspace ---

    def invite_bot(self, channel: str | Channel) -> Channel:
        """Makes the bot a member, which it is told."""
        return self.workspace.join(self._channel(channel), BOT_USER_ID)

    def remove_bot(self, channel: str | Channel) -> Channel:
        """From here on the bot gets `not_in_channel` and no more events."""
        return self.workspace.leave(self._channel(channel), BOT_USER_ID)

    def archive(self, channel: str | Channel, *, archived: bool = True) -> Channel:
        """From here on `is_archived` and `is_inactive`; with False as it was before."""
        return self.workspace.archive(self._channel(channel), archived=archived)

    def rename(self, channel: str | Channel, name: str) -> Channel:
        """The channel's id stays."""
        return self.workspace.rename(self._channel(channel), name)

    def delete_thread(self, channel: str | Channel, ts: str) -> None:
        """An admin deletes a message and all that hangs below it."""
        where = self._channel(channel)
        self.workspace.delete_thread(self.workspace.message(where, ts))

    def deactivate(self, user: SlackUser) -> None:
        """The person leaves the workspace: `user_disabled` for who writes to them."""
        self.workspace.deactivate(user.id)
        self.changes.bump()

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Every call with the bot token is refused from now on, and files are behind a login
        page: `token_revoked`, or `account_inactive` when the app was removed. "" ends it."""
        self.api.revoked = error
        subscribed = self.desk.app.events
        if error and (subscribed is None or "tokens_revoked" in subscribed):
            self._courier.send(tokens_revoked(self.workspace.ts()), shared=False)
        self.changes.bump()

    # --- calls and connections ---

    def fail_next(
        self,
        method: str,
        *,
        error: str = "",
        status: int = 200,
        retry_after: float | None = None,
        times: int = 1,
    ) -> None:
        """The next calls of the method (`*` for any) do nothing and get this answer."""
        self.api.faults.add(method, Fault(error, status, retry_after), times)

    def drop_after_accept(self, method: str, times: int = 1) -> None:
        """The next calls take effect, but the connection ends before the answer."""
        self.api.faults.add(method, Fault(drop=True), times)

    def down(self, is_down: bool = True) -> None:
        """While down every request is cut off, sockets are dead and events are lost."""
        self.api.faults.down = is_down
        self._courier.running = not is_down
        if is_down:
            self.disconnect_sockets(None)
        self.changes.bump()

    def disconnect_sockets(self, reason: str | None = "warning") -> None:
        """Sends `disconnect` frames: `warning` (stays open), `refresh_requested`,
        `link_disabled`; None cuts the connections without a word."""
        self._courier.spawn(self.sockets.disconnect(reason))
