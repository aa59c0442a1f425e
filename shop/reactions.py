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
    SecondFactorReset,
    ShopSettingsChanged,
)
from shop.catalogue.events import PackChanged
from shop.catalogue.reactions import make_pages_old
from shop.fulfilment.events import (
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
    UnitsReassigned,
)
from shop.fulfilment.reactions import call_off_tasks, give_out_tasks, move_order_on
from shop.inventory.reactions import note_stock_of_pack
from shop.invoicing.events import InvoiceIssued, InvoiceRejected, InvoiceReversed
from shop.invoicing.reactions import demand_vouchers, follow_refund, request_wanted_invoices
from shop.invoicing.tax_book import keep_tax_of_refund, keep_tax_of_sale
from shop.ledger.booking import (
    book_closed_units,
    book_dispute,
    book_fee,
    book_reassignment,
    book_refund,
    book_resent,
    book_sale,
)
from shop.ledger.events import PayeeChanged, PayoutPaid
from shop.notifications.account_reactions import (
    tell_invited,
    tell_password_changed,
    tell_payee_changed,
    tell_registered_again,
    tell_reset_requested,
    tell_second_factor_reset,
)
from shop.notifications.invoice_reactions import (
    tell_invoice_issued,
    tell_invoice_rejected,
    tell_invoice_reversed,
)
from shop.notifications.reactions import (
    call_back_left_behind,
    tell_claim_decided,
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
    tell_refunded,
    tell_rescheduled,
)
from shop.ordering.events import ClaimDecided, OrderCancelled, OrderConfirmed, OrderPlaced, UnitsClosed
from shop.payments.closed_units import refund_closed_units
from shop.payments.events import DisputeChanged, FeeKnown, OrphanReturned, RefundResent, RefundSucceeded
from shop.storage.unit_of_work import Reaction

REACTIONS: dict[type, tuple[Reaction, ...]] = {
    OrderPlaced: (tell_order_placed,),
    OrderConfirmed: (
        give_out_tasks,
        book_sale,
        keep_tax_of_sale,
        request_wanted_invoices,
        tell_order_confirmed,
    ),
    OrderCancelled: (call_off_tasks,),
    UnitsReassigned: (book_reassignment,),
    UnitsClosed: (refund_closed_units, book_closed_units),
    FeeKnown: (book_fee,),
    RefundSucceeded: (book_refund, keep_tax_of_refund, follow_refund, tell_refunded),
    OrphanReturned: (tell_refunded,),
    RefundResent: (book_resent,),
    DisputeChanged: (book_dispute,),
    ClaimDecided: (tell_claim_decided,),
    ParcelShipped: (move_order_on, tell_parcel_shipped),
    ParcelRelabelled: (tell_parcel_relabelled,),
    ParcelTakenBack: (tell_parcel_taken_back,),
    OrderLeftBehind: (tell_left_behind,),
    OrderNotLeftBehind: (call_back_left_behind,),
    OrderMoved: (tell_moved,),
    OrderRescheduled: (tell_rescheduled,),
    ParcelArrived: (tell_parcel_arrived,),
    ParcelNotArrived: (tell_parcel_not_arrived,),
    ParcelReported: (tell_parcel_reported,),
    ResetRequested: (tell_reset_requested,),
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
