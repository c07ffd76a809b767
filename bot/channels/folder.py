"""The knowledge base's folder as a channel: articles made on the desk are written there.

A file is there whole or not at all, and none that is there is ever written over. Writing the same
once more changes nothing, so nothing here is ever in doubt."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain import Event, NotSent, Outgoing, Receive, Refused
from handoff.articles.order import CHANNEL, EXISTS, READ_ONLY, Order, order_of

_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


async def _nothing(question: str, language: str) -> str:
    return ""


class FolderChannel:
    """Articles go out; nothing comes in by itself."""

    name = CHANNEL
    pace = 0.0
    rate = 0.0  # no limit

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Reads the folder again and tells which article answers a question, "" for none.
        self.ask: Callable[[str, str], Awaitable[str]] = _nothing

    async def listen(self, receive: Receive) -> None:
        await asyncio.Event().wait()

    def parse(self, raw: Mapping[str, Any]) -> Event | None:
        return None

    async def complete(self, event: Event) -> Event:
        return event

    def render(self, item: Outgoing) -> Sequence[Outgoing]:
        return [item]

    async def send(self, item: Outgoing) -> str:
        """Write the file and return the id of the article that the bot answers the question with
        from now on, "" where it answers with none. Raises Refused if another file of that name is
        there or nothing may be written, NotSent for all that may pass."""
        order = order_of(item)
        try:
            await asyncio.to_thread(write, self._folder, order)
        except FileExistsError:
            raise Refused(EXISTS) from None
        except OSError as error:
            if error.errno in _FORBIDDEN:
                raise Refused(READ_ONLY) from error
            raise NotSent(f"the file cannot be written ({error.strerror})", 30) from error
        return await self.ask(order.question, order.language) if order.question else ""

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        return ""  # it is written again, which changes nothing


def write(folder: Path, order: Order) -> None:
    """Write the file, whole or not at all (blocking). Raises FileExistsError if there is one with
    other content, and OSError for whatever else goes wrong."""
    content = order.text.encode()
    target = folder / order.name
    if not _inside(folder, target.parent):
        raise PermissionError(errno.EACCES, "the folder's link leads out of the knowledge base")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")  # which the watch passes over
    try:
        beside.write_bytes(content)
        _place(beside, target)
    except FileExistsError:
        if target.read_bytes() != content:
            raise
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _place(beside: Path, target: Path) -> None:
    """Give the finished file its name, unless that is taken."""
    try:
        os.link(beside, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without links: then it must do to look first.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "it is there", str(target)) from None
        beside.replace(target)


def _inside(folder: Path, place: Path) -> bool:
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder))
