"""Lots, intakes, tasks, parcels and waybills: the work of households, and what stands on a parcel."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import BUYERS_WORDS, EARNED, FOOD_LAW, TEAM_WORDS, TRACE
from shop.privacy.mapping import Gone, nobody, of_household, of_order, of_user, table, through
from shop.privacy.words import Kept, Kind

_PRODUCED = through("producer_id", "producers", of_household())
_OF_LOT = through("lot_id", "lots", _PRODUCED)
_CARRIER_SAYS = BUYERS_WORDS.but(purpose=msg("To know where a parcel is"))

TABLES: Final = (
    *nobody(
        "lots lot_origins lot_recalls recalled_orders lot_photos bag_prints stock_counts allocations pairing_shifts"
        " returned_units raw_goods raw_grades raw_grade_prices processings processed_intakes packaging_stocks"
        " packaging_changes lot_changes proof_files"
    ),
    table("lot_shares", msg("Which households a lot is of"), whose=of_household(), gone=Gone.KEPT,
          plain="lot_id household_id", share_bp=EARNED),
    table("household_months", msg("Income of households"), whose=of_household(), gone=Gone.KEPT,
          plain="household_id month", earned_fen=EARNED, held_fen=EARNED),
    table("intakes", msg("What households brought"), whose=of_household(), gone=Gone.KEPT,
          plain="id producer_id sequence number household_id grade_id used_g left_g taken_back_g weight"
          " weighed_at reverses_id token_hash", grams=EARNED, fen_per_jin=EARNED, reason=TEAM_WORDS),
    table("lot_pledges", msg("Conformity pledges"), whose=_OF_LOT, gone=Gone.KEPT,
          plain="id lot_id number of_supplier goods_zh goods_en units net_weight_g basis issued_on expires_on"
          " created_at replaced_at",
          place=FOOD_LAW.but(kind=Kind.ADDRESS), producer=FOOD_LAW, contact=FOOD_LAW.but(kind=Kind.CONTACT),
          signed_by=FOOD_LAW),
    # Fulfilment
    *nobody("take_outs hub_rates hub_steps merged_parcels repack_requests overrides task_items proposals"),
    table("tasks", msg("Tasks"), whose=_PRODUCED, gone=Gone.KEPT,
          plain="id code order_id producer_id village_id packing_place_id parcel_id status opened_at deadline_at"
          " accepted_at ready_at received_at packed_at ended_at acted_for reminded_at escalated_at"
          " needs_person_at", earns_fen=EARNED, decline_reason=TEAM_WORDS),
    table("text_replies", msg("Text messages of households"), whose=of_user("user_id"), gone=Gone.ROW,
          plain="id provider_id task_id received_at outcome",
          text=TRACE.but(kind=Kind.WORDS), answer=TRACE.but(kind=Kind.WORDS)),
    table("parcels", msg("Parcels"), whose=of_order(), gone=Gone.KEPT,
          plain="id code order_id number packing_place_id status weight_g carrier run_id pickup_point_id packed_at"
          " loaded_at shipped_at arrived_at keep_until taken_off_at taken_off_as delivered_at handed_over_at"
          " tracking_number"),
    table("parcel_journeys", msg("Where parcels are"), whose=through("parcel_id", "parcels", of_order()),
          gone=Gone.BLANK, plain="parcel_id state happened_at asked ask_at late_at", says=_CARRIER_SAYS),
    table("waybills", msg("Waybills"), whose=of_order(), gone=Gone.BLANK,
          plain="id reference parcel_id order_id packing_place_id carrier provider weight_g contents state number"
          " route_code hub provider_ref reason message_key tried_at asked_at issued_at failed_at"
          " cancel_asked_at cancelled_at", says=_CARRIER_SAYS.but(kept=Kept.ORDER)),
)  # fmt: skip
