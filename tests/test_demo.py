"""`frontdesk demo`, the way a newcomer tries it: a real process, a real browser, the real bot."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser import Tab, new_tab

ROOT = Path(__file__).parent.parent


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """The page of a running demo; it must end cleanly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "demo", "--port", "0", "--no-browser",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TIMEZONE": "Europe/Riga"},
    )  # fmt: skip
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, line
    yield found[0]
    process.send_signal(signal.SIGTERM)
    await process.stdout.read()
    assert await asyncio.wait_for(process.wait(), 15) == 0


@pytest.fixture
async def tab(browser: str, address: str) -> AsyncIterator[Tab]:
    async with new_tab(browser) as opened:
        await opened.open(address)
        yield opened


async def test_a_newcomer_sees_the_whole_way(tab: Tab, tmp_path: Path) -> None:
    """Asked, answered, handed over, claimed, replied, resolved, and rated a day later."""
    await tab.write("Message as Anna", "Can I send my boots back?")
    await tab.sees("30 days from delivery")
    await tab.value("document.getElementById('why-toggle').click()")
    await tab.sees("return-an-item", "#decisions .newest")
    await tab.sees("97 % asked for", "#decisions .newest")
    if folder := os.environ.get("DEMO_PICTURE"):
        Path(folder).with_suffix(".why.png").write_bytes(await tab.picture())
    await tab.value("document.getElementById('why-toggle').click()")
    await tab.write("Message as Anna", "I want a human")
    await tab.sees("I'm bringing in a colleague")
    await tab.sees("#1 · Anna")
    await tab.click("Claim")
    await tab.sees("Maria from our team")
    await tab.write("Reply…", "Hello Anna, which size do you need?")
    await tab.sees("Hello Anna, which size do you need?", "#replies")
    await tab.sees("Maria: Hello Anna, which size do you need?", "#bubbles")  # after the hold
    await tab.write("Message as Anna", "43, please")
    await tab.sees("Anna: 43, please")
    if folder := os.environ.get("DEMO_PICTURE"):
        Path(folder).write_bytes(await tab.picture())  # noqa: ASYNC240 - a test, and rarely
    await tab.click("Resolve")
    await tab.sees("Maria thinks this is settled")
    await tab.click("Skip 1 day ahead")
    await tab.sees("How satisfied were you")
    await tab.click("5")
    await tab.sees("Anna rated the help: 5 of 5")


async def test_an_agent_works_at_the_desk(tab: Tab) -> None:
    """Claims, looks at a suggested answer, promises in a form, and finds it all at home."""
    await tab.write("Message as Anna", "How do I return my boots? They are too small")
    await tab.sees("30 days from delivery")
    await tab.write("Message as Anna", "I want a human")
    await tab.sees("#1 · Anna")
    await _show("card", tab)
    await tab.click("Claim")
    await tab.sees("Maria from our team")
    await tab.write("Reply…", "Hello Anna, we will send a courier for the boots.")
    await tab.sees("Hello Anna, we will send a courier", "#replies")
    await tab.write("Message as Anna", "Great! When will they come?")
    await tab.sees("Anna: Great! When will they come?")
    await tab.sees("Maria: Hello Anna, we will send a courier", "#bubbles")  # after the hold
    await _show("thread", tab)
    await tab.click("More actions")
    await tab.click("Promise")
    await tab.sees("What is promised?")
    await _show("form", tab)
    await tab.click("Cancel")
    await tab.until("!sees('What is promised?')")
    await tab.write("Message #support-desk", "/desk promise courier for the boots tomorrow 10-12")
    await tab.sees("Promised, and the customer has it in writing")
    await tab.sees("This is what we've promised you, Anna: courier for the boots.")
    await tab.click("Frontdesk")
    await tab.click("Home")
    await tab.sees("Anna", "#home")
    await _show("home", tab)


async def _show(name: str, tab: Tab) -> None:
    """Keep a picture of the page, for the documentation, where DESK_PICTURES names a folder."""
    if folder := os.environ.get("DESK_PICTURES"):
        Path(folder, f"{name}.png").write_bytes(await tab.picture())  # noqa: ASYNC240 - rarely
