"""The language in which the conversations of this folder are written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.dialogues.dialogue import parse
from tests.dialogues.grammar import BadLine
from tests.dialogues.shown import Shown, fits
from tests.dialogues.steps import (
    Blocks,
    Closes,
    Deletes,
    Directs,
    Edits,
    FileSent,
    FillsIn,
    OpensHome,
    Passes,
    Presses,
    Reacts,
    Replies,
    Says,
    Sees,
    SeesNothing,
    SeesTyping,
    Sends,
    SendsFiles,
    Step,
    Types,
    Uses,
)


def written(*lines: str) -> str:
    """A dialogue of these lines; the first stands in line 6."""
    return "\n".join(("# A title", "", "Why it is so.", "", "```", *lines, "```"))


def only(line: str) -> Step:
    """What one line means."""
    (step,) = parse(written(line)).steps
    return step


def sees(text: str) -> Sees:
    """What is expected of one message to Anna."""
    step = only(f"bot → Anna: {text}")
    assert isinstance(step, Sees)
    return step


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Jānis (Telegram, lv): Labdien!",
         Says(6, "", who="Jānis", about="Telegram, lv", text="Labdien!")),
        ("Maria in #1: // note: done", Says(6, "", who="Maria", place="#1", text="// note: done")),
        ("Eva (Slack, en) in the thread in #general: hi",
         Says(6, "", who="Eva", about="Slack, en", place="the thread in #general", text="hi")),
        ("Anna edits: hello", Edits(6, "", who="Anna", text="hello")),
        ("Eva deletes their message in #1", Deletes(6, "", who="Eva", place="#1")),
        ("Anna sends a voice message", Sends(6, "", who="Anna", kind="voice message")),
        ("Anna sends a picture: look", Sends(6, "", who="Anna", kind="picture", text="look")),
        ("Maria (desk) presses [Claim] on #12",
         Presses(6, "", who="Maria", about="desk", place="#12", label="Claim")),
        ("Anna in the group Hikers: @Frontdesk hi",
         Says(6, "", who="Anna", place="the group Hikers", text="@Frontdesk hi")),
        ("Anna replies in the group Hikers: yes",
         Replies(6, "", who="Anna", place="the group Hikers", text="yes")),
        ('Maria edits "Hi Ana…" to "Hi "Anna"" in #1',
         Edits(6, "", who="Maria", place="#1", which="Hi Ana…", text='Hi "Anna"')),
        ('Maria deletes "Hi…" in #1', Deletes(6, "", who="Maria", place="#1", which="Hi…")),
        ("Anna sends a.jpg (12 kB), b.PDF (1.5 MB, really exe): look",
         SendsFiles(6, "", who="Anna", text="look",
                    files=(FileSent("a.jpg", 12_000, "jpg"),
                           FileSent("b.PDF", 1_500_000, "exe")))),
        ("Maria (desk) sends map.png (3 B) in #1",
         SendsFiles(6, "", who="Maria", about="desk", place="#1",
                    files=(FileSent("map.png", 3, "png"),))),
        ("Maria presses [⋯ → Snooze] on #1",
         Presses(6, "", who="Maria", place="#1", label="⋯ → Snooze")),
        ("Maria presses [Claim] on #1 at home",
         Presses(6, "", who="Maria", place="#1 at home", label="Claim")),
        ("Maria presses [Refresh] at home",
         Presses(6, "", who="Maria", place="home", label="Refresh")),
        ("Maria presses [Send it] in the whisper",
         Presses(6, "", who="Maria", place="the whisper", label="Send it")),
        ("Anna presses [Write to me] in the group Hikers",
         Presses(6, "", who="Anna", place="the group Hikers", label="Write to me")),
        ("Maria (desk) reacts :eyes: on #1",
         Reacts(6, "", who="Maria", about="desk", place="#1", emoji="eyes")),
        ('Maria takes back :+1: on "Hi…" in #1',
         Reacts(6, "", who="Maria", place="#1", which="Hi…", emoji="+1", how="takes back")),
        ("Maria (desk) types /desk queue",
         Types(6, "", who="Maria", about="desk", text="/desk queue")),
        ("Maria types in #general: /desk find Anna",
         Types(6, "", who="Maria", place="#general", text="/desk find Anna")),
        ('Maria uses "Make an article" on "You can…" in #1',
         Uses(6, "", who="Maria", place="#1", label="Make an article", which="You can…")),
        ("Maria opens her home", OpensHome(6, "", who="Maria")),
        ("Anna sees the bot typing", SeesTyping(6, "", who="Anna")),
        ("card #1 in #desk-ru: …", Sees(6, "", view="card #1 in #desk-ru", text="…")),
        ("bot → Maria (direct): …", Sees(6, "", view="bot → Maria", text="…")),
        ("bot changes for Anna: …", Sees(6, "", view="bot changes for Anna", text="…")),
        ("bot deletes in #1: …", Sees(6, "", view="bot deletes in #1", text="…")),
        ("calendar file → Anna: …", Sees(6, "", view="calendar file → Anna", text="…")),
        ("file in #1: a.jpg (12 kB)", Sees(6, "", view="file in #1", text="a.jpg (12 kB)")),
        ("home of Maria: …", Sees(6, "", view="home of Maria", text="…")),
        ("+ 5 seconds", Passes(6, "", time=timedelta(seconds=5))),
        ("Maria fills in: kind = refund; amount = 20,50 ; reason = a = b",
         FillsIn(6, "", who="Maria", text="kind = refund; amount = 20,50 ; reason = a = b",
                 values=(("kind", "refund"), ("amount", "20,50"), ("reason", "a = b")))),
        ("Maria closes the form", Closes(6, "", who="Maria")),
        ("Anna unblocks the bot", Blocks(6, "", who="Anna", how="unblocks")),
        ("+ 90 minutes", Passes(6, "", time=timedelta(hours=1.5))),
        ("+ 1 day", Passes(6, "", time=timedelta(days=1))),
        ("(it rains)", Directs(6, "", text="it rains")),
        ("card #1: …Maria…", Sees(6, "", view="card #1", text="…Maria…")),
        ("only Maria sees: no", Sees(6, "", view="only Maria sees", text="no")),
        ("receipt in #1: hello", Sees(6, "", view="receipt in #1", text="hello")),
        ("Anna sees nothing new", SeesNothing(6, "", who="Anna")),
        ("nobody sees anything new", SeesNothing(6, "")),
    ],
)  # fmt: skip
def test_a_line_has_one_meaning(line: str, step: Step) -> None:
    """Every kind of line, as the grammar at the top of dialogue.py lists them."""
    found = only(line)
    fields = [name for name in step.__dataclass_fields__ if name != "source"]
    assert type(found) is type(step)
    assert [getattr(found, name) for name in fields] == [getattr(step, name) for name in fields]


def test_what_stands_outside_the_fences_is_for_people() -> None:
    """Prose may stand anywhere; title and reason are kept."""
    text = written("Anna (Slack, en): hi") + "\n\nA day later:\n\n```\n+ 1 day\n```\nThat is all.\n"
    dialogue = parse(text)
    assert (dialogue.title, dialogue.why) == ("A title", "Why it is so.")
    assert [type(step) for step in dialogue.steps] == [Says, Passes]


def test_an_indented_line_continues_the_one_above() -> None:
    """Long texts are wrapped; the last lines may be buttons."""
    step = only("bot → Anna: Shall I\n    bring somebody?\n    [Yes, please]\n    [No]")
    assert isinstance(step, Sees)
    assert step.text == "Shall I\nbring somebody?"
    assert step.buttons == ("Yes, please", "No")


def test_numbers_are_counted_out() -> None:
    """A long text need not stand in the file."""
    assert only("Maria in #1: {8 to 11}!").text == "8 9 10 11!"


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("All right.", "All right."),
        ("All right.", "All\n\nright."),
        ("…right…", "All right, Anna."),
        ("All … Anna.", "All right, Anna."),
        ("…", "anything"),
        ("a.c (1*) [x]", "a.c (1*) [x]"),
    ],
)
def test_a_text_fits(expected: str, text: str) -> None:
    """The whole text has to be the same, but for `…`; white space counts once."""
    assert fits(sees(expected), Shown(text))


@pytest.mark.parametrize(
    ("expected", "text"), [("All right", "All right."), ("right…", "All right."), ("a.c", "abc")]
)
def test_a_text_does_not_fit(expected: str, text: str) -> None:
    """Part of a text is not the text, and signs mean themselves."""
    assert not fits(sees(expected), Shown(text))


def test_every_button_counts() -> None:
    """A button too many, too few or elsewhere is a difference; `[…]` takes any."""
    shown = Shown("Well?", ("Yes", "No"))
    assert fits(sees("Well?\n    [Yes] [No]"), shown)
    assert fits(sees("Well?\n    [Yes] […]"), shown)
    assert not fits(sees("Well?\n    [No] [Yes]"), shown)
    assert not fits(sees("Well?\n    [Yes]"), shown)
    assert not fits(sees("Well?"), shown)


def test_what_was_seen_is_shown_as_it_would_be_written() -> None:
    """A line of a failure can be copied into the dialogue."""
    line = Shown("Shall I?\nReally?", ("Yes", "No")).line("bot → Anna")
    (step,) = parse(written(line)).steps
    assert isinstance(step, Sees)
    assert fits(step, Shown("Shall I?\nReally?", ("Yes", "No")))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no title", "d.md:1: a dialogue begins with a title"),
        ("# Title\n\n```\nAnna: hi\n```", "d.md:2: one sentence below the title"),
        ("# Title\n\nWhy.\n", "d.md:3: nothing happens"),
        ("# Title\n\nWhy.\n```\nAnna: hi\n", "d.md:5: the last ``` is never closed"),
        (written("Anna: hi", "what is this?"), "d.md:7: not understood: what is this?"),
        (written("Eva fills in: kind"), "d.md:6: a form is filled in as field = value; …, not: k"),
        (written("    hanging"), "d.md:6: an indented line continues one"),
    ],
)
def test_a_mistake_is_named(text: str, complaint: str) -> None:
    """File, line, and what was expected."""
    with pytest.raises(BadLine, match="^" + complaint.replace("?", r"\?").replace("`", "`")):
        parse(text, "d.md")
