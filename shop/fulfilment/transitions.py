"""The lives of a task and of a parcel. Each step says what happened in the world."""

from __future__ import annotations

from typing import Final

from shop.fulfilment.models import ParcelStatus, TaskStatus
from shop.kit.transitions import Transitions

TASK_STATES: Final = Transitions(
    {
        TaskStatus.OPEN: {
            TaskStatus.ACCEPTED,  # the household said yes
            TaskStatus.READY,  # it said nothing and simply prepared the goods
            TaskStatus.DECLINED,  # it said no: the units go to another household
            TaskStatus.REASSIGNED,  # it was silent past the deadline and the coordinator's hours
            TaskStatus.CANCELLED,  # the order was cancelled, or the household before had the goods ready
        },
        TaskStatus.ACCEPTED: {
            TaskStatus.READY,  # the goods stand prepared
            TaskStatus.DECLINED,  # it cannot after all
            TaskStatus.REASSIGNED,  # it was silent past the deadline and the coordinator's hours
            TaskStatus.CANCELLED,  # the order was cancelled
        },
        TaskStatus.READY: {
            TaskStatus.ACCEPTED,  # pressed by mistake, and taken back before the goods came in
            TaskStatus.PACKED,  # the packing place put the goods into a parcel
            TaskStatus.CANCELLED,  # the order was cancelled
        },
        TaskStatus.PACKED: {
            TaskStatus.READY,  # unpacked again within ten minutes
            TaskStatus.CANCELLED,  # the order was cancelled before the parcel left
        },
        TaskStatus.DECLINED: set(),
        TaskStatus.REASSIGNED: set(),
        TaskStatus.CANCELLED: set(),
    }
)

# Only by a press of before: see `ready_before`.
TASK_COMES_BACK: Final = Transitions(
    {
        TaskStatus.REASSIGNED: {TaskStatus.READY},  # it had been ready when another household was asked
        TaskStatus.READY: set(),
    }
)

LIVE_TASKS: Final = (TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY, TaskStatus.PACKED)
WITH_THE_PRODUCER: Final = (TaskStatus.OPEN, TaskStatus.ACCEPTED)

PARCEL_STATES: Final = Transitions(
    {
        ParcelStatus.PACKED: {ParcelStatus.SHIPPED},  # the courier took it, or its truck left
        ParcelStatus.SHIPPED: {
            ParcelStatus.DELIVERED,  # the courier brought it to the door
            ParcelStatus.HANDED_OVER,  # somebody said the pickup code at the point
            ParcelStatus.PACKED,  # pressed on the wrong parcel, and taken back within ten minutes
            ParcelStatus.CALLED_BACK,  # its goods are recalled: sent back or destroyed as the shop said
        },
        ParcelStatus.DELIVERED: {
            ParcelStatus.SHIPPED,  # pressed by mistake, and taken back within ten minutes
        },
        ParcelStatus.HANDED_OVER: {
            ParcelStatus.SHIPPED,  # given to the wrong person, and back at the point within ten minutes
        },
        ParcelStatus.CALLED_BACK: set(),
    }
)
