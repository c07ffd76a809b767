"""What a bot takes for its own in a Telegram group."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram_parse import parse
from bot.domain import Address, ButtonPress, Edit, InboundMessage

BOT, NAME = "77", "harebell_bot"
ANNA = {"id": 5, "is_bot": False, "first_name": "Anna"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Hikers"}


def said(text: str, *marked: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """An update: somebody says `text` in the group, with (kind, words) of it marked."""
    entities = [
        {"type": kind, "offset": len(text.partition(words)[0].encode("utf-16-le")) // 2,
         "length": len(words.encode("utf-16-le")) // 2}
        for kind, words in marked
    ]  # fmt: skip
    message = {"message_id": 9, "date": 1, "chat": GROUP, "from": ANNA, "text": text,
               "entities": entities, **fields}  # fmt: skip
    return {"update_id": 1, "message": message}


def heard(raw: dict[str, Any], name: str = NAME) -> Any:
    return parse(raw, BOT, name)


@pytest.mark.parametrize(
    ("text", "mention", "words"),
    [
        ("@harebell_bot where is my parcel?", "@harebell_bot", "where is my parcel?"),
        ("@Harebell_Bot, hello", "@Harebell_Bot", "hello"),
        ("🏔 where is it, @harebell_bot ?", "@harebell_bot", "🏔 where is it, ?"),
    ],
)
def test_who_mentions_the_bot_speaks_to_it(text: str, mention: str, words: str) -> None:
    """The mention is not part of what is asked; each person has a conversation of their own."""
    event = heard(said(text, ("mention", mention)))
    assert isinstance(event, InboundMessage)
    assert (event.text, event.address) == (words, Address("telegram", "-1001", "5"))
    assert event.private == Address("telegram", "5")
    assert event.invitation == "https://t.me/harebell_bot?start="


def test_a_reply_to_the_bot_is_for_it() -> None:
    """No mention is needed then."""
    event = heard(said("and for shoes?", reply_to_message={"from": {"id": 77, "is_bot": True}}))
    assert isinstance(event, InboundMessage) and event.text == "and for shoes?"


@pytest.mark.parametrize(
    "raw",
    [
        said("is anybody going on Sunday?"),
        said("@anna_k are you?", ("mention", "@anna_k")),
        said("/start@other_bot", ("bot_command", "/start@other_bot")),
        said("me too", reply_to_message={"from": {"id": 6, "is_bot": False}}),
        said("@harebell_bot", ("mention", "@harebell_bot"), sender_chat={"id": -5}),
        said("@harebell_bot", ("mention", "@harebell_bot"),
             **{"from": {"id": 8, "is_bot": True, "first_name": "Other"}}),
    ],
)  # fmt: skip
def test_everything_else_is_talk_among_people(raw: dict[str, Any]) -> None:
    """Other people, other bots, channels, and administrators who hide who they are."""
    assert heard(raw) is None


def test_commands_are_for_every_bot_unless_they_name_one() -> None:
    """As Telegram has it."""
    for text in ("/help", "/help@harebell_bot"):
        assert isinstance(heard(said(text, ("bot_command", text))), InboundMessage)


def test_before_the_name_is_known_whatever_may_be_for_the_bot_is_kept() -> None:
    """It is told apart once the name is there; nothing is lost meanwhile."""
    raw = said("@anna_k are you?", ("mention", "@anna_k"))
    assert isinstance(heard(raw, name=""), InboundMessage)
    assert heard(raw) is None


def test_edits_and_presses_in_a_group_are_their_author_s() -> None:
    """In the conversation of whoever edits or presses, not of whom the bot had answered."""
    edited = said("@harebell_bot where?", ("mention", "@harebell_bot"))
    edit = heard({"update_id": 2, "edited_message": {**edited["message"], "edit_date": 2}})
    assert isinstance(edit, Edit)
    assert (edit.text, edit.address.thread_id) == ("where?", "5")
    query = {"id": "1", "from": {**ANNA, "id": 6}, "data": "human",
             "message": {"message_id": 10, "date": 1, "chat": GROUP}}  # fmt: skip
    press = heard({"update_id": 3, "callback_query": query})
    assert isinstance(press, ButtonPress)
    assert (press.address.thread_id, press.private) == ("6", Address("telegram", "6"))
