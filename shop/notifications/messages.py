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
    ORDER_RESCHEDULED = "order_rescheduled"  # its truck arrives at another time
    ORDER_UNITS_MISSING = "order_units_missing"  # nobody has some of it: what is to become of them?
    LOT_RECALLED = "lot_recalled"  # to each buyer once, of all orders that had goods of it
    RECALL_LIFTED = "recall_lifted"  # to whom the recall was told: nothing was wrong with it after all
    ORDER_HARVEST_LATE = "order_harvest_late"  # its harvest comes later than was said
    ORDER_REFUNDED = "order_refunded"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_REJECTED = "invoice_rejected"
    INVOICE_REVERSED = "invoice_reversed"  # by a red letter
    DEBTS_DUE = "debts_due"  # to who owns and buys for an organisation on terms
    CLAIM_DECIDED = "claim_decided"
    ORDER_CODE = "order_code"  # six digits to find a guest's order
    TASKS_OVERDUE = "tasks_overdue"  # to a village's coordinators: somebody has to call
    SIGN_IN_CODE = "sign_in_code"  # six digits that sign a farmer's phone in
    RESET_PASSWORD = "reset_password"  # noqa: S105  the name of a message
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  the name of a message
    SECOND_FACTOR_RESET = "second_factor_reset"
    REGISTERED_AGAIN = "registered_again"
    ROBOT_GREETING = "robot_greeting"  # the first thing that a robot of a group chat writes
    INVITED = "invited"
    PAYEE_CHANGED = "payee_changed"  # to the contact that was known before
    TASK_OPENED = "task_opened"
    TASK_DUE_SOON = "task_due_soon"
    TASK_TAKEN_AWAY = "task_taken_away"  # nobody prepares it any more, or another household does
    REPLY_ANSWERED = "reply_answered"  # what became of a household's text message


TEXTS: Final = frozenset(
    {
        Message.SIGN_IN_CODE,
        Message.TASK_OPENED,
        Message.TASK_DUE_SOON,
        Message.TASK_TAKEN_AWAY,
        Message.REPLY_ANSWERED,
    }
)
