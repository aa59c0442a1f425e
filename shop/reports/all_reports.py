"""Every report that the shop has. Adding one: write it, put it in this list."""

from __future__ import annotations

from shop.kit.errors import NotFound
from shop.reports.advances import ADVANCES
from shop.reports.answers import CONVERSATIONS, SERVICE_BY_WEEK
from shop.reports.books import JOURNAL, TRIAL_BALANCE
from shop.reports.buyers import ACCOUNTS, CUSTOMERS, REPEAT_BUYERS, SALES_BY_ORGANISATION
from shop.reports.claims import CLAIMS
from shop.reports.coupons import COUPONS
from shop.reports.definition import Report
from shop.reports.fairness import FAIRNESS
from shop.reports.fees import PROVIDER_FEES, PROVIDER_FEES_BY_ORDER
from shop.reports.hub import HUB_STEPS, HUB_WORK
from shop.reports.intake import INTAKE, YIELD
from shop.reports.invoices import INVOICES, TAX_DOCUMENTS, TAX_SUMMARY
from shop.reports.leftovers import CAMPAIGN_LEFTOVERS
from shop.reports.loads import LOAD_LIST, LOADS
from shop.reports.lot_balance import LOT_BALANCE
from shop.reports.money import PAYMENTS, PAYMENTS_BY_METHOD, PAYMENTS_RECEIVED, REFUNDS
from shop.reports.movements import BANK_MOVEMENTS
from shop.reports.orders import ORDER_LINES, ORDERS
from shop.reports.origins import INCOME_BY_ORDER, SALES_BY_HOUSEHOLD, SALES_BY_VILLAGE
from shop.reports.outside import OUTSIDE_MONEY, OUTSIDE_ORDERS
from shop.reports.overrides import OVERRIDES
from shop.reports.owed import HOUSEHOLD_PAYABLE, PAYOUTS, RECEIVABLES
from shop.reports.packing import (
    PACK_BY_ORDER,
    PACK_BY_PRODUCER,
    PACK_BY_PRODUCT,
    PACK_BY_RUN,
    PACKING_LINES,
)
from shop.reports.packs import BEST_SELLERS, LEFT_IN_BASKETS, PACKS, RETURNS
from shop.reports.pairs import PAIRS
from shop.reports.points import SALES_BY_POINT
from shop.reports.price_history import PRICE_HISTORY
from shop.reports.reconciliation import RECONCILIATION_DIFFERENCES
from shop.reports.sales import (
    SALES_BY_CATEGORY,
    SALES_BY_DAY,
    SALES_BY_MONTH,
    SALES_BY_PRODUCT,
    SALES_BY_UNIT,
    SALES_BY_WEEK,
)
from shop.reports.searches import SEARCHES, UNFOUND_SEARCHES
from shop.reports.statement import PROCUREMENT
from shop.reports.suppliers import SUPPLIERS_BY_POINT, SUPPLIERS_BY_PRODUCT, SUPPLIERS_BY_RUN
from shop.reports.taxed_sales import TAXED_SALES
from shop.reports.unfulfilled import (
    UNFULFILLED,
    UNFULFILLED_BY_HOUSEHOLD,
    UNFULFILLED_BY_PRODUCT,
    UNFULFILLED_BY_WEEK,
)
from shop.reports.vouchers import VOUCHERS
from shop.reports.work import PUNCTUALITY, STOCK, TASKS

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        SALES_BY_DAY,
        SALES_BY_WEEK,
        SALES_BY_MONTH,
        SALES_BY_PRODUCT,
        SALES_BY_CATEGORY,
        SALES_BY_VILLAGE,
        SALES_BY_HOUSEHOLD,
        INCOME_BY_ORDER,
        SUPPLIERS_BY_PRODUCT,
        SUPPLIERS_BY_RUN,
        SUPPLIERS_BY_POINT,
        SALES_BY_UNIT,
        SALES_BY_POINT,
        SALES_BY_ORGANISATION,
        CUSTOMERS,
        REPEAT_BUYERS,
        ACCOUNTS,
        BEST_SELLERS,
        LEFT_IN_BASKETS,
        SEARCHES,
        UNFOUND_SEARCHES,
        PRICE_HISTORY,
        PROCUREMENT,
        COUPONS,
        CAMPAIGN_LEFTOVERS,
        ORDERS,
        ORDER_LINES,
        OUTSIDE_ORDERS,
        OUTSIDE_MONEY,
        CLAIMS,
        RETURNS,
        SERVICE_BY_WEEK,
        CONVERSATIONS,
        TASKS,
        PUNCTUALITY,
        PACK_BY_ORDER,
        PACK_BY_PRODUCER,
        PACK_BY_PRODUCT,
        PACK_BY_RUN,
        PACKING_LINES,
        LOADS,
        LOAD_LIST,
        UNFULFILLED_BY_HOUSEHOLD,
        UNFULFILLED_BY_PRODUCT,
        UNFULFILLED_BY_WEEK,
        UNFULFILLED,
        STOCK,
        PACKS,
        LOT_BALANCE,
        INTAKE,
        YIELD,
        HUB_WORK,
        HUB_STEPS,
        FAIRNESS,
        OVERRIDES,
        PAIRS,
        PAYMENTS_BY_METHOD,
        PAYMENTS_RECEIVED,
        PAYMENTS,
        REFUNDS,
        PROVIDER_FEES,
        PROVIDER_FEES_BY_ORDER,
        RECONCILIATION_DIFFERENCES,
        RECEIVABLES,
        HOUSEHOLD_PAYABLE,
        PAYOUTS,
        ADVANCES,
        BANK_MOVEMENTS,
        INVOICES,
        TAX_DOCUMENTS,
        TAX_SUMMARY,
        TAXED_SALES,
        TRIAL_BALANCE,
        JOURNAL,
        VOUCHERS,
    )
}


def find_report(name: str) -> Report:
    """Raises NotFound for a name that is no report."""
    report = REPORTS.get(name)
    if report is None:
        raise NotFound()
    return report
