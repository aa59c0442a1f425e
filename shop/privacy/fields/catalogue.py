"""Villages, households, workshops and who works for them; goods say nothing of people."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import FOOD_LAW, HOUSEHOLD_CONTACT, HOUSEHOLD_SIZE, HOUSEHOLD_STORY
from shop.privacy.mapping import Gone, nobody, of_household, of_user, table
from shop.privacy.words import Kind

_OWN = of_user("user_id")
_GONE_ZH, _GONE_EN = (
    HOUSEHOLD_STORY.but(instead="已退出的农户"),
    HOUSEHOLD_STORY.but(instead="A household that left"),
)

TABLES: Final = (
    *nobody(
        "categories products product_villages product_pictures variants variant_taxes bundle_items villages"
        " compliance_classes compliance_requirements certificates split_rules catalogue_version timed_prices search_counts"
        " product_listings search_documents search_spellings"
    ),
    *nobody("packing_places sellers", but="phone"),
    table("households", msg("Households"), whose=of_household("id"), gone=Gone.OWN_WAY,
          plain="id slug village_id consented_at active",
          phone=HOUSEHOLD_CONTACT, people=HOUSEHOLD_SIZE.but(instead=1), alias_zh=_GONE_ZH, alias_en=_GONE_EN,
          story_zh=HOUSEHOLD_STORY, story_en=HOUSEHOLD_STORY),
    table("producers", msg("Producers"), whose=of_household(), gone=Gone.OWN_WAY,
          plain="id slug kind village_id household_id active",
          phone=HOUSEHOLD_CONTACT, name_zh=_GONE_ZH, name_en=_GONE_EN),
    table("pairs", msg("Pairing"), whose=of_household(), gone=Gone.BLANK, copied=False,
          plain="id unit_id household_id first_day last_day",
          agreed_by=FOOD_LAW.but(kind=Kind.NAME, law=False, purpose=msg("To know who agreed"))),
    table("producer_members", msg("Who works for a household"), whose=_OWN, gone=Gone.ROW,
          plain="user_id producer_id"),
    table("village_coordinators", msg("Coordinators"), whose=_OWN, gone=Gone.ROW, plain="user_id village_id"),
    table("packing_place_staff", msg("Who packs"), whose=_OWN, gone=Gone.ROW, plain="user_id packing_place_id"),
    # Delivery is a small house: its people are the keepers.
    *nobody("pickup_points runs run_stops freight_zones calendar_spans"),
    table("point_keepers", msg("Keepers of pickup points"), whose=_OWN, gone=Gone.ROW,
          plain="user_id pickup_point_id"),
)  # fmt: skip
