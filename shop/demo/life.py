"""What becomes of each order by now: when every step of it happened, and how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from shop.demo.trucks import Trip
from shop.fulfilment.models import ParcelStatus, TaskStatus
from shop.inventory.models import AllocationStatus
from shop.ordering.models import OrderStatus

TASK_HOURS = 48


class Fate(StrEnum):
    FULFILLED = "fulfilled"
    NEVER_PAID = "never_paid"
    CALLED_OFF = "called_off"  # after it was paid: refunded in full


@dataclass(frozen=True)
class Life:
    """Every moment is set or lies in the future of `now`, where it has not happened yet."""

    fate: Fate
    now: datetime
    placed: datetime
    confirmed: datetime
    accepted: datetime
    deadline: datetime
    ready: datetime
    packed: datetime
    shipped: datetime
    at_point: datetime
    received: datetime
    completed: datetime
    by_truck: bool

    def happened(self, moment: datetime) -> datetime | None:
        return moment if moment <= self.now else None

    @property
    def order_status(self) -> OrderStatus:
        if self.fate is not Fate.FULFILLED:
            return OrderStatus.CANCELLED
        if self.completed <= self.now:
            return OrderStatus.COMPLETED
        return OrderStatus.SHIPPED if self.shipped <= self.now else OrderStatus.CONFIRMED

    @property
    def task_status(self) -> TaskStatus:
        if self.fate is Fate.CALLED_OFF:
            return TaskStatus.CANCELLED
        steps = (
            (self.packed, TaskStatus.PACKED),
            (self.ready, TaskStatus.READY),
            (self.accepted, TaskStatus.ACCEPTED),
        )
        return next((status for moment, status in steps if moment <= self.now), TaskStatus.OPEN)

    @property
    def parcel_status(self) -> ParcelStatus:
        if self.received <= self.now:
            return ParcelStatus.HANDED_OVER if self.by_truck else ParcelStatus.DELIVERED
        return ParcelStatus.SHIPPED if self.shipped <= self.now else ParcelStatus.PACKED

    @property
    def allocation_status(self) -> AllocationStatus:
        if self.fate is not Fate.FULFILLED:
            return AllocationStatus.RELEASED
        return AllocationStatus.SHIPPED if self.shipped <= self.now else AllocationStatus.COMMITTED


def live(placed: datetime, trip: Trip | None, random: Random, now: datetime) -> Life:
    """Draw the life of an order placed then, travelling with this trip or by courier."""
    fate = random.choices((Fate.FULFILLED, Fate.NEVER_PAID, Fate.CALLED_OFF), weights=(93, 5, 2))[0]
    confirmed = placed + timedelta(minutes=random.randint(1, 4))
    accepted = confirmed + timedelta(minutes=random.randint(10, 600))
    if accepted > now:  # too young to have been called off
        fate = Fate.FULFILLED
    if trip is None:
        deadline = confirmed + timedelta(hours=TASK_HOURS)
        ready = accepted + timedelta(hours=random.randint(4, 42))
        packed = ready + timedelta(hours=random.randint(1, 6))
        shipped = packed + timedelta(hours=random.randint(1, 8))
        at_point = shipped
        received = shipped + timedelta(hours=random.randint(40, 100))
    else:
        deadline = max(trip.departs - timedelta(hours=2), confirmed + timedelta(hours=2))
        packed = max(trip.departs - timedelta(hours=random.randint(2, 10)), accepted + timedelta(minutes=20))
        ready = max(accepted + timedelta(minutes=10), packed - timedelta(hours=random.randint(1, 20)))
        shipped = max(trip.departs, packed + timedelta(minutes=5))
        at_point = max(trip.arrives, shipped)
        received = at_point + timedelta(hours=random.randint(1, 60))
    completed = received + timedelta(hours=random.randint(1, 7 * 24))
    return Life(
        fate=fate,
        now=now,
        placed=placed,
        confirmed=confirmed,
        accepted=accepted,
        deadline=deadline,
        ready=ready,
        packed=packed,
        shipped=shipped,
        at_point=at_point,
        received=received,
        completed=completed,
        by_truck=trip is not None,
    )
