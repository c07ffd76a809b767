"""What Slack's error codes mean for a message: to wait, to give up, or to doubt."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack_errors import meaning_of
from bot.domain import NotSent, Refused, Uncertain


def error(code: str, status: int = 200) -> SlackApiError:
    answer = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": code},
        headers={}, status_code=status,
    )  # fmt: skip
    return SlackApiError("refused", answer)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("code", ["restricted_action", "missing_scope", "not_in_channel",
                                  "is_archived", "some_new_code"])  # fmt: skip
def test_a_post_for_the_desk_waits_for_whoever_mends_that(code: str) -> None:
    """Nobody comes to a customer whose card was given up."""
    meaning = meaning_of(error(code), on_desk=True)
    assert isinstance(meaning, NotSent) and meaning.retry_after == 30


@pytest.mark.parametrize(
    ("code", "reason"),
    [("msg_too_long", "msg_too_long"), ("invalid_blocks", "invalid_blocks"),
     ("thread_not_found", "no_thread"), ("message_not_found", "no_thread")],
)  # fmt: skip
def test_what_would_be_refused_again_does_not_wait(code: str, reason: str) -> None:
    """The message is at fault, or its place is gone."""
    meaning = meaning_of(error(code), on_desk=True)
    assert isinstance(meaning, Refused) and meaning.reason == reason


@pytest.mark.parametrize("kind", ["react", "whisper"])
@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel", "message_not_found"])
def test_a_decoration_never_waits(kind: str, code: str) -> None:
    """It would keep cards waiting behind it; only a limit is obeyed."""
    assert isinstance(meaning_of(error(code), True, kind), Refused)
    assert isinstance(meaning_of(error("ratelimited", 429), True, kind), NotSent)


def test_a_customers_channel_without_us_is_gone() -> None:
    """The agent is told, for nobody else would notice; a wrong token is for us to mend."""
    meaning = meaning_of(error("not_in_channel"), on_desk=False)
    assert isinstance(meaning, Refused) and meaning.reason == "gone"
    assert isinstance(meaning_of(error("token_revoked"), on_desk=False), NotSent)
    assert isinstance(meaning_of(error("internal_error"), on_desk=False), Uncertain)
