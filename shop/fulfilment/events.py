"""What happened between a confirmed order and the buyer's hands. Ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class UnitsReassigned:
    """Units went from one producer's lots to others': the books move the money with them."""

    order_id: int
    new_allocation_ids: tuple[int, ...]
    leaving_ids: tuple[int, ...] = ()  # these leave the order by the same press, and are booked by themselves


@dataclass(frozen=True, slots=True)
class TasksOpened:
    """Households have something new to prepare."""

    task_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskDueSoon:
    """It is still to be prepared, and its deadline is near."""

    task_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskTakenAway:
    """Its household prepares it no more: another one does, the order is off, or its lot is called back by `recall_id`."""

    task_id: int
    at: datetime
    recall_id: int | None = None


@dataclass(frozen=True, slots=True)
class TextAnswered:
    """What became of a household's text message, to be told to who sent it."""

    reply_id: int
    user_id: int
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PreorderDelayed:
    """Goods of the order are harvested later than its buyer was told."""

    order_id: int
    delay_id: int


@dataclass(frozen=True, slots=True)
class ParcelShipped:
    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelRelabelled:
    """It has left, and its tracking number was corrected."""

    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelTakenBack:
    """It was called shipped by mistake, at that moment, and has not left."""

    parcel_id: int
    order_id: int
    shipped_at: datetime


@dataclass(frozen=True, slots=True)
class ParcelArrived:
    """The truck brought it to its pickup point."""

    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelNotArrived:
    """It was said at that moment to be at its pickup point, and is not there."""

    parcel_id: int
    order_id: int
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class ParcelReported:
    """Its keeper said at that moment that it is missing, or broken."""

    parcel_id: int
    order_id: int
    trouble: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderLeftBehind:
    """Its truck left at that moment without something of it, and no coming truck takes that."""

    order_id: int
    departed_at: datetime


@dataclass(frozen=True, slots=True)
class OrderNotLeftBehind:
    """Its truck was said to have left at that moment, and still stands there."""

    order_id: int
    departed_at: datetime


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """What missed its truck, or was taken off it, goes with this one from that moment on."""

    order_id: int
    run_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderRescheduled:
    """At that moment it was said that its truck arrives at another time."""

    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """Nobody has some units of the order, and its buyer is asked what is to become of them."""

    proposal_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class VillageSilent:
    """A household of the village said nothing by a deadline: its coordinators are asked to call."""

    village_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RecallSettled:
    """What had not left of a recalled lot was taken out of the order: its buyer can be told."""

    recall_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class TakeOutNeeded:
    """Recalled goods lie in a box, or loose at the hub: who has it in hand is told."""

    take_out_id: int
    recall_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ParcelTakenOff:
    """Nobody came for it, and it is not at its pickup point any more: its buyer is told."""

    parcel_id: int
    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CollectionDue:
    """Something of it has waited too long at its pickup point; its buyer is told on that day."""

    order_id: int
    day: date


@dataclass(frozen=True, slots=True)
class HubWorkDone:
    """The hub did a step; its cost is divided over these villages: (village, weight)."""

    step_id: int
    villages: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class HubWorkUndone:
    """It had been pressed by mistake."""

    step_id: int
