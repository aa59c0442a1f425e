"""What becomes of an order: when each step of it happened, or will; what lies after `now` has not happened yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from random import Random

from shop.catalogue.models import PackingPlaceKind
from shop.demo.trucks import Trip
from shop.fulfilment.due import Truck, deadline
from shop.fulfilment.models import ParcelStatus, TaskStatus
from shop.inventory.models import AllocationStatus
from shop.ordering.models import OrderStatus

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NEVER = timedelta(days=400)


class Fate(StrEnum):
    FULFILLED = "fulfilled"
    AWAITED = "awaited"  # its transfer has not come yet
    UNPAID = "unpaid"  # nobody paid in time
    CALLED_OFF = "called_off"  # after it was paid: refunded in full


class Step(IntEnum):
    """How far an order came."""

    CONFIRMED = 0
    ACCEPTED = 1
    READY = 2
    RECEIVED = 3
    PACKED = 4
    SHIPPED = 5
    ARRIVED = 6
    ENDED = 7
    COMPLETED = 8


@dataclass(frozen=True, slots=True)
class Part:
    """An allocation: so many units of a lot for one line, and what they earn."""

    allocation_id: int
    line_id: int
    variant_id: int
    lot_id: int
    producer_id: int
    place_id: int
    units: int
    household_fen: int
    grams: int
    ready_hours: int


@dataclass(slots=True)
class Job:
    """A task. One that was declined has `declined`, and its units went to other jobs."""

    producer_id: int
    place_id: int
    parts: list[Part]
    opened: datetime
    deadline: datetime = field(init=False)
    accepted: datetime = field(init=False)
    ready: datetime = field(init=False)
    received: datetime = field(init=False)
    declined: datetime | None = None


@dataclass(slots=True)
class Leg:
    """A parcel: from where it was packed to whoever has it at the end."""

    place_id: int
    packed: datetime
    shipped: datetime
    arrived: datetime
    ended: datetime


@dataclass(slots=True)
class Life:
    """`ended` is when an order that nobody fulfilled was cancelled."""

    fate: Fate
    now: datetime
    placed: datetime
    confirmed: datetime
    ended: datetime
    by_truck: bool
    jobs: list[Job] = field(default_factory=list)
    legs: dict[int, Leg] = field(default_factory=dict)
    completed: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.completed = self.placed + NEVER

    @property
    def shipped(self) -> datetime:
        return max(leg.shipped for leg in self.legs.values())

    def happened(self, moment: datetime) -> datetime | None:
        return moment if moment <= self.now else None

    def status(self) -> OrderStatus:
        if self.fate is Fate.AWAITED:
            return OrderStatus.AWAITING_PAYMENT
        if self.fate is not Fate.FULFILLED:
            return OrderStatus.CANCELLED
        if self.completed <= self.now:
            return OrderStatus.COMPLETED
        return OrderStatus.SHIPPED if self.shipped <= self.now else OrderStatus.CONFIRMED

    def task_status(self, job: Job) -> TaskStatus:
        if job.declined is not None:
            return TaskStatus.DECLINED
        if self.fate is Fate.CALLED_OFF:
            return TaskStatus.CANCELLED
        steps = (
            (self.legs[job.place_id].packed, TaskStatus.PACKED),
            (job.ready, TaskStatus.READY),
            (job.accepted, TaskStatus.ACCEPTED),
        )
        return next((status for moment, status in steps if moment <= self.now), TaskStatus.OPEN)

    def parcel_status(self, leg: Leg) -> ParcelStatus:
        if leg.ended <= self.now:
            return ParcelStatus.HANDED_OVER if self.by_truck else ParcelStatus.DELIVERED
        return ParcelStatus.SHIPPED if leg.shipped <= self.now else ParcelStatus.PACKED

    def units_status(self, part: Part) -> AllocationStatus:
        if self.fate is Fate.AWAITED:
            return AllocationStatus.HELD
        if self.fate is not Fate.FULFILLED:
            return AllocationStatus.RELEASED
        has_left = self.legs[part.place_id].shipped <= self.now
        return AllocationStatus.SHIPPED if has_left else AllocationStatus.COMMITTED


def work_out(job: Job, place: PackingPlaceKind, trip: Trip | None, random: Random) -> None:
    """When a household answers, has its goods ready and brings them; most are in time."""
    hours = min(part.ready_hours for part in job.parts)
    truck = Truck(trip.cutoff, trip.departs) if trip else None
    job.deadline = deadline(job.opened, hours, place, truck)
    is_late = random.random() < 0.04
    job.accepted = job.opened + random.randint(10, 600) * MINUTE
    if trip is None:
        spent = random.uniform(1.02, 1.3) if is_late else random.uniform(0.25, 0.9)
        job.ready = job.opened + hours * spent * HOUR
        job.received = job.ready + random.randint(20, 180) * MINUTE
    else:
        slack = -random.uniform(0.5, 6) if is_late else random.uniform(1, 20)
        latest = max(trip.departs - 2 * HOUR, job.opened + 20 * MINUTE)
        job.ready = min(max(job.deadline - slack * HOUR, job.opened + 20 * MINUTE), latest)
        job.received = job.ready + random.randint(10, 60) * MINUTE
    job.accepted = min(job.accepted, job.ready - 10 * MINUTE)


def send(life: Life, trip: Trip | None, random: Random) -> None:
    """Pack and send what the jobs bring, a parcel from each place, until the buyer is content with all of it."""
    for place_id in sorted({job.place_id for job in _serving(life)}):
        brought = max(job.received for job in _serving(life) if job.place_id == place_id)
        packed = brought + random.randint(10, 45) * MINUTE
        if trip is None:
            shipped = packed + random.randint(60, 480) * MINUTE
            arrived, ended = shipped, shipped + random.randint(40, 100) * HOUR
        else:
            shipped = max(trip.departs, packed + 5 * MINUTE)
            arrived = max(trip.arrives, shipped)
            most = 200 if random.random() < 0.06 else 60
            ended = arrived + random.randint(60, most * 60) * MINUTE
        life.legs[place_id] = Leg(place_id, packed, shipped, arrived, ended)
    last = max(leg.ended for leg in life.legs.values())
    life.completed = min(last + random.randint(1, 7 * 24) * HOUR, life.shipped + timedelta(days=10))
    life.completed = max(life.completed, last + 10 * MINUTE)


def _serving(life: Life) -> Iterable[Job]:
    return [job for job in life.jobs if job.declined is None]


def keep_silent(job: Job, now: datetime) -> None:
    """The household does not answer, and its deadline has gone by."""
    job.deadline = min(job.deadline, now - 3 * HOUR)
    job.accepted = job.ready = job.received = now + NEVER


def stop_at(life: Life, step: Step, now: datetime) -> None:
    """Let the order have come exactly so far by now: what comes earlier happened, the rest did not."""

    def move(moment: datetime, of: Step) -> datetime:
        if of <= step:
            return min(moment, now - (step - of + 1) * 20 * MINUTE)
        return max(moment, now + (of - step) * 6 * HOUR)

    for job in _serving(life):
        job.accepted, job.ready = move(job.accepted, Step.ACCEPTED), move(job.ready, Step.READY)
        job.received = move(job.received, Step.RECEIVED)
    for leg in life.legs.values():
        leg.packed, leg.shipped = move(leg.packed, Step.PACKED), move(leg.shipped, Step.SHIPPED)
        leg.arrived, leg.ended = move(leg.arrived, Step.ARRIVED), move(leg.ended, Step.ENDED)
    life.completed = move(life.completed, Step.COMPLETED)
