"""A gate before PostgreSQL that can be shut: the database is away, and comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy.engine import URL, make_url


@dataclass
class Gate:
    """Passes bytes on. While it is shut there is nobody, and what was under way is cut off."""

    upstream: URL
    port: int = 0
    is_silent: bool = False  # lets everybody in, and swallows what they say
    swallowed: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The database's address through the gate."""
        query = {key: value for key, value in self.upstream.query.items() if key != "host"}
        through = self.upstream.set(host="127.0.0.1", port=self.port, query=query)
        return through.render_as_string(hide_password=False)

    async def open(self) -> None:
        """Let everybody in; always at the same port."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def shut(self) -> None:
        """Refuse new connections and cut those there are, in the middle of a word."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()

    async def close(self) -> None:
        """Shut, and leave nothing behind."""
        await self.shut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._reach()
        self._open |= {writer, far_writer}
        for source, target in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.ensure_future(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = self.upstream.host or str(self.upstream.query.get("host", "127.0.0.1"))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.5432")
        return await asyncio.open_connection(host, self.upstream.port or 5432)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65536):
                    if self.is_silent:
                        self.swallowed += 1
                        continue
                    target.write(data)
                    await target.drain()
        finally:
            self._open.discard(target)
            target.transport.abort()


@contextlib.asynccontextmanager
async def gate(url: str) -> AsyncIterator[Gate]:
    """An open gate before the database at `url`."""
    made = Gate(make_url(url))
    await made.open()
    try:
        yield made
    finally:
        await made.close()
