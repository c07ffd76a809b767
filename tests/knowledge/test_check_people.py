"""What the policy says about who gets a person, and who may settle a complaint, and cannot mean."""

from __future__ import annotations

from textwrap import dedent

import pytest

from bot.commands.kb_check import faults_of
from bot.knowledge.faults import Fault

from .folder import Folder

USUAL = """
    people:
      topics: [danger]
      words: {en: [data-breach]}
    complaints:
      topics: [complaint]
      due: {normal: 3d, high: 1d}
      remind_before: 4h
      causes: {late: Late delivery}
      roles:
        agent: {limit: 20}
        supervisor: {limit: 200, people: [U024BE7LH]}
"""


@pytest.fixture
def _complaints(shop: Folder) -> None:
    shop.article("complain", "tags: [people, complaint]")
    shop.article("recall", "tags: [danger]")


def _said(shop: Folder, policy: str) -> list[Fault]:
    shop.write("policy.yaml", dedent(policy).lstrip())
    return [each for each in faults_of(shop.load()) if each.path == "shop/policy.yaml"]


@pytest.mark.usefixtures("_complaints")
def test_a_usual_one_is_not_remarked_upon(shop: Folder) -> None:
    """Nor is one that leaves all this to the defaults."""
    assert _said(shop, USUAL) == []
    assert _said(shop, "burst: 2s") == []


@pytest.mark.usefixtures("_complaints")
@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("[danger]", "[dagner]", 2, 'no article has the tag "dagner". Do: write "danger"'),
        ("[complaint]", "[complaints]", 5, 'no article has the tag "complaints"'),
        ("{en: [", "{xx: [", 3, 'there are no articles in the language "xx"'),
        ("4h", "1d", 7, '"remind_before" is as long as "due: high", so its reminder comes at once'),
        ("high: 1d", "high: 5d", 6, "a high severity has more time than a normal one"),
        ("{late: Late delivery}", "{}", 8, "there are no causes"),
        ("limit: 200", "limit: 10", 11, "a supervisor may give 10, less than an agent (20)"),
        ("U024BE7LH", "Anna", 11, '"Anna" is no Slack member ID. Do: copy it from the person'),
    ],
)
def test_what_can_hardly_be_meant(shop: Folder, old: str, new: str, line: int, words: str) -> None:
    """It is obeyed; whoever wrote it is told what comes of it, and in which line."""
    (warning,) = _said(shop, USUAL.replace(old, new))
    assert (warning.level, warning.line) == ("warning", line)
    assert words in str(warning)


@pytest.mark.usefixtures("_complaints")
@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "topics: [d",
            "upset: 0.3\n  offer: 0.3\n  topics: [d",
            2,
            "a person comes to many who are",
        ),
        ("topics: [d", "offer: 0\n  topics: [d", 2, "a person is offered to many who are calm"),
        ("normal: 3d", "normal: 0d", 6, 'with so short a "due: normal" a complaint is late'),
        ("remind", "assume_settled_after: 0s\n  remind", 7, "who do not answer within a day"),
        ("{limit: 20}", "{limit: 20, remedies: []}", 10, '"agent" has no remedies'),
        ("200,", "200, remedies: [],", 11, '"supervisor" has no remedies'),
    ],
)
def test_extremes_that_defeat_their_purpose(
    shop: Folder, old: str, new: str, line: int, words: str
) -> None:
    """A person for everybody, no time to settle or to answer, nothing to give: said, and obeyed."""
    policy = dedent(USUAL).replace(old, new)
    found = {(fault.level, fault.line) for fault in _said(shop, policy) if words in str(fault)}
    assert found == {("warning", line)}


@pytest.mark.usefixtures("_complaints")
def test_a_desk_without_a_supervisor(shop: Folder) -> None:
    """Nothing is wrong, and whoever sets a limit should know who can lift it."""
    (note,) = _said(shop, USUAL.replace("U024BE7LH", ""))
    assert (note.level, note.line) == ("note", 11)
    assert "no supervisor is named" in note.what


@pytest.mark.usefixtures("_complaints")
def test_words_that_no_pattern_can_be(shop: Folder) -> None:
    """They are patterns as in `hear`, and read as such."""
    (error,) = _said(shop, USUAL.replace("data-breach", '"***"'))
    assert (error.level, error.line) == ("error", 3)
    assert error.what.startswith("\"people.words.en\": '***' has a word without letters")
    assert ".." not in str(error)
