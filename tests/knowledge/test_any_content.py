"""Whatever bytes a file holds, reading it ends in a value or in faults, never in a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.articles import parse_article
from bot.knowledge.faults import Broken, Parsed
from bot.knowledge.follow_ups import parse_follow_up
from bot.knowledge.phrases import parse_phrases
from bot.knowledge.policy import parse_policy

PIECES = (
    *("---\n", "\n", "  ", "- ", ": ", '"', "'", "[", "]", "{", "}", ", ", "#", "|", ">", "&a "),
    *("*a ", "!x ", "?", "\t", "\r", "\x00", "\ufeff", "<b>", "](", "javascript:", "## en\n"),
    *("title", "questions", "buttons", "see_also", "valid_until", "handoff", "delay", "after"),
    *("say", "hear", "rating", "precision", "follow_up_hours", "text", "url", "id", "ж", "1e9"),
)
READERS: tuple[Callable[[bytes], Parsed[object]], ...] = (
    lambda content: parse_article(content, "kb/articles/en/x.md", "en"),
    lambda content: parse_follow_up(content, "kb/follow_ups/x.md"),
    lambda content: parse_phrases(content, "kb/phrases/en.yaml", "en"),
    lambda content: parse_policy(content, "kb/policy.yaml"),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join).map(str.encode) | st.binary())
def test_any_content_is_read_or_refused(content: bytes) -> None:
    """Each reader, on the bytes alone and inside a head."""
    for reader in READERS:
        for whole in (content, b"---\n" + content + b"\n---\nText"):
            with suppress(Broken):
                parsed = reader(whole)
                assert parsed.value is not None or parsed.faults
                assert all(fault.what and fault.what_to_do for fault in parsed.faults)
