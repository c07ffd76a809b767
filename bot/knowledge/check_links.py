"""Links and buttons that lead nowhere, or not where they seem to lead. No server is asked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA

from bot.domain import Article
from bot.knowledge.addresses import Place, addresses, malformed
from bot.knowledge.base import KnowledgeBase
from bot.knowledge.buttons import leads_to
from bot.knowledge.faults import Fault
from bot.knowledge.markdown import labelled_links
from bot.knowledge.written import target, targets, texts

USUAL = 5  # a name written this often is meant; one that is nearly it and stands once is a typo
LONG = 5  # letters from which a part of a name is not taken for another by chance


def check_links(kb: KnowledgeBase) -> Iterator[Fault]:
    """A warning for everything customers are sent to in vain, by file and line."""
    places = list(dict.fromkeys(addresses(kb)))
    for place in places:
        yield from _address(place)
    yield from _typos(places)
    yield from _labels(kb)
    yield from _buttons(kb)
    for article in kb.articles.values():
        yield from _to_itself(kb, article)


def _address(place: Place) -> Iterator[Fault]:
    address = place.address
    if why := malformed(address):
        what = f"{_shown(address)} leads nowhere: {why}"
        yield Fault(place.path, place.line, what, "correct the address", "warning")
    elif address.lower().startswith("http:"):
        what = f"the link {address} is not encrypted"
        yield Fault(place.path, place.line, what, "begin it with https://", "warning")


def _typos(places: Sequence[Place]) -> Iterator[Fault]:
    """A host that is a letter or two from one which stands nearly everywhere else."""
    counts = Counter(place.host for place in places if place.host)
    for place in places:
        meant = [
            host
            for host, count in counts.most_common()
            if count >= USUAL * counts[place.host] > 0 and _mistyped(place.host, host)
        ]
        if meant:
            what = f"{_shown(place.address)} is nearly {meant[0]}, which stands everywhere else"
            do = f'write "{meant[0]}" if that is meant'
            yield Fault(place.path, place.line, what, do, "warning")


def _mistyped(host: str, other: str) -> bool:
    """Whether one part of the name differs by a typo. Sister shops (x.lv, x.lt) and short parts
    (en.x.com, m.x.com) differ on purpose."""
    ours, theirs = host.split("."), other.split(".")
    parts = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
    if len(ours) != len(theirs) or len(parts) != 1 or ours[-1] != theirs[-1]:
        return False
    return len(parts[0][1]) >= LONG and OSA.distance(*parts[0]) <= 1 + (len(parts[0][1]) >= 8)


def _labels(kb: KnowledgeBase) -> Iterator[Fault]:
    """Links whose words hide where they lead."""
    for text in texts(kb):
        for at, label, url in labelled_links(text.text):
            line = text.line + at if text.line and text.kind == "body" else text.line
            if not label.strip():
                what = f"the link to {url} has no words, so nobody sees it"
                yield Fault(text.path, line, what, "write [the words](…)", "warning")
            elif _names_another(label.strip(), url):
                what = f"the link says {label.strip()} but leads to {url}"
                do = "make them the same, or give it words instead of an address"
                yield Fault(text.path, line, what, do, "warning")


def _names_another(label: str, url: str) -> bool:
    if not label.lower().startswith(("http://", "https://", "www.")) or " " in label:
        return False
    says = Place(label if "://" in label else f"https://{label}", "", None).host
    return says.removeprefix("www.") != Place(url, "", None).host.removeprefix("www.")


def _buttons(kb: KnowledgeBase) -> Iterator[Fault]:
    """Two buttons with one label, or with one end, among those shown together."""
    for path, at, _, options in targets(kb):
        for n, option in enumerate(options):
            line = kb.line(path, "buttons", n) or at
            before = options[:n]
            if option.label.casefold() in [other.label.casefold() for other in before]:
                what = f"two buttons are both called “{option.label}”"
                yield Fault(path, line, what, "tell them apart, or delete one", "warning")
            elif target(option) in map(target, before):
                what = f"“{option.label}” leads where another button leads already"
                yield Fault(path, line, what, "delete one of them", "warning")


def _to_itself(kb: KnowledgeBase, article: Article) -> Iterator[Fault]:
    named = [("see_also", n, id) for n, id in enumerate(article.see_also)]
    named += [("buttons", n, leads_to(option) or "") for n, option in enumerate(article.buttons)]
    for key, n, id in named:
        line = kb.line(article.path, key, n)
        if id == article.id:
            yield Fault(article.path, line, "it leads to itself", "delete it there", "warning")
        elif key == "see_also" and id in article.see_also[:n]:
            what = f'"{id}" stands twice in "see_also"'
            yield Fault(article.path, line, what, "delete one", "warning")


def _shown(address: str) -> str:
    return address.removeprefix("mailto:").removeprefix("tel:")
