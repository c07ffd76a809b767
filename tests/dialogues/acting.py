"""Which line is which act of a person."""

from __future__ import annotations

from tests.dialogues.cast import Cast
from tests.dialogues.steps import (
    Blocks,
    Closes,
    Deletes,
    Edits,
    FillsIn,
    OpensHome,
    Presses,
    Reacts,
    Replies,
    Sends,
    SendsFiles,
    Step,
    Types,
    Uses,
)


async def act(step: Step, cast: Cast) -> None:
    """Let somebody do what the line says. Raises Miscast where they cannot."""
    person, place = cast.person(step), step.place
    match step:
        case Edits():
            await person.edit(step.text, place, step.which)
        case Deletes():
            await person.delete(place, step.which)
        case Sends():
            await person.send(step.kind, step.text, place)
        case SendsFiles():
            await person.send_files(step.files, step.text, place)
        case Presses():
            await person.press(step.label, place)
        case Reacts():
            await person.react(step.emoji, place, step.which, add=step.how == "reacts")
        case Types():
            await person.command(step.text, place)
        case Uses():
            await person.use(step.label, place, step.which)
        case OpensHome():
            await person.open_home()
        case FillsIn():
            await person.fill_in(cast.named(step.values))
        case Closes():
            await person.close_form()
        case Blocks():
            await person.block(step.how == "blocks")
        case Replies():
            await person.reply(step.text, place)
        case _:
            await person.say(step.text, place)
