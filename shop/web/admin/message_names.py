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
    Message.RECALL_NEAR: msg("Recall: what is to be done where the goods lie"),
    Message.RECALLED_BOXES: msg("Recall: boxes to be opened"),
    Message.RECALL_OVER: msg("Recall lifted: to those who have the goods"),
    Message.ORDER_HARVEST_LATE: msg("Harvest comes later"),
    Message.ORDER_REFUNDED: msg("Money sent back"),
    Message.INVOICE_ISSUED: msg("Invoice issued"),
    Message.INVOICE_REJECTED: msg("Invoice not possible like this"),
    Message.INVOICE_REVERSED: msg("Invoice taken back by a red letter"),
    Message.STANDING_NOT_PLACED: msg("Standing order not placed"),
    Message.QUOTATION_ANSWERED: msg("Quotation answered"),
    Message.CAMPAIGN_OPENED: msg("A welfare campaign is open"),
    Message.CAMPAIGN_REMINDER: msg("Reminder to choose in a welfare campaign"),
    Message.CAMPAIGN_CODE: msg("Pickup code of a welfare campaign"),
    Message.CAMPAIGN_UNCOLLECTED: msg("Reminder to collect in a welfare campaign"),
    Message.DEBTS_DUE: msg("Reminder of what is to be transferred"),
    Message.ORGANISATION_INVITED: msg("Invitation into an organisation"),
    Message.GIFT_APPROVAL_ASKED: msg("A gift waits for approval"),
    Message.GIFT_APPROVAL_ENDED: msg("What became of a gift that waited"),
    Message.APPROVAL_ASKED: msg("An order waits for approval"),
    Message.APPROVAL_ENDED: msg("An order was not approved"),
    Message.UNIT_BEHIND: msg("Reminder of a department's target"),
    Message.EXPORT_READY: msg("Planned file of a report ready"),
    Message.EXPORTS_PAUSED: msg("Planned files of a report paused"),
    Message.CLAIM_DECIDED: msg("Claim decided"),
    Message.CONVERSATION_ANSWERED: msg("Customer service answered"),
    Message.THANKS_ANSWERED: msg("A household answered thanks"),
    Message.REVIEW_INVITED: msg("Invitation to review goods"),
    Message.REVIEW_HIDDEN: msg("Review hidden"),
    Message.REVIEW_ANSWERED: msg("Review answered"),
    Message.BACK_IN_STOCK: msg("Can be bought again"),
    Message.ORDER_CODE: msg("Code to find an order"),
    Message.TASKS_OVERDUE: msg("Households that have not answered"),
    Message.SIGN_IN_CODE: msg("Code to sign in"),
    Message.CONTACT_CODE: msg("Code for a mobile number or an e-mail address"),
    Message.CONTACT_CHANGED: msg("Mobile number or e-mail address changed"),
    Message.PASSKEY_ADDED: msg("Passkey added"),
    Message.PASSKEY_REMOVED: msg("Passkey removed"),
    Message.CAMPUS_LINKED: msg("Campus account linked"),
    Message.CAMPUS_UNLINKED: msg("Link to a campus account removed"),
    Message.WAYS_DROPPED: msg("E-mail address confirmed; what was tied to the account before is gone"),
    Message.NEW_DEVICE: msg("Signed in with a new browser"),
    Message.RESET_PASSWORD: msg("Link for a new password"),
    Message.ERASURE_PLANNED: msg("Erasure planned"),
    Message.PRIVACY_ANSWERED: msg("Request about data answered"),
    Message.PASSWORD_CHANGED: msg("Password changed"),
    Message.SECOND_FACTOR_RESET: msg("Second step of signing in was reset"),
    Message.REGISTERED: msg("Registered: the code that confirms the address"),
    Message.REGISTERED_AGAIN: msg("Registered with an address that is known"),
    Message.ROBOT_GREETING: msg("First words of a group chat's robot"),
    Message.INVITED: msg("Invitation to an account"),
    Message.PAYEE_CHANGED: msg("Account for payouts changed"),
    Message.TASK_OPENED: msg("Text: goods to be prepared"),
    Message.TASK_DUE_SOON: msg("Text: goods due soon"),
    Message.TASK_TAKEN_AWAY: msg("Text: goods not needed any more"),
    Message.TASK_RECALL_LIFTED: msg("Text: recall lifted"),
    Message.RECALL_CHARGED: msg("Text: what a recall costs the household"),
    Message.RECALL_CHARGE_BACK: msg("Text: money of a recall given back"),
    Message.REPLY_ANSWERED: msg("Text: answer to a household"),
}


def message_name(key: str) -> str:
    """In the reader's language; other work of the outbox than a message stands as it is called."""
    return str(gettext(NAMES[Message(key)])) if key in set(Message) else key
