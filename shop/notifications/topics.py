"""Which topic a message belongs to. What belongs to none goes by the shop's own rule: it concerns the account itself."""

from __future__ import annotations

from typing import Final

from shop.accounts.message_models import MessageTopic
from shop.notifications.messages import Message

TOPICS: Final = {
    Message.ORDER_PLACED: MessageTopic.ORDERS,
    Message.ORDER_CONFIRMED: MessageTopic.ORDERS,
    Message.ORDER_UNITS_MISSING: MessageTopic.ORDERS,
    Message.ORDER_HARVEST_LATE: MessageTopic.ORDERS,
    Message.ORDER_LEFT_BEHIND: MessageTopic.ORDERS,
    Message.ORDER_REFUNDED: MessageTopic.ORDERS,
    Message.PARCEL_MISSING: MessageTopic.ORDERS,
    Message.PARCEL_BROKEN: MessageTopic.ORDERS,
    Message.LOT_RECALLED: MessageTopic.ORDERS,
    Message.RECALL_LIFTED: MessageTopic.ORDERS,
    Message.CLAIM_DECIDED: MessageTopic.ORDERS,
    Message.INVOICE_ISSUED: MessageTopic.ORDERS,
    Message.INVOICE_REJECTED: MessageTopic.ORDERS,
    Message.INVOICE_REVERSED: MessageTopic.ORDERS,
    Message.ORDER_SHIPPED: MessageTopic.PARCELS,
    Message.ORDER_NUMBER_CORRECTED: MessageTopic.PARCELS,
    Message.ORDER_NOT_SHIPPED: MessageTopic.PARCELS,
    Message.ORDER_ARRIVED: MessageTopic.PARCELS,
    Message.ORDER_NOT_ARRIVED: MessageTopic.PARCELS,
    Message.ORDER_UNCOLLECTED: MessageTopic.PARCELS,
    Message.ORDER_MOVED: MessageTopic.PARCELS,
    Message.ORDER_RESCHEDULED: MessageTopic.PARCELS,
    Message.TASKS_OVERDUE: MessageTopic.VILLAGE,
    Message.DEBTS_DUE: MessageTopic.ORGANISATION,
}
