"""Accounts, addresses, sign-ins, consents, the audit trail and what people ask about their data."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import (
    ACCOUNT_CONTACT,
    ACCOUNT_NAME,
    ACCOUNT_UNIT,
    BUYERS_WORDS,
    MARK,
    RECIPIENT,
    RECIPIENT_ADDRESS,
    RECIPIENT_CONTACT,
    SECRET,
    TRACE,
)
from shop.privacy.mapping import Gone, about_person, any_of, nobody, of_contact, of_number, of_user, table
from shop.privacy.words import Ground, Kept, Kind, Reader

_OWN = of_user("user_id")
# An owner keeps them for the organisation, and takes them out.
_SIGNER = ACCOUNT_NAME.but(purpose=msg("To buy in an organisation's name"))
_PLACE = _SIGNER.but(kind=Kind.ADDRESS)
_SHORT = SECRET.but(kept=Kept.DAY)
_VIEW = ACCOUNT_NAME.but(kind=Kind.WORDS, purpose=msg("To find reports again as somebody wants them"))

TABLES: Final = (
    *nobody("units organisations organisation_projects shop_settings audit_head doomed_files"),
    table(
        "users", msg("People's accounts"), whose=of_user("id"), gone=Gone.OWN_WAY,
        plain="id active created_at totp_confirmed_at totp_last_counter wants_texts erased_at",
        email=ACCOUNT_CONTACT.but(instead=None), invited_email=ACCOUNT_CONTACT.but(instead=None),
        phone=ACCOUNT_CONTACT.but(instead=None), name=ACCOUNT_NAME,
        unit_id=ACCOUNT_UNIT, proved_unit_id=ACCOUNT_UNIT, counts_for_unit=ACCOUNT_UNIT,
        language=ACCOUNT_UNIT.but(purpose=msg("To write in the right language")),
        confirmed_at=ACCOUNT_CONTACT.but(instead=None), phone_confirmed_at=ACCOUNT_CONTACT.but(instead=None),
        password_changed_at=TRACE.but(kept=Kept.ACCOUNT),
        password_hash=SECRET, totp_secret=SECRET, recovery_codes=SECRET.but(instead=[]),
    ),
    table("user_roles", msg("Roles"), whose=_OWN, gone=Gone.ROW, plain="user_id role"),
    table("organisation_members", msg("Members of organisations"), whose=_OWN, gone=Gone.ROW,
          plain="organisation_id user_id role"),
    table("organisation_terms", msg("Terms of organisations"), whose=None, gone=Gone.KEPT,
          plain="id organisation_id limit_fen days hold_days note proposed_at approved_at ended_at end_reason"),
    table("organisation_signers", msg("Names on papers of organisations"), whose=None, gone=Gone.KEPT,
          plain="id organisation_id duty", name=_SIGNER),
    table("organisation_addresses", msg("Addresses of organisations"), whose=None, gone=Gone.KEPT,
          plain="id organisation_id", recipient=_SIGNER, phone=_SIGNER.but(kind=Kind.CONTACT),
          province=_PLACE, city=_PLACE, district=_PLACE, street=_PLACE),
    table("organisation_invitations", msg("Invitations into organisations"), whose=of_contact("contact"), gone=Gone.ROW,
          plain="id organisation_id role invited_at expires_at accepted_at ended_at",
          contact=ACCOUNT_CONTACT, token_hash=SECRET.but(kept=Kept.MONTH)),
    table("spending_limits", msg("Limits of members of organisations"), whose=_OWN, gone=Gone.ROW,
          plain="id organisation_id user_id span limit_fen"),
    table("addresses", msg("Addresses"), whose=_OWN, gone=Gone.ROW, plain="id is_default",
          recipient=RECIPIENT, phone=RECIPIENT_CONTACT, province=RECIPIENT_ADDRESS, city=RECIPIENT_ADDRESS,
          district=RECIPIENT_ADDRESS, street=RECIPIENT_ADDRESS),
    table("sessions", msg("Where somebody is signed in"), whose=_OWN, gone=Gone.ROW,
          plain="id kind created_at last_seen_at authenticated_at expires_at ended_at",
          token_hash=SECRET.but(kept=Kept.QUARTER), device=TRACE, address=TRACE),
    table("known_browsers", msg("Browsers that somebody signed in with"), whose=_OWN, gone=Gone.ROW,
          plain="id last_seen_at", token_hash=SECRET.but(kept=Kept.QUARTER)),
    table("attempts", msg("Failed sign-ins and what is counted"), whose=None, gone=Gone.OWN_WAY,
          plain="id kind at", subject_hash=MARK, address=TRACE),
    table("one_time_codes", msg("Codes sent by message"), whose=None, gone=Gone.OWN_WAY,
          plain="id purpose tries created_at expires_at used_at",
          subject_hash=_SHORT, binding=_SHORT, code_hash=_SHORT),
    table("passkeys", msg("Passkeys"), whose=_OWN, gone=Gone.ROW,
          plain="id sign_count backed_up created_at last_used_at",
          credential_id=SECRET, public_key=SECRET, user_handle=SECRET, label=TRACE.but(kept=Kept.ACCOUNT)),
    table("spent_challenges", msg("Answered challenges of passkeys"), whose=None, gone=Gone.OWN_WAY,
          plain="id at", digest=_SHORT),
    table("password_resets", msg("Links to set a password"), whose=_OWN, gone=Gone.ROW,
          plain="id created_at expires_at used_at", email=ACCOUNT_CONTACT.but(kept=Kept.DAY), token_hash=_SHORT),
    table("consents", msg("Consents"), whose=any_of(_OWN, of_number("order_number")), gone=Gone.KEPT,
          plain="id document version at withdrawn_at order_number"),
    table("audit_entries", msg("Audit trail"), whose=None, gone=Gone.KEPT,
          plain="id at action subject_type subject_id facts personal_digest previous_hash hash"),
    table("audit_personal", msg("Audit trail, personal part"), whose=None, gone=Gone.OWN_WAY,
          plain="entry_id", salt=SECRET.but(kept=Kept.ACCOUNT),
          facts=ACCOUNT_CONTACT.but(purpose=msg("To know who did what"), ground=Ground.SECURITY,
                                    readers=(Reader.TEAM,))),
    table("setting_versions", msg("Versions of the shop's settings"), whose=of_user("written_by_id"), gone=Gone.KEPT,
          plain="id name number value why valid_from written_at written_by_id in_force_at withdrawn_at"),
    table("message_choices", msg("How somebody wants to be told"), whose=_OWN, gone=Gone.ROW, plain="topic",
          ways=ACCOUNT_CONTACT.but(kind=Kind.CHOICE)),
    table("message_robots", msg("Robots of group chats"), whose=_OWN, gone=Gone.ROW, plain="kind set_at",
          sealed_key=SECRET),
    table("report_views", msg("Views of reports"), whose=of_user("owner_id"), gone=Gone.ROW,
          plain="id owner_id report shared_with made_at changed_at", name=_VIEW, choices=_VIEW),
    table("export_jobs", msg("Files of reports"), whose=of_user("owner_id"), gone=Gone.ROW,
          plain="id owner_id desk report first last kind language request_token state rows_expected rows_written"
          " attempts beat_at file size_bytes villages reason schedule_id due_at asked_at started_at ended_at expires_at",
          view=_VIEW, choices=_VIEW, narrowing=_VIEW),
    table("report_schedules", msg("Planned files of reports"), whose=of_user("owner_id"), gone=Gone.ROW,
          plain="id owner_id desk report view_id period kind language rule next_at state reason failures request_token"
          " made_at", view=_VIEW),
    table("default_views", msg("What reports begin with"), whose=_OWN, gone=Gone.ROW, plain="user_id report view_id"),
    table("sign_in_cards", msg("Cards that sign a phone in"), whose=_OWN, gone=Gone.ROW,
          plain="id issued_at expires_at ended_at uses last_used_at", token_hash=SECRET),
    table("device_actions", msg("What a phone sent later"), whose=_OWN, gone=Gone.ROW,
          plain="id key digest made_at received_at outcome", path=TRACE, said=TRACE),
    table("privacy_requests", msg("Requests about data"), gone=Gone.OWN_WAY,
          whose=about_person,
          plain="id number kind about about_id status by_desk asked_at due_on erase_at held_back settled_at"
          " keeps_reviews",
          text=BUYERS_WORDS, contact=ACCOUNT_CONTACT, answer=BUYERS_WORDS),
)  # fmt: skip
