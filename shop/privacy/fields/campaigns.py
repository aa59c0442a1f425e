"""Unions' welfare campaigns: who has an allowance, and what they chose. The union's own record says who got what."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import (
    ACCOUNT_CONTACT,
    BOUGHT,
    RECIPIENT,
    RECIPIENT_ADDRESS,
    RECIPIENT_CONTACT,
    SECRET,
)
from shop.privacy.mapping import Gone, nobody, of_user, table, through
from shop.privacy.words import Ground, Kept, Kind

_OWN = of_user("user_id")
_MEMBER = through("member_id", "campaign_members", _OWN)
_NAME = ACCOUNT_CONTACT.but(
    kind=Kind.NAME, purpose=msg("To give a union's welfare to its members"), kept=Kept.ORDER
)
_COLLEAGUE = _NAME.but(
    purpose=msg("To prove who received a union's welfare"), ground=Ground.LAW, kept=Kept.BOOKS, law=True
)
_WORDS = _COLLEAGUE.but(kind=Kind.WORDS)
_NUMBER = _NAME.but(kind=Kind.NAME, ground=Ground.LAW, kept=Kept.BOOKS, law=True)

TABLES: Final = (
    *nobody("campaigns", but="contact_phone handler acceptor"),
    *nobody("campaign_approvals"),
    *nobody("campaign_packages campaign_package_items campaign_goods campaign_slots campaign_papers campaign_orders"),
    *nobody("campaign_units campaign_reminders campaign_order_changes"),
    table("campaign_instead_orders", msg("What went to members of campaigns instead of goods that nobody had"), whose=_MEMBER,
          gone=Gone.KEPT, plain="order_id campaign_id for_order_id pickup_point_id member_id given_at billed_at"),
    table("campaign_call_offs", msg("Orders of welfare campaigns that an organiser called off"), whose=None, gone=Gone.KEPT,
          plain="order_id campaign_id people at", reason=_WORDS),
    table("campaign_losses", msg("Goods of members of campaigns that did not come"), whose=_MEMBER, gone=Gone.KEPT,
          plain="id member_id order_id variant_id quantity price_fen why at instead_id instead instead_fen instead_order_id"),
    table("campaign_members", msg("Members of welfare campaigns"), whose=_OWN, gone=Gone.BLANK,
          plain="id campaign_id unit_id standing enrolled_at left_at opened_at link_version reminded_on to_tell got_nothing",
          staff_number=_NUMBER, name=_NAME, phone=_NAME.but(kind=Kind.CONTACT, instead=None),
          email=_NAME.but(kind=Kind.CONTACT, instead=None), user_id=BOUGHT),
    table("campaign_choices", msg("What members of campaigns chose"), whose=_MEMBER, gone=Gone.KEPT,
          plain="member_id package_id pickup_point_id slot_id total_fen allowance_fen own_fen freight_fen chosen_by chosen_at"
          " changed_at pickup_code", token=SECRET.but(law=True, kept=Kept.BOOKS)),
    table("campaign_choice_lines", msg("Goods that members of campaigns chose"), whose=_MEMBER, gone=Gone.KEPT,
          plain="member_id variant_id quantity price_fen"),
    table("campaign_swaps", msg("What a short harvest changed for members of campaigns"), whose=_MEMBER, gone=Gone.KEPT,
          plain="member_id variant_id quantity substitute_id instead returned_fen"),
    *nobody("campaign_pile_members campaign_deadlines"),
    table("campaign_handouts", msg("Goods handed to members of campaigns"), whose=_MEMBER, gone=Gone.KEPT,
          plain="id campaign_id member_id pickup_point_id way with_code handed_at undone_at",
          collected_by=_COLLEAGUE, undone_reason=_WORDS),
    table("campaign_piles", msg("Goods that representatives of sub-unions took along"), whose=None, gone=Gone.KEPT,
          plain="id campaign_id unit_id pickup_point_id people units way taken_at undone_at",
          taken_by=_COLLEAGUE, undone_reason=_WORDS),
    table("campaign_leftovers", msg("What became of goods that nobody collected"), whose=_MEMBER, gone=Gone.KEPT,
          plain="id campaign_id member_id decision keep_until decided_at corrected_at",
          given_to=_COLLEAGUE, reason=_WORDS),
    table("campaign_collectors", msg("Who may collect for members of campaigns"), whose=_MEMBER, gone=Gone.ROW,
          plain="member_id said_at", name=_NAME),
    table("campaign_top_ups", msg("What members of campaigns bought beside their allowance"), whose=_MEMBER, gone=Gone.KEPT,
          plain="order_id member_id made_at given_up_at done_at"),
    table("campaign_home_addresses", msg("Where members of campaigns have their welfare sent"), whose=_MEMBER,
          gone=Gone.ROW, plain="member_id province",
          name=RECIPIENT.but(kept=Kept.QUARTER), phone=RECIPIENT_CONTACT.but(kept=Kept.QUARTER),
          city=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER), district=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER),
          street=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER)),
    table("campaign_parcels", msg("Parcels of members of campaigns"), whose=_MEMBER, gone=Gone.KEPT,
          plain="member_id campaign_id order_id"),
    table("campaign_years", msg("What members chose of their allowances in a year"), whose=None, gone=Gone.KEPT,
          plain="organisation_id year spent_fen", staff_number=_NUMBER),
)  # fmt: skip
