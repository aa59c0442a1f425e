"""Every message that the shop sends; each has a folder of templates under `templates/email/`.

Those that go to a household's telephone alone have one file under `templates/text/` instead.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

OUTBOX_KIND: Final = "message"


class Message(StrEnum):
    ORDER_PLACED = "order_placed"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_SHIPPED = "order_shipped"  # one for each parcel
    ORDER_NUMBER_CORRECTED = "order_number_corrected"  # of a parcel that has left
    ORDER_NOT_SHIPPED = "order_not_shipped"  # a parcel that was called shipped by mistake
    ORDER_ARRIVED = "order_arrived"  # a parcel waits at its pickup point
    ORDER_NOT_ARRIVED = "order_not_arrived"  # a parcel that was said to be there by mistake
    ORDER_UNCOLLECTED = "order_uncollected"  # what waits at the point should be collected
    ORDER_TAKEN_OFF = "order_taken_off"  # nobody collected it, and it is not at the point any more
    PARCEL_MISSING = "parcel_missing"  # its keeper does not find it at the point
    PARCEL_BROKEN = "parcel_broken"  # it came to the point damaged
    ORDER_LEFT_BEHIND = "order_left_behind"  # its truck left without something of it
    ORDER_MOVED = "order_moved"  # what missed its truck goes with a later one
    ORDER_REDIRECTED = "order_redirected"  # it goes to another place, truck or person, as was asked for
    ORDER_RESCHEDULED = "order_rescheduled"  # its truck arrives at another time
    ORDER_UNITS_MISSING = "order_units_missing"  # nobody has some of it: what is to become of them?
    LOT_RECALLED = "lot_recalled"  # to each buyer once, of all orders that had goods of it
    RECALL_LIFTED = "recall_lifted"  # to whom the recall was told: nothing was wrong with it after all
    RECALL_NEAR = "recall_near"  # to coordinators and keepers who have goods of it before them
    RECALLED_BOXES = "recalled_boxes"  # to who has a box with such goods in hand: open it
    RECALL_OVER = "recall_over"  # to both, where the recall was lifted
    ORDER_HARVEST_LATE = "order_harvest_late"  # its harvest comes later than was said
    ORDER_REFUNDED = "order_refunded"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_REJECTED = "invoice_rejected"
    INVOICE_REVERSED = "invoice_reversed"  # by a red letter
    DEBTS_DUE = "debts_due"  # to who owns and buys for an organisation on terms
    ORGANISATION_INVITED = "organisation_invited"  # to an address or number that may have no account
    GIFT_ORDERED = "gift_ordered"  # to who ordered it: one for all of its orders
    GIFT_SHIPPED = "gift_shipped"  # what of it left on a day, told once
    GIFT_APPROVAL_ASKED = "gift_approval_asked"  # the same of a whole gift
    GIFT_APPROVAL_ENDED = "gift_approval_ended"  # to who ordered it
    APPROVAL_ASKED = "approval_asked"  # to who approves what an organisation buys above a limit
    APPROVAL_ENDED = "approval_ended"  # to who ordered it: returned, or nobody answered
    QUOTATION_ANSWERED = "quotation_answered"  # to who asked: an offer, or that there is none
    STANDING_NOT_PLACED = (
        "standing_not_placed"  # to who set up a standing order of a canteen: a day brought nothing
    )
    PAPERS_READY = "papers_ready"  # to who asked for papers for reimbursement
    UNIT_BEHIND = "unit_behind"  # to who buys for a department that is behind its target
    EXPORT_READY = "export_ready"  # a planned file of a report can be taken
    EXPORTS_PAUSED = "exports_paused"  # they stand still, and why
    CLAIM_DECIDED = "claim_decided"
    CONVERSATION_ANSWERED = "conversation_answered"  # by the shop's team
    THANKS_ANSWERED = "thanks_answered"  # a household answers a buyer who thanked it
    REVIEW_INVITED = "review_invited"  # what were the goods like?
    REVIEW_HIDDEN = "review_hidden"  # to its author: why nobody reads it
    REVIEW_ANSWERED = "review_answered"
    BACK_IN_STOCK = "back_in_stock"  # to who waits for a pack
    CAMPAIGN_OPENED = "campaign_opened"  # to a union's member: choose until then
    CAMPAIGN_REMINDER = "campaign_reminder"  # nothing is chosen yet
    CAMPAIGN_CODE = "campaign_code"  # what a member gets, where and when, and the pickup code
    CAMPAIGN_UNCOLLECTED = "campaign_uncollected"  # the goods still wait for a member
    CAMPAIGN_NOTHING = "campaign_nothing"  # the close gave a member nothing, and why
    CAMPAIGN_CALLED_OFF = "campaign_called_off"  # to its members, with the union's reason
    CAMPAIGN_LESS = "campaign_less"  # goods of a member's choice do not come after all, and why
    CAMPAIGN_APPROVAL_ASKED = "campaign_approval_asked"  # its whole bill is above a limit
    CAMPAIGN_APPROVAL_ENDED = "campaign_approval_ended"  # to who wanted to close it
    ORDER_CODE = "order_code"  # six digits to find a guest's order
    TASKS_OVERDUE = "tasks_overdue"  # to a village's coordinators: somebody has to call
    SIGN_IN_CODE = "sign_in_code"  # six digits that sign a farmer's phone in
    CONTACT_CODE = "contact_code"  # six digits that sign a buyer in, or prove a number or an address
    CONTACT_CHANGED = "contact_changed"  # to the number and address that were known before
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CAMPUS_LINKED = "campus_linked"  # a campus account opens the account from now on
    CAMPUS_UNLINKED = "campus_unlinked"
    WAYS_DROPPED = (
        "ways_dropped"  # an address was proved for the first time: what opened the account before is gone
    )
    NEW_DEVICE = "new_device"  # somebody signed in with a browser that was not seen before
    RESET_PASSWORD = "reset_password"  # noqa: S105  the name of a message
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  the name of a message
    SECOND_FACTOR_RESET = "second_factor_reset"
    SECOND_FACTOR_CHANGED = "second_factor_changed"  # switched on or off, new recovery codes, or one was used
    REGISTERED = "registered"  # with the code that proves the address, and what to do if it was somebody else
    REGISTERED_AGAIN = "registered_again"
    ERASURE_PLANNED = "erasure_planned"  # of an account, and until when it can be called off
    ERASURE_HELD_BACK = "erasure_held_back"  # its day has come, and something is still open
    PRIVACY_ANSWERED = "privacy_answered"  # what somebody asked about their data
    ROBOT_GREETING = "robot_greeting"  # the first thing that a robot of a group chat writes
    INVITED = "invited"
    PAYEE_CHANGED = "payee_changed"  # to the contact that was known before
    TASK_OPENED = "task_opened"
    TASK_DUE_SOON = "task_due_soon"
    TASK_TAKEN_AWAY = "task_taken_away"  # nobody prepares it any more, or another household does
    TASK_RECALL_LIFTED = "task_recall_lifted"  # nothing was wrong with the goods after all
    RECALL_CHARGED = "recall_charged"  # what a recall's refunds cost the household
    RECALL_CHARGE_BACK = "recall_charge_back"  # that it got it again
    REPLY_ANSWERED = "reply_answered"  # what became of a household's text message


TEXTS: Final = frozenset(
    {
        Message.SIGN_IN_CODE,
        Message.TASK_OPENED,
        Message.TASK_DUE_SOON,
        Message.TASK_TAKEN_AWAY,
        Message.TASK_RECALL_LIFTED,
        Message.RECALL_CHARGED,
        Message.RECALL_CHARGE_BACK,
        Message.REPLY_ANSWERED,
    }
)
# Whose text message says more than the letter's subject: what to do, and where.
SHORT_WORDS: Final = frozenset({Message.ORGANISATION_INVITED})
