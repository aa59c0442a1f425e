"""What each message is called at the shop's desk."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from shop.kit.text import msg
from shop.notifications.messages import Message

NAMES: Final = {
    Message.ORDER_PLACED: msg("Order placed"),
    Message.ORDER_CONFIRMED: msg("Order confirmed"),
    Message.ORDER_SHIPPED: msg("Parcel sent"),
    Message.ORDER_NUMBER_CORRECTED: msg("Tracking number put right"),
    Message.ORDER_NOT_SHIPPED: msg("Parcel not sent after all"),
    Message.ORDER_ARRIVED: msg("Parcel can be collected"),
    Message.ORDER_NOT_ARRIVED: msg("Parcel not at the pickup point after all"),
    Message.ORDER_UNCOLLECTED: msg("Reminder to collect a parcel"),
    Message.ORDER_TAKEN_OFF: msg("Uncollected parcel taken off its point"),
    Message.PARCEL_MISSING: msg("Parcel missing at the pickup point"),
    Message.PARCEL_BROKEN: msg("Parcel came broken"),
    Message.ORDER_LEFT_BEHIND: msg("Truck left without the order"),
    Message.ORDER_MOVED: msg("Order goes with a later truck"),
    Message.ORDER_RESCHEDULED: msg("Truck arrives at another time"),
    Message.ORDER_UNITS_MISSING: msg("Goods missing: what shall become of them?"),
    Message.LOT_RECALLED: msg("Recall of goods"),
    Message.RECALL_LIFTED: msg("Recall lifted"),
    Message.ORDER_HARVEST_LATE: msg("Harvest comes later"),
    Message.ORDER_REFUNDED: msg("Money sent back"),
    Message.INVOICE_ISSUED: msg("Invoice issued"),
    Message.INVOICE_REJECTED: msg("Invoice not possible like this"),
    Message.INVOICE_REVERSED: msg("Invoice taken back by a red letter"),
    Message.DEBTS_DUE: msg("Reminder of what is to be transferred"),
    Message.CLAIM_DECIDED: msg("Claim decided"),
    Message.ORDER_CODE: msg("Code to find an order"),
    Message.TASKS_OVERDUE: msg("Households that have not answered"),
    Message.SIGN_IN_CODE: msg("Code to sign in"),
    Message.RESET_PASSWORD: msg("Link for a new password"),
    Message.PASSWORD_CHANGED: msg("Password changed"),
    Message.SECOND_FACTOR_RESET: msg("Second step of signing in was reset"),
    Message.REGISTERED_AGAIN: msg("Registered with an address that is known"),
    Message.ROBOT_GREETING: msg("First words of a group chat's robot"),
    Message.INVITED: msg("Invitation to an account"),
    Message.PAYEE_CHANGED: msg("Account for payouts changed"),
    Message.TASK_OPENED: msg("Text: goods to be prepared"),
    Message.TASK_DUE_SOON: msg("Text: goods due soon"),
    Message.TASK_TAKEN_AWAY: msg("Text: goods not needed any more"),
    Message.REPLY_ANSWERED: msg("Text: answer to a household"),
}


def message_name(key: str) -> str:
    """In the reader's language; other work of the outbox than a message stands as it is called."""
    return str(gettext(NAMES[Message(key)])) if key in set(Message) else key
