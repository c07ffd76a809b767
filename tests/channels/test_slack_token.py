"""Where the token may be shown when a file is fetched: to Slack, and to nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels import slack_files
from bot.domain import (
    FILE_GONE,
    FILE_NOT_ALLOWED,
    FILE_TOO_LARGE,
    File,
    Refused,
)
from tests.channels import sample_files as samples
from tests.channels.slack_side import BOT_TOKEN
from tests.channels.web_server import serving

MOST = 100_000


async def reason(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.reason


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Elsewhere:
    """A web server that is not Slack's (or plays its files), and notes who shows it what."""

    def __init__(self, answer: Answer) -> None:
        self.tokens: list[str] = []
        self._answer = answer

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/{path:.*}", self._take)]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization", ""))
        return await self._answer(request)


def client_of(api: str, **info: object) -> AsyncWebClient:
    """A client whose calls go to `api`, and which knows this of any file."""
    client = AsyncWebClient(BOT_TOKEN, base_url=f"{api}/api/")

    async def files_info(**asked: str) -> object:
        return {"file": {"name": "a.pdf", "mimetype": "application/pdf", **info}}

    client.files_info = files_info  # type: ignore[method-assign, assignment]
    return client


async def gives(request: web.Request) -> web.StreamResponse:
    return web.Response(body=samples.PDF, content_type="application/pdf")


async def test_the_token_is_never_shown_to_another_host() -> None:
    """An address that is not Slack's is not even called."""
    other = Elsewhere(gives)
    async with serving(other.routes()) as there:
        client = client_of("https://slack.com", url_private_download=f"{there}/a.pdf")
        assert await reason(slack_files.fetch(client, File("a"), MOST)) == FILE_NOT_ALLOWED
    assert other.tokens == []


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.pdf", True),
        ("https://slack.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evilslack.com/a", False),
        ("https://files.slack.com@evil.example/a", False),
        ("https://evil.example/slack.com", False),
        ("file:///etc/passwd", False),
        ("http://127.0.0.1:8080/a", True),
        ("http://127.0.0.1:8081/a", False),
    ],
)
def test_whose_an_address_is(url: str, is_slacks: bool) -> None:
    """Slack's over TLS, or where our calls go anyway; nobody's who only looks like it."""
    assert slack_files._is_slacks(url, "http://127.0.0.1:8080/api/") is is_slacks


async def test_a_redirect_is_followed_within_slack_only() -> None:
    """To the next host the token does not go along, and neither do we."""
    other = Elsewhere(gives)
    async with serving(other.routes()) as there:

        async def moved(request: web.Request) -> web.StreamResponse:
            if request.path == "/moved":
                return web.Response(body=samples.PDF, content_type="application/pdf")
            raise web.HTTPFound("/moved" if request.path == "/near" else f"{there}/far")

        ours = Elsewhere(moved)
        async with serving(ours.routes()) as here:
            near = client_of(here, url_private_download=f"{here}/near")
            assert (await slack_files.fetch(near, File("a"), MOST)).content == samples.PDF
            far = client_of(here, url_private_download=f"{here}/far")
            assert await reason(slack_files.fetch(far, File("a"), MOST)) == FILE_NOT_ALLOWED
    assert other.tokens == [] and set(ours.tokens) == {f"Bearer {BOT_TOKEN}"}


async def test_an_endless_redirect_has_an_end() -> None:
    """Which is that the file is not to be had."""

    async def round_and_round(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/again")

    ours = Elsewhere(round_and_round)
    async with serving(ours.routes()) as here:
        client = client_of(here, url_private_download=f"{here}/a")
        assert await reason(slack_files.fetch(client, File("a"), MOST)) == FILE_GONE
    assert len(ours.tokens) == slack_files.HOPS + 1


async def test_a_download_is_stopped_at_the_limit() -> None:
    """Whatever was said of its length before: no more is read than may be."""
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse(headers={"Content-Type": "application/pdf"})
        await answer.prepare(request)
        while sent < 200:
            await answer.write(b"x" * 65_536)
            sent += 1
        return answer

    async with serving(Elsewhere(endless).routes()) as here:
        client = client_of(here, url_private_download=f"{here}/a", size=10)
        assert await reason(slack_files.fetch(client, File("a"), MOST)) == FILE_TOO_LARGE
    assert sent < 200


async def test_a_link_to_another_service_is_no_file() -> None:
    """What only stands in Slack as a link has an address that is not Slack's."""
    client = client_of("https://slack.com", is_external=True, url_private="https://drive.example/")
    assert await reason(slack_files.fetch(client, File("a"), MOST)) == FILE_NOT_ALLOWED
