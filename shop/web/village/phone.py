"""What a coordinator's phone needs to work without a network, and what it may send later."""

from __future__ import annotations

from typing import Final

from shop.accounts.models import RoleName
from shop.kit.text import msg
from shop.web.lot_photos import take_phone_photo
from shop.web.phone import PhoneFace
from shop.web.phone_face import Deeds, works_without_network
from shop.web.village import (
    declaring,
    hub_deeds,
    intake_deeds,
    lot_deeds,
    parcel_deeds,
    repacking,
    run_deeds,
    take_out_deeds,
    taking_in,
    task_deeds,
)
from shop.web.village.blueprint import village

FACE: Final = PhoneFace(
    root="/village",
    home="/village",
    offline="/village/offline",
    files=("css/work.css", "js/desk.js", "js/theme.js", "css/pages/board.css", "css/pages/run.css",
           "icons-village.svg", "logo.svg"),
    title=msg("Village desk"),
    ahead=8,
    fresh_s=3600,
    pages=150,
)  # fmt: skip
# What is done in the barn, at the scale and beside the truck. Orders without a truck are looked after at the desk.
DEEDS: Final[Deeds] = {
    "village.accept_task": task_deeds.accepting,
    "village.ready_task": task_deeds.readying,
    "village.undo_ready_task": task_deeds.undoing_ready,
    "village.receive_task": task_deeds.receiving,
    "village.undo_receive_task": task_deeds.undoing_receipt,
    "village.give_back_task": task_deeds.giving_back,
    "village.decline_task": task_deeds.declining,
    "village.short_task": task_deeds.falling_short,
    "village.reassign_task": task_deeds.reassigning,
    "village.accept_for": task_deeds.accepting_for,
    "village.ready_for": task_deeds.readying_for,
    "village.receive_from": task_deeds.receiving_from,
    "village.take_in": taking_in.taking_in_deed,
    "village.pack": parcel_deeds.packing,
    "village.unpack_parcel": parcel_deeds.unpacking,
    "village.ship": parcel_deeds.shipping,
    "village.ship_many": parcel_deeds.shipping_many,
    "village.delivered": parcel_deeds.delivering,
    "village.undo_ship_parcel": parcel_deeds.undoing_shipping,
    "village.undo_delivered_parcel": parcel_deeds.undoing_delivery,
    "village.take_out": take_out_deeds.taking_out,
    "village.hub_merge": hub_deeds.merging,
    "village.load_parcels": run_deeds.loading,
    "village.unload_parcel": run_deeds.unloading,
    "village.depart_run": run_deeds.departing,
    "village.undo_depart_run": run_deeds.undoing_departure,
    "village.arrive_run": run_deeds.arriving,
    "village.undo_arrive_run": run_deeds.undoing_arrival,
    "village.declare": declaring.declaring_later,
    "village.declare_forecast": declaring.expecting_later,
    "village.harvest": lot_deeds.harvesting,
    "village.put_off": lot_deeds.putting_off,
    "village.repack_lots": repacking.repacking_later,
    "village.weigh": intake_deeds.weighing_later,
    "village.receive_pieces": intake_deeds.receiving_pieces,
    "village.count_pieces": intake_deeds.counting_pieces,
}

works_without_network(village, FACE, RoleName.COORDINATOR, DEEDS, take_phone_photo)
