"""What a person puts into Block Kit: presses, choices and typed values, as payloads tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground.slack.blocks import elements_of
from bot.playground.slack.values import Json

MENU = "⋯"
"""How an overflow menu looks, which has no text of its own."""

_SELECTED = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}
_LISTS = {"multi_users_select": ("selected_users", "initial_users")}
_CHOSEN = frozenset({"static_select", "radio_buttons", "overflow", "external_select"})
_SEVERAL = frozenset({"checkboxes", "multi_static_select"})


def find_element(
    blocks: Iterable[Json], wanted: str, option: str = "", block_id: str = ""
) -> tuple[Json, Json, str]:
    """The block, the element and the option for a press.

    `wanted` is an action id or what can be read: a button's text, a select's placeholder, `⋯` for
    an overflow menu, or an option of one. `block_id` looks in one block only. `LookupError` when
    the reader sees no such thing."""
    every = [
        (block, each)
        for block in blocks
        for each in elements_of(block)
        if block_id in ("", block["block_id"])
    ]
    for block, element in every:
        if element.get("action_id") == wanted:
            return block, element, option
    for block, element in every:
        if label_of(element) == wanted and _offers(element, option):
            return block, element, option
    for block, element in every:
        if element.get("type") == "overflow" and not option and wanted in options_of(element):
            return block, element, wanted
    seen = [label_of(each) or each.get("action_id") for _, each in every]
    raise LookupError(f"no {wanted!r} to press, only {seen}")


def _offers(element: Json, option: str) -> bool:
    """Whether there is such an entry; people and channels are not listed in the element."""
    if not option:
        return True
    listed = options_of(element)
    return option in listed if listed else element.get("type") in _SELECTED


def label_of(element: Json) -> str:
    """What can be read on a button or menu."""
    if element.get("type") == "overflow":
        return MENU
    own = element.get("text") or element.get("placeholder") or {}
    return str(own.get("text", "")) if isinstance(own, dict) else ""


def options_of(element: Json) -> list[str]:
    """What there is to choose, as it can be read; nothing where Slack itself knows the choices."""
    return [each["text"]["text"] for each in _options(element)]


def pressed(block: Json, element: Json, choice: str, action_ts: str) -> Json:
    """The entry of `actions` in a block_actions payload."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": action_ts,
    }
    if element["type"] != "button":
        return action | entered(element, choice)
    return action | {key: element[key] for key in ("text", "value", "style") if key in element}


def entered(element: Json, value: Any, zone: ZoneInfo | None = None) -> Json:
    """An element's part of `state.values` once `value` is typed or chosen in it; without one it
    holds what it had from the start. Date and time are those of the person's `zone`."""
    kind = element["type"]
    if kind in _CHOSEN:
        chosen = _option(element, value) if value else element.get("initial_option")
        return {"type": kind, "selected_option": chosen}
    if kind in _SEVERAL:
        values = [value] if isinstance(value, str) else list(value or ())
        initial = element.get("initial_options", []) if value is None else []
        return {"type": kind, "selected_options": [_option(element, v) for v in values] or initial}
    if kind in _SELECTED:
        initial = element.get(_SELECTED[kind].replace("selected", "initial"))
        return {"type": kind, _SELECTED[kind]: _moment(kind, value, zone) if value else initial}
    if kind in _LISTS:
        selected, initially = _LISTS[kind]
        values = [value] if isinstance(value, str) else value
        return {"type": kind, selected: values if values else element.get(initially, [])}
    return {"type": kind, "value": value if value is not None else element.get("initial_value")}


def _moment(kind: str, value: Any, zone: ZoneInfo | None) -> Any:
    """A date and a time are sent as seconds, however they were picked."""
    if kind != "datetimepicker" or str(value).isdecimal():
        return int(value) if kind == "datetimepicker" else value
    picked = datetime.fromisoformat(str(value))
    return int((picked if picked.tzinfo else picked.replace(tzinfo=zone)).timestamp())


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups", ())
    grouped = (each for group in groups for each in group["options"])
    return [*element.get("options", ()), *grouped]


def _option(element: Json, wanted: str) -> Json:
    for option in _options(element):
        if wanted in (option.get("value"), option["text"]["text"]):
            return dict(option)
    raise LookupError(f"no option {wanted!r}, only {options_of(element)}")


def filled_in(
    blocks: Iterable[Json], values: Mapping[str, Any], zone: ZoneInfo | None = None
) -> Json:
    """`state.values` of a form whose inputs, named by action id, block id or label, hold these.

    `LookupError` for a value without an input, `ValueError` for a required input left empty:
    Slack's client does not let either happen."""
    state: Json = {}
    used: set[str] = set()
    for block in blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        names = (element["action_id"], block["block_id"], block["label"]["text"])
        name = next((each for each in names if each in values), "")
        used.add(name)
        held = entered(element, values.get(name), zone)
        if not block.get("optional") and not any(v for k, v in held.items() if k != "type"):
            raise ValueError(f"{block['label']['text']!r} has to be filled in")
        state.setdefault(block["block_id"], {})[element["action_id"]] = held
    if unknown := set(values) - used:
        raise LookupError(f"the view has no input {sorted(unknown)}")
    return state


def held_now(blocks: Iterable[Json]) -> Json:
    """`state.values` of a view nobody has filled in yet: what its inputs hold from the start."""
    return {
        block["block_id"]: {block["element"]["action_id"]: entered(block["element"], None)}
        for block in blocks
        if block.get("type") == "input"
    }
