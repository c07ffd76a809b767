"""What can be done on the desk, by name: the buttons, and what is in a message's menu. Pure."""

from __future__ import annotations

# Buttons, and entries of an overflow menu (whose value is "name:ticket"), by their action ids.
ACTIONS = frozenset(
    {
        # the ticket
        "claim", "release", "transfer", "escalate", "accept", "snooze", "wake", "resolve", "reopen",
        # what is written to the customer
        "send_note", "claim_send", "preview", "send_answer", "edit_answer", "say",
        # promises
        "promise", "promise_kept", "promise_broken", "promise_withdraw",
        # complaints and their remedies
        "complaint", "remedy", "approve", "refuse",
        # looking around
        "history", "queue", "mine", "duty_on", "duty_off", "refresh",
    }
)  # fmt: skip
OVERFLOW = "more"  # the action id of an overflow menu
SHORTCUTS = frozenset({"make_article"})
COMMAND = "/desk"


def name_of(action_id: str) -> str:
    """The action of a button. Two of one kind in a row are told apart by what follows a colon."""
    return action_id.partition(":")[0]
