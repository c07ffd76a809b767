"""A few of the shipped articles in a folder of their own, for what has nothing to do with how many
there are: checked and understood in a tenth of the time."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "knowledge_base"
ARTICLES = ("return-an-item", "delivery-times", "stores-hours", "payment-methods")


def write_small_shop(folder: Path, languages: Sequence[str] = ("en",)) -> Path:
    """Write it into `folder`, or anew where it is there already, and return that: the articles
    without their links to those that are not there, the phrases of their languages, the policy."""
    for language in languages:
        home = Path("articles", language)
        (folder / home).mkdir(parents=True, exist_ok=True)
        for article in ARTICLES:
            text = (SHIPPED / home / f"{article}.md").read_text("utf-8")
            alone = re.sub(r"(?m)^see_also:.*\n", "", text)
            (folder / home / f"{article}.md").write_text(alone, "utf-8")
        phrases = Path("phrases", f"{language}.yaml")
        (folder / "phrases").mkdir(exist_ok=True)
        shutil.copyfile(SHIPPED / phrases, folder / phrases)
    for name in ("policy.yaml", "tone.yaml"):
        shutil.copyfile(SHIPPED / name, folder / name)
    return folder
