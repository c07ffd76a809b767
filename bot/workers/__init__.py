"""The loops: inbox → decision, and outbox → channel. Only loops read the clock.

Each is a sequence of short steps that a test can take one by one. The database is the truth; the
wake-ups only save waiting."""

from bot.workers.inbox import InboxWorker
from bot.workers.loop import Bells, Clock, Worker, backoff
from bot.workers.outbox import SEND_TIMEOUT, OutboxWorker
from bot.workers.receiver import Receiver

__all__ = [
    "SEND_TIMEOUT",
    "Bells",
    "Clock",
    "InboxWorker",
    "OutboxWorker",
    "Receiver",
    "Worker",
    "backoff",
]
