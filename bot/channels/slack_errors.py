"""What Slack's errors say about a message: not sent, refused, or nobody knows."""

from __future__ import annotations

import re

import structlog
from slack_sdk.errors import SlackApiError

from bot.domain import (
    DESK_SHUT,
    FILE_NO_SCOPE,
    NO_MESSAGE,
    NO_THREAD,
    TOO_LATE,
    TOO_OLD,
    NotSent,
    Refused,
    TooMany,
    Uncertain,
)

log = structlog.get_logger(__name__)
NO_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
             "not_allowed_token_type"}  # fmt: skip
RETRY = 30.0  # seconds
_WRONG = "Slack is not set up right: "
# Our set-up is wrong, not the message: it waits until somebody mends that (`frontdesk doctor`).
_SET_UP = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
    "missing_scope", "not_in_channel", "org_login_required", "ekm_access_denied",
    "team_access_not_granted", "not_allowed_token_type",
}  # fmt: skip
_PASSING = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout"}
_DOUBTFUL = {"internal_error", "fatal_error"}
_GONE = {"channel_not_found", "user_not_found", "is_archived", "user_disabled", "cannot_dm_bot"}
# The message is at fault, and would be again.
_CONTENT = {
    "msg_too_long", "no_text", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long",
    "invalid_attachments", "too_many_attachments", "invalid_arguments", "invalid_array_arg",
    "invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large",
}  # fmt: skip
# Somebody has deleted the card, or what was to be rewritten.
_NO_THREAD = {"thread_not_found", "message_not_found", "cannot_reply_to_message"}
# A customer's message stays as it is.
_UNCHANGED = {
    "message_not_found": NO_MESSAGE, "cant_update_message": TOO_OLD, "edit_window_closed": TOO_OLD,
    "cant_delete_message": TOO_OLD, "compliance_exports_prevent_deletion": TOO_OLD,
}  # fmt: skip
# Three seconds after a click its form can no longer be opened; nor can it be opened twice.
_LATE = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"}


class NotSetUp(NotSent):
    """Not sent because of how Slack is set up: it is tried again until that has been mended."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason, RETRY)
        self.code = code


def meaning_of(error: SlackApiError, on_desk: bool, kind: str = "post") -> Exception:
    """What an error says about the message: not sent, refused, or nobody knows."""
    status, code = status_of(error), code_of(error)
    if status == 429 or code in _PASSING:
        return TooMany("too many requests" if status == 429 else code, retry_after(error))
    if code in _DOUBTFUL or status >= 500 or not code:
        return Uncertain(code or f"HTTP {status}")
    if kind == "form" and code in _LATE:
        return Refused(TOO_LATE)
    if kind in {"react", "whisper", "form", "home"}:
        # Nothing depends on them: they must not keep cards waiting.
        log.warning("slack_refused", what=kind, error=code)
        return Refused(code)
    if kind == "file" and code == "missing_scope":
        # The desk must not stand still because of a picture: as before, it is only not shown.
        log.error("slack_files_scope_missing", needed="files:write", do="frontdesk doctor")
        return Refused(FILE_NO_SCOPE)
    if _waits(code, on_desk, kind):
        is_shut = on_desk and code not in NO_TOKEN
        return NotSetUp(f"{DESK_SHUT if is_shut else _WRONG}{code}", code)
    if not on_desk and kind in {"update", "delete"} and code in _UNCHANGED:
        return Refused(_UNCHANGED[code])
    if on_desk and code in _NO_THREAD:
        return Refused(NO_THREAD)
    return Refused("gone" if code in _GONE or code == "not_in_channel" else code)


def _waits(code: str, on_desk: bool, kind: str) -> bool:
    """Whether it is for somebody to mend, and the message goes out once that has been done."""
    if not on_desk:
        return code in _SET_UP and code != "not_in_channel"  # nobody will: tell the agent
    if code in _CONTENT | _NO_THREAD:
        return False
    # A ticket must not be lost to a desk channel that is set up wrong, whatever Slack calls it.
    return kind == "post" or code in _SET_UP | _GONE


def is_passing(error: SlackApiError) -> bool:
    """Whether Slack is merely away or busy, so that the same call may work later."""
    status, code = status_of(error), code_of(error)
    return status == 429 or status >= 500 or not code or code in _PASSING | _DOUBTFUL


def code_of(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def status_of(error: SlackApiError) -> int:
    # For an answer that is broken JSON the SDK puts aiohttp's response in place of its own.
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))


def retry_after(error: Exception) -> float | None:
    if not isinstance(error, SlackApiError):
        return None
    header = error.response.headers.get("Retry-After", "")
    return float(header) if re.fullmatch(r"\d+(\.\d+)?", str(header)) else None


def brief(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return code_of(error) or f"HTTP {status_of(error)}"
    return str(error)[:200] or type(error).__name__
