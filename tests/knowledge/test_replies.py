"""What colleagues have ready to send: read, checked, stood in for while it is not translated."""

from __future__ import annotations

from .folder import Folder


def test_a_reply_that_is_not_translated_comes_in_the_default_language(shop: Folder) -> None:
    """Better than none; the check says so."""
    shop.write("phrases/en.yaml", 'say: {}\nreplies:\n  wait: "Wait{, name}."\n  bye: "Bye."\n')
    shop.write("phrases/lv.yaml", 'say: {}\nreplies:\n  wait: "Pagaidiet{, name}."\n')
    kb = shop.load()
    assert kb.replies("lv") == {"wait": "Pagaidiet{, name}.", "bye": "Bye."}
    assert kb.replies("xx") == kb.replies("en") == {"wait": "Wait{, name}.", "bye": "Bye."}
    (said,) = [fault for fault in shop.checked() if "reply" in fault]
    assert 'the reply "bye" is missing, so the default language\'s stands in' in said


def test_faulty_replies_are_left_out_and_the_others_stand(shop: Folder) -> None:
    """Each is named, with its line."""
    shop.write(
        "phrases/en.yaml",
        'say: {}\nreplies:\n  good: "Yes."\n  "Not So": "No."\n  brace: "Hi {Name}"\n  empty: ""\n',
    )
    assert shop.load().replies("en") == {"good": "Yes."}
    assert [
        each.removeprefix("shop/phrases/en.yaml:").split(". ")[0] for each in shop.faults()
    ] == [
        '4: "Not So" cannot name a reply',
        '5: the reply "brace" has a brace that is no placeholder',
        '6: "empty" is empty or missing',
    ]


def test_a_reply_asks_only_for_what_is_filled_in(shop: Folder) -> None:
    """Name, order and agent."""
    shop.write("phrases/en.yaml", 'say: {}\nreplies:\n  a: "{name} {order} {agent} {colour}"\n')
    (said,) = [fault for fault in shop.checked("error") if "reply" in fault]
    assert "asks for {colour}, which is never filled in there. Do: use only {agent}, {name}" in said


def test_replies_sound_like_the_house(shop: Folder) -> None:
    """Customers read them, so they are looked at like articles."""
    shop.write("phrases/en.yaml", 'say: {}\nreplies:\n  loud: "Please wait!!!"\n')
    assert any("en.yaml:3" in fault and "louder" in fault for fault in shop.checked("warning"))
