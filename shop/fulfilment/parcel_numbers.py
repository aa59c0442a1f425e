"""Which of an order's parcels a parcel is: the first, the second. A number that was given stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import count

from shop.fulfilment.models import Task, TaskStatus


def is_to_pack(task: Task) -> bool:
    """Whether goods of this task still go into a parcel, or into another household's for it."""
    if task.parcel_id is not None:
        return False
    return task.status in {TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY} or (
        task.status is TaskStatus.DECLINED and task.needs_person_at is not None
    )


def planned_numbers(taken: Collection[int], place_ids: Iterable[int]) -> dict[int, int]:
    """Numbers of the parcels that are still to be packed, one a place: the lowest that no parcel has. Pure."""
    free = (number for number in count(1) if number not in taken)
    return dict(zip(sorted(set(place_ids)), free, strict=False))
