"""One cell as people and programs read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shop.conversations.words import TOPICS
from shop.kit.clock import in_shanghai
from shop.kit.money import plain_yuan
from shop.kit.text import msg, safe_cell
from shop.ledger.movements.kinds import KIND_NAMES, PROVIDER_NAMES
from shop.ledger.words import ACCOUNT_NAMES, ENTRY_NAMES
from shop.ordering.claim_words import KINDS, RULES
from shop.ordering.outside.models import OUTSIDE
from shop.ordering.outside.words import IN_THE_SHOP, PAID
from shop.ordering.reasons import REASON_WORDS
from shop.purchases.buyers import FUNDING_WORDS
from shop.purchases.channels import CHANNEL_WORDS, KIND_WORDS, PLATFORM, PLATFORM_WORD
from shop.reports.definition import Column, Unit

Translate = Callable[[str], str]

# The words of statuses in files: the same that pages show as tags.
_STATUS_WORDS = {
    "awaiting_payment": msg("Awaiting payment"),
    "confirmed": msg("Being prepared"),
    "shipped": msg("On the way"),
    "completed": msg("Completed"),
    "cancelled": msg("Cancelled"),
    "pickup": msg("Campus pickup"),
    "courier": msg("Home delivery"),
    "sandbox": msg("Test payment"),
    "stripe": msg("Card, Alipay or WeChat Pay"),
    "wechat": msg("WeChat Pay"),
    "alipay": msg("Alipay"),
    "bank_transfer": msg("Bank transfer"),
    "on_account": msg("On account"),
    "outside": msg("Collected elsewhere"),
    "open": msg("Not yet accepted"),
    "accepted": msg("In preparation"),
    "ready": msg("Ready to hand in"),
    "received": msg("At the packing place"),
    "packed": msg("Packed"),
    "loaded": msg("Loaded"),
    "left": msg("Has left"),
    "arrived": msg("At the pickup point"),
    "delivered": msg("Delivered"),
    "handed_over": msg("Collected"),
    "sent_back": msg("Not collected, sent back"),
    "discarded": msg("Not collected, spoiled"),
    "called_back": msg("Recalled: sent back or destroyed"),
    "declined": msg("Declined"),
    "recalled": msg("Recalled"),
    "reassigned": msg("Given to another household"),
    "on_time": msg("On time"),
    "late": msg("Late"),
    "no_payment": msg("Without a payment"),
}
_MONEY_WORDS = {
    "pending": msg("On its way"),
    "requested": msg("Requested"),
    "succeeded": msg("Done"),
    "undone": msg("Owed again"),
    "failed": msg("Failed"),
    "expired": msg("Expired"),
    "orphaned": msg("Without an order"),
    "draft": msg("Draft"),
    "approved": msg("Approved"),
    "paid": msg("Paid out"),
}
_PRODUCT_WORDS = {
    "draft": msg("Draft"),
    "published": msg("For sale"),
    "withdrawn": msg("Out of the shop"),
}
_RETURN_WORDS = {
    "expected": msg("Refund on its way"),
    "restocked": msg("Back in stock"),
    "written_off": msg("Written off"),
}
_BEARERS = {
    "reversal": msg("Sale taken back"),
    "shop": msg("Shop"),
    "household": msg("Household"),
    "village": msg("Village fund"),
    "courier": msg("Courier company"),
    "weight": msg("By weight"),
    "restocked": msg("Back in stock"),
}
_DIFFERENCES = {
    "not_matched": msg("Receipt that pays nothing yet"),
    "set_aside": msg("Receipt that was set aside"),
    "no_receipt": msg("Confirmed by hand, without a receipt"),
    "sums_differ": msg("Receipts say another sum"),
    "proposed": msg("Receipt that waits for a second person"),
    "no_order": msg("Payment that no order can use"),
}
_CLAIM_WORDS = {
    "open": msg("Being looked at"),
    "accepted": msg("Granted"),
    "partly": msg("Granted in part"),
    "refused": msg("Refused"),
    **{kind.value: word for kind, word in KINDS.items()},
    **{rule.value: words[0] for rule, words in RULES.items()},
}
_INVOICE_WORDS = {
    "requested": msg("To be issued"),
    "rejected": msg("Not possible like this"),
    "withdrawn": msg("Not wanted any more"),
    "merged": msg("On another request"),
    "issued": msg("Issued"),
    "reversed": msg("Taken back by a red letter"),
    "invoice": msg("Invoice"),
    "red_letter": msg("Red letter"),
    "voucher": msg("Purchase voucher"),
}
_MOVEMENT_STATES = {
    "booked": msg("Stands in the books"),
    "taken_back": msg("Taken back later"),
    "takes_back": msg("Takes it back"),
}
_PRICE_CHANGES = {
    "first": msg("First price"),
    "set": msg("Price changed"),
    "lowered": msg("A lower price began"),
    "back": msg("A lower price ended"),
}
_HUB_STEPS = {
    "receive": msg("Received at the hub"),
    "assemble": msg("Gift boxes put together"),
    "repack": msg("Packed anew"),
    "merge": msg("Parcels merged"),
}
_SERVICE_WORDS = {topic.value: word for topic, word in TOPICS.items()} | {
    "open": msg("The buyer waits"),
    "answered": msg("Waiting for the buyer"),
    "closed": msg("Finished"),
}
_ENTRY_WORDS = {kind.value: name for kind, name in ENTRY_NAMES.items()}
WORDS: Mapping[Unit, Mapping[str, str]] = {
    **dict.fromkeys((Unit.ORDER_STATUS, Unit.DELIVERY, Unit.PAYMENT_METHOD, Unit.TASK_STATUS), _STATUS_WORDS),
    **dict.fromkeys((Unit.PAYMENT_STATUS, Unit.REFUND_STATUS, Unit.PAYOUT_STATUS), _MONEY_WORDS),
    Unit.PRODUCT_STATUS: _PRODUCT_WORDS,
    Unit.RETURN: _RETURN_WORDS,
    Unit.BEARER: _BEARERS,
    Unit.CLAIM: _CLAIM_WORDS,
    Unit.SERVICE: _SERVICE_WORDS,
    Unit.REASON: REASON_WORDS,
    Unit.INVOICE: _INVOICE_WORDS,
    Unit.TAXED: {"taxed": msg("Taxed"), "exempt": msg("Exempt")},
    Unit.ACCOUNT: {account.value: name for account, name in ACCOUNT_NAMES.items()},
    Unit.DIFFERENCE: _DIFFERENCES,
    **dict.fromkeys((Unit.ENTRY_KIND, Unit.ENTRY_TEXT), _ENTRY_WORDS),
    Unit.MOVEMENT_STATE: _MOVEMENT_STATES,
    Unit.MOVEMENT: {kind.value: name for kind, name in KIND_NAMES.items()},
    Unit.HUB_STEP: _HUB_STEPS,
    Unit.PRICE_CHANGE: _PRICE_CHANGES,
    Unit.PROVIDER: PROVIDER_NAMES,
    Unit.PAID_ELSEWHERE: {"in_shop": IN_THE_SHOP, **{how.value: word for how, word in PAID.items()}},
    Unit.FUNDING: {one.value: word for one, word in FUNDING_WORDS.items()},
    Unit.PURCHASE: {one.value: word for one, word in KIND_WORDS.items()},
    Unit.CHANNEL: CHANNEL_WORDS | {PLATFORM: PLATFORM_WORD},
}


_PROVIDERS = (Unit.PROVIDER, Unit.PAYMENT_METHOD)


def heading(column: Column, translate: Translate) -> str:
    """The column's title with its unit, for files where a bare number would say nothing."""
    title = translate(column.title)
    if column.unit is Unit.FEN:
        return f"{title} ({translate(msg('CNY'))})"
    if column.unit is Unit.GRAMS:
        return f"{title} (g)"
    return title


_TEXTS: dict[Unit, Callable[[Any], str]] = {
    Unit.FEN: lambda value: plain_yuan(int(value)),
    Unit.YUAN: lambda value: plain_yuan(int(value)),
    Unit.SHARE: lambda value: f"{Decimal(int(value)) / 100:.2f}%",
    Unit.DAY: lambda value: as_day(value).isoformat(),
    Unit.WEEK: lambda value: as_day(value).isoformat(),
    Unit.MONTH: lambda value: f"{as_day(value):%Y-%m}",
    Unit.MOMENT: lambda value: f"{in_shanghai(value):%Y-%m-%d %H:%M}",
    Unit.COUNT: lambda value: str(int(value)),
    Unit.GRAMS: lambda value: str(int(value)),
    Unit.ENTRY: lambda value: str(int(value)),
    Unit.ORDER: str,
    Unit.KEY: str,
    Unit.TEXT: str,
}


def as_text(column: Column, value: Any, translate: Translate) -> str:
    """As people read it: amounts in yuan with two decimals, moments on Shanghai's clock."""
    if value is None:
        return ""
    if column.unit in WORDS:
        return as_word(column, value, translate)
    return _TEXTS[column.unit](value)


def as_cell(column: Column, value: Any, translate: Translate) -> str:
    """The same for a cell of a file: what people wrote is no formula there."""
    text = as_text(column, value, translate)
    return str(safe_cell(text)) if column.unit is Unit.TEXT or column.unit in WORDS else text


def as_word(column: Column, value: Any, translate: Translate) -> str:
    """A status in the reader's language; what a person wrote in its place stays as it is."""
    said, _, about = str(value).partition(" ") if column.unit is Unit.ENTRY_TEXT else (str(value), "", "")
    words = WORDS[column.unit]
    word = words.get(said)
    if word is None and column.unit in _PROVIDERS and said.startswith(f"{OUTSIDE}:"):
        return f"{translate(_STATUS_WORDS[OUTSIDE])}: {said.partition(':')[2]}"
    return f"{translate(word)} {about}".strip() if word else str(value)


def as_day(value: Any) -> date:
    """SQLite's date functions answer text, PostgreSQL's a date."""
    if isinstance(value, datetime):
        return in_shanghai(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))
