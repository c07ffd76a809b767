"""`frontdesk kb check --links`: asking the servers, here one on this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.commands.kb_links import ask_servers, links_of
from bot.knowledge.addresses import Place
from bot.knowledge.base import load


@pytest.fixture
async def asked() -> list[str]:
    return []


@pytest.fixture
async def server(asked: list[str]) -> AsyncIterator[TestServer]:
    """A shop's web server: some pages are there, some have moved, one never answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(f"{request.method} {request.path}")
        if request.path == "/moved":
            raise web.HTTPMovedPermanently("/there")
        if request.path == "/for-now":
            raise web.HTTPFound("/there")
        if request.path == "/round":
            raise web.HTTPFound("/round")
        if request.path == "/slow":
            await request.read()
            return await _never(request)
        if request.path == "/no-head" and request.method == "HEAD":
            raise web.HTTPMethodNotAllowed("HEAD", ["GET"])
        codes = {"/gone": 404, "/broken": 500, "/members": 403, "/busy": 429}
        return web.Response(status=codes.get(request.path, 200), text="Hello")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    running = TestServer(app)
    await running.start_server()
    yield running
    await running.close()


async def _never(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def said(server: TestServer, *paths: str, patience: float = 5.0) -> list[str]:
    """What is found, with the server's address shortened."""
    places = [
        Place(str(server.make_url(path)), "kb/a.md", number) for number, path in enumerate(paths, 1)
    ]
    faults = await ask_servers(places, patience)
    return [f"{f.level} {f}".replace(str(server.make_url("/")), "/") for f in faults]


async def test_pages_that_are_there(server: TestServer, asked: list[str]) -> None:
    """Nothing is said; HEAD is enough where it is allowed, and each address is asked for once."""
    assert await said(server, "/there", "/there#part", "/no-head", "/for-now") == []
    assert sorted(asked) == [
        "GET /no-head", "HEAD /for-now", "HEAD /no-head", "HEAD /there", "HEAD /there",
    ]  # fmt: skip


async def test_pages_that_are_not(server: TestServer) -> None:
    """Each place with such a link gets a warning, never an error."""
    assert await said(server, "/gone", "/broken", "/round") == [
        "warning kb/a.md:1: /gone is not there (the server says 404). "
        "Do: correct the address, or delete it.",
        "warning kb/a.md:2: /broken is not there (the server says 500). "
        "Do: correct the address, or delete it.",
        "warning kb/a.md:3: /round leads round in circles. Do: have the server mended.",
    ]


async def test_servers_that_do_not_talk_to_programs(server: TestServer) -> None:
    """Pages for members and busy servers are no broken links."""
    assert await said(server, "/members", "/busy") == []


async def test_a_page_that_has_moved_for_good(server: TestServer) -> None:
    """A note with the new address."""
    assert await said(server, "/moved") == [
        "note kb/a.md:1: /moved has moved to /there. Do: write the new address."
    ]


async def test_a_server_that_does_not_answer(server: TestServer) -> None:
    """It is waited for only so long; one that is not there at all says so at once."""
    assert await said(server, "/slow", patience=0.2) == [
        "warning kb/a.md:1: /slow does not answer in time. Do: try it in a browser."
    ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
        (fault,) = await ask_servers([Place(address, "kb/a.md", 1)])
    assert str(fault).startswith(f"kb/a.md:1: {address} cannot be reached")


async def test_names_that_cannot_be(asked: list[str]) -> None:
    """The shipped shop is made up: no server is asked, and one note says so."""
    places = [Place(f"https://shop.example/{n}", "kb/a.md", n) for n in (1, 2)]
    (fault,) = await ask_servers(places)
    assert (fault.level, fault.line) == ("note", 1)
    assert "shop.example is an example's name, which no server can have (2 links)" in fault.what


def test_what_is_asked_for(tmp_path: Path) -> None:
    """Web links that may be right, wherever they stand; no mailboxes, no obvious mistakes."""
    file = tmp_path / "kb" / "articles" / "en" / "a.md"
    file.parent.mkdir(parents=True)
    file.write_text(
        "---\ntitle: A\nquestions: [a]\nbuttons:\n  - {text: Go, url: 'https://shop.com/go'}\n---\n"
        "[One](https://shop.com/one), https://shop.com/two, help@shop.com, [x](https://shop)\n"
    )
    kb = load(tmp_path / "kb", "en", date(2026, 11, 22))
    assert [(place.address, place.line) for place in links_of(kb)] == [
        ("https://shop.com/one", 7),
        ("https://shop.com/two", 7),
        ("https://shop.com/go", 5),
    ]
