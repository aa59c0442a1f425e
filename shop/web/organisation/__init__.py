"""What an organisation's members see of it and do in it. Import each screen's module here."""

from shop.web.organisation import (
    account,
    addresses,
    approvals,
    bills,
    campaigns,
    canteen,
    gifts,
    goods_receipts,
    joining,
    members,
    navigation,
    papers,
    purchases,
    quotation_answers,
    quotations,
    settings,
)
from shop.web.organisation.blueprint import organisation as blueprint

__all__ = [
    "account",
    "addresses",
    "approvals",
    "bills",
    "blueprint",
    "campaigns",
    "canteen",
    "gifts",
    "goods_receipts",
    "joining",
    "members",
    "navigation",
    "papers",
    "purchases",
    "quotation_answers",
    "quotations",
    "settings",
]
