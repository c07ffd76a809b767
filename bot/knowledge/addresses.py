"""The addresses customers are given: links, buttons, and what is simply written out."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.markdown import links, passages
from bot.knowledge.written import targets, texts

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"“”«»]+", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[^\W\d_](?:[\w.-]*\w)?")
_TELEPHONE = re.compile(r"(?<![\w+])\+[1-9][\d ()-]{6,}\d")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


@dataclass(frozen=True, slots=True)
class Place:
    """An address and where it stands."""

    address: str
    path: str
    line: int | None
    language: str = ""

    @property
    def host(self) -> str:
        """The name of the machine: of a link, or of a mailbox; "" if it has none."""
        if mail := _MAIL.fullmatch(self.address.removeprefix("mailto:").partition("?")[0]):
            return mail[0].rpartition("@")[2].lower()
        try:
            return (urlsplit(self.address).hostname or "").lower()
        except ValueError:
            return ""


def addresses(kb: KnowledgeBase) -> Iterator[Place]:
    """Every address in what customers read, in no particular order, once for each place."""
    for text in texts(kb):
        for line, url in links(text.text):
            yield Place(url, text.path, _at(text.line, line, text.kind), text.language)
        for line, passage in passages(text.text):
            for n, row in enumerate(passage.split("\n")):
                for address in _written_out(row):
                    place = _at(text.line, line + n, text.kind)
                    yield Place(address, text.path, place, text.language)
    for path, at, language, options in targets(kb):
        for number, option in enumerate(options):
            if option.url:
                yield Place(option.url, path, _button_line(kb, path, number, at), language)


def malformed(address: str) -> str:
    """Why nothing can be reached at a link, mailbox or telephone number; "" if it can."""
    scheme, _, rest = address.partition(":")
    if "{" in address:
        return ""  # a placeholder is filled in later
    if scheme.lower() == "mailto":
        return "" if _is_mail(rest.partition("?")[0]) else "that is no e-mail address"
    if scheme.lower() == "tel":
        return "" if _is_telephone(rest) else "that is no telephone number"
    try:
        host, port = urlsplit(address).hostname or "", urlsplit(address).port
    except ValueError:
        return "that is no web address"
    if re.match(r"//https?:", rest, re.IGNORECASE):
        return "the beginning stands there twice"
    if port == 0 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return _host_of_this_kind(host) or "that is no web address"
    return _host_of_this_kind(host)


def _host_of_this_kind(host: str) -> str:
    try:
        return "" if ipaddress.ip_address(host).is_global else "only your own network can reach it"
    except ValueError:
        pass
    if host.rpartition(".")[2] in ("localhost", "local", "internal", "lan"):
        return "only your own network can reach it"
    return "" if "." in host else "the end of the name, as in .com, is missing"


def _is_mail(address: str) -> bool:
    name, _, host = address.rpartition("@")
    labels = host.split(".")
    return bool(name) and len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)


def _is_telephone(number: str) -> bool:
    """As E.164 has it: at most fifteen digits. Short numbers such as 112 are fine."""
    digits = re.sub(r"[\s().-]|%20", "", number.partition(";")[0])
    return bool(re.fullmatch(r"\+?[0-9*#]{3,15}", digits))


def _written_out(row: str) -> Iterator[str]:
    for found in _URL.finditer(row):
        url = found[0].rstrip(".,;:!?)]'*_…")
        yield url if "://" in url else f"https://{url}"
    for found in _MAIL.finditer(_URL.sub(" ", row)):
        yield f"mailto:{found[0]}"
    for found in _TELEPHONE.finditer(row):
        yield f"tel:{found[0]}"


def _at(first: int | None, line: int, kind: str) -> int | None:
    return first + line if first is not None and kind == "body" else first


def _button_line(kb: KnowledgeBase, path: str, number: int, otherwise: int | None) -> int | None:
    return kb.line(path, "buttons", number, "url") or kb.line(path, "buttons", number) or otherwise
