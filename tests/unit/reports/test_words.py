"""No report shows a code of ours: every state and every reason that can be written has words in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import shop
from shop.catalogue.models import ProductStatus
from shop.conversations.models import ConversationStatus, Topic
from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.models import TaskStatus
from shop.inventory.models import ReturnStatus
from shop.invoicing.models import InvoiceStatus
from shop.ledger.models import Account, EntryKind, PayoutStatus
from shop.ledger.movements.models import MovementKind, MovementStatus
from shop.ordering.claim_models import ClaimKind, ClaimRule, ClaimStatus
from shop.ordering.models import Channel, DeliveryKind, OrderStatus
from shop.ordering.outside.models import PaidHow
from shop.ordering.reasons import Reason
from shop.payments.models import PaymentStatus, RefundBearer, RefundStatus
from shop.payments.providers.config import PASSING_ON
from shop.purchases.channels import PLATFORM
from shop.purchases.models import Funding, PurchaseKind
from shop.reports import reconciliation
from shop.reports.all_reports import REPORTS
from shop.reports.cells import WORDS, as_cell, as_text
from shop.reports.definition import Column, Unit
from shop.reports.movements import TAKES_BACK
from shop.settings import PAYMENT_METHODS

ROOT = Path(shop.__file__).parent
CAN_OCCUR = {
    Unit.ORDER_STATUS: OrderStatus,
    Unit.PRODUCT_STATUS: ProductStatus,
    Unit.RETURN: [one for one in ReturnStatus if one is not ReturnStatus.CALLED_OFF],
    Unit.DELIVERY: DeliveryKind,
    Unit.PAYMENT_METHOD: [*PAYMENT_METHODS, "on_account"],
    Unit.TASK_STATUS: TaskStatus,
    Unit.PAYMENT_STATUS: PaymentStatus,
    Unit.REFUND_STATUS: RefundStatus,
    Unit.BEARER: RefundBearer,
    Unit.REASON: Reason,
    Unit.PAYOUT_STATUS: PayoutStatus,
    Unit.CLAIM: [*ClaimKind, *ClaimStatus, *ClaimRule],
    Unit.INVOICE: [*InvoiceStatus, "invoice", "red_letter", "voucher"],
    Unit.PAID_ELSEWHERE: ["in_shop", *PaidHow],
    Unit.TAXED: ["taxed", "exempt"],
    Unit.SERVICE: [*Topic, *ConversationStatus],
    Unit.ACCOUNT: Account,
    Unit.ENTRY_KIND: EntryKind,
    Unit.ENTRY_TEXT: EntryKind,
    Unit.MOVEMENT: MovementKind,
    Unit.MOVEMENT_STATE: [MovementStatus.BOOKED, MovementStatus.TAKEN_BACK, TAKES_BACK],
    Unit.HUB_STEP: HubStepKind,
    Unit.PROVIDER: PASSING_ON,
    Unit.PAID_ELSEWHERE: [*PaidHow, "in_shop"],
    Unit.FUNDING: Funding,
    Unit.PURCHASE: PurchaseKind,
    Unit.CHANNEL: [*Channel, PLATFORM],
    Unit.PRICE_CHANGE: ["first", "set", "lowered", "back"],
    Unit.DIFFERENCE: [
        reconciliation.NOT_MATCHED,
        reconciliation.SET_ASIDE,
        reconciliation.NO_RECEIPT,
        reconciliation.SUMS_DIFFER,
    ],
}
KINDS_OF_CODES = re.compile(r"(status|state|kind|bearer|method|reason|rule)$")
# Typed by whoever set the receipt aside, or gave the units otherwise.
PEOPLES_WORDS = {("reconciliation-differences", "reason"), ("overrides", "reason")}


def test_every_unit_that_stands_for_words_is_known_here():
    assert set(CAN_OCCUR) == set(WORDS)


@pytest.mark.parametrize("unit", CAN_OCCUR)
def test_every_value_that_can_occur_has_words_in_both_languages(unit):
    with (ROOT / "translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        chinese = {message.id: message.string for message in read_po(file)}
    for value in CAN_OCCUR[unit]:
        english = as_text(Column("key", "Title", unit), value, str)
        assert english not in {"", str(value)}, value
        assert re.search("[一-鿿]", chinese.get(english) or ""), english


@pytest.mark.parametrize("name", REPORTS)
def test_a_column_of_codes_says_which_words_they_have(name):
    for column in REPORTS[name].columns:
        if KINDS_OF_CODES.search(column.key) and (name, column.key) not in PEOPLES_WORDS:
            assert column.unit in WORDS, column.key


def test_what_a_person_wrote_stands_as_it_is_but_is_no_formula():
    reason = Column("reason", "Reason", Unit.REASON)
    assert as_text(reason, "到货时碎了", str) == "到货时碎了"
    assert as_cell(reason, "=cmd|' /C calc'!A0", str).startswith("'=")


def test_the_shop_writes_no_reason_that_is_not_in_the_list():
    """A new code typed in place would reach a page or a file as it is."""
    bare = {
        f"{path.relative_to(ROOT)}: {word}"
        for package in ("ordering", "payments", "fulfilment")
        for path in sorted((ROOT / package).rglob("*.py"))
        for word in _codes_in_place(ast.parse(path.read_text("utf-8")))
    }
    assert bare == set()


def _codes_in_place(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"reason", "failure"}:
            said = node.value.value if isinstance(node.value, ast.Constant) else None
            if isinstance(said, str) and re.fullmatch("[a-z]+(_[a-z]+)*", said):
                yield said
