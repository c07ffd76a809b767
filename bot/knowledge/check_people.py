"""Who gets a person and who may settle a complaint, by `policy.yaml`: what may be written there and
comes to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.complaint_policy import Complaints
from bot.knowledge.faults import Fault, Level, nearest
from bot.knowledge.files import POLICY

UPSET, OFFER = 0.5, 0.3  # moods below which plain questions are taken for anger
SETTLING = timedelta(hours=1)  # nobody settles a complaint faster…
ANSWER = timedelta(days=1)  # …and who is asked whether it is settled sleeps first
SLACK_ID = re.compile(r"[UW][A-Z0-9]{6,}")


def check_people(kb: KnowledgeBase) -> Iterator[Fault]:
    """Tags that no article has, words nobody listens for, dates, limits and people that cannot be
    meant. What is not written in the file is left alone: its default suits."""
    yield from _topics(kb)
    yield from _words(kb)
    yield from _moods(kb)
    if _line(kb, "complaints") is not None:
        yield from _dates(kb, kb.policy.complaints)
        yield from _causes(kb, kb.policy.complaints)
        yield from _roles(kb, kb.policy.complaints)


def _topics(kb: KnowledgeBase) -> Iterator[Fault]:
    tags = {tag for article in (*kb.articles.values(), *kb.expired) for tag in article.tags}
    policy = kb.policy
    for section, topics in (
        ("people", policy.people.topics),
        ("complaints", policy.complaints.topics),
    ):
        if _line(kb, section, "topics") is None:
            continue
        for number, tag in enumerate(topics):
            if tag not in tags:
                what = f'no article has the tag "{tag}"'
                yield _fault(kb, what, nearest(tag, tags), section, "topics", number)


def _words(kb: KnowledgeBase) -> Iterator[Fault]:
    for code, words in kb.policy.people.words.items():
        where = ("people", "words", code)
        if code not in kb.languages:
            what = f'there are no articles in the language "{code}"'
            yield _fault(kb, what, nearest(code, kb.languages), *where)
        elif code not in kb.phrases and words:
            what = f'the words in "{code}" are never heard: the language has no phrases'
            yield _fault(kb, what, f"write phrases/{code}.yaml", *where)


def _moods(kb: KnowledgeBase) -> Iterator[Fault]:
    people = kb.policy.people
    if people.upset < UPSET:
        what = f'with "upset: {people.upset:g}" a person comes to many who are calm'
        yield _fault(kb, what, "write at least 0.5; 0.9 is usual", "people", "upset")
    if people.offer < OFFER:
        what = f'with "offer: {people.offer:g}" a person is offered to many who are calm'
        yield _fault(kb, what, "write at least 0.3; 0.6 is usual", "people", "offer")


def _dates(kb: KnowledgeBase, complaints: Complaints) -> Iterator[Fault]:
    if complaints.assume_settled_after < ANSWER:
        what = "customers who do not answer within a day are taken to agree that it is settled"
        do = "write a longer time, as in 7d"
        yield _fault(kb, what, do, "complaints", "assume_settled_after")
    for severity in ("normal", "high"):
        if complaints.due_after(severity) < SETTLING:
            what = f'with so short a "due: {severity}" a complaint is late as soon as it is made'
            yield _fault(kb, what, "write a longer time, as in 1d", "complaints", "due", severity)
        elif complaints.remind_before >= complaints.due_after(severity):
            what = f'"remind_before" is as long as "due: {severity}", so its reminder comes at once'
            yield _fault(kb, what, "write a shorter time, as in 4h", "complaints", "remind_before")
    if complaints.due.high > complaints.due.normal:
        what = "a high severity has more time than a normal one"
        yield _fault(kb, what, "give it less", "complaints", "due")


def _causes(kb: KnowledgeBase, complaints: Complaints) -> Iterator[Fault]:
    if not complaints.causes:
        what = "there are no causes, so nobody will see the same mistake come back"
        do = "list what goes wrong below causes:, as in late: Late delivery"
        yield _fault(kb, what, do, "complaints", "causes")


def _roles(kb: KnowledgeBase, complaints: Complaints) -> Iterator[Fault]:
    agent, supervisor = complaints.roles.agent, complaints.roles.supervisor
    where = ("complaints", "roles", "supervisor")
    if supervisor.limit < agent.limit:
        what = f"a supervisor may give {supervisor.limit}, less than an agent ({agent.limit})"
        yield _fault(kb, what, "raise the supervisor's limit", *where, "limit")
    for name, role in (("agent", agent), ("supervisor", supervisor)):
        if not role.remedies:
            what = f'"{name}" has no remedies, so that there is nothing they may give'
            do = "list some, as in remedies: [apology, coupon], or leave the line out for all"
            yield _fault(kb, what, do, *where[:2], name, "remedies")
    for number, person in enumerate(supervisor.people):
        if not SLACK_ID.fullmatch(person):
            what = f'"{person}" is no Slack member ID'
            do = "copy it from the person's profile in Slack; it begins with U or W"
            yield _fault(kb, what, do, *where, "people", number)
    if not supervisor.people:
        what = "no supervisor is named, so nothing above an agent's limit can be approved"
        do = "write the Slack member IDs of those who decide, as in people: [U024BE7LH]"
        yield _fault(kb, what, do, *where, "people", level="note")


def _line(kb: KnowledgeBase, *where: str | int) -> int | None:
    return kb.line(f"{kb.folder}/{POLICY}", *where)


def _fault(
    kb: KnowledgeBase, what: str, do: str, *where: str | int, level: Level = "warning"
) -> Fault:
    """At the line of the value, or of the nearest thing around it that is written."""
    reach = range(len(where), 0, -1)
    line = next((at for end in reach if (at := _line(kb, *where[:end])) is not None), None)
    return Fault(f"{kb.folder}/{POLICY}", line, what, do, level)
