"""Block Kit: is it valid, and where are its buttons and inputs. Pure functions over JSON.

Complaints read like Slack's own, `no more than 25 items allowed [json-pointer:/blocks/1/elements]`,
so that a test which provokes one shows what production would have said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from bot.playground.slack.values import Json, SlackError

Surface: TypeAlias = Literal["message", "modal", "home"]
Complaint: TypeAlias = str
Check: TypeAlias = Iterator[Complaint]

MAX_MESSAGE_BLOCKS, MAX_VIEW_BLOCKS = 50, 100
MAX_ALL_TEXT = 13_200  # undocumented: `msg_blocks_too_long`, measured in bolt-js#2509
MAX_MARKDOWN = 12_000

_ELEMENT_TYPES = frozenset(
    {
        "button",
        "checkboxes",
        "channels_select",
        "conversations_select",
        "datepicker",
        "datetimepicker",
        "email_text_input",
        "external_select",
        "file_input",
        "image",
        "multi_static_select",
        "multi_users_select",
        "number_input",
        "overflow",
        "plain_text_input",
        "radio_buttons",
        "rich_text_input",
        "static_select",
        "timepicker",
        "url_text_input",
        "users_select",
        "feedback_buttons",
        "icon_button",
    }
)
_INPUT_ONLY = frozenset(
    {"plain_text_input", "number_input", "email_text_input", "url_text_input", "file_input"}
)
_OPTION_LIMITS = {"checkboxes": 10, "radio_buttons": 10, "overflow": 5}


# --- the parts ---


def _at(text: str, path: str) -> Complaint:
    return f"{text} [json-pointer:{path}]"


def _string(owner: Mapping[str, Any], key: str, path: str, limit: int) -> Check:
    value = owner.get(key)
    if value is None:
        return
    if not isinstance(value, str):
        yield _at("must be a string", f"{path}/{key}")
    elif len(value) > limit:
        yield _at(f"must be less than {limit + 1} characters", f"{path}/{key}")


def _count(items: Any, path: str, limit: int) -> Check:
    if not isinstance(items, list):
        yield _at("must be an array", path)
    elif not items:
        yield _at("must provide at least 1 item", path)
    elif len(items) > limit:
        yield _at(f"no more than {limit} items allowed", path)


def _text(
    owner: Mapping[str, Any], key: str, path: str, limit: int, *, plain: bool = False
) -> Check:
    """A text object under `key`, which has to be there."""
    text, here = owner.get(key), f"{path}/{key}"
    if text is None:
        yield _at(f"missing required field: {key}", path)
    elif not isinstance(text, dict):
        yield _at("must be an object", here)
    elif text.get("type") not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
        yield _at("must be a valid enum value", f"{here}/type")
    elif not isinstance(text.get("text"), str):
        yield _at("missing required field: text", here)
    elif not text["text"]:
        yield _at("must be more than 0 characters", f"{here}/text")
    else:
        yield from _string(text, "text", here, limit)


def _options(element: Json, path: str) -> Check:
    limit = _OPTION_LIMITS.get(element["type"], 100)
    if "option_groups" in element:
        return
    yield from _count(element.get("options"), f"{path}/options", limit)
    options = element.get("options")
    for index, option in enumerate(options if isinstance(options, list) else ()):
        here = f"{path}/options/{index}"
        yield from _text(option, "text", here, 75)
        yield from _string(option, "value", here, 150)
        if not isinstance(option.get("value"), str):
            yield _at("missing required field: value", here)


def _button(element: Json, path: str) -> Check:
    yield from _text(element, "text", path, 75, plain=True)
    yield from _string(element, "value", path, 2000)
    yield from _string(element, "url", path, 3000)
    if element.get("style") not in (None, "primary", "danger"):
        yield _at("must be a valid enum value", f"{path}/style")
    confirm = element.get("confirm")
    if isinstance(confirm, dict):
        yield from _text(confirm, "title", f"{path}/confirm", 100, plain=True)
        yield from _text(confirm, "text", f"{path}/confirm", 300)


def _element(element: Any, path: str, *, in_input: bool = False) -> Check:
    if not isinstance(element, dict):
        yield _at("must be an object", path)
        return
    kind = element.get("type")
    if kind not in _ELEMENT_TYPES or (kind in _INPUT_ONLY and not in_input):
        yield _at(f"unsupported type: {kind}", f"{path}/type")
        return
    yield from _string(element, "action_id", path, 255)
    if kind == "button":
        yield from _button(element, path)
    elif kind in {"static_select", "multi_static_select", *_OPTION_LIMITS}:
        yield from _options(element, path)
    if isinstance(element.get("placeholder"), dict):
        yield from _text(element, "placeholder", path, 150, plain=True)


def _unique(ids: Sequence[Any], name: str, paths: Sequence[str]) -> Check:
    seen: set[str] = set()
    for value, path in zip(ids, paths, strict=True):
        if isinstance(value, str) and value in seen:
            yield _at(f"`{name}` {value!r} already exists", f"{path}/{name}")
        if isinstance(value, str):
            seen.add(value)


# --- the blocks ---


def _section(block: Json, path: str) -> Check:
    if "text" in block or "fields" not in block:
        yield from _text(block, "text", path, 3000)
    if "fields" in block:
        yield from _count(block["fields"], f"{path}/fields", 10)
        for index, each in enumerate(block["fields"]):
            yield from _text({str(index): each}, str(index), f"{path}/fields", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{path}/accessory")


def _header(block: Json, path: str) -> Check:
    yield from _text(block, "text", path, 150, plain=True)


def _context(block: Json, path: str) -> Check:
    elements = block.get("elements")
    yield from _count(elements, f"{path}/elements", 10)
    for index, each in enumerate(elements if isinstance(elements, list) else ()):
        here = f"{path}/elements"
        if isinstance(each, dict) and each.get("type") == "image":
            yield from _image(each, f"{here}/{index}")
        else:
            yield from _text({str(index): each}, str(index), here, 3000)


def _actions(block: Json, path: str) -> Check:
    elements = block.get("elements")
    yield from _count(elements, f"{path}/elements", 25)
    listed = elements if isinstance(elements, list) else []
    paths = [f"{path}/elements/{index}" for index in range(len(listed))]
    for each, here in zip(listed, paths, strict=True):
        yield from _element(each, here)
    ids = [each.get("action_id") if isinstance(each, dict) else None for each in listed]
    yield from _unique(ids, "action_id", paths)


def _input(block: Json, path: str) -> Check:
    yield from _text(block, "label", path, 2000, plain=True)
    if "hint" in block:
        yield from _text(block, "hint", path, 2000, plain=True)
    if "element" not in block:
        yield _at("missing required field: element", path)
    else:
        yield from _element(block["element"], f"{path}/element", in_input=True)


def _image(block: Json, path: str) -> Check:
    if not block.get("alt_text"):
        yield _at("missing required field: alt_text", path)
    if not block.get("image_url") and not block.get("slack_file"):
        yield _at("missing required field: image_url", path)
    yield from _string(block, "image_url", path, 3000)


def _markdown(block: Json, path: str) -> Check:
    if not isinstance(block.get("text"), str):
        yield _at("missing required field: text", path)
    yield from _string(block, "text", path, MAX_MARKDOWN)


def _anything(block: Json, path: str) -> Check:
    yield from ()


_BLOCKS: dict[str, Callable[[Json, str], Check]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "context_actions": _actions,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "divider": _anything,
    "rich_text": _anything,
    "file": _anything,
    "video": _anything,
}


def _block(block: Any, path: str) -> Check:
    if not isinstance(block, dict):
        yield _at("must be an object", path)
    elif block.get("type") not in _BLOCKS:
        yield _at(f"unsupported type: {block.get('type')}", f"{path}/type")
    else:
        yield from _string(block, "block_id", path, 255)
        yield from _BLOCKS[block["type"]](block, path)


def _all_blocks(blocks: Sequence[Any], path: str, limit: int) -> Check:
    if len(blocks) > limit:
        yield _at(f"no more than {limit} items allowed", path)
    paths = [f"{path}/{index}" for index in range(len(blocks))]
    for block, here in zip(blocks, paths, strict=True):
        yield from _block(block, here)
    ids = [each.get("block_id") if isinstance(each, dict) else None for each in blocks]
    yield from _unique(ids, "block_id", paths)


# --- what the rest of the server asks ---


def refusal(code: str, complaints: Sequence[Complaint]) -> SlackError:
    """The error answer that lists each complaint, in Slack's two places for them."""
    messages = [f"[ERROR] {each}" for each in complaints]
    return SlackError(code, errors=list(complaints), response_metadata={"messages": messages})


def checked_blocks(value: Any) -> tuple[Json, ...]:
    """A message's blocks with the ids Slack adds, or `invalid_blocks_format`,
    `invalid_blocks` naming each fault, `msg_blocks_too_long`."""
    blocks = _parsed(value)
    if blocks in (None, ""):
        return ()
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if complaints := list(_all_blocks(blocks, "/blocks", MAX_MESSAGE_BLOCKS)):
        raise refusal("invalid_blocks", complaints)
    if sum(map(_text_size, blocks)) > MAX_ALL_TEXT:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks)


def checked_view(value: Any, surface: Surface) -> Json:
    """A view with the ids Slack adds, or `invalid_arguments` naming each fault."""
    view = _parsed(value)
    if not isinstance(view, dict):
        raise refusal("invalid_arguments", [_at("must be a valid view", "/view")])
    if complaints := list(_view(view, surface)):
        raise refusal("invalid_arguments", complaints)
    return view | {"blocks": list(with_ids(view.get("blocks", [])))}


def _view(view: Json, surface: Surface) -> Check:
    if view.get("type") != surface:
        yield _at(f"must be a {surface}", "/view/type")
    yield from _string(view, "private_metadata", "/view", 3000)
    yield from _string(view, "callback_id", "/view", 255)
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield _at("missing required field: blocks", "/view")
        return
    yield from _all_blocks(blocks, "/view/blocks", MAX_VIEW_BLOCKS)
    if surface == "modal":
        yield from _modal(view, blocks)


def _modal(view: Json, blocks: Sequence[Any]) -> Check:
    yield from _text(view, "title", "/view", 24, plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            yield from _text(view, name, "/view", 24, plain=True)
    has_input = any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)
    if has_input and view.get("submit") is None:
        yield _at("missing required field: submit", "/view")


def with_ids(blocks: Sequence[Json]) -> tuple[Json, ...]:
    """A copy in which every block has a `block_id` and every element an `action_id`."""
    copy: list[Json] = json.loads(json.dumps(list(blocks)))
    for number, block in enumerate(copy):
        block.setdefault("block_id", f"b{number}")
        for place, element in enumerate(elements_of(block)):
            if element.get("type") != "image":
                element.setdefault("action_id", f"{block['block_id']}a{place}")
    return tuple(copy)


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of a block, wherever its type keeps them."""
    if block.get("type") in {"actions", "context_actions"}:
        return list(block["elements"])
    return [block[key] for key in ("accessory", "element") if key in block]


def _text_size(node: Any) -> int:
    """Characters of text anywhere inside."""
    if isinstance(node, dict):
        own = node.get("text")
        inner = sum(_text_size(each) for each in node.values() if not isinstance(each, str))
        return inner + (len(own) if isinstance(own, str) else 0)
    return sum(map(_text_size, node)) if isinstance(node, list) else 0


def _parsed(value: Any) -> Any:
    """Form posts carry JSON as text, JSON posts as it is."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError("invalid_blocks_format") from None
