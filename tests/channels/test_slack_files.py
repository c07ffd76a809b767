"""Files in Slack are fetched from where they are, and brought to where they go: the token is shown
to Slack alone, and what goes wrong has a clear end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable

import pytest
from structlog.testing import capture_logs

from bot.channels.slack import SlackChannel
from bot.domain import (
    FILE_GONE,
    FILE_NO_SCOPE,
    FILE_TOO_LARGE,
    NO_THREAD,
    Address,
    File,
    NotSent,
    Outgoing,
    Refused,
    Reply,
    Uncertain,
)
from bot.playground.slack.server import SlackServer
from tests.channels import sample_files as samples
from tests.channels.slack_side import BOT_TOKEN, SlackSide

MOST = 100_000


@pytest.fixture
async def slack() -> AsyncIterator[SlackSide]:
    """Maria, and a channel that only fetches and sends."""
    async with SlackServer() as server:
        desk = server.channel("support-desk").id
        channel = SlackChannel(BOT_TOKEN, desk, api_url=f"{server.url}/api/", patience=2)
        yield SlackSide(server, channel)
        await channel.close()


def uploaded(side: SlackSide, content: bytes = samples.PDF, *, remote: bool = False) -> File:
    """What Maria has just sent, as far as her message tells."""
    sent = side.maria.upload(side.maria.dm_channel, "label.pdf", content, remote=remote).files[0]
    return File("document" if remote else "label.pdf", source="slack", file_id=sent.id)


async def reason(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.reason


# --- from Slack ----------------------------------------------------------------------------------


async def test_a_slack_file_is_fetched_with_the_token(slack: SlackSide) -> None:
    """Its bytes arrive whole."""
    found = await slack.channel.fetch(uploaded(slack), MOST)
    assert (found.name, found.mime, found.content) == ("label.pdf", "application/pdf", samples.PDF)


async def test_of_a_connected_workspace_slack_tells_more_only_when_asked(slack: SlackSide) -> None:
    """The message had nothing but the id; name and type come with the bytes."""
    found = await slack.channel.fetch(uploaded(slack, remote=True), MOST)
    assert (found.name, found.content) == ("label.pdf", samples.PDF)


async def test_without_the_scope_the_log_says_which(slack: SlackSide) -> None:
    """No file of anybody's can be had; the admin reads what to do."""
    slack.server.fail_next("files.info", error="missing_scope")
    with capture_logs() as logs:
        assert await reason(slack.channel.fetch(uploaded(slack), MOST)) == FILE_NO_SCOPE
    assert logs[-1]["needed"] == "files:read" and logs[-1]["log_level"] == "error"


async def test_a_login_page_is_no_file(slack: SlackSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack answers 200 with the page on which one logs in, where the token is not enough."""
    file = uploaded(slack)
    info = await slack.channel.client.files_info(file=file.file_id)
    slack.server.revoke_token()

    async def known(**asked: str) -> object:
        return info

    monkeypatch.setattr(slack.channel.client, "files_info", known)
    with capture_logs() as logs:
        assert await reason(slack.channel.fetch(file, MOST)) == FILE_NO_SCOPE
    assert [line["event"] for line in logs] == ["slack_files_scope_missing"]


@pytest.mark.parametrize("code", ["file_not_found", "file_deleted"])
async def test_a_deleted_slack_file_is_gone(slack: SlackSide, code: str) -> None:
    """It is not asked for again."""
    slack.server.fail_next("files.info", error=code)
    assert await reason(slack.channel.fetch(uploaded(slack), MOST)) == FILE_GONE


async def test_a_slack_that_is_away_is_asked_again(slack: SlackSide) -> None:
    """Busy, broken, not there: the file is not lost."""
    file = uploaded(slack)
    slack.server.fail_next("files.info", status=429, retry_after=7)
    with pytest.raises(NotSent) as busy:
        await slack.channel.fetch(file, MOST)
    assert busy.value.retry_after == 7
    slack.server.fail_next("files.info", status=502)
    with pytest.raises(NotSent):
        await slack.channel.fetch(file, MOST)
    slack.server.down()
    with pytest.raises(NotSent):
        await slack.channel.fetch(file, MOST)


async def test_a_slack_file_that_says_how_long_it_is_is_not_even_fetched(slack: SlackSide) -> None:
    """The limit comes before the bytes."""
    assert await reason(slack.channel.fetch(uploaded(slack), 10)) == FILE_TOO_LARGE


# --- to Slack ------------------------------------------------------------------------------------


def to_slack(side: SlackSide, text: str = "", thread: str | None = None) -> Outgoing:
    file = File("tent.jpg", mime="image/jpeg", content=samples.JPEG)
    to = Address("slack", side.desk.id, thread) if thread else side.address
    return Outgoing("file", to, Reply(text), file=file)


async def test_a_file_is_put_into_its_thread(slack: SlackSide) -> None:
    """As a file of ours, with its name, below the card."""
    slack.server.invite_bot(slack.desk)
    card = Outgoing("post", Address("slack", slack.desk.id), Reply("card"))
    ts = await slack.channel.send(card)
    file_id = await slack.channel.send(to_slack(slack, thread=ts))
    file = slack.server.workspace.files[file_id]
    assert (file.name, file.data, file.completed) == ("tent.jpg", samples.JPEG, True)


async def test_without_the_scope_for_it_the_desk_does_not_stand_still(slack: SlackSide) -> None:
    """A message waits until the set-up is mended; a picture does not keep others waiting."""
    slack.server.fail_next("files.getUploadURLExternal", error="missing_scope")
    with capture_logs() as logs:
        refused = await reason(slack.channel.send(to_slack(slack, thread="1.0")))
    assert refused == FILE_NO_SCOPE
    assert logs[-1]["needed"] == "files:write"


async def test_before_the_last_call_nothing_has_been_sent(slack: SlackSide) -> None:
    """Without an answer to the first calls it is sent again; to the last, nobody knows."""
    slack.server.drop_after_accept("files.getUploadURLExternal")
    with pytest.raises(NotSent):
        await slack.channel.send(to_slack(slack))
    slack.server.drop_after_accept("files.completeUploadExternal")
    with pytest.raises(Uncertain):
        await slack.channel.send(to_slack(slack))


async def test_a_deleted_thread_is_told(slack: SlackSide) -> None:
    """As for a message: it follows the new card."""
    slack.server.fail_next("files.completeUploadExternal", error="thread_not_found")
    assert await reason(slack.channel.send(to_slack(slack, thread="1.0"))) == NO_THREAD


def test_words_too_long_for_one_message_go_before_the_file() -> None:
    """The file goes once, whatever its words need."""
    item = Outgoing("file", Address("slack", "D1"), Reply("word " * 1_500), file=File("a.pdf"))
    parts = SlackChannel(BOT_TOKEN, "C1").render(item)
    assert [part.kind for part in parts] == ["post", "post", "post", "file"]
    assert [part.file is None for part in parts] == [True, True, True, False]
