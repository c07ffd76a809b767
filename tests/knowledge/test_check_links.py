"""Links and buttons that customers would press in vain."""

from __future__ import annotations

import pytest

from bot.knowledge.addresses import malformed

from .folder import Folder


def said(shop: Folder) -> list[str]:
    return [line.removeprefix("shop/articles/en/") for line in shop.checked("warning")]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://harebell", "the end of the name, as in .com, is missing"),
        ("https://http://x.example/", "the beginning stands there twice"),
        ("https://https://x.example/", "the beginning stands there twice"),
        ("https://x..example/", "that is no web address"),
        ("https://x.example:port/", "that is no web address"),
        ("https://[::1", "that is no web address"),
        ("https://x_.example,com/", "that is no web address"),
        ("http://192.168.1.10/shop", "only your own network can reach it"),
        ("https://localhost:8080/", "only your own network can reach it"),
        ("https://intranet.local/", "only your own network can reach it"),
        ("mailto:help@shop", "that is no e-mail address"),
        ("mailto:help.shop.example", "that is no e-mail address"),
        ("tel:+371-shop", "that is no telephone number"),
        ("tel:+3712000000000000", "that is no telephone number"),
    ],
)
def test_addresses_that_lead_nowhere(address: str, why: str) -> None:
    """Said without asking any server."""
    assert malformed(address) == why


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example", "https://x.example:8443/a?b=https://y.example#c", "https://m.x.example/",
        "https://пример.рф/заказ", "https://xn--e1afmkfd.xn--p1ai/", "https://8.8.8.8/",
        "https://x.example/redirect/https://y.example", "https://user@x.example/",
        "mailto:help@shop.example", "mailto:a.b+c@shop.co.uk?subject=Hi", "tel:+37120000000",
        "tel:+371 20 00-00(00)", "tel:112", "https://{shop}/{order}",
    ],
)  # fmt: skip
def test_addresses_that_may_well_be_right(address: str) -> None:
    """No false alarm about what is unusual but sound."""
    assert malformed(address) == ""


def test_links_are_looked_at_wherever_they_stand(shop: Folder) -> None:
    """In the text, written out, and behind a button; each in its own line."""
    body = "See [this](https://harebell).\n\nOr http://x.example/a,\nor mail help@harebell"
    body += "\nor call +371 2000 0000 0000 0000, not +371 2000 0000; 3@5 to @harebell"
    shop.article("tents", "buttons:\n  - {text: Go, url: 'http://x.example/b'}", body=body)
    assert [line.split(". Do")[0] for line in said(shop)] == [
        "tents.md:6: the link http://x.example/b is not encrypted",
        "tents.md:8: https://harebell leads nowhere: the end of the name, as in .com, is missing",
        "tents.md:10: the link http://x.example/a is not encrypted",
        "tents.md:11: help@harebell leads nowhere: that is no e-mail address",
        "tents.md:12: +371 2000 0000 0000 0000 leads nowhere: that is no telephone number",
    ]


def test_a_name_that_is_nearly_the_usual_one(shop: Folder) -> None:
    """What stands everywhere is right; the one place with a letter less is not. Sister shops and
    sub-domains are meant."""
    shop.article("all", body="\n".join(f"https://harebell.example/{n}" for n in range(9)))
    shop.article("typo", body="Mail help@harebel.example, see https://en.harebell.example/x")
    shop.article("sister", body="See https://harebell.test/x and https://marble.example/x")
    assert said(shop) == [
        "typo.md:7: help@harebel.example is nearly harebell.example, which stands everywhere "
        'else. Do: write "harebell.example" if that is meant.'
    ]


def test_links_that_hide_where_they_lead(shop: Folder) -> None:
    """No words at all, or the address of another house."""
    body = (
        "[](https://x.example/a)\n\n[https://x.example](https://y.example/)\n\n"
        "[www.x.example](https://x.example/b) [https://x.example/c](https://www.x.example/d)"
    )
    shop.article("tents", body=body)
    assert [line.split(". Do")[0] for line in said(shop)] == [
        "tents.md:7: the link to https://x.example/a has no words, so nobody sees it",
        "tents.md:9: the link says https://x.example but leads to https://y.example/",
    ]


def test_buttons_that_are_one_too_many(shop: Folder) -> None:
    """The same label twice, the same end twice, and a way back to where one is."""
    shop.article(
        "tents",
        "see_also: [tents, returns, returns]\nbuttons:\n"
        "  - {text: Go, url: 'https://x.example/a'}\n"
        "  - {text: go, url: 'https://x.example/b'}\n"
        "  - {text: Or go, url: 'https://x.example/a'}\n"
        "  - {text: Back, article: tents}",
    )
    assert [line.split(". Do")[0] for line in said(shop)] == [
        "tents.md:5: it leads to itself",
        'tents.md:5: "returns" stands twice in "see_also"',
        "tents.md:8: two buttons are both called “go”",
        "tents.md:9: “Or go” leads where another button leads already",
        "tents.md:10: it leads to itself",
    ]
