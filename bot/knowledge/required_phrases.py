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
handing_over_upset name
handing_over_emergency name
emergency_with_person
handing_over_policy name
sorry_first name
sorry_tell_me name
complaint_opened name number due
complaint_ask agent number
complaint_make
complaint_yes
complaint_no
complaint_settled
complaint_reopened
complaint_unclear
remedy_credit amount code
remedy_coupon amount code
remedy_sent_privately
remedy_refund amount
remedy_replacement
remedy_apology
remedy_other
complaint_transferred agent number
complaint_new_date number due
complaint_assumed number
complaint_not_settled
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
desk_button_complaint
desk_button_details
desk_button_remedy
desk_button_transfer
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
desk_not_yours_to_decide limit
form_complaint
form_transfer
form_remedy
form_approve
form_refuse
form_send
form_cancel
form_severity
form_cause
form_to
form_kind
form_amount
form_amount_hint currency limit
form_reason
form_reason_hint
form_words
form_words_hint
form_asked agent remedy reason words
choice_missing
cause_unknown
reason_missing
words_missing
remedy_unknown
remedy_nobody_gives
remedy_no_supervisor
amount_missing currency
amount_not_a_number currency
amount_not_positive
amount_too_much limit
amount_currency currency
amount_not_wanted
desk_form_late
desk_form_failed detail
desk_form_kept why
desk_no_complaint
desk_not_colleague name
desk_button_approve
desk_button_refuse
desk_remedy_asked agent name number what reason before words
desk_remedy_ordered agent what name
desk_remedy_given agent what name
desk_remedy_by_hand
desk_remedy_refused agent what reason
desk_remedy_unanswered time what name reason
desk_remedy_failed what reason
desk_remedy_approved_before agent time what
desk_remedy_refused_before agent time what
desk_remedy_no_code what
desk_remedy_nobody_may
desk_remedy_too_late number
desk_remedy_unfinished what
desk_not_delivered reason
desk_not_whole reason text
desk_maybe_delivered channel text
desk_maybe_twice text
desk_rated name score
desk_comment name text
desk_rating
desk_mood
mood_calm
mood_displeased
mood_upset
mood_sign_capitals
mood_sign_exclamation
mood_sign_questions
mood_sign_stretched
mood_sign_frown
mood_sign_words
mood_sign_in_vain
mood_sign_again
mood_sign_burst
mood_sign_before
desk_complaint number
severity_normal
severity_high
desk_due date
desk_overdue
desk_owner agent
desk_owner_none
desk_cause cause
desk_transfers n reason
remedy_kind_credit
remedy_kind_coupon
remedy_kind_refund
remedy_kind_replacement
remedy_kind_apology
remedy_kind_other
remedy_state_waiting agent
remedy_state_approved agent
remedy_state_refused agent
remedy_state_given agent
remedy_state_failed agent
desk_complaint_asked date
desk_complaint_closed_settled
desk_complaint_closed_assumed
desk_complaints_before
desk_before_this list
desk_queue n
desk_queue_more n
desk_queue_empty
desk_minutes n
desk_hours n
desk_days n
reason_asked
reason_accepted
reason_not_understood
reason_again title
reason_article title
reason_upset
reason_emergency
reason_policy
reason_complaint
reason_reopened
desk_complaint_settled name number
desk_complaint_reopened name number
desk_no_such_choice value choices
desk_complaint_opened agent number
desk_complaint_classified agent number severity cause date
desk_complaint_transferred agent number name to reason
desk_complaint_taken agent number name reason
desk_has_complaint agent
desk_changed_meanwhile number severity cause
desk_ticket_of_owner agent number
desk_complaint_due number name date owner
desk_complaint_late number name date late owner
desk_no_supervisor
desk_complaint_asked_again name number
desk_complaint_assumed name number
desk_complaint_not_asked number reason
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
