"""What to add to an article, on a page and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.commands.kb_suggest import Proposal, Suggestions, Why, yaml_lines

# What speaks for a wording, in the words of the page.
_WHY = {
    Why.CHOSEN: "chosen after “did you mean”",
    Why.SENT: "a colleague answered with this article",
    Why.WORKED_OUT: "answered by it at the second try",
    Why.SUGGESTED: "a colleague who was shown it answered",
    Why.HELPFUL: "answered by it, and 👍",
    Why.NEAREST: "nothing answered, and this is nearest",
}


def as_json(found: Sequence[Suggestions], since: datetime) -> dict[str, Any]:
    """Everything, with people's data masked."""
    return {
        "article": found[0].article.id,
        "since": since.isoformat(),
        "languages": [
            {
                "language": one.article.language,
                "path": one.article.path,
                "others_answered": one.others,
                "proposals": [_proposal_as_json(proposal) for proposal in one.proposals],
                "yaml": yaml_lines(proposal.wording for proposal in one.proposals),
            }
            for one in found
        ],
    }


def _proposal_as_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "wording": proposal.wording,
        "why": {why.value: count for why, count in sorted(proposal.why.items())},
        "count": sum(proposal.why.values()),
        "score_before": round(proposal.before, 3),
        "score_with_others_added": None if proposal.after is None else round(proposal.after, 3),
    }


def as_words(found: Sequence[Suggestions]) -> str:
    """The same for a person, each language with lines to paste."""
    return "\n\n".join("\n".join(_in_words(one)) for one in found)


def _in_words(found: Suggestions) -> list[str]:
    article = found.article
    if not found.proposals:
        return [f"{article.id} ({article.language}): nothing to add"]
    lines = [f"{article.id} ({article.language}): {article.title}"]
    if len(found.proposals) > 1:
        lines.append("its score today → with other wordings of these added, but not this one")
    lines.append("")
    for proposal in found.proposals:
        lines.append(f"  {proposal.wording}")
        lines.append(f"    {_scores(proposal)}  {_reasons(proposal)}")
    if found.others:
        ones = "question" if found.others == 1 else "questions"
        lines += ["", f"  {found.others} more {ones} that nothing answers would be answered, too"]
    lines += ["", f"Paste below “questions:” in {article.path}", ""]
    return lines + yaml_lines(proposal.wording for proposal in found.proposals)


def _scores(proposal: Proposal) -> str:
    after = "" if proposal.after is None else f" → {proposal.after:.2f}"
    return f"{proposal.before:.2f}{after}"


def _reasons(proposal: Proposal) -> str:
    ranked = sorted(proposal.why.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(
        _WHY[why] if count == 1 else f"{_WHY[why]} ({count} times)" for why, count in ranked
    )
