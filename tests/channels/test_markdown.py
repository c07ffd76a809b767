"""What articles, agents and customers write, as Telegram and Slack show it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.channels.markdown import (
    from_slack,
    literal_slack,
    literal_telegram,
    to_plain,
    to_slack,
    to_telegram,
)
from bot.channels.markdown import slack as markdown_slack
from bot.channels.markdown import telegram as markdown_telegram
from bot.channels.markdown.spans import clean, read, text_of

J, B = "\u2060", "\u200b"  # takes a word border away; makes one

# --- readable examples ---------------------------------------------------------------------------

MARKDOWN = [
    # Markdown → Telegram → Slack
    ("**30 days**", "<b>30 days</b>", "*30 days*"),
    ("*soon*", "<i>soon</i>", "_soon_"),
    ("~~old~~", "<s>old</s>", "~old~"),
    ("`HB-1`", "<code>HB-1</code>", "`HB-1`"),
    ("***both***", "<b><i>both</i></b>", "*_both_*"),
    ("**a *b***", "<b>a <i>b</i></b>", "*a _b_*"),
    ("in**side**r", "in<b>side</b>r", f"in{B}*side*{B}r"),
    ("**Note:** do", "<b>Note:</b> do", "*Note:* do"),
    ("(**sic**).", "(<b>sic</b>).", "(*sic*)."),
    ("# Returns", "<b>Returns</b>", "*Returns*"),
    ("# Use `x`", "<b>Use </b><code>x</code>", "*Use `x`*"),
    ("one\ntwo", "one two", "one two"),
    ("one  \ntwo", "one\ntwo", "one\ntwo"),
    ("**one  \ntwo**", "<b>one\ntwo</b>", "*one*\n*two*"),
    ("one\n\ntwo", "one\n\ntwo", "one\n\ntwo"),
    ("- a\n- b", "• a\n• b", "• a\n• b"),
    ("3. a\n4. b", "3. a\n4. b", "3. a\n4. b"),
    ("- a\n  - b\n    1. c", "• a\n    • b\n        1. c", "• a\n    • b\n        1. c"),
    ("- a\n\n  b", "• a\n\n    b", "• a\n\n    b"),
    ("> a\n>\n> b", "<blockquote>a\n\nb</blockquote>", "> a\n> \n> b"),
    ("```py\na < b\n\nc\n```", "<pre>a &lt; b\n\nc</pre>", "```\na &lt; b\n\nc\n```"),
    ("- a\n  ```\n  b\n  ```", "• a\n<pre>b</pre>", "• a\n```\nb\n```"),
    ("---", "———", "———"),
    ("[site](https://a.b/?x=1&y=2)", '<a href="https://a.b/?x=1&amp;y=2">site</a>',
     "<https://a.b/?x=1&amp;y=2|site>"),
    ("[**a** b](https://a.b)", '<a href="https://a.b"><b>a</b> b</a>',
     "*<https://a.b|a>* <https://a.b|b>"),
    ("[`a`](https://a.b)", '<a href="https://a.b">a</a>', "<https://a.b|a>"),
    (r"[a|b \<\>](https://a.b)", '<a href="https://a.b">a|b &lt;&gt;</a>',
     "<https://a.b|a¦b &lt;&gt;>"),
    ("![tent](https://a.b/c.png)", '<a href="https://a.b/c.png">tent</a>',
     "<https://a.b/c.png|tent>"),
    ("![](https://a.b/c.png)", '<a href="https://a.b/c.png">https://a.b/c.png</a>',
     "<https://a.b/c.png|https://a.b/c.png>"),
    ("[write](mailto:a@b.c)", "write (a@b.c)", "<mailto:a@b.c|write>"),
    ("<a@b.c>", "a@b.c", "<mailto:a@b.c|a@b.c>"),
    ("[call](tel:+371)", "call (+371)", "<tel:+371|call>"),
    ("[x](javascript:a)", "[x](javascript:a)", "[x](javascript:a)"),
    ("[x](tg://user?id=1)", "x (tg://user?id=1)", "x (tg://user?id=1)"),
    ("[x](other.md)", "x (other.md)", "x (other.md)"),
    ("[x](http://localhost:1)", "x (http://localhost:1)", "<http://localhost:1|x>"),
    ("<b>hi</b> &amp; bye", "&lt;b&gt;hi&lt;/b&gt; &amp; bye", "&lt;b&gt;hi&lt;/b&gt; &amp; bye"),
    ('"q" \'s\'', "&quot;q&quot; 's'", "\"q\" 's'"),
    ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;", "&lt;!channel&gt; &lt;@U1&gt;"),
    ("@here @anna", "@here @anna", f"@{J}here @anna"),
    (":smile: 10:30:45", ":smile: 10:30:45", f":{J}smile: 10:30:45"),
    (r"\*star\* 5 * 3 a_b", "*star* 5 * 3 a_b", f"{J}*star*{J} 5 * 3 a_b"),
    ("``a`b``", "<code>a`b</code>", f"a{J}`{J}b"),
    ("    `````", "<pre>`````</pre>", f"```\n`{J}`{J}`{J}``\n```"),
    ("", None, None),
    ("<!-- -->\u200b", "&lt;!-- --&gt;", "&lt;!-- --&gt;"),
    ("\u200b \n\u2060", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("markdown", "telegram", "slack"), MARKDOWN)
def test_markdown_on_each_platform(markdown: str, telegram: str | None, slack: str | None) -> None:
    """An article's Markdown becomes what each platform shows best, and nothing it refuses."""
    shown = [part.rstrip("\u200b") for part in to_telegram(markdown)]
    assert shown == ([] if telegram is None else [telegram])
    shown = [part.rstrip("\u200b") for part in to_slack(markdown)]
    assert shown == ([] if slack is None else [slack])


LITERAL = [
    # typed → Telegram → Slack
    (".-_*[]()<&>", ".-_*[]()&lt;&amp;&gt;", f".-{J}_{J}*{J}[]()&lt;&amp;&gt;"),
    ("**no** _no_", "**no** _no_", f"{J}*{J}*no*{J}*{J} {J}_no_{J}"),
    ("> 5 kg", "&gt; 5 kg", f"{J}&gt; 5 kg"),
    ("# 1", "# 1", "# 1"),
    ("a\n  b\tc", "a\n  b\tc", "a\n  b\tc"),
    ("a\r\nb", "a\nb", "a\nb"),
    ("```x```", "```x```", f"{J}`{J}`{J}`{J}x{J}`{J}`{J}`{J}"),
    ("<http://evil|bank>", "&lt;http://evil|bank&gt;", "&lt;http://evil|bank&gt;"),
    ("https://a.b/_c_/*", "https://a.b/_c_/*", "https://a.b/_c_/*"),
    ("&lt; &#60;", "&amp;lt; &amp;#60;", "&amp;lt; &amp;#60;"),
    ("one\x00\x1b[1m two", "one[1m two", "one[1m two"),
    ("\ud83d\ude00 \ud83d", "😀 \ufffd", "😀 \ufffd"),
    ("  \n", None, None),
]


@pytest.mark.parametrize(("typed", "telegram", "slack"), LITERAL)
def test_literal_text_on_each_platform(typed: str, telegram: str | None, slack: str | None) -> None:
    """What people type is shown as they typed it; it formats, links and mentions nothing."""
    assert literal_telegram(typed) == ([] if telegram is None else [telegram])
    assert literal_slack(typed) == ([] if slack is None else [slack])


NAMES = {"U1": "Anna Berzina", "C9": "lobby", "S1": "desk", ":wave:": "👋"}
FROM_SLACK = [
    # text of the event → what the person meant
    ("a &lt; b &amp; c &gt; d", "a < b & c > d"),
    ("&amp;lt;", "&lt;"),
    ("<https://a.b/?x=1&amp;y=2>", "https://a.b/?x=1&y=2"),
    ("<https://a.b|our site>", "our site (https://a.b)"),
    ("<http://a.b|a.b>", "a.b"),
    ("<https://a.b/|https://a.b>", "https://a.b"),
    ("<mailto:a@b.c|a@b.c>", "a@b.c"),
    ("<mailto:a@b.c|Anna>", "Anna (a@b.c)"),
    ("<tel:+371|+371>", "+371"),
    ("<@U1> <@U2> <@U2|bob>", "@Anna Berzina @U2 @bob"),
    ("<#C1|general> <#C9> <#C9|> <#C3>", "#general #lobby #lobby #C3"),
    ("<!here> <!channel|@channel>", "@here @channel"),
    ("<!subteam^S1> <!subteam^S2|@night>", "@desk @night"),
    ("<!date^1392734382^{date}|18 Feb> <!date^139^{date}^soon>", "18 Feb soon"),
    (":wave: :unknown: 10:30", "👋 :unknown: 10:30"),
    ("*as* _typed_ `here`", "*as* _typed_ `here`"),
    ("<odd>", "<odd>"),
]


@pytest.mark.parametrize(("event_text", "meant"), FROM_SLACK)
def test_what_people_type_in_slack(event_text: str, meant: str) -> None:
    """A Slack event's text comes back as what its author saw while typing."""
    assert from_slack(event_text, NAMES) == meant


def test_a_table_keeps_its_columns() -> None:
    """A table is shown in a font in which its columns stand below each other."""
    table = "| Size | cm |\n|:--|--:|\n| S | [40–45](https://a.b) |\n| 大 | 5 |"
    lines = ["Size                   cm", "────  ───────────────────"]
    lines += ["S     40–45 (https://a.b)", "大                      5"]
    assert to_telegram(table) == ["<pre>" + "\n".join(lines) + "</pre>"]
    assert to_slack(table) == ["```\n" + "\n".join(lines) + "\n```"]


def test_plain_text_has_no_marks() -> None:
    """A terminal gets words and addresses."""
    source = (
        "# Hi\n\n**Read** [this](https://a.b), or [write](mailto:c@d.e): <https://f.g>\n\n- `x`"
    )
    assert to_plain(source) == "Hi\n\nRead this (https://a.b), or write (c@d.e): https://f.g\n\n• x"


# --- splitting -----------------------------------------------------------------------------------


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("word", ["tent ", "палатка ", "⛺️🏕️ ", "x", "👨‍👩‍👧‍👦", "🇱🇻", "ё\u0301"])
def test_ten_thousand_characters_are_split(word: str) -> None:
    """A long text goes out in parts the platforms accept, counted as they count."""
    text = (word * (10_000 // len(word))).strip()
    for parts, limit in ((literal_telegram(text), 4000), (literal_slack(text), 3000)):
        assert len(parts) > 1
        assert all(utf16(part) <= limit for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())
        assert not any(part.startswith(("\u200d", "\ufe0f", "\u0301")) for part in parts)
        assert not any(part.endswith("\u200d") for part in parts)
    if word == "🇱🇻":
        assert all(len(part) % 2 == 0 for part in literal_telegram(text))


SPLITS = [
    # why, source, where the first part of at most 100 ends, how the second begins
    ("paragraph", "One. " * 12 + "End.\n\nNew\nline. " + "Word " * 30, "End.", "New"),
    ("line", "One. " * 12 + "End  \nNew line. " + "Word " * 30, "End", "New"),
    ("sentence", "word " * 14 + "ends. New " + "word " * 30, "ends.", "New"),
    ("word", "word " * 14 + "end " + "x" * 90, "end", "xxx"),
    ("anywhere", "end " + "x" * 200, "xxx", "xxx"),
]


@pytest.mark.parametrize(("why", "source", "end", "start"), SPLITS, ids=[row[0] for row in SPLITS])
def test_cuts_are_made_where_a_reader_would_pause(
    why: str, source: str, end: str, start: str
) -> None:
    """A part ends with a paragraph if it can, else with a line, a sentence, a word."""
    first, second, *_ = to_telegram(source, 100)
    assert first.endswith(end)
    assert second.startswith(start)
    assert len(first) > 50


def test_formatting_goes_on_in_the_next_part() -> None:
    """What is cut inside bold, a link, a quotation or code continues as such."""
    words = "word " * 30
    assert [p[:3] + p[-4:] for p in to_telegram(f"**{words.strip()}**", 100)] == ["<b></b>"] * 2
    quote = to_telegram("> " + words, 100)
    assert all(p.startswith("<blockquote>") and p.endswith("</blockquote>") for p in quote)
    code = to_slack("```\n" + "  line\n" * 30 + "```", 100)
    assert len(code) > 2
    assert all(p.startswith("```\n  line\n") and p.endswith("  line\n```") for p in code)
    links = to_slack(f"[{words.strip()}](https://a.b)", 100)
    assert len(links) > 1
    assert all(p.startswith("<https://a.b|word") and p.endswith(">") for p in links)


def test_no_link_is_lost_to_telegrams_limit_of_entities() -> None:
    """Telegram drops the formatting after the hundredth entity, so there are never more."""
    parts = to_telegram("\n".join(f"- [{n}](https://a.b/{n})" for n in range(150)))
    assert [part.count("<a ") for part in parts] == [100, 50]


def test_an_address_too_long_for_a_part_is_shown() -> None:
    """A link that would not fit beside its label becomes text, which can be split."""
    address = "https://a.b/" + "c" * 300
    for parts in (to_telegram(f"[x]({address})", 100), to_slack(f"[x]({address})", 100)):
        assert "".join("".join(parts).split()) == f"x({address})"


def test_a_limit_nothing_fits_is_refused() -> None:
    """A limit under 100 is a mistake, and says so."""
    with pytest.raises(ValueError, match="limit is 9: a message part needs at least 100"):
        to_slack("hello", 9)


@pytest.mark.parametrize(
    "piece", [" ", "\n", "*", "_ ", "`", "> ", "😀", "<", '!"', "[", ":a", "a.", "x"]
)
def test_a_flood_costs_little(piece: str) -> None:
    """A customer who pastes 50,000 signs keeps nobody else waiting."""
    started = time.process_time()
    literal_telegram(piece * 50_000)
    literal_slack("a" + piece * 50_000 + "b")
    literal_slack(":" + piece * 50_000)
    assert time.process_time() - started < 10


# --- anything at all -----------------------------------------------------------------------------

PIECES = [
    "**", "*", "_", "__", "~~", "~", "`", "``", "```", "\n", "\n\n", "  \n", " ", "    ", "> ",
    "- ", "1. ", "# ", "---\n", "|", "\n| a | b |\n|---|:-:|\n| c | d |\n", "[", "](", ")", "!",
    "https://a.b/?c=d&e=f", "<https://a.b>", "mailto:a@b.c", "javascript:x", "tg://x", "<b>",
    "</b>", "<!channel>", "<@U1>", "@here", ":smile:", "&amp;", "&", "<", ">", '"', "\\", "word",
    "Привет", "ё\u0301", "😀", "👨‍👩‍👧", "🇱🇻", "[x](https://a.b)", "![y](https://a.b/c)", "9. ",
    ".", "\u2060",
]  # fmt: skip
markdowns = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=80).map("".join)
texts = markdowns | st.text()
limits = st.integers(100, 400)
anything = settings(deadline=None, max_examples=150)

TAG = re.compile(r'<(/?)(b|i|u|s|code|pre|blockquote|a)( href="(?:https?)://[^<>"]+")?>')


def telegram_text(html: str) -> str:
    """What Telegram shows, if it is as strict as its documentation."""
    visible: list[str] = []
    opened: list[str] = []
    for piece in re.split(r"(<[^>]*>|&[^;]*;)", html):
        if piece.startswith("<"):
            tag = TAG.fullmatch(piece)
            assert tag, f"not a tag Telegram knows: {piece}"
            closing, name, href = tag.groups()
            assert bool(href) == (name == "a" and not closing)
            if closing:
                assert opened.pop() == name
            else:
                assert not {"code", "pre", name} & set(opened)
                opened.append(name)
        elif piece.startswith("&"):
            visible.append({"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}[piece])
        else:
            assert not set(piece) & set('<>&"')
            visible.append(piece)
    assert not opened
    return "".join(visible)


def slack_text(mrkdwn: str) -> str:
    """What Slack shows, formatting marks included; only links may stand in angle brackets."""
    shown = re.sub(r"<(?:https?|mailto|tel):[^<>|]+\|([^<>|]+)>", r"\1", mrkdwn)
    assert not set(shown) & set("<") and not re.search(r"&(?!amp;|lt;|gt;)", shown)
    assert all(at == 0 or shown[at - 1] == "\n" for at, c in enumerate(shown) if c == ">")
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def squeezed(text: str) -> str:
    """Without white space and what is not seen."""
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@anything
@given(texts, limits)
@example("*" * 2000 + "a" + "*" * 2000, 100)
@example(">" * 200 + " deep", 100)
@example("[" * 300 + "x" + "](https://a.b)" * 300, 100)
def test_any_markdown_is_valid_and_complete_on_telegram(markdown: str, limit: int) -> None:
    """Whatever stands in an article, Telegram accepts every part and no text is lost."""
    parts = [telegram_text(part) for part in to_telegram(markdown, limit)]
    assert all(0 < utf16(part) <= limit for part in parts)
    shown = text_of(read(markdown, partial(markdown_telegram.linkable, limit)))
    assert squeezed("".join(parts)) == squeezed(shown)


@anything
@given(texts, limits)
@example("*" * 2000 + "a" + "*" * 2000, 100)
@example("`" * 150 + "\n" + "_" * 150, 100)
def test_any_markdown_is_inert_and_complete_on_slack(markdown: str, limit: int) -> None:
    """Whatever stands in an article, Slack gets only our own links, and no text is lost."""
    parts = to_slack(markdown, limit)
    assert all(0 < utf16(part) <= limit for part in parts)
    shown = text_of(read(markdown, partial(markdown_slack.linkable, limit)))
    assert letters("".join(map(slack_text, parts))) == letters(shown)


@anything
@given(texts)
def test_nothing_written_in_markdown_disappears(markdown: str) -> None:
    """Every letter a browser would show is there, in the same order."""
    page = _Page()
    page.feed(MarkdownIt("commonmark", {"html": False}).enable("table").render(clean(markdown)))
    ours = iter(letters(to_plain(markdown)))
    assert all(letter in ours for letter in letters("".join(page.text)))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@anything
@given(texts, limits)
@pytest.mark.parametrize("platform", ["telegram", "slack"])
def test_any_literal_text_is_shown_exactly(platform: str, text: str, limit: int) -> None:
    """Agents' and customers' words arrive unchanged; at a cut only the white space goes."""
    show: Callable[[str, int], list[str]]
    show, undo = (
        (literal_telegram, telegram_text) if platform == "telegram" else (literal_slack, unjoined)
    )
    rest = clean(text) if platform == "telegram" else clean(text).replace(J, "")
    for part in show(text, limit):
        assert utf16(undo(part)) <= limit
        before, found, rest = rest.partition(undo(part))
        assert found
        assert not squeezed(before)
    assert not squeezed(rest)


def unjoined(mrkdwn: str) -> str:
    assert "<" not in mrkdwn
    assert ">" not in mrkdwn
    return slack_text(mrkdwn).replace(J, "")


@anything
@given(st.lists(st.sampled_from(["*", "_", "~", "`", " ", "\n", "a", "я", ".", "(", "<"])))
def test_no_literal_text_formats_by_accident(pieces: list[str]) -> None:
    """No mark of a customer's stands where Slack would begin to format."""
    for part in literal_slack("".join(pieces)):
        padded = f" {part} "
        for before, mark, after in zip(padded, padded[1:], padded[2:], strict=False):
            if mark in "*_~`" and not after.isspace():
                assert before.isalnum() or before == J
