"""A stand-in of Slack: Web API, Socket Mode, signed HTTP events."""

from bot.playground.slack.server import SlackServer
from bot.playground.slack.user import SlackUser

__all__ = ["SlackServer", "SlackUser"]
