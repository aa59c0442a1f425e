"""What happens after what: one table, to be read from top to bottom (letters about accounts: `account_reactions.LETTERS`).

A reaction is `reaction(session, event)`. It runs in the transaction that recorded the event, before the commit,
in the order written here, and touches only the database; an exception undoes everything. What must reach the
outside world goes through the outbox.
"""

from __future__ import annotations

from shop.accounts.audit import write_audit_entry
from shop.accounts.events import (
    AccountTakenOver,
    AuditNoted,
    OrganisationInvited,
    OrganisationMoved,
    RobotSet,
    ShopSettingsChanged,
)
from shop.campaigns.events import CampaignApprovalAsked, CampaignApprovalEnded
from shop.campaigns.families import move_years
from shop.campaigns.reactions import note_order_changed
from shop.canteens.events import StandingNotPlaced
from shop.canteens.unsettled import refuse_unsettled
from shop.catalogue.events import PackChanged
from shop.catalogue.reactions import make_pages_old
from shop.conversations.claim_threads import open_claim_thread, tell_decision_in_thread
from shop.conversations.events import ConversationAnswered, ThanksAnswered
from shop.exports.events import ScheduledExportReady, SchedulePaused
from shop.favourites.events import BackInStock
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
    TakeOutNeeded,
    TaskDueSoon,
    TasksOpened,
    TaskTakenAway,
    TextAnswered,
    UnitsReassigned,
    VillageSilent,
)
from shop.fulfilment.reactions import call_off_rest, call_off_tasks, give_out_tasks, move_order_on
from shop.fulfilment.stopping import note_recalled
from shop.gifts.events import GiftApprovalAsked, GiftApprovalEnded, GiftPlaced
from shop.inventory.reactions import note_stock_of_pack
from shop.invoicing.events import InvoiceIssued, InvoiceRejected, InvoiceReversed, InvoiceToBeWritten
from shop.invoicing.reactions import (
    ask_for_the_rest,
    demand_vouchers,
    follow_refund,
    request_one_invoice,
    request_wanted_invoices,
)
from shop.invoicing.tax_book import keep_tax_of_refund, keep_tax_of_sale, keep_tax_of_undone
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
from shop.ledger.events import ChargesGivenBack, PayoutPaid
from shop.ledger.goods_booking import book_restocked_late, book_written_off_after_all
from shop.ledger.hub_booking import book_hub_work, book_hub_work_undone
from shop.ledger.receipt_booking import book_receipts
from shop.ledger.weights import book_undone_refund
from shop.notifications import (
    account_reactions,
    canteen_reactions,
    conversation_reactions,
    debt_reactions,
    export_reactions,
    gift_reactions,
    invoice_reactions,
    organisation_reactions,
    papers_reactions,
    purchase_reactions,
    quotation_reactions,
    recall_reactions,
    recall_work_reactions,
    review_letters,
    robot_greeting,
    task_reactions,
)
from shop.notifications import reactions as order_news
from shop.ordering.approvals.events import ApprovalAsked, ApprovalEnded, OrderApproved
from shop.ordering.events import (
    ClaimDecided,
    ClaimOpened,
    GiftTransferWanted,
    LotCalledBack,
    OneInvoiceWanted,
    OrderByGiftTransferWanted,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderGivenUp,
    OrderOnTermsWanted,
    OrderPlaced,
    OrderRedirected,
    OrdersOnTermsWanted,
    RecallLifted,
    RestCalledOff,
    SubstituteTaken,
    UnitsClosed,
    UnitsNotReceived,
)
from shop.payments.cancelling import call_off_unpaid
from shop.payments.closed_units import give_price_back
from shop.payments.counter.undoing import put_back_on_shelf
from shop.payments.events import (
    DebtSettled,
    DebtsReminded,
    DebtWrittenOff,
    DisputeChanged,
    FeeKnown,
    GoodsRestockedLate,
    JointSettled,
    OrphanReturned,
    OwedMore,
    PaymentOrphaned,
    ReceiptsChanged,
    RefundFailed,
    RefundResent,
    RefundSucceeded,
    RefundUndone,
    RestockWrittenOff,
    SaleUndone,
)
from shop.payments.freight_back import give_freight_back
from shop.payments.goods_returning import call_off_goods, settle_goods
from shop.payments.joint.beginning import begin_transfer, join_transfer
from shop.payments.missing_units import refund_difference, undo_given_up
from shop.payments.short_deliveries import refund_units_not_received
from shop.payments.terms.accepting import accept_approved
from shop.payments.terms.wanted import accept_wanted, refuse_beyond_terms
from shop.privacy.taking_over import call_off_requests
from shop.purchases.counting import count_purchase
from shop.purchases.events import UnitBehind
from shop.quotations.events import QuotationDeclined, QuotationSent
from shop.reimbursement.events import PackEnded
from shop.reviews.events import ReviewAnswered, ReviewHidden
from shop.storage.unit_of_work import Reaction

REACTIONS: dict[type, tuple[Reaction, ...]] = {
    OrderPlaced: (order_news.tell_order_placed,),
    OrdersOnTermsWanted: (refuse_beyond_terms,),
    OneInvoiceWanted: (request_one_invoice,),
    OrderOnTermsWanted: (accept_wanted,),
    GiftTransferWanted: (begin_transfer,),
    OrderByGiftTransferWanted: (join_transfer,),
    OrderConfirmed: (
        give_out_tasks,
        note_recalled,
        book_sale,
        keep_tax_of_sale,
        request_wanted_invoices,
        count_purchase,
        order_news.tell_order_confirmed,
    ),
    ApprovalAsked: (organisation_reactions.tell_approvers,),
    CampaignApprovalAsked: (organisation_reactions.tell_bill_approvers,),
    CampaignApprovalEnded: (organisation_reactions.tell_bill_ended,),
    GiftPlaced: (gift_reactions.tell_gift_placed,),
    JointSettled: (gift_reactions.tell_gift_paid,),
    GiftApprovalAsked: (organisation_reactions.tell_gift_approvers,),
    GiftApprovalEnded: (organisation_reactions.tell_gift_approval_ended,),
    OrderApproved: (accept_approved,),
    ApprovalEnded: (organisation_reactions.tell_approval_ended,),
    OrderCompleted: (review_letters.invite_to_review,),
    OrderCancelled: (call_off_tasks, note_order_changed),
    TasksOpened: (task_reactions.tell_tasks_opened,),
    TaskDueSoon: (task_reactions.tell_task_due_soon,),
    TaskTakenAway: (task_reactions.tell_task_taken_away,),
    TextAnswered: (task_reactions.tell_text_answered,),
    UnitsReassigned: (book_reassignment,),
    VillageSilent: (task_reactions.tell_coordinators,),
    HubWorkDone: (book_hub_work,),
    HubWorkUndone: (book_hub_work_undone,),
    ProposalMade: (order_news.tell_proposal,),
    UnitsClosed: (give_price_back, book_closed_units, note_order_changed),
    OrderRedirected: (give_freight_back, order_news.tell_redirected),
    RestCalledOff: (call_off_rest,),
    OrderGivenUp: (undo_given_up,),
    SubstituteTaken: (refund_difference,),
    UnitsNotReceived: (refund_units_not_received,),
    InvoiceToBeWritten: (refuse_unsettled,),
    QuotationSent: (quotation_reactions.tell_quotation_sent,),
    QuotationDeclined: (quotation_reactions.tell_quotation_declined,),
    PackEnded: (papers_reactions.tell_papers_ready,),
    StandingNotPlaced: (canteen_reactions.tell_not_placed,),
    FeeKnown: (book_fee,),
    RefundSucceeded: (
        settle_goods,
        put_back_on_shelf,
        book_refund,
        keep_tax_of_refund,
        follow_refund,
        note_order_changed,
        order_news.tell_refunded,
        recall_work_reactions.tell_charged,
    ),
    RefundUndone: (book_undone_refund, keep_tax_of_undone),
    OwedMore: (ask_for_the_rest,),
    RefundFailed: (call_off_goods,),
    GoodsRestockedLate: (book_restocked_late,),
    RestockWrittenOff: (book_written_off_after_all,),
    PaymentOrphaned: (book_orphan,),
    OrphanReturned: (book_orphan_returned, order_news.tell_refunded),
    ReceiptsChanged: (book_receipts,),
    RefundResent: (book_resent,),
    DebtSettled: (book_settlement,),
    DebtWrittenOff: (book_write_off,),
    SaleUndone: (book_undone,),
    DisputeChanged: (book_dispute,),
    DebtsReminded: (debt_reactions.tell_debts_due,),
    ScheduledExportReady: (export_reactions.tell_export_ready,),
    SchedulePaused: (export_reactions.tell_exports_paused,),
    UnitBehind: (purchase_reactions.tell_unit_behind,),
    ClaimOpened: (open_claim_thread,),
    ClaimDecided: (tell_decision_in_thread, order_news.tell_claim_decided),
    ConversationAnswered: (conversation_reactions.tell_conversation_answered,),
    ThanksAnswered: (conversation_reactions.tell_thanks_answered,),
    ReviewHidden: (review_letters.tell_review_hidden,),
    ReviewAnswered: (review_letters.tell_review_answered,),
    BackInStock: (review_letters.tell_back_in_stock,),
    ParcelShipped: (move_order_on, order_news.tell_parcel_shipped),
    ParcelRelabelled: (order_news.tell_parcel_relabelled,),
    ParcelTakenBack: (order_news.tell_parcel_taken_back,),
    OrderLeftBehind: (order_news.tell_left_behind,),
    OrderNotLeftBehind: (order_news.call_back_left_behind,),
    OrderMoved: (order_news.tell_moved,),
    PreorderDelayed: (order_news.tell_preorder_delayed,),
    OrderRescheduled: (order_news.tell_rescheduled,),
    ParcelArrived: (order_news.tell_parcel_arrived,),
    ParcelNotArrived: (order_news.tell_parcel_not_arrived,),
    ParcelReported: (order_news.tell_parcel_reported,),
    RecallSettled: (recall_reactions.tell_recalled,),
    LotCalledBack: (recall_work_reactions.tell_near_a_recall,),
    TakeOutNeeded: (recall_work_reactions.tell_box_holders,),
    RecallLifted: (recall_reactions.tell_recall_lifted, recall_work_reactions.tell_over),
    ChargesGivenBack: (recall_work_reactions.tell_charge_given_back,),
    CollectionDue: (order_news.tell_collection_due,),
    ParcelTakenOff: (order_news.tell_parcel_taken_off,),
    **account_reactions.LETTERS,
    AccountTakenOver: (call_off_requests, call_off_unpaid),
    RobotSet: (robot_greeting.greet,),
    OrganisationMoved: (move_years,),
    OrganisationInvited: (organisation_reactions.tell_organisation_invited,),
    PackChanged: (note_stock_of_pack,),
    PayoutPaid: (demand_vouchers,),
    InvoiceIssued: (invoice_reactions.tell_invoice_issued,),
    InvoiceRejected: (invoice_reactions.tell_invoice_rejected,),
    InvoiceReversed: (invoice_reactions.tell_invoice_reversed,),
    ShopSettingsChanged: (make_pages_old,),
    AuditNoted: (write_audit_entry,),  # recorded last, since it locks the head of the chain
}
