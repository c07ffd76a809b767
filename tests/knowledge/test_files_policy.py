"""Which files may pass is said in the policy, and a mistake there is named."""

from __future__ import annotations

import pytest

from tests.knowledge.folder import Folder


def test_what_is_left_out(shop: Folder) -> None:
    """Twenty megabytes, as Telegram has it, and all that is harmless."""
    files = shop.load().policy.desk.files
    assert files.max_megabytes == 20
    assert set(files.types) == {"image", "pdf", "text", "office", "audio", "video", "archive"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("desk: {files: {max_megabytes: 0}}", "max_megabytes"),
        ("desk: {files: {max_megabytes: 51}}", "max_megabytes"),
        ("desk: {files: {types: [images]}}", "types"),
        ("desk: {files: {size: 20}}", "means nothing here"),
    ],
)
def test_mistakes_are_named(shop: Folder, line: str, says: str) -> None:
    """A kind of file that nobody knows would keep all of them out in silence."""
    shop.write("policy.yaml", line)
    (fault,) = shop.faults()
    assert "policy.yaml:1" in fault and says in fault
