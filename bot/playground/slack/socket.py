"""Socket Mode: the app's open connections, one of which gets each envelope.

Nothing is kept for an app that is not connected: its events are lost, as in real life.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from bot.playground.slack.events import Answer, Kind
from bot.playground.slack.values import APP_ID, Json

MAX_CONNECTIONS = 10
_CLOSING_REASONS = frozenset({"refresh_requested", "link_disabled", "too_many_websockets"})


@dataclass(eq=False)
class Connection:
    socket: web.WebSocketResponse
    request: web.Request
    host: str
    waiting: set[str] = field(default_factory=set)


class SocketHub:
    """Hands envelopes to the connections in turn and waits for their acknowledgement."""

    def __init__(self, ack: float, changed: Callable[[], None]) -> None:
        self._ack = ack
        self._changed = changed
        self._connections: deque[Connection] = deque()
        self._answers: dict[str, asyncio.Future[Json | None]] = {}
        self._tickets: set[str] = set()
        self._hosts = itertools.count(1)

    @property
    def count(self) -> int:
        return len(self._connections)

    def ticket(self) -> str:
        """The secret in a socket url; without one nobody gets in."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    # --- one connection's life ---

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Holds one connection from hello to its end."""
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=404, text="no such socket")
        socket = web.WebSocketResponse(heartbeat=30, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(socket, request, f"applink-{next(self._hosts)}")
        if self.count >= MAX_CONNECTIONS:
            await self._say_goodbye(connection, "too_many_websockets")
            return socket
        refresh = 360 if request.query.get("debug_reconnects") == "true" else 18060
        await socket.send_json(self._hello(connection, refresh))
        self._connections.append(connection)
        self._changed()
        try:
            await self._listen(connection)
        finally:
            self._forget(connection)
        return socket

    def _hello(self, connection: Connection, refresh: int) -> Json:
        return {
            "type": "hello",
            "num_connections": self.count + 1,
            "debug_info": {
                "host": connection.host,
                "build_number": 1,
                "approximate_connection_time": refresh,
            },
            "connection_info": {"app_id": APP_ID},
        }

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            with contextlib.suppress(ValueError):
                self._acknowledged(json.loads(frame.data))

    def _acknowledged(self, frame: Json) -> None:
        future = self._answers.get(str(frame.get("envelope_id")))
        if future is not None and not future.done():
            future.set_result(frame.get("payload") or {})

    def _forget(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        for envelope_id in connection.waiting:
            future = self._answers.get(envelope_id)
            if future is not None and not future.done():
                future.set_result(None)
        self._changed()

    # --- envelopes ---

    async def attempt(self, kind: Kind, payload: Json, attempt: int, reason: str) -> Answer:
        """Sends one envelope to the connection whose turn it is and waits for its ack."""
        if not self._connections:
            return Answer(False, reason="no_connection", final=attempt == 0)
        connection = self._connections[0]
        self._connections.rotate(-1)
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        return await self._sent(connection, envelope)

    async def _sent(self, connection: Connection, envelope: Json) -> Answer:
        envelope_id = envelope["envelope_id"]
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._answers[envelope_id] = future
        connection.waiting.add(envelope_id)
        try:
            await connection.socket.send_json(envelope)
            payload = await asyncio.wait_for(future, self._ack)
        except TimeoutError:
            return Answer(False, reason="timeout")
        except ConnectionError:
            payload = None
        finally:
            connection.waiting.discard(envelope_id)
            del self._answers[envelope_id]
        if payload is None:
            return Answer(False, reason="connection_closed")
        return Answer(True, payload)

    # --- endings ---

    async def disconnect(self, reason: str | None) -> None:
        """Tells every connection to go, as Slack does: a `warning` leaves it open, the other
        reasons close it. None cuts the line without a word."""
        for connection in tuple(self._connections):
            if reason is None:
                self._cut(connection)
            else:
                await self._say_goodbye(connection, reason)

    def _cut(self, connection: Connection) -> None:
        self._forget(connection)
        if connection.request.transport is not None:
            connection.request.transport.abort()

    async def _say_goodbye(self, connection: Connection, reason: str) -> None:
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": connection.host}}
        with contextlib.suppress(ConnectionError):
            await connection.socket.send_json(frame)
            if reason in _CLOSING_REASONS:
                self._forget(connection)
                await connection.socket.close()

    async def close(self) -> None:
        """Ends every connection politely; the server is going away."""
        for connection in tuple(self._connections):
            self._forget(connection)
            with contextlib.suppress(ConnectionError):
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)
