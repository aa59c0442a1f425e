"""The village's part of the demo's year: tasks and parcels."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from random import Random
from typing import Any

from shop.delivery.tracking.base import JourneyState
from shop.demo.life import HOUR, MINUTE, Fate, Job, Leg, Life
from shop.demo.made import Made
from shop.demo.order_rows import REASON
from shop.demo.rows import Rows
from shop.demo.world import World
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.parcel_numbers import planned_numbers
from shop.fulfilment.tasks import NUMBER_LENGTH
from shop.kit.references import ALPHABET

LATE_AFTER = 7 * 24  # hours, as in the shop's settings
CARRIERS = (("sf", "SF{:013d}"), ("yto", "YT{:013d}"), ("zto", "78{:012d}"))


class Work:
    """Writes tasks and parcels. `villages` are those of the producers."""

    def __init__(self, world: World, rows: Rows, random: Random, villages: dict[int, int]) -> None:
        self._world, self._rows, self._random, self._villages = world, rows, random, villages
        self._numbers = count(1)  # of tasks, as they are written on the goods

    def village_of(self, producer_id: int) -> int:
        return self._villages[producer_id]

    def write(self, made: Made) -> tuple[dict[int, str], dict[int, str]]:
        """Codes of its tasks by their place in `life.jobs`, and of its parcels by packing place."""
        parcels = {place_id: self._parcel(made, leg) for place_id, leg in self._packed(made.life).items()}
        tasks = {
            number: self._task(made, job, parcels.get(job.place_id, (None, ""))[0])
            for number, job in enumerate(made.life.jobs)
        }
        return tasks, {place_id: code for place_id, (_, code) in parcels.items()}

    def _packed(self, life: Life) -> dict[int, Leg]:
        if life.fate is not Fate.FULFILLED:
            return {}
        return {place_id: leg for place_id, leg in life.legs.items() if leg.packed <= life.now}

    def _task(self, made: Made, job: Job, parcel_id: int | None) -> str:
        code = f"{next(self._numbers) % 1000:0{NUMBER_LENGTH}d}{self._code()[NUMBER_LENGTH:]}"
        status = made.life.task_status(job)
        village_id = self.village_of(job.producer_id)
        user_id, acted = self._world.people.hand_for(job.producer_id, village_id)
        task_id = self._rows.add(
            Task,
            code=code,
            order_id=made.id,
            producer_id=job.producer_id,
            village_id=village_id,
            packing_place_id=job.place_id,
            parcel_id=parcel_id if status is TaskStatus.PACKED else None,
            status=status,
            earns_fen=sum(part.household_fen for part in job.parts),
            opened_at=job.opened,
            deadline_at=job.deadline,
            decline_reason=REASON if job.declined else "",
            acted_by_id=None if status is TaskStatus.OPEN else user_id,
            acted_for=status is not TaskStatus.OPEN and acted,
            **_task_moments(made.life, job),
        )
        for part in job.parts:
            self._rows.put(TaskItem, task_id=task_id, allocation_id=part.allocation_id)
        return code

    def _parcel(self, made: Made, leg: Leg) -> tuple[int, str]:
        life, trip = made.life, made.wish.trip
        has_left = leg.shipped <= life.now
        carrier, pattern = self._random.choice(CARRIERS)
        by_courier = trip is None and has_left
        code = self._code()
        status = life.parcel_status(leg)
        was_given = status is ParcelStatus.HANDED_OVER
        parcel_id = self._rows.add(
            Parcel,
            code=code,
            order_id=made.id,
            number=planned_numbers((), life.legs)[leg.place_id],
            packing_place_id=leg.place_id,
            status=status,
            weight_g=sum(part.grams for part in made.parts if part.place_id == leg.place_id),
            carrier=carrier if by_courier else None,
            tracking_number=pattern.format(self._random.randrange(10**12)) if by_courier else None,
            run_id=trip.run_id if trip and has_left else None,
            pickup_point_id=made.place.point_id,
            packed_at=leg.packed,
            packed_by_id=self.packer(leg.place_id),
            loaded_at=loaded(leg) if trip and has_left else None,
            shipped_at=life.happened(leg.shipped),
            arrived_at=life.happened(leg.arrived) if trip else None,
            delivered_at=None if trip else life.happened(leg.ended),
            handed_over_at=life.happened(leg.ended) if trip else None,
            handed_over_by_id=self.keeper(made) if was_given else None,
        )
        if by_courier and status is ParcelStatus.SHIPPED:
            self._journey(parcel_id, leg, life.now)
        return parcel_id, code

    def _journey(self, parcel_id: int, leg: Leg, now: datetime) -> None:
        """On its way, as its carrier tells it."""
        scanned = leg.shipped + 5 * HOUR
        is_known = scanned <= now
        self._rows.put(
            ParcelJourney,
            parcel_id=parcel_id,
            state=JourneyState.ON_THE_WAY if is_known else JourneyState.WAITING,
            says="【安康】快件已发出，下一站【西安】" if is_known else "",
            happened_at=scanned if is_known else None,
            asked=1 if is_known else 0,
            ask_at=now + 12 * HOUR,
            late_at=leg.shipped + LATE_AFTER * HOUR,
        )

    def packer(self, place_id: int) -> int | None:
        return self._world.people.packers.get(place_id)

    def keeper(self, made: Made) -> int | None:
        return self._world.people.keepers.get(made.place.point_id or 0)

    def _code(self) -> str:
        return "".join(self._random.choices(ALPHABET, k=10))


def loaded(leg: Leg) -> datetime:
    return max(leg.packed, leg.shipped - 30 * MINUTE)


def escalated(life: Life, job: Job) -> datetime | None:
    """When the coordinator was asked to call, if the household was silent past its deadline."""
    if job.declined is not None or min(job.accepted, job.ready) <= job.deadline:
        return None
    return life.happened(job.deadline + MINUTE)


def _task_moments(life: Life, job: Job) -> dict[str, Any]:
    if job.declined is not None:
        return {**dict.fromkeys(_WORK), "ended_at": job.declined}
    ended = life.ended if life.fate is Fate.CALLED_OFF else None

    def done(moment: datetime) -> datetime | None:
        return life.happened(moment) if ended is None or moment < ended else None

    return {
        "accepted_at": done(job.accepted),
        "ready_at": done(job.ready),
        "received_at": done(job.received) if ended is None else None,  # goods of a cancelled order went back
        "packed_at": life.happened(life.legs[job.place_id].packed) if ended is None else None,
        "escalated_at": escalated(life, job) if ended is None else None,
        "ended_at": ended,
    }


_WORK = ("accepted_at", "ready_at", "received_at", "packed_at", "escalated_at")
