"""An article file: `articles/<lang>/<id>.md`."""

from __future__ import annotations

from pathlib import PurePosixPath

from bot.domain import Article, HandoffRule
from bot.knowledge.buttons import parse_buttons
from bot.knowledge.faults import Parsed
from bot.knowledge.fields import Fields, opens
from bot.knowledge.front_matter import parse_front_matter
from bot.knowledge.markdown import links

KEYS = ("id", "title", "questions", "tags", "handoff", "see_also", "buttons", "valid_until")
UNWRITTEN = "TODO: write the answer in"  # what `frontdesk kb gaps` leaves to be written
MAX_TITLE = 150
MAX_QUESTION = 500  # people's own questions are good examples, and some tell a story
MAX_BODY = 6000


def parse_article(content: bytes, path: str, language: str) -> Parsed[Article]:
    """One answer in one language. The value is None if anything is wrong with it: an answer half
    understood (a mistyped `handoff`, say) is worse than the last good copy. Raises Broken."""
    document = parse_front_matter(content, path)
    fields = Fields(document)
    fields.only(*KEYS, *({"draft"} & fields.values.keys()))
    article = Article(
        id=fields.identifier("id", default=PurePosixPath(path).stem),
        language=language,
        title=fields.text("title", MAX_TITLE, required=True),
        body=document.body,
        questions=fields.texts("questions", MAX_QUESTION),
        tags=fields.identifiers("tags"),
        handoff=_handoff(fields),
        buttons=parse_buttons(fields),
        see_also=fields.identifiers("see_also"),
        valid_until=fields.day("valid_until"),
        path=path,
    )
    check_text(fields, document.body, MAX_BODY, "body")
    _refuse_drafts(fields, document.body)
    return Parsed(None if fields.faults else article, tuple(fields.faults), document.lines)


def check_text(fields: Fields, text: str, longest: int, where: str) -> None:
    """Refuse a text that is empty, too long, or has a link that customers cannot open."""
    if not text:
        fields.fault("there is no text for the customer", "write the answer below the head", where)
    if len(text) > longest:
        what = f"the text has {len(text)} characters, {longest} is the most"
        fields.fault(what, "shorten it, or split it into several", where)
        return
    for _, url in links(text):
        if not opens(url):
            what = f"customers cannot open the link {url or '()'}"
            fields.fault(what, "begin it with https:// (or mailto:, tel:)", where)


def _refuse_drafts(fields: Fields, body: str) -> None:
    """What was drafted from customers' questions is served once a person has read it."""
    if "draft" in fields.values:
        do = "read it through, mend the answer, and delete this line"
        fields.fault("this is a draft, and customers are not shown it", do, "draft")
    if UNWRITTEN in body:
        fields.fault("the answer has not been written yet", "write it in place of TODO", "body")


def _handoff(fields: Fields) -> HandoffRule:
    word = fields.text("handoff", 40) or HandoffRule.NEVER
    try:
        return HandoffRule(word)
    except ValueError:
        do = "write never, offer or always (in quotes if your editor changes it)"
        fields.fault(f'"handoff: {word}" means nothing', do, "handoff")
        return HandoffRule.NEVER
