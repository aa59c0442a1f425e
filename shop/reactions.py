"""What happens after what: one table, to be read from top to bottom.

A reaction is `reaction(session, event)`. It runs in the transaction that recorded the event, before the commit,
in the order written here, and touches only the database; an exception undoes everything. What must reach the
outside world goes through the outbox.
"""

from __future__ import annotations

from shop.accounts.audit import write_audit_entry
from shop.accounts.events import (
    AuditNoted,
    Invited,
    PasswordChanged,
    RegisteredAgain,
    ResetRequested,
    RobotSet,
    SecondFactorReset,
    ShopSettingsChanged,
    SignInCodeAsked,
)
from shop.catalogue.events import PackChanged
from shop.catalogue.reactions import make_pages_old
from shop.fulfilment.events import (
    CollectionDue,
    HubWorkDone,
    HubWorkUndone,
    OrderLeftBehind,
    OrderMoved,
    OrderNotLeftBehind,
    OrderRescheduled,
    ParcelArrived,
    ParcelNotArrived,
    ParcelRelabelled,
    ParcelReported,
    ParcelShipped,
    ParcelTakenBack,
    ParcelTakenOff,
    PreorderDelayed,
    ProposalMade,
    RecallSettled,
    TaskDueSoon,
    TasksOpened,
    TaskTakenAway,
    TextAnswered,
    UnitsReassigned,
    VillageSilent,
)
from shop.fulfilment.reactions import call_off_tasks, give_out_tasks, move_order_on
from shop.fulfilment.stopping import note_recalled
from shop.inventory.reactions import note_stock_of_pack
from shop.invoicing.events import InvoiceIssued, InvoiceRejected, InvoiceReversed
from shop.invoicing.reactions import demand_vouchers, follow_refund, request_wanted_invoices
from shop.invoicing.tax_book import keep_tax_of_refund, keep_tax_of_sale
from shop.ledger.booking import (
    book_closed_units,
    book_dispute,
    book_fee,
    book_orphan,
    book_orphan_returned,
    book_reassignment,
    book_refund,
    book_resent,
    book_sale,
    book_settlement,
    book_undone,
    book_write_off,
)
from shop.ledger.events import PayeeChanged, PayoutPaid
from shop.ledger.goods_booking import book_written_off_after_all
from shop.ledger.hub_booking import book_hub_work, book_hub_work_undone
from shop.ledger.receipt_booking import book_receipts
from shop.notifications.account_reactions import (
    tell_invited,
    tell_password_changed,
    tell_payee_changed,
    tell_registered_again,
    tell_reset_requested,
    tell_second_factor_reset,
    tell_sign_in_code,
)
from shop.notifications.debt_reactions import tell_debts_due
from shop.notifications.invoice_reactions import (
    tell_invoice_issued,
    tell_invoice_rejected,
    tell_invoice_reversed,
)
from shop.notifications.reactions import (
    call_back_left_behind,
    tell_claim_decided,
    tell_collection_due,
    tell_left_behind,
    tell_moved,
    tell_order_confirmed,
    tell_order_placed,
    tell_parcel_arrived,
    tell_parcel_not_arrived,
    tell_parcel_relabelled,
    tell_parcel_reported,
    tell_parcel_shipped,
    tell_parcel_taken_back,
    tell_parcel_taken_off,
    tell_preorder_delayed,
    tell_proposal,
    tell_refunded,
    tell_rescheduled,
)
from shop.notifications.recall_reactions import tell_recall_lifted, tell_recalled
from shop.notifications.robot_greeting import greet
from shop.notifications.task_reactions import (
    tell_coordinators,
    tell_task_due_soon,
    tell_task_taken_away,
    tell_tasks_opened,
    tell_text_answered,
)
from shop.ordering.events import (
    ClaimDecided,
    OrderCancelled,
    OrderConfirmed,
    OrderGivenUp,
    OrderPlaced,
    RecallLifted,
    SubstituteTaken,
    UnitsClosed,
)
from shop.payments.closed_units import refund_closed_units
from shop.payments.events import (
    DebtSettled,
    DebtsReminded,
    DebtWrittenOff,
    DisputeChanged,
    FeeKnown,
    OrphanReturned,
    PaymentOrphaned,
    ReceiptsChanged,
    RefundFailed,
    RefundResent,
    RefundSucceeded,
    RestockWrittenOff,
    SaleUndone,
)
from shop.payments.goods_returning import call_off_goods, settle_goods
from shop.payments.missing_units import refund_difference, undo_given_up
from shop.storage.unit_of_work import Reaction

REACTIONS: dict[type, tuple[Reaction, ...]] = {
    OrderPlaced: (tell_order_placed,),
    OrderConfirmed: (
        give_out_tasks,
        note_recalled,
        book_sale,
        keep_tax_of_sale,
        request_wanted_invoices,
        tell_order_confirmed,
    ),
    OrderCancelled: (call_off_tasks,),
    TasksOpened: (tell_tasks_opened,),
    TaskDueSoon: (tell_task_due_soon,),
    TaskTakenAway: (tell_task_taken_away,),
    TextAnswered: (tell_text_answered,),
    UnitsReassigned: (book_reassignment,),
    VillageSilent: (tell_coordinators,),
    HubWorkDone: (book_hub_work,),
    HubWorkUndone: (book_hub_work_undone,),
    ProposalMade: (tell_proposal,),
    UnitsClosed: (refund_closed_units, book_closed_units),
    OrderGivenUp: (undo_given_up,),
    SubstituteTaken: (refund_difference,),
    FeeKnown: (book_fee,),
    RefundSucceeded: (settle_goods, book_refund, keep_tax_of_refund, follow_refund, tell_refunded),
    RefundFailed: (call_off_goods,),
    RestockWrittenOff: (book_written_off_after_all,),
    PaymentOrphaned: (book_orphan,),
    OrphanReturned: (book_orphan_returned, tell_refunded),
    ReceiptsChanged: (book_receipts,),
    RefundResent: (book_resent,),
    DebtSettled: (book_settlement,),
    DebtWrittenOff: (book_write_off,),
    SaleUndone: (book_undone,),
    DisputeChanged: (book_dispute,),
    DebtsReminded: (tell_debts_due,),
    ClaimDecided: (tell_claim_decided,),
    ParcelShipped: (move_order_on, tell_parcel_shipped),
    ParcelRelabelled: (tell_parcel_relabelled,),
    ParcelTakenBack: (tell_parcel_taken_back,),
    OrderLeftBehind: (tell_left_behind,),
    OrderNotLeftBehind: (call_back_left_behind,),
    OrderMoved: (tell_moved,),
    PreorderDelayed: (tell_preorder_delayed,),
    OrderRescheduled: (tell_rescheduled,),
    ParcelArrived: (tell_parcel_arrived,),
    ParcelNotArrived: (tell_parcel_not_arrived,),
    ParcelReported: (tell_parcel_reported,),
    RecallSettled: (tell_recalled,),
    RecallLifted: (tell_recall_lifted,),
    CollectionDue: (tell_collection_due,),
    ParcelTakenOff: (tell_parcel_taken_off,),
    ResetRequested: (tell_reset_requested,),
    SignInCodeAsked: (tell_sign_in_code,),
    RobotSet: (greet,),
    PasswordChanged: (tell_password_changed,),
    SecondFactorReset: (tell_second_factor_reset,),
    RegisteredAgain: (tell_registered_again,),
    Invited: (tell_invited,),
    PackChanged: (note_stock_of_pack,),
    PayeeChanged: (tell_payee_changed,),
    PayoutPaid: (demand_vouchers,),
    InvoiceIssued: (tell_invoice_issued,),
    InvoiceRejected: (tell_invoice_rejected,),
    InvoiceReversed: (tell_invoice_reversed,),
    ShopSettingsChanged: (make_pages_old,),
    AuditNoted: (write_audit_entry,),  # recorded last, since it locks the head of the chain
}
