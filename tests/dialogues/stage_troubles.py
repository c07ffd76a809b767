"""What may happen to the desk: channels archived, renamed and left, tokens revoked, people gone."""

from __future__ import annotations

from bot.stage import Stage
from tests.dialogues.cast import Cast
from tests.dialogues.directing import Directions

DIRECTIONS = Directions()


@DIRECTIONS.known(r"the desk channel is (?P<what>archived|there again)")
async def _archived(stage: Stage, cast: Cast, what: str) -> None:
    stage.slack.archive(stage.desk, archived=what == "archived")


@DIRECTIONS.known(r"the desk channel is renamed to #(?P<name>[\w-]+)")
async def _renamed(stage: Stage, cast: Cast, name: str) -> None:
    stage.slack.rename(stage.desk, name)


@DIRECTIONS.known(r"the bot is (?P<what>removed from|invited to) the desk channel")
async def _membership(stage: Stage, cast: Cast, what: str) -> None:
    act = stage.slack.remove_bot if what == "removed from" else stage.slack.invite_bot
    act(stage.desk)


@DIRECTIONS.known(r"the Slack token (?P<what>is revoked|works again)")
async def _token(stage: Stage, cast: Cast, what: str) -> None:
    stage.slack.revoke_token("token_revoked" if what == "is revoked" else "")


@DIRECTIONS.known(r"an admin deletes card (?P<card>#\d+)(?P<thread> and its thread)?")
async def _card_gone(stage: Stage, cast: Cast, card: str, thread: str | None) -> None:
    message = cast.cards.now(card)
    if thread:
        stage.slack.delete_thread(stage.slack.workspace.channels[message.channel], message.ts)
    else:
        stage.slack.workspace.delete(message)


@DIRECTIONS.known(r"#(?P<name>[\w-]+) is a desk channel, too")
async def _another_desk(stage: Stage, cast: Cast, name: str) -> None:
    cast.desk(name)


@DIRECTIONS.known(r"(?P<name>\w+) leaves the (?P<what>desk channel|company)")
async def _leaves(stage: Stage, cast: Cast, name: str, what: str) -> None:
    person = cast.slack[name]
    if what == "company":
        stage.slack.deactivate(person.user)
    else:
        person.user.leave(person.desk)


@DIRECTIONS.known(r"another bot writes in (?P<card>#\d+): (?P<text>.+)")
async def _other_bot(stage: Stage, cast: Cast, card: str, text: str) -> None:
    root = cast.cards.now(card)
    channel = stage.slack.workspace.channels[root.channel]
    stage.slack.other_bot(channel, text, thread_ts=root.ts)


@DIRECTIONS.known(r"Slack refuses the next (?P<what>message|change|deletion|file): (?P<code>\w+)")
async def _slack_refuses(stage: Stage, cast: Cast, what: str, code: str) -> None:
    methods = {
        "message": "chat.postMessage", "change": "chat.update", "deletion": "chat.delete",
        "file": "files.getUploadURLExternal",
    }  # fmt: skip
    stage.slack.fail_next(methods[what], error=code)


@DIRECTIONS.known(r"Telegram refuses the next (?P<what>change|deletion|file): (?P<reason>.+)")
async def _telegram_refuses(stage: Stage, cast: Cast, what: str, reason: str) -> None:
    methods = {"change": "editMessageText", "deletion": "deleteMessage", "file": "sendDocument"}
    stage.telegram.fail_next(methods[what], 400, description=f"Bad Request: {reason}")


@DIRECTIONS.known(r"the bot hears everything in groups")
async def _hears_everything(stage: Stage, cast: Cast) -> None:
    stage.telegram.world.privacy = False


@DIRECTIONS.known(r"the group (?P<title>\w+) becomes a supergroup")
async def _migrates(stage: Stage, cast: Cast, title: str) -> None:
    cast.groups[title] = cast.group(title).migrate()
