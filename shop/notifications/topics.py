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
    # What is not collected is thrown away in the end: nobody can choose not to hear of it.
    Message.ORDER_UNCOLLECTED: MessageTopic.ORDERS,
    Message.ORDER_TAKEN_OFF: MessageTopic.ORDERS,
    Message.PARCEL_MISSING: MessageTopic.ORDERS,
    Message.PARCEL_BROKEN: MessageTopic.ORDERS,
    Message.LOT_RECALLED: MessageTopic.ORDERS,
    Message.RECALL_LIFTED: MessageTopic.ORDERS,
    Message.CLAIM_DECIDED: MessageTopic.ORDERS,
    Message.CONVERSATION_ANSWERED: MessageTopic.ORDERS,
    Message.THANKS_ANSWERED: MessageTopic.ORDERS,
    Message.REVIEW_HIDDEN: MessageTopic.ORDERS,
    Message.REVIEW_INVITED: MessageTopic.REVIEWS,
    Message.REVIEW_ANSWERED: MessageTopic.REVIEWS,
    Message.BACK_IN_STOCK: MessageTopic.RESTOCK,
    Message.INVOICE_ISSUED: MessageTopic.ORDERS,
    Message.INVOICE_REJECTED: MessageTopic.ORDERS,
    Message.INVOICE_REVERSED: MessageTopic.ORDERS,
    Message.ORDER_SHIPPED: MessageTopic.PARCELS,
    Message.ORDER_NUMBER_CORRECTED: MessageTopic.PARCELS,
    Message.ORDER_NOT_SHIPPED: MessageTopic.PARCELS,
    Message.ORDER_ARRIVED: MessageTopic.PARCELS,
    Message.ORDER_NOT_ARRIVED: MessageTopic.PARCELS,
    Message.ORDER_MOVED: MessageTopic.PARCELS,
    Message.ORDER_REDIRECTED: MessageTopic.ORDERS,
    Message.ORDER_RESCHEDULED: MessageTopic.PARCELS,
    Message.TASKS_OVERDUE: MessageTopic.VILLAGE,
    Message.RECALL_NEAR: MessageTopic.VILLAGE,
    Message.RECALLED_BOXES: MessageTopic.VILLAGE,
    Message.RECALL_OVER: MessageTopic.VILLAGE,
    Message.CAMPAIGN_OPENED: MessageTopic.ORGANISATION,
    Message.CAMPAIGN_REMINDER: MessageTopic.ORGANISATION,
    # What is not collected is thrown away in the end: nobody can choose not to hear of it.
    Message.CAMPAIGN_CODE: MessageTopic.ORDERS,
    Message.CAMPAIGN_UNCOLLECTED: MessageTopic.ORDERS,
    Message.CAMPAIGN_NOTHING: MessageTopic.ORDERS,
    Message.CAMPAIGN_CALLED_OFF: MessageTopic.ORDERS,
    Message.CAMPAIGN_LESS: MessageTopic.ORDERS,
    Message.CAMPAIGN_APPROVAL_ASKED: MessageTopic.ORGANISATION,
    Message.CAMPAIGN_APPROVAL_ENDED: MessageTopic.ORGANISATION,
    Message.DEBTS_DUE: MessageTopic.ORGANISATION,
    Message.APPROVAL_ASKED: MessageTopic.ORGANISATION,
    Message.GIFT_ORDERED: MessageTopic.ORDERS,
    Message.GIFT_SHIPPED: MessageTopic.PARCELS,
    Message.GIFT_APPROVAL_ASKED: MessageTopic.ORGANISATION,
    Message.GIFT_APPROVAL_ENDED: MessageTopic.ORGANISATION,
    Message.APPROVAL_ENDED: MessageTopic.ORDERS,
    Message.STANDING_NOT_PLACED: MessageTopic.ORGANISATION,
    Message.QUOTATION_ANSWERED: MessageTopic.ORGANISATION,
    Message.PAPERS_READY: MessageTopic.ORGANISATION,
    Message.UNIT_BEHIND: MessageTopic.ORGANISATION,
}
