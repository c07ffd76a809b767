"""A real headless browser, moved by the DevTools protocol as a person would move it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

Json = dict[str, Any]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--lang=en-GB",
)

# What a person would look for: something to press or fill in by its name, or words on the page.
_EYES = """
window.named = (name) => [...document.querySelectorAll("button, a, textarea, input, select")]
  .findLast((each) => each.checkVisibility({ visibilityProperty: true })
    && [each.ariaLabel, each.textContent.trim(), each.title].includes(name));
window.sees = (text, place = "body") => document.querySelector(place)?.innerText.includes(text);
window.until = (holds) => new Promise((resolve, reject) => {
  const end = () => {
    watch.disconnect();
    clearTimeout(late);
    document.removeEventListener("load", look, true);
  };
  const look = () => { if (holds()) { end(); resolve(true); } };
  const watch = new MutationObserver(look);
  const late = setTimeout(() => { end(); reject(new Error(document.body.innerText)); }, 10000);
  const every = { subtree: true, childList: true, attributes: true, characterData: true };
  watch.observe(document, every);
  document.addEventListener("load", look, true);
  look();
});
"""
_KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DevTools address of a headless browser of our own."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser: install one of {', '.join(_BROWSERS)} to test the page in it")
    profile = tmp_path_factory.mktemp("browser")
    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield f"http://127.0.0.1:{_port(profile / 'DevToolsActivePort', process)}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and len(lines := file.read_text().splitlines()) == 2:
            return int(lines[0])
        time.sleep(0.02)
    raise RuntimeError("the browser did not start")


class Tab:
    """A tab, moved by the DevTools protocol: by looking, clicking and typing."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def listen(self) -> None:
        async for frame in self._socket:
            message = frame.json()
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(message["params"]["exceptionDetails"]))
            elif message["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif message["method"] == "Log.entryAdded":
                self.complaints.append(message["params"]["entry"]["text"])

    async def call(self, method: str, **params: Any) -> Json:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        message = await answer
        assert "error" not in message, message
        result: Json = message["result"]
        return result

    async def value(self, expression: str) -> Any:
        """What the page says to an expression; promises are awaited."""
        result = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]["exception"]
        return result["result"].get("value")

    async def until(self, expression: str) -> None:
        """Return once the expression holds; it is looked at after every change of the page."""
        await self.value(f"until(() => {expression})")

    async def sees(self, text: str, place: str = "body") -> None:
        await self.until(f"sees({json.dumps(text)}, {json.dumps(place)})")

    async def open(self, url: str, width: int = 1400, height: int = 900) -> None:
        await self.resize(width, height)
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await self._loaded.wait()
        await self.until("document.body?.dataset.ready === 'yes'")

    async def resize(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **metrics)

    async def click(self, name: str) -> None:
        """Press what bears this name, where it is on the screen."""
        await self.until(f"named({json.dumps(name)})")
        at = await self.value(
            f"(() => {{ const each = named({json.dumps(name)});"
            "each.scrollIntoView({ block: 'nearest' });"
            "const { x, y, width, height } = each.getBoundingClientRect();"
            "return { x: x + width / 2, y: y + height / 2 }; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at
            )

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        code, text = _KEYS[key]
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 * shift}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    async def write(self, label: str, text: str) -> None:
        """Type a line into the field of this name, and send it."""
        await self.click(label)
        await self.type(text)
        await self.press("Enter")

    async def focused(self) -> str:
        """The name of what has the focus."""
        name = "document.activeElement.ariaLabel || document.activeElement.textContent.trim()"
        return str(await self.value(name))

    async def picture(self) -> bytes:
        """What is on the screen, as a PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@contextlib.asynccontextmanager
async def new_tab(browser: str) -> AsyncIterator[Tab]:
    """A new tab; whatever the page complains about fails the test."""
    async with aiohttp.ClientSession() as http:
        async with http.put(f"{browser}/json/new?about:blank") as answer:
            target = await answer.json()
        async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            tab = Tab(socket)
            listening = asyncio.create_task(tab.listen())
            for domain in ("Page", "Runtime", "Log"):
                await tab.call(f"{domain}.enable")
            await tab.call("Page.addScriptToEvaluateOnNewDocument", source=_EYES)
            await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
            yield tab
            assert tab.complaints == []
            listening.cancel()
        await (await http.get(f"{browser}/json/close/{target['id']}")).read()
