"""What is to be seen on both platforms, as the text of a dialogue would show it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser

from bot.playground.slack.blocks import elements_of
from bot.playground.slack.inputs import MENU, label_of, options_of
from bot.playground.slack.mrkdwn import to_html
from bot.playground.slack.values import Json, Message, View
from bot.playground.telegram.room import Shown as TelegramShown
from tests.dialogues.shown import Shown

_SIGNS = {
    "b": "**", "strong": "**", "i": "_", "em": "_", "s": "~~", "del": "~~", "code": "`",
    "pre": "```",
}  # fmt: skip
_UNSEEN = re.compile("[\u200b\u2060]")  # what keeps signs apart in Slack has no width


def on_telegram(message: TelegramShown) -> Shown:
    """A message of the bot in a private chat or a group."""
    return Shown(_text(message.html), message.labels, str(message.message_id))


def in_slack(message: Message, names: Mapping[str, str]) -> Shown:
    """A message of the bot in Slack: its blocks if it has any, else its text."""
    texts = list(_texts(message.blocks)) or [message.text]
    return Shown(_joined(texts, names), buttons_of(message.blocks), message.ts)


def home_in_slack(view: View, names: Mapping[str, str]) -> Shown:
    """Somebody's home: what it says, and all its buttons below that."""
    return Shown(_joined(_texts(view.blocks), names), buttons_of(view.blocks))


def _joined(texts: Iterable[str], names: Mapping[str, str]) -> str:
    return "\n".join(_text(to_html(text, names)) for text in texts)


def form_in_slack(view: View) -> Shown:
    """An open form: its title, what it says, and each field with its hint and what is in it."""
    lines = [f"**{view.body['title']['text']}**"]
    for block in view.blocks:
        if block["type"] == "input":
            lines.append(f"{block['label']['text']} {_held(block['element'])}".strip())
            lines += [block["hint"]["text"]] if "hint" in block else []
        else:
            lines += _texts([block])
    ends = (view.body.get("submit"), view.body.get("close"))
    buttons = buttons_of([block for block in view.blocks if block["type"] != "input"])
    return Shown("\n".join(lines), (*buttons, *(end["text"] for end in ends if end)))


def _held(element: Json) -> str:
    """What is in a field from the start."""
    for key in ("initial_value", "initial_date", "initial_time"):
        if element.get(key):
            return str(element[key])
    chosen = element.get("initial_option")
    return str(chosen["text"]["text"]) if chosen else ""


def buttons_of(blocks: Sequence[Json]) -> tuple[str, ...]:
    """What can be pressed: buttons as they read, menus with what there is to choose."""
    return tuple(
        _pressable(element)
        for block in blocks
        for element in elements_of(block)
        if element["type"] != "image"
    )


def _pressable(element: Json) -> str:
    label, entries = label_of(element), " · ".join(options_of(element))
    if element["type"] == "button":
        return label
    return f"{label} {entries}".strip() if label == MENU else f"{label} ▾ {entries}".strip()


def _texts(blocks: Iterable[Json]) -> Iterable[str]:
    for block in blocks:
        if block["type"] == "section":
            parts = [block["text"]] if "text" in block else []
            yield from (part["text"] for part in (*parts, *block.get("fields", ())))
        elif block["type"] == "header":
            yield f"*{block['text']['text']}*"
        elif block["type"] == "context":
            yield from (part["text"] for part in block["elements"] if "text" in part)


def _text(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _UNSEEN.sub("", "".join(reader.parts))


class _Reader(HTMLParser):
    """Safe HTML as plain text with a few signs of Markdown; a link shows where it leads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        elif tag == "blockquote":
            self.parts.append("> ")
        else:
            self.parts.append(_SIGNS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            href, start = self._links.pop()
            label = "".join(self.parts[start:])
            if href and _bare(href) != _bare(label):
                self.parts[start:] = [f"[{label}]({href})"]
        elif tag != "br":
            self.parts.append(_SIGNS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _bare(address: str) -> str:
    return re.sub("^(https?://|mailto:|tel:)", "", address).rstrip("/")
