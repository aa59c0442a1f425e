"""What may become of an order."""

from __future__ import annotations

from shop.kit.transitions import Transitions
from shop.ordering.models import OrderStatus

ORDER_STATES = Transitions(
    {
        OrderStatus.AWAITING_PAYMENT: {
            OrderStatus.CONFIRMED,  # its money arrived, or terms were accepted
            OrderStatus.CANCELLED,  # the buyer gave up, or the attempt to pay is dead
        },
        OrderStatus.CONFIRMED: {
            OrderStatus.SHIPPED,  # its last parcel left
            OrderStatus.CANCELLED,  # called off before anything left; the money goes back
        },
        OrderStatus.SHIPPED: {
            OrderStatus.COMPLETED,  # the buyer has it, or said nothing for N days
            OrderStatus.CONFIRMED,  # a parcel was called shipped by mistake, and taken back at once
        },
        OrderStatus.COMPLETED: set(),
        OrderStatus.CANCELLED: {
            OrderStatus.CONFIRMED,  # the money came after all, and the stock is still there
        },
    }
)
