"""What a person puts into Block Kit: presses, choices and typed values, as payloads tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.playground.slack.blocks import elements_of
from bot.playground.slack.values import Json

_SELECTED = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}


def find_element(blocks: Iterable[Json], wanted: str) -> tuple[Json, Json]:
    """The block and element with this action id or, failing that, this button text.

    `LookupError` when the reader sees no such thing."""
    every = [(block, each) for block in blocks for each in elements_of(block)]
    for block, element in every:
        if element.get("action_id") == wanted:
            return block, element
    for block, element in every:
        if element.get("text", {}).get("text") == wanted:
            return block, element
    seen = [each.get("text", {}).get("text") or each.get("action_id") for _, each in every]
    raise LookupError(f"no {wanted!r} to press, only {seen}")


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


def entered(element: Json, value: Any) -> Json:
    """An element's part of `state.values` once `value` is typed or chosen in it."""
    kind = element["type"]
    if kind in {"static_select", "radio_buttons", "overflow", "external_select"}:
        chosen = _option(element, value) if value else element.get("initial_option")
        return {"type": kind, "selected_option": chosen}
    if kind in {"checkboxes", "multi_static_select"}:
        values = [value] if isinstance(value, str) else list(value or ())
        return {"type": kind, "selected_options": [_option(element, each) for each in values]}
    if kind in _SELECTED:
        return {"type": kind, _SELECTED[kind]: value}
    return {"type": kind, "value": value if value is not None else element.get("initial_value")}


def _option(element: Json, wanted: str) -> Json:
    groups = element.get("option_groups", ())
    options = [
        *element.get("options", ()),
        *(each for group in groups for each in group["options"]),
    ]
    for option in options:
        if wanted in (option.get("value"), option["text"]["text"]):
            return dict(option)
    raise LookupError(f"no option {wanted!r}, only {[each['text']['text'] for each in options]}")


def filled_in(blocks: Iterable[Json], values: Mapping[str, Any]) -> Json:
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
        held = entered(element, values.get(name))
        if not block.get("optional") and not any(v for k, v in held.items() if k != "type"):
            raise ValueError(f"{block['label']['text']!r} has to be filled in")
        state.setdefault(block["block_id"], {})[element["action_id"]] = held
    if unknown := set(values) - used:
        raise LookupError(f"the view has no input {sorted(unknown)}")
    return state
