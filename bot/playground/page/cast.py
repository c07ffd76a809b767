"""Who is there at the start: five customers and their group, the desk, a guest, an outsider."""

from __future__ import annotations

from bot.playground.slack.server import SlackServer
from bot.playground.telegram.server import TelegramServer

SUPERVISOR = "Olga Kalnina"
GROUP = "Trail club"
_CUSTOMERS = (("Anna", "en"), ("Иван", "ru"), ("Elif", "tr"), ("Jānis", "lv"), ("Zofia", "pl"))


def bring_cast(telegram: TelegramServer, slack: SlackServer, desk_channel: str) -> str:
    """Let everybody be there and return the desk channel's id; whoever is there already stays.

    Maria and Tomasz belong to the desk, and Olga, who may be made their supervisor; Olivia is in
    its channel as a guest, so that one can see what an outsider is refused; Eva is in no channel
    and writes to the bot as a customer."""
    for name, language in _CUSTOMERS if not telegram.customers else ():
        telegram.customer(first_name=name, language_code=language)
    if not telegram.groups:
        telegram.group(GROUP)
    desk = slack.channel(desk_channel)
    slack.user("Maria Ozola", tz="Europe/Riga", in_channels=[desk])
    slack.user("Tomasz Nowak", tz="Europe/Warsaw", in_channels=[desk])
    slack.user(SUPERVISOR, tz="Europe/Riga", in_channels=[desk])
    slack.user("Olivia Reed", tz="Europe/London", is_guest=True, in_channels=[desk])
    slack.user("Eva Lind", tz="Europe/Berlin")
    return desk.id
