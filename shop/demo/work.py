"""The village's part of the demo's year: tasks, parcels, and the order's history."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from random import Random
from typing import Any

from shop.demo.life import Fate, Life
from shop.demo.orders import Made, Part
from shop.demo.rows import Rows
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.kit.references import ALPHABET
from shop.ordering.models import OrderEvent

CARRIERS = (("sf", "SF{:013d}"), ("yto", "YT{:013d}"), ("zto", "78{:012d}"))


def add_work(rows: Rows, made: Made, random: Random) -> None:
    """Tasks, parcels and events of one order, as far as it has come."""
    life = made.life
    note(rows, made, "placed", life.placed)
    if life.fate is Fate.NEVER_PAID:
        note(rows, made, "cancelled", life.accepted)
        return
    note(rows, made, "confirmed", life.confirmed)
    parcels = _parcels(rows, made, random)
    by_task: dict[tuple[int, int], list[Part]] = defaultdict(list)
    for part in made.parts:
        by_task[part.choice.lot.producer_id, part.choice.packing_place_id].append(part)
    for (producer_id, place_id), parts in by_task.items():
        task_id = rows.add(
            Task,
            code=_code(random),
            order_id=made.order_id,
            producer_id=producer_id,
            village_id=made.villages[producer_id],
            packing_place_id=place_id,
            parcel_id=parcels.get(place_id),
            earns_fen=sum(part.household_fen for part in parts),
            **_task_moments(life),
        )
        for part in parts:
            rows.link(TaskItem, task_id=task_id, allocation_id=part.allocation_id)
    _later_events(rows, made)


def note(rows: Rows, made: Made, kind: str, at: datetime) -> None:
    rows.add(OrderEvent, order_id=made.order_id, at=at, kind=kind, facts={})


def _later_events(rows: Rows, made: Made) -> None:
    life = made.life
    if life.fate is Fate.CALLED_OFF:
        note(rows, made, "cancelled", life.accepted)
        note(rows, made, "refunded", life.accepted)
        return
    for kind, moment in (("shipped", life.shipped), ("completed", life.completed)):
        if moment <= life.now:
            note(rows, made, kind, moment)


def _task_moments(life: Life) -> dict[str, Any]:
    worked = life.fate is Fate.FULFILLED

    def done(moment: datetime) -> datetime | None:
        return life.happened(moment) if worked else None

    return {
        "status": life.task_status,
        "opened_at": life.confirmed,
        "deadline_at": life.deadline,
        "accepted_at": done(life.accepted),
        "ready_at": done(life.ready),
        "received_at": done(life.packed),
        "packed_at": done(life.packed),
        "ended_at": None if worked else life.accepted,
    }


def _parcels(rows: Rows, made: Made, random: Random) -> dict[int, int]:
    """One parcel a packing place, once it is packed."""
    life = made.life
    if life.fate is not Fate.FULFILLED or life.packed > life.now:
        return {}
    weights: dict[int, int] = defaultdict(int)
    for part in made.parts:
        weights[part.choice.packing_place_id] += part.variant.gross_weight_g * part.choice.units
    return {place_id: _parcel(rows, made, place_id, grams, random) for place_id, grams in weights.items()}


def _parcel(rows: Rows, made: Made, place_id: int, grams: int, random: Random) -> int:
    life, trip = made.life, made.trip
    has_left = life.shipped <= life.now
    carrier, pattern = random.choice(CARRIERS)
    by_courier = trip is None and has_left
    return rows.add(
        Parcel,
        code=_code(random),
        order_id=made.order_id,
        packing_place_id=place_id,
        status=life.parcel_status,
        weight_g=grams,
        carrier=carrier if by_courier else None,
        tracking_number=pattern.format(random.randrange(10**12)) if by_courier else None,
        run_id=trip.run_id if trip and has_left else None,
        pickup_point_id=made.point_id,
        packed_at=life.packed,
        loaded_at=life.shipped if trip and has_left else None,
        shipped_at=life.happened(life.shipped),
        arrived_at=life.happened(life.at_point) if trip else None,
        delivered_at=None if trip else life.happened(life.received),
        handed_over_at=life.happened(life.received) if trip else None,
    )


def _code(random: Random) -> str:
    return "".join(random.choices(ALPHABET, k=10))
