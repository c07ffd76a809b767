"""Asking the servers whether the links of a knowledge base still lead somewhere."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from urllib.parse import urldefrag

import aiohttp

from bot.knowledge.addresses import Place, addresses, malformed
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.check import in_order
from bot.knowledge.faults import Fault

AT_ONCE = 4
PATIENCE = 5.0  # seconds for each question to a server
NO_NAMES = (".example", ".invalid", ".test")  # never registered, RFC 2606
# The server is there and does not talk to programs, or not now. People get their page.
RESERVED = frozenset({401, 403, 407, 429, 451, 503, 999})
HEADERS = {"User-Agent": "frontdesk-kb-check", "Accept": "text/html,*/*"}


def links_of(kb: KnowledgeBase) -> list[Place]:
    """The web addresses in the folder that can be asked for, each with every place it stands in."""
    return [
        place
        for place in dict.fromkeys(addresses(kb))
        if place.address.lower().startswith(("http://", "https://"))
        and not malformed(place.address)
    ]


async def ask_servers(places: Iterable[Place], patience: float = PATIENCE) -> list[Fault]:
    """Ask for every address once (HEAD, and GET if that is refused), a few at a time. A warning for
    each place whose address does not answer or is not there, a note where it has moved for good.

    Names that no server can have (shop.example) are not asked for; they become one note each."""
    by_address: defaultdict[str, list[Place]] = defaultdict(list)
    examples: defaultdict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.host.endswith(NO_NAMES):
            examples[place.host].append(place)
        else:
            by_address[urldefrag(place.address).url].append(place)
    gate = asyncio.Semaphore(AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=patience)
    async with aiohttp.ClientSession(timeout=timeout, headers=HEADERS) as session:
        told = await asyncio.gather(*(_ask(session, gate, address) for address in by_address))
    answers = dict(zip(by_address, told, strict=True))
    faults = [
        Fault(place.path, place.line, f"{address} {answer[0]}", *answer[1:])
        for address, answer in answers.items()
        if answer
        for place in by_address[address]
    ]
    return in_order([*faults, *_examples(examples)])


Answer = tuple[str, str, Literal["warning", "note"]]  # what is wrong, what to do, how bad


async def _ask(
    session: aiohttp.ClientSession, gate: asyncio.Semaphore, address: str
) -> Answer | None:
    """What is wrong with an address; None if it is fine."""
    async with gate:
        try:
            status, moved_to = await _request(session, "HEAD", address)
            if status >= 400:
                status, moved_to = await _request(session, "GET", address)
        except aiohttp.ClientConnectorCertificateError:
            return "has a certificate that browsers warn of", "have it renewed", "warning"
        except aiohttp.TooManyRedirects:
            return "leads round in circles", "have the server mended", "warning"
        except TimeoutError:
            return "does not answer in time", "try it in a browser", "warning"
        except (aiohttp.ClientError, OSError, ValueError):
            return "cannot be reached", "correct the address, or delete it", "warning"
    if status >= 400 and status not in RESERVED:
        what = f"is not there (the server says {status})"
        return what, "correct the address, or delete it", "warning"
    if moved_to and status < 400:
        return f"has moved to {moved_to}", "write the new address", "note"
    return None


async def _request(session: aiohttp.ClientSession, method: str, address: str) -> tuple[int, str]:
    """(status, where it has moved for good or ""). The page itself is not read."""
    async with session.request(method, address, allow_redirects=True) as answer:
        lasting = [step.status in (301, 308) for step in answer.history]
        moved = bool(lasting) and all(lasting)
        return answer.status, str(answer.url) if moved else ""


def _examples(by_host: Mapping[str, Sequence[Place]]) -> list[Fault]:
    return [
        Fault(
            places[0].path,
            places[0].line,
            f"{host} is an example's name, which no server can have ({len(places)} links)",
            "put your own shop's addresses there",
            "note",
        )
        for host, places in sorted(by_host.items())
    ]
