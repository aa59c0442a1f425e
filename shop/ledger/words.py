"""How accounts and entries are called, and their codes in the subject list (会计科目) of the small-business standard."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.ledger.models import Account, EntryKind

ACCOUNT_NAMES: Final = {
    Account.PROVIDER_CLEARING: msg("Received by a payment provider"),
    Account.BANK: msg("Bank account"),
    Account.RECEIVABLES: msg("Owed by buyers"),
    Account.DISPUTED: msg("Held back in disputes"),
    Account.HOUSEHOLD_PAYABLE: msg("Owed to households"),
    Account.PACKING_PAYABLE: msg("Owed for packing"),
    Account.HUB_PAYABLE: msg("Owed to the county hub"),
    Account.FREIGHT_PAYABLE: msg("Owed for freight"),
    Account.FEE_RESERVE: msg("Set aside for payment fees"),
    Account.VILLAGE_FUND: msg("Village fund"),
    Account.SHOP_INCOME: msg("Shop's income"),
    Account.ROUNDING: msg("Roundings"),
    Account.COUPONS_BORNE: msg("Coupons that the shop bears"),
    Account.COUPON_FUND: msg("Given for coupons"),
    Account.REFUNDS_BORNE: msg("Refunds that the shop bears"),
    Account.WRITE_OFFS: msg("Debts given up"),
    Account.BANK_COSTS: msg("Bank charges and interest"),
    Account.CASH_DIFFERENCES: msg("Differences of cash counts"),
    Account.ADVANCE: msg("Advance account"),
    Account.SUSPENSE: msg("Received, not yet known what for"),
}
# First digits as accounting programs expect them: 1 assets, 2 liabilities, 5 income and expenses.
ACCOUNT_CODES: Final = {
    Account.BANK: "1002",
    Account.PROVIDER_CLEARING: "1012",
    Account.RECEIVABLES: "1122",
    Account.DISPUTED: "122101",
    Account.HOUSEHOLD_PAYABLE: "220201",
    Account.PACKING_PAYABLE: "220202",
    Account.FREIGHT_PAYABLE: "220203",
    Account.HUB_PAYABLE: "220204",
    Account.FEE_RESERVE: "224101",
    Account.VILLAGE_FUND: "224102",
    Account.ADVANCE: "224103",
    Account.SUSPENSE: "224104",
    Account.COUPON_FUND: "224105",
    Account.SHOP_INCOME: "5001",
    Account.ROUNDING: "5301",
    Account.REFUNDS_BORNE: "5601",
    Account.COUPONS_BORNE: "560101",
    Account.BANK_COSTS: "5603",
    Account.WRITE_OFFS: "5711",
    Account.CASH_DIFFERENCES: "571101",
}
ENTRY_NAMES: Final = {
    EntryKind.SALE: msg("Sale"),
    EntryKind.PAYMENT_FEE: msg("Payment fee"),
    EntryKind.REASSIGNMENT: msg("Given to another household"),
    EntryKind.REFUND: msg("Refund that somebody bears"),
    EntryKind.REVERSAL: msg("Sale taken back"),
    EntryKind.PAYOUT: msg("Payout"),
    EntryKind.SETTLEMENT: msg("Debt paid"),
    EntryKind.WRITE_OFF: msg("Debt given up"),
    EntryKind.DISPUTE: msg("Disputed payment"),
    EntryKind.ADVANCE_REPAID: msg("Advance repaid"),
    EntryKind.MOVEMENT: msg("Bank movement"),
    EntryKind.HUB_WORK: msg("Work of the county hub"),
    EntryKind.CASH_COUNT: msg("Difference of a cash count"),
    EntryKind.RECEIPT: msg("Money in suspense"),
}
