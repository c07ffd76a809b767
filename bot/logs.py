"""One structured line per event on standard error, without tokens and without what people wrote."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import structlog

# Shapes of the tokens of Telegram and Slack, wherever they turn up (addresses, tracebacks).
_TOKENS = re.compile(r"\b\d{5,}:[\w-]{20,}|\bx(?:ox[a-z]|app)-[\w-]+")
_CHATTY = ("httpx", "httpcore", "telegram", "slack_bolt", "slack_sdk", "apscheduler", "aiohttp",
           "alembic")  # fmt: skip


def configure(
    level: str = "INFO", secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Log from now on, ours and the libraries', as JSON lines; `secrets` never appear."""
    hidden = [secret for secret in secrets if secret]

    def redact(_logger: Any, _name: str, line: Any) -> str:
        for secret in hidden:
            line = line.replace(secret, "***")
        return str(_TOKENS.sub("***", line))

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_empty,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
                redact,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        # httpx writes addresses with the token at INFO.
        logging.getLogger(name).setLevel(logging.WARNING)
    # Quotes an answer that is broken JSON, and that may be what customers wrote.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)


def _without_empty(_logger: Any, _name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if value is not None}
