"""Inline keyboards and the other reply markups, checked as the real server checks them."""

from __future__ import annotations

from typing import Any

from bot.playground.telegram.links import LinkError, checked_link
from bot.playground.telegram.wire import ApiError, Json, Params, bad_request

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
_ACTIONS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_OTHER_MARKUPS = ("keyboard", "remove_keyboard", "force_reply")


def inline_keyboard(params: Params) -> Json | None:
    """The inline keyboard of a request, None without one; 400 for a button Telegram refuses.

    The keyboards under the customer's input line are accepted and forgotten: they are no part of
    the message.
    """
    markup = params.json("reply_markup", "reply keyboard markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if not any(name in markup for name in _OTHER_MARKUPS):
            raise bad_request("can't parse reply keyboard markup JSON object")
        return None
    rows = [_row(row) for row in _list(markup["inline_keyboard"], 'Field "inline_keyboard"')]
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if any(rows) else None


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise bad_request(f"{what} must be of type Array")
    return value


def _row(row: Any) -> list[Json]:
    return [_button(button) for button in _list(row, "keyboard row")]


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise _refused("Object expected")
    text = button.get("text")
    if not isinstance(text, str):
        raise _refused('Can\'t find field "text"')
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [name for name in _ACTIONS if button.get(name) not in (None, "")]
    if not actions:
        raise _refused("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _refused(f"exactly one action must be specified, found {', '.join(actions)}")
    return {"text": text, actions[0]: _action(actions[0], button[actions[0]])}


def _action(name: str, value: Any) -> Any:
    if name == "callback_data" and len(str(value).encode()) > MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if name != "url":
        return value
    try:
        return checked_link(str(value))
    except LinkError as error:
        raise bad_request(f"inline keyboard button URL '{value}' is invalid: {error}") from None


def _refused(reason: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")
