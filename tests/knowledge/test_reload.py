"""A folder that changes while the bot is running."""

from __future__ import annotations

from datetime import date

import pytest
import structlog

from bot.domain import Article
from bot.knowledge import sources
from bot.knowledge.articles import parse_article
from bot.knowledge.base import KnowledgeBaseMissing
from bot.knowledge.faults import Parsed
from bot.mind import log_faults

from .folder import WORDS, Folder


def test_a_change_is_served_and_a_deleted_file_is_gone(shop: Folder) -> None:
    """The next load has the new text, the new file, and not the deleted one."""
    doomed = shop.article("doomed")
    before = shop.load()
    shop.article("returns", body="Within **60 days**.")
    shop.article("added")
    doomed.unlink()
    after = shop.load(before)
    assert sorted(id for _, id in after.articles) == ["added", "returns"]
    article = after.article("returns", "en")
    assert article and article.body == "Within **60 days**."
    assert after.fingerprint != before.fingerprint
    assert before.article("doomed", "en"), "the old value still stands for those who hold it"


def test_a_file_broken_on_reload_keeps_its_last_good_copy(shop: Folder) -> None:
    """Customers go on getting the old answer; the admin gets file and line."""
    good = shop.load()
    shop.write("articles/en/returns.md", "---\ntitle: New\nhandof: always\n---\nNew text.")
    broken = shop.load(good)
    assert broken.articles == good.articles
    assert broken.fingerprint == good.fingerprint
    assert str(broken.faults[0]).startswith('shop/articles/en/returns.md:3: "handof" means')
    again = shop.load(broken)
    assert again.articles == good.articles and again.faults == broken.faults
    shop.write("articles/en/returns.md", "---\ntitle: New\n---\nNew text.")
    mended = shop.load(again)
    article = mended.article("returns", "en")
    assert mended.faults == () and article and article.title == "New"


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"---\ntitle: [[[[\n---\n", b"x" * 300_000]
)
@pytest.mark.parametrize("name", ["articles/en/returns.md", "phrases/en.yaml", "policy.yaml"])
def test_no_wreck_of_a_file_takes_the_good_copy_away(
    shop: Folder, name: str, content: bytes
) -> None:
    """Whatever is saved over a good article, phrases file or policy, the good copy stays."""
    shop.write("policy.yaml", "precision: 0.8\n")
    good = shop.load()
    shop.write(name, content)
    after = shop.load(good)
    if content or name == "articles/en/returns.md":
        assert (after.articles, after.phrases, after.policy) == (
            good.articles,
            good.phrases,
            good.policy,
        )
        assert after.faults[0].path == f"shop/{name}"


def test_a_file_turned_into_a_link_to_itself_keeps_its_last_good_copy(shop: Folder) -> None:
    """So does one whose folder becomes a link; and both are read anew once they are files again."""
    shop.article("deep/inside")
    good = shop.load()
    path = shop.path / "articles/en/returns.md"
    path.unlink()
    path.symlink_to(path)
    (shop.path / "articles/en/deep").rename(shop.path / "aside")
    (shop.path / "articles/en/deep").symlink_to(shop.path / "aside")
    kept = shop.load(good)
    assert kept.articles == good.articles and len(kept.faults) == 2
    path.unlink()
    (shop.path / "articles/en/deep").unlink()
    shop.article("returns", body="Anew.")
    anew = shop.load(shop.load(kept))
    assert [(id, article.body) for (_, id), article in anew.articles.items()] == [
        ("returns", "Anew.")
    ]


def test_only_changed_files_are_parsed_again(shop: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload after one edit parses one file."""
    shop.article("other")
    before = shop.load()
    parsed = []

    def spy(content: bytes, path: str, language: str) -> Parsed[Article]:
        parsed.append(path)
        return parse_article(content, path, language)

    monkeypatch.setattr(sources, "parse_article", spy)
    shop.article("other", body="Changed.")
    shop.load(before)
    assert parsed == ["shop/articles/en/other.md"]


def test_a_touched_file_changes_no_fingerprint(shop: Folder) -> None:
    """Saving without a change rebuilds no index."""
    before = shop.load()
    shop.article("returns")
    assert shop.load(before).fingerprint == before.fingerprint


def test_an_article_is_gone_the_day_after_it_was_last_valid(shop: Folder) -> None:
    """The last day counts; then it is expired, and the fingerprint tells."""
    shop.article("sale", "valid_until: 2026-11-30")
    last = shop.load(today=date(2026, 11, 30))
    assert last.article("sale", "en") and not last.expired
    over = shop.load(last, today=date(2026, 12, 1))
    assert over.article("sale", "en") is None and over.languages_of("sale") == ()
    assert [article.id for article in over.expired] == ["sale"]
    assert over.fingerprint != last.fingerprint


def test_a_folder_that_went_away_raises_and_leaves_the_old_value_usable(shop: Folder) -> None:
    """An unmounted volume must not empty the bot's head."""
    good = shop.load()
    shop.path.rename(shop.path.with_name("elsewhere"))
    with pytest.raises(KnowledgeBaseMissing):
        shop.load(good)
    assert good.article("returns", "en")


def test_languages_topics_and_lookups(shop: Folder) -> None:
    """What the engine asks: which languages, which topics, which articles of a topic."""
    shop.article("returns", "tags: [returns]")
    shop.article("lost", "tags: [delivery]")
    shop.article("lost", "tags: [delivery]", language="lv")
    shop.article("alone", "tags: [other]", language="ar")
    shop.write("phrases/en.yaml", WORDS + "  topic_returns: Returns\n  topic_delivery: Delivery\n")
    shop.write("phrases/lv.yaml", "say:\n  topic_delivery: Piegāde\nhear:\n  yes: [jā, ja]\n")
    kb = shop.load()
    assert kb.languages == ("en", "ar", "lv")
    assert kb.languages_of("lost") == ("en", "lv") and kb.languages_of("nothing") == ()
    assert kb.topics("en") == (("returns", "Returns"), ("delivery", "Delivery"))
    assert kb.topics("lv") == (("delivery", "Piegāde"),)
    assert [article.id for article in kb.articles_in("en", "delivery")] == ["lost"]
    assert kb.hears("lv", "yes") == ("jā", "ja") and kb.hears("lv", "no") == ()
    assert kb.article("../lost", "en") is None


def test_a_policy_that_was_never_good_is_lost(shop: Folder) -> None:
    """The defaults stand in, which must not go unnoticed; a good one from before is not lost, nor
    is one that was never written."""
    assert not shop.load().has_lost_policy
    shop.write("policy.yaml", "precision: 0.8\n")
    good = shop.load()
    shop.write("policy.yaml", "precision: very\n")
    assert not shop.load(good).has_lost_policy
    restarted = shop.load()
    assert restarted.has_lost_policy
    with structlog.testing.capture_logs() as said:
        log_faults(restarted)
    assert [line["event"] for line in said if line["log_level"] == "error"] == ["policy_lost"]
