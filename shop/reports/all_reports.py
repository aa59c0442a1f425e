"""Every report that the shop has. Adding one: write it, put it in this list."""

from __future__ import annotations

from shop.kit.errors import NotFound
from shop.reports.books import JOURNAL, TRIAL_BALANCE
from shop.reports.claims import CLAIMS
from shop.reports.definition import Report
from shop.reports.fairness import FAIRNESS
from shop.reports.fees import PROVIDER_FEES
from shop.reports.invoices import INVOICES, TAX_DOCUMENTS, TAX_SUMMARY
from shop.reports.money import PAYMENTS, PAYMENTS_BY_METHOD, REFUNDS
from shop.reports.orders import ORDER_LINES, ORDERS
from shop.reports.origins import SALES_BY_HOUSEHOLD, SALES_BY_VILLAGE
from shop.reports.owed import HOUSEHOLD_PAYABLE, PAYOUTS, RECEIVABLES
from shop.reports.reconciliation import RECONCILIATION_DIFFERENCES
from shop.reports.sales import (
    SALES_BY_CATEGORY,
    SALES_BY_DAY,
    SALES_BY_MONTH,
    SALES_BY_PRODUCT,
    SALES_BY_UNIT,
    SALES_BY_WEEK,
)
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
        SALES_BY_UNIT,
        ORDERS,
        ORDER_LINES,
        CLAIMS,
        TASKS,
        PUNCTUALITY,
        STOCK,
        FAIRNESS,
        PAYMENTS_BY_METHOD,
        PAYMENTS,
        REFUNDS,
        PROVIDER_FEES,
        RECONCILIATION_DIFFERENCES,
        RECEIVABLES,
        HOUSEHOLD_PAYABLE,
        PAYOUTS,
        INVOICES,
        TAX_DOCUMENTS,
        TAX_SUMMARY,
        TRIAL_BALANCE,
        JOURNAL,
    )
}


def find_report(name: str) -> Report:
    """Raises NotFound for a name that is no report."""
    report = REPORTS.get(name)
    if report is None:
        raise NotFound()
    return report
