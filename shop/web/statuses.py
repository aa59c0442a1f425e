"""Every status as a person reads it: words, tone and icon, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shop.kit.text import msg


@dataclass(frozen=True, slots=True)
class StatusLook:
    """`word` is a message id; `tone` is a class of `.tag` (ok, warn, bad, info, buy or empty)."""

    word: str
    tone: str = ""
    icon: str = ""


LOOKS: Final[dict[tuple[str, str], StatusLook]] = {
    ("order", "awaiting_payment"): StatusLook(msg("Waiting for payment"), "warn", "hourglass-split"),
    ("order", "confirmed"): StatusLook(msg("Being prepared"), "info", "box-seam"),
    ("order", "shipped"): StatusLook(msg("On the way"), "info", "truck"),
    ("order", "completed"): StatusLook(msg("Completed"), "ok", "check2"),
    ("order", "cancelled"): StatusLook(msg("Cancelled"), "", "x-lg"),
    ("order_desk", "awaiting_payment"): StatusLook(msg("Awaiting payment"), "warn", "hourglass-split"),
    ("order_desk", "confirmed"): StatusLook(msg("Being prepared"), "info", "box-seam"),
    ("order_desk", "shipped"): StatusLook(msg("On the way"), "info", "truck"),
    ("order_desk", "completed"): StatusLook(msg("Completed"), "ok", "check2"),
    ("order_desk", "cancelled"): StatusLook(msg("Cancelled"), "", "x-lg"),
    ("my_order", "being_paid"): StatusLook(msg("Payment on its way"), "info", "hourglass-split"),
    ("my_order", "stopping"): StatusLook(msg("Being cancelled"), "warn", "hourglass-split"),
    ("my_order", "ready"): StatusLook(msg("Ready to collect"), "ok", "geo-alt"),
    ("my_order", "received"): StatusLook(msg("Everything handed over"), "ok", "check2"),
    ("payment", "pending"): StatusLook(msg("Payment not finished"), "warn", "hourglass-split"),
    ("payment", "succeeded"): StatusLook(msg("Payment received"), "ok", "check2"),
    ("payment", "failed"): StatusLook(msg("Payment failed"), "bad", "x-lg"),
    ("payment", "expired"): StatusLook(msg("Payment expired"), "", "clock"),
    ("payment", "orphaned"): StatusLook(msg("Paid too late"), "bad", "exclamation-triangle"),
    ("dispute", "open"): StatusLook(msg("Not decided"), "warn", "hourglass-split"),
    ("dispute", "won"): StatusLook(msg("Decided for the shop"), "ok", "check2"),
    ("dispute", "lost"): StatusLook(msg("Decided for the buyer"), "bad", "exclamation-triangle"),
    ("claim", "open"): StatusLook(msg("Being looked at"), "warn", "hourglass-split"),
    ("claim", "accepted"): StatusLook(msg("Granted"), "ok", "check2"),
    ("claim", "partly"): StatusLook(msg("Granted in part"), "ok", "check2"),
    ("claim", "refused"): StatusLook(msg("Refused"), "bad", "x-lg"),
    ("refund", "requested"): StatusLook(msg("Refund requested"), "warn", "hourglass-split"),
    ("refund", "pending"): StatusLook(msg("Refund on its way"), "info", "arrow-counterclockwise"),
    ("refund", "succeeded"): StatusLook(msg("Refunded"), "ok", "check2"),
    ("refund", "failed"): StatusLook(msg("Refund failed"), "bad", "exclamation-triangle"),
    ("bank_line", "open"): StatusLook(msg("To be matched"), "warn", "hourglass-split"),
    ("bank_line", "matched"): StatusLook(msg("Matched"), "ok", "check2"),
    ("bank_line", "set_aside"): StatusLook(msg("Set aside"), "", "x-lg"),
    ("task", "open"): StatusLook(msg("Not yet accepted"), "warn", "hourglass-split"),
    ("task", "accepted"): StatusLook(msg("In preparation"), "info", "basket"),
    ("task", "ready"): StatusLook(msg("Ready to hand in"), "ok", "check2"),
    ("task", "received"): StatusLook(msg("Received where it is packed"), "ok", "house-check"),
    ("task", "packed"): StatusLook(msg("Packed"), "ok", "box-seam"),
    ("task", "declined"): StatusLook(msg("Declined"), "bad", "x-lg"),
    ("task", "reassigned"): StatusLook(msg("Given to another household"), "", "arrow-left-right"),
    ("task", "cancelled"): StatusLook(msg("Cancelled"), "", "x-lg"),
    ("parcel", "planned"): StatusLook(msg("Being prepared"), "info", "basket"),
    ("parcel", "packed"): StatusLook(msg("Packed"), "info", "box-seam"),
    ("parcel", "shipped"): StatusLook(msg("On the way"), "info", "truck"),
    ("parcel", "arrived"): StatusLook(msg("At the pickup point"), "ok", "geo-alt"),
    ("parcel", "delivered"): StatusLook(msg("Delivered"), "ok", "check2"),
    ("parcel", "handed_over"): StatusLook(msg("Collected"), "ok", "check2"),
    ("payout", "draft"): StatusLook(msg("Draft"), "warn", "pencil"),
    ("payout", "approved"): StatusLook(msg("Approved"), "info", "person-check"),
    ("payout", "paid"): StatusLook(msg("Paid out"), "ok", "check2"),
    ("payout_run", "draft"): StatusLook(msg("Draft"), "warn", "pencil"),
    ("payout_run", "approved"): StatusLook(msg("Approved"), "info", "person-check"),
    ("payout_run", "paid"): StatusLook(msg("Paid out"), "ok", "check2"),
    ("payout_run", "discarded"): StatusLook(msg("Discarded"), "", "x-lg"),
    ("run", "planned"): StatusLook(msg("Taking orders"), "info", "calendar-check"),
    ("run", "departed"): StatusLook(msg("On the road"), "info", "truck"),
    ("run", "arrived"): StatusLook(msg("On campus"), "ok", "geo-alt"),
    ("run", "cancelled"): StatusLook(msg("Run cancelled"), "bad", "x-lg"),
    ("lot", "open"): StatusLook(msg("For sale"), "ok", "check2"),
    ("lot", "closed"): StatusLook(msg("Closed"), "", "x-lg"),
    ("product", "draft"): StatusLook(msg("Draft"), "warn", "pencil"),
    ("product", "published"): StatusLook(msg("For sale"), "ok", "check2"),
    ("product", "withdrawn"): StatusLook(msg("Out of the shop"), "", "x-lg"),
    ("stock", "available"): StatusLook(msg("In stock"), "ok", "check2"),
    ("stock", "few_left"): StatusLook(msg("Only a few left"), "warn", "hourglass-split"),
    ("stock", "sold_out"): StatusLook(msg("Sold out"), "", "clock"),
    ("picture", "processing"): StatusLook(msg("Being processed"), "warn", "hourglass-split"),
    ("picture", "ready"): StatusLook(msg("Ready to show"), "ok", "check2"),
    ("picture", "refused"): StatusLook(msg("Not a usable picture"), "bad", "exclamation-triangle"),
    ("allocation", "held"): StatusLook(msg("Reserved"), "warn", "hourglass-split"),
    ("allocation", "committed"): StatusLook(msg("Promised"), "info", "basket"),
    ("allocation", "shipped"): StatusLook(msg("Shipped"), "ok", "truck"),
    ("allocation", "released"): StatusLook(msg("Set free")),
    ("allocation", "withdrawn"): StatusLook(msg("Withdrawn"), "bad", "x-lg"),
    ("allocation", "closed"): StatusLook(msg("Taken out of the order"), "", "x-lg"),
    ("certificate", "valid"): StatusLook(msg("Valid"), "ok", "check2"),
    ("certificate", "expiring"): StatusLook(msg("Expires soon"), "warn", "hourglass-split"),
    ("certificate", "expired"): StatusLook(msg("Expired"), "bad", "exclamation-triangle"),
    ("outbox", "pending"): StatusLook(msg("Waiting to be sent"), "warn", "hourglass-split"),
    ("outbox", "sent"): StatusLook(msg("Sent"), "ok", "check2"),
    ("outbox", "failed"): StatusLook(msg("Could not be sent"), "bad", "exclamation-triangle"),
    ("delivery", "pickup"): StatusLook(msg("Campus pickup"), "", "shop"),
    ("delivery", "courier"): StatusLook(msg("Home delivery"), "", "house-door"),
    ("invoice", "none"): StatusLook(msg("No invoice")),
    ("invoice", "personal"): StatusLook(msg("Personal e-invoice")),
    ("invoice", "organisation"): StatusLook(msg("Company e-invoice")),
    ("provider", "sandbox"): StatusLook(msg("Test payment"), "", "credit-card-2-front"),
    ("provider", "stripe"): StatusLook(msg("Card, Alipay or WeChat Pay"), "", "credit-card-2-front"),
    ("provider", "wechat"): StatusLook(msg("WeChat Pay"), "", "wechat"),
    ("provider", "alipay"): StatusLook(msg("Alipay"), "", "alipay"),
    ("provider", "bank_transfer"): StatusLook(msg("Bank transfer"), "", "bank"),
    ("provider", "on_account"): StatusLook(msg("On account"), "", "receipt"),
    ("split", "household"): StatusLook(msg("Households"), "f1"),
    ("split", "packing"): StatusLook(msg("Packing and checks"), "f2"),
    ("split", "freight"): StatusLook(msg("Freight"), "f3"),
    ("split", "village_fund"): StatusLook(msg("Village fund"), "f4"),
    ("split", "payment_fee"): StatusLook(msg("Payment fee"), "f5"),
    ("split", "shop"): StatusLook(msg("Shop's share"), "f6"),
    ("role", "buyer"): StatusLook(msg("Buyer"), "", "person"),
    ("role", "farmer"): StatusLook(msg("Farmer"), "", "house-heart"),
    ("role", "coordinator"): StatusLook(msg("Village coordinator"), "", "people"),
    ("role", "point_keeper"): StatusLook(msg("Point keeper"), "", "geo-alt"),
    ("role", "admin"): StatusLook(msg("Shop team"), "", "gear"),
    ("role", "finance"): StatusLook(msg("Finance"), "", "cash-stack"),
}


def look(kind: str, status: str) -> StatusLook:
    """How a status is shown. An unknown one is shown as it is written, so that a page never fails on it."""
    return LOOKS.get((kind, str(status)), StatusLook(str(status)))
