"""How each pile of the first page is shown: its name, how urgent it is, and where all of it and one thing of it lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import url_for

from shop.accounts.models import RoleName
from shop.kit.text import msg
from shop.ordering.models import Channel
from shop.reports.buyer_piles import SHORT, SHORT_CANTEEN
from shop.reports.piles import Item, Pile
from shop.web.admin.claims import TO_REFUND
from shop.web.admin.words import LOW


@dataclass(frozen=True)
class Look:
    """How a pile is shown: its name, where all of it stands, how urgent it is, and where one thing leads."""

    label: str
    icon: str
    tone: str
    everything: Callable[[], str]
    one: Callable[[Item], str]


def _order(item: Item) -> str:
    return url_for("admin.order", number=item.ref)


def _product(item: Item) -> str:
    return url_for("admin.products_one", record_id=int(item.ref))


def _payout(item: Item) -> str:
    number, _slash, payout_id = item.ref.partition("/")
    return url_for("admin.payout", number=number, payout_id=int(payout_id))


def _coordinators() -> str:
    """A person's page says for which villages and places somebody works."""
    return url_for("admin.users", role=RoleName.COORDINATOR.value)


LOOKS: Final = {
    Pile.RECALLS: Look(
        msg("Recalls that are proposed"),
        icon="exclamation-octagon",
        tone="late",
        everything=lambda: url_for("admin.recalls", state="proposed"),
        one=lambda item: url_for("admin.recall", code=item.ref),
    ),
    Pile.RECALL_REFUNDS: Look(
        msg("Recalled goods to refund"),
        icon="arrow-return-left",
        tone="late",
        everything=lambda: url_for("admin.recalls", state="active"),
        one=lambda item: url_for("admin.recall", code=item.ref),
    ),
    Pile.PRICES: Look(
        msg("Lower prices that are proposed"),
        icon="tag",
        tone="soon",
        everything=lambda: url_for("admin.prices", state="proposed"),
        one=lambda item: url_for("admin.price", price_id=int(item.ref)),
    ),
    Pile.CLAIMS: Look(
        msg("Claims of buyers"),
        icon="chat-left-dots",
        tone="late",
        everything=lambda: url_for("admin.claims"),
        one=lambda item: url_for("admin.claim", claim_id=int(item.ref)),
    ),
    Pile.CONVERSATIONS: Look(
        msg("Buyers who wrote to us"),
        icon="headset",
        tone="late",
        everything=lambda: url_for("admin.conversations"),
        one=lambda item: url_for("admin.conversation", conversation_id=int(item.ref)),
    ),
    Pile.QUOTATIONS: Look(
        msg("Quotations that wait for us"),
        icon="file-earmark-text",
        tone="late",
        everything=lambda: url_for("admin.quotations", state="waiting"),
        one=lambda item: (
            url_for("admin.quotation_receipt", number=item.ref)
            if item.kind == SHORT
            else url_for("admin.order", number=item.ref, _anchor="canteen")
            if item.kind == SHORT_CANTEEN
            else url_for("admin.quotation", number=item.ref)
        ),
    ),
    Pile.WEIGHINGS: Look(
        msg("Weights of canteens to settle"),
        icon="clipboard-check",
        tone="late",
        everything=lambda: url_for("admin.orders", channel=Channel.CANTEEN.value),
        one=lambda item: url_for("admin.order", number=item.ref, _anchor="canteen"),
    ),
    Pile.CLAIM_REFUNDS: Look(
        msg("Claims granted, not refunded yet"),
        icon="arrow-return-left",
        tone="late",
        everything=lambda: url_for("admin.claims", status=TO_REFUND),
        one=lambda item: url_for("admin.claim", claim_id=int(item.ref)),
    ),
    Pile.REVIEWS: Look(
        msg("Reviews to look at"),
        icon="star",
        tone="soon",
        everything=lambda: url_for("admin.reviews"),
        one=lambda item: url_for("admin.review", review_id=int(item.ref)),
    ),
    Pile.STORIES: Look(
        msg("Stories to publish"),
        icon="newspaper",
        tone="soon",
        everything=lambda: url_for("admin.stories", state="offered"),
        one=lambda item: url_for("admin.story", post_id=int(item.ref)),
    ),
    Pile.PLACES: Look(
        msg("Villages without a coordinator"),
        icon="geo-alt",
        tone="late",
        everything=_coordinators,
        one=lambda _item: _coordinators(),
    ),
    Pile.TASKS: Look(
        msg("Tasks that are stuck"),
        icon="person-x",
        tone="late",
        everything=lambda: url_for("admin.tasks"),
        one=lambda _item: url_for("admin.tasks"),
    ),
    Pile.PARCELS: Look(
        msg("Parcels missing, broken or given out too late"),
        icon="exclamation-triangle",
        tone="late",
        everything=lambda: url_for("admin.orders", waits=Pile.PARCELS),
        one=_order,
    ),
    Pile.LATE: Look(
        msg("Parcels late with their courier"),
        icon="signpost-split",
        tone="late",
        everything=lambda: url_for("admin.orders", waits=Pile.LATE),
        one=_order,
    ),
    Pile.UNCOLLECTED: Look(
        msg("Orders that nobody collects"),
        icon="hourglass-split",
        tone="soon",
        everything=lambda: url_for("admin.orders", waits=Pile.UNCOLLECTED),
        one=_order,
    ),
    Pile.TRUCKS: Look(
        msg("Paid orders without a truck"),
        icon="truck",
        tone="late",
        everything=lambda: url_for("admin.orders", waits=Pile.TRUCKS),
        one=_order,
    ),
    Pile.MONEY: Look(
        msg("Refunds and payments"),
        icon="cash-stack",
        tone="late",
        everything=lambda: url_for("admin.money_work"),
        one=_order,
    ),
    Pile.RECEIPTS: Look(
        msg("Bank receipts to match"),
        icon="receipt",
        tone="soon",
        everything=lambda: url_for("admin.reconcile"),
        one=lambda item: (
            url_for("admin.receipt", line_id=int(item.ref)) if item.ref else url_for("admin.reconcile")
        ),
    ),
    Pile.TRANSFERS: Look(
        msg("Transfers to confirm"),
        icon="bank",
        tone="soon",
        everything=lambda: url_for("admin.transfers", open="1"),
        one=lambda item: url_for("admin.transfer", payment_id=int(item.ref)),
    ),
    Pile.DEBTS: Look(
        msg("Organisations that buy on account"),
        icon="cash-stack",
        tone="soon",
        everything=lambda: url_for("admin.receivables"),
        one=lambda item: url_for("admin.receivable", organisation_id=int(item.ref)),
    ),
    Pile.PAYOUTS: Look(
        msg("Payout runs to approve or to pay"),
        icon="cash-coin",
        tone="soon",
        everything=lambda: url_for("admin.payouts"),
        one=lambda item: url_for("admin.payout_run", number=item.ref),
    ),
    Pile.ADVANCES: Look(
        msg("Advances to repay"),
        icon="arrow-return-left",
        tone="soon",
        everything=lambda: url_for("admin.advance"),
        one=lambda _item: url_for("admin.advance"),
    ),
    Pile.CASH: Look(
        msg("Cash boxes to count a second time"),
        icon="cash-coin",
        tone="soon",
        everything=lambda: url_for("admin.shelves_page"),
        one=lambda item: url_for("admin.shelf", shelf_id=int(item.ref)),
    ),
    Pile.MOVEMENTS: Look(
        msg("Bank movements to confirm"),
        icon="arrow-left-right",
        tone="soon",
        everything=lambda: url_for("admin.movements"),
        one=lambda _item: url_for("admin.movements"),
    ),
    Pile.PROOFS: Look(
        msg("Cash without a signed receipt"),
        icon="pen",
        tone="soon",
        everything=lambda: url_for("admin.receipts_missing"),
        one=_payout,
    ),
    Pile.PAYEES: Look(
        msg("Households nobody can pay yet"),
        icon="person-vcard",
        tone="soon",
        everything=lambda: url_for("admin.payees"),
        one=lambda item: url_for("admin.payee", household_id=int(item.ref)),
    ),
    Pile.INVOICES: Look(
        msg("Invoices to issue or take back"),
        icon="file-earmark-text",
        tone="soon",
        everything=lambda: url_for("admin.invoices"),
        one=lambda item: (
            url_for("admin.invoice", invoice_id=int(item.ref)) if item.ref else url_for("admin.vouchers")
        ),
    ),
    Pile.LOTS: Look(
        msg("Lots that spoil soon"),
        icon="basket",
        tone="soon",
        everything=lambda: url_for("admin.lots", shelf="spoiling"),
        one=lambda item: url_for("admin.lot", lot_id=int(item.ref)),
    ),
    Pile.CERTIFICATES: Look(
        msg("Certificates that expire"),
        icon="patch-check",
        tone="soon",
        everything=lambda: url_for("admin.certificates"),
        one=lambda item: url_for("admin.certificates_one", record_id=int(item.ref)),
    ),
    Pile.MESSAGES: Look(
        msg("Messages not sent"),
        icon="send",
        tone="soon",
        everything=lambda: url_for("admin.messages"),
        one=lambda _item: url_for("admin.messages"),
    ),
    Pile.PRIVACY: Look(
        msg("People who ask about their data"),
        icon="shield-check",
        tone="soon",
        everything=lambda: url_for("admin.privacy_requests"),
        one=lambda item: url_for("admin.privacy_request", number=item.ref),
    ),
    Pile.STOCK: Look(
        msg("Products that run out"),
        icon="boxes",
        tone="",
        everything=lambda: url_for("admin.products", status="published", stock=LOW),
        one=_product,
    ),
    Pile.PICTURES: Look(
        msg("Photos that were refused"),
        icon="image",
        tone="",
        everything=lambda: url_for("admin.products", photos="refused"),
        one=_product,
    ),
}
