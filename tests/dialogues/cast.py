"""The people of a dialogue, by name, and where they are."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.slack.values import Channel
from bot.playground.telegram.server import TelegramGroup
from bot.stage import DESK, Stage
from tests.dialogues.in_slack import Cards, InSlack
from tests.dialogues.on_telegram import OnTelegram
from tests.dialogues.people import Miscast, Person
from tests.dialogues.steps import Step

SURNAMES = {"Maria": "Maria Ozola", "Tomasz": "Tomasz Nowak", "Olivia": "Olivia Reed"}
LOCALES = {"en": "en-US", "lv": "lv-LV", "pl": "pl-PL", "ru": "ru-RU", "tr": "tr-TR"}
ELSEWHERE = "T0ELSEWHERE"  # the workspace that strangers come from, through Slack Connect


class Cast:
    """Everybody who has been introduced, by name; the groups, and the channels that are desks."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.cards = Cards()
        self.telegram: dict[str, OnTelegram] = {}
        self.slack: dict[str, InSlack] = {}
        self.groups: dict[str, TelegramGroup] = {}
        self.desks = {stage.desk.id}

    def person(self, step: Step) -> Person:
        """Who acts in this line; at the first mention they come into being."""
        if step.about:
            self._introduce(step.who, [part.strip() for part in step.about.split(",")])
        found = self.telegram.get(step.who) or self.slack.get(step.who)
        if found is None:
            raise Miscast(f"who is {step.who}? Write, for instance, {step.who} (Telegram, en)")
        return found

    def id_of(self, name: str) -> str:
        """Who somebody is in Slack; anything else stays as it is."""
        return self.slack[name].user.id if name in self.slack else name

    def named(self, values: Iterable[tuple[str, str]]) -> dict[str, str]:
        """What is put into a form; somebody's name stands for who they are in Slack."""
        return {key: self.id_of(value) for key, value in values}

    def introduce(self, name: str, about: str) -> None:
        """Let somebody be there who does nothing yet."""
        self._introduce(name, [about])

    def group(self, title: str) -> TelegramGroup:
        """The Telegram group of this name, with the bot in it."""
        if title not in self.groups:
            self.groups[title] = self._stage.telegram.group(title)
        return self.groups[title]

    def desk(self, name: str) -> Channel:
        """The channel of this name, which is a desk from now on."""
        channel = self._stage.slack.channel(name.removeprefix("#"))
        self.desks.add(channel.id)
        return channel

    def _introduce(self, name: str, about: list[str]) -> None:
        match about:
            case ["Telegram", language]:
                customer = self._stage.telegram.customer(first_name=name, language_code=language)
                self.telegram[name] = OnTelegram(customer, self.group)
            case ["Slack", language, *zone]:
                self._in_slack(name, language, zone[0] if zone else "Europe/Riga")
            case [role]:
                self._on_desk(name, role)
            case _:
                raise Miscast(f"({', '.join(about)}) says nothing that is known of {name}")

    def _on_desk(self, name: str, role: str) -> None:
        what, _, desk = role.partition(" in #")
        if what not in {"desk", *(f"{who} on the desk" for who in _ROLES)}:
            raise Miscast(f"({role}) says nothing that is known of {name}")
        self._in_slack(name, desk=desk or DESK, role=what.split()[0])
        if what.startswith("supervisor"):
            self._stage.app.supervisors += (self.slack[name].user.id,)

    def _in_slack(
        self,
        name: str,
        language: str = "en",
        zone: str = "Europe/Riga",
        desk: str = "",
        role: str = "",
    ) -> None:
        where = self._stage.desk if desk == DESK else self.desk(desk) if desk else None
        user = self._stage.slack.user(
            SURNAMES.get(name, name),
            tz=zone,
            locale=LOCALES[language],
            is_guest=role == "guest",
            in_channels=[where] if where else (),
            **({"team": ELSEWHERE} if role == "stranger" else {}),
        )
        home = where or self._stage.desk
        self.slack[name] = InSlack(user, self._stage.slack, self.cards, home, self.id_of)


_ROLES = ("supervisor", "guest", "stranger")
