"""What the code says to people: the phrases every language must have, and what each may fill in.

Here because the code depends on it; the words themselves are in `knowledge_base/phrases`."""

from __future__ import annotations

from collections.abc import Mapping


def _phrases(listed: str) -> Mapping[str, frozenset[str]]:
    """From lines of a key and its placeholders."""
    lines = (line.split() for line in listed.strip().splitlines())
    return {key: frozenset(names) for key, *names in lines}


REQUIRED_PHRASES: Mapping[str, frozenset[str]] = _phrases("""
welcome name
greeting name
thanks name
goodbye name
help slash
did_this_help
helpful
unhelpful
did_you_mean
did_you_mean_one
none_of_these
something_else
told_already
told_before short
part_unclear question
i_am_a_bot
rephrase
offer_human
offer_after_answer
only_in_language language title
show_it
talk_to_person
no_thanks
carry_on
choose_topic
choose_question
language_name
choose_language
language_set
attachment_seen
reference_seen
handing_over name
handing_over_sorry name
handing_over_also
already_handed_over
agent_joined agent
ticket_resolved agent
csat_question agent
csat_thanks
csat_sorry
csat_comment_thanks
opted_out
follow_up_opt_out
old_button
desk_waiting
desk_claimed agent
desk_resolved agent
desk_customer
desk_no_name
desk_channel
desk_language
desk_why
desk_since
desk_came_from
desk_last_messages
desk_suggestions
desk_hint
desk_hint_claimed agent
desk_button_claim
desk_button_resolve
desk_who_bot
desk_attachment kind
desk_edited text
desk_deleted text
desk_you_claimed name
desk_taken agent time
desk_yours_already
desk_closed
desk_claim_first
desk_note_kept agent
desk_no_files
desk_edit_not_sent
desk_unknown_thread
desk_unknown_ticket
desk_outsider
desk_not_delivered reason
desk_not_whole reason text
desk_maybe_delivered channel text
desk_maybe_twice text
desk_rated name score
desk_comment name text
desk_rating
reason_asked
reason_accepted
reason_not_understood
reason_again title
reason_article title
reason_error
failed_blocked name
failed_gone
failed_other channel detail
kind_photo
kind_document
kind_voice
kind_audio
kind_video
kind_sticker
kind_location
kind_contact
kind_other
""")
