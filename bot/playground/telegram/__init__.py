"""A stand-in of the Telegram Bot API."""

from bot.playground.telegram.customer import TelegramCustomer
from bot.playground.telegram.server import TelegramServer

__all__ = ["TelegramCustomer", "TelegramServer"]
