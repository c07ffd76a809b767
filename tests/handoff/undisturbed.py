"""A shop where the clock disturbs nobody, for what has nothing to do with it."""

from __future__ import annotations

from dataclasses import replace

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.desk_policy import Unclaimed
from bot.knowledge.service_policy import Service


def undisturbed(kb: KnowledgeBase) -> KnowledgeBase:
    """The same, promising nothing about replies, and patient with tickets that nobody takes."""
    unclaimed = Unclaimed(nudge=None, supervisor=None, customer=None)
    desk = kb.policy.desk.model_copy(update={"unclaimed": unclaimed})
    policy = kb.policy.model_copy(update={"service": Service(), "desk": desk})
    return replace(kb, policy=policy)
