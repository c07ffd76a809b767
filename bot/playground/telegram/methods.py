"""How the methods of the Bot API are offered: each takes the world and the parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.playground.telegram.state import World
from bot.playground.telegram.wire import Params

Method = Callable[[World, Params], Any]


class Methods(dict[str, Method]):
    """Methods by their lower-case name: the real server compares names without case."""

    def offer(self, function: Method) -> Method:
        """Offer `send_message` as `sendmessage`; it returns the result, or an awaitable of it."""
        self[function.__name__.replace("_", "")] = function
        return function
