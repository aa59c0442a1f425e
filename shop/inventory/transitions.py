"""What may become of an allocation."""

from __future__ import annotations

from shop.inventory.models import AllocationStatus, ReturnStatus
from shop.kit.transitions import Transitions

ALLOCATION_STATES = Transitions(
    {
        AllocationStatus.HELD: {
            AllocationStatus.COMMITTED,  # the order was confirmed
            AllocationStatus.RELEASED,  # the order died without money
        },
        AllocationStatus.COMMITTED: {
            AllocationStatus.SHIPPED,  # the parcel left
            AllocationStatus.WITHDRAWN,  # the producer declined, was short or stayed silent
            AllocationStatus.RELEASED,  # refunded before it left: the goods are for sale again
        },
        AllocationStatus.SHIPPED: {
            AllocationStatus.COMMITTED,  # the parcel was called shipped by mistake, and taken back at once
        },
        AllocationStatus.WITHDRAWN: {
            AllocationStatus.CLOSED,  # nobody else had the units, and somebody took them out of the order
            AllocationStatus.RELEASED,  # the goods had stood ready before another producer was asked
        },
        AllocationStatus.CLOSED: set(),
        AllocationStatus.RELEASED: set(),
    }
)

RETURN_STATES = Transitions(
    {
        ReturnStatus.EXPECTED: {
            ReturnStatus.RESTOCKED,  # the price is back, and the lot can take them
            ReturnStatus.WRITTEN_OFF,  # the price is back; so it was wished, or the lot is closed or too old by now
            ReturnStatus.CALLED_OFF,  # the refund failed
        },
        ReturnStatus.RESTOCKED: {
            ReturnStatus.WRITTEN_OFF,  # they were not fit for sale after all
        },
        ReturnStatus.WRITTEN_OFF: set(),
        ReturnStatus.CALLED_OFF: set(),
    }
)
