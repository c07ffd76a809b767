"""Who may do what on the desk; every attempt that is refused is on record."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel import Session

from bot.domain import DeskEvent
from bot.storage.tables import Refusal

log = structlog.get_logger(__name__)


def refused(
    session: Session,
    event: DeskEvent,
    action: str,
    reason: str,
    now: datetime,
    ticket_id: int | None = None,
) -> None:
    """Note that somebody tried to do what they may not."""
    agent, channel = event.agent.user_id, event.address.chat_id
    session.add(
        Refusal(
            agent_id=agent,
            action=action,
            ticket_id=ticket_id or None,
            channel=channel,
            reason=reason,
            at=now,
        )
    )
    log.warning(
        "refused", agent=agent, action=action, channel=channel, ticket=ticket_id, reason=reason
    )
