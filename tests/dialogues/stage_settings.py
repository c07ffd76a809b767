"""What an admin turns before a dialogue, or in the midst of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.knowledge.plain_yaml import parse
from bot.knowledge.policy import Policy
from bot.stage import Stage
from tests.dialogues.cast import Cast
from tests.dialogues.directing import Directions
from tests.handoff.undisturbed import undisturbed

DIRECTIONS = Directions()


@DIRECTIONS.known(r"policy\.yaml says (?P<lines>\w+: .+)")
async def _policy(stage: Stage, cast: Cast, lines: str) -> None:
    """What these lines do not name stays as it is."""
    mind = stage.app.mind
    assert mind is not None
    before = mind.kb.policy.model_dump(by_alias=True)
    policy = Policy.model_validate(_merged(before, parse(lines, "the dialogue").values))
    stage.app.mind = replace(mind, kb=replace(mind.kb, policy=policy))


@DIRECTIONS.known(r"tickets in (?P<language>\w\w) go to #(?P<name>[\w-]+)")
async def _route(stage: Stage, cast: Cast, language: str, name: str) -> None:
    channel = stage.slack.channel(name).id
    route = f"{{channel: {channel}, languages: [{language}]}}"
    await _policy(stage, cast, f"desk: {{routes: [{route}]}}")


@DIRECTIONS.known(r"on the rota: (?P<rota>.+)")
async def _rota(stage: Stage, cast: Cast, rota: str) -> None:
    """As "Olga +371 20000000, Peter": colleagues on the desk, whom we may not have seen yet."""
    shifts = []
    for each in rota.split(", "):
        name, _, phone = each.partition(" ")
        if name not in cast.slack:
            cast.introduce(name, "desk")
        shifts.append(f'{{name: {name}, slack: {cast.slack[name].user.id}, phone: "{phone}"}}')
    await _policy(stage, cast, f"desk: {{rota: [{', '.join(shifts)}]}}")


@DIRECTIONS.known(r"nobody watches the clock")
async def _undisturbed(stage: Stage, cast: Cast) -> None:
    """Nothing is promised about replies, and tickets may wait for ever."""
    mind = stage.app.mind
    assert mind is not None
    stage.app.mind = replace(mind, kb=undisturbed(mind.kb))


def _merged(before: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(before)
    for name, value in over.items():
        old = merged.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = _merged(old, value)
        merged[name] = value
    return merged
