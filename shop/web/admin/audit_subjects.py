"""What the audit trail's entries are about: the kind in words, the one by name, and where it is looked after."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask_babel import gettext

from shop.accounts.page_texts import PAGES
from shop.accounts.setting_specs import SETTINGS
from shop.kit.text import msg
from shop.ledger.models import Account
from shop.ledger.words import ACCOUNT_NAMES
from shop.reports.all_reports import REPORTS
from shop.web.admin.shop_desk import PAGE_NAMES

SUBJECTS: Final = {
    "account_code": msg("Account code"),
    "advance_repayment": msg("Repayment of an advance"),
    "bank_line": msg("Receipt"),
    "bank_movement": msg("Bank movement"),
    "bank_statement": msg("Bank statement"),
    "calendar_span": msg("Calendar"),
    "category": msg("Category"),
    "certificate": msg("Certificate"),
    "compliance_class": msg("Class of goods"),
    "freight_zone": msg("Freight zone"),
    "claim": msg("Claim"),
    "household": msg("Household"),
    "intake": msg("Slip of an intake"),
    "invoice": msg("Invoice"),
    "lot": msg("Lot"),
    "message": msg("Message"),
    "order": msg("Order"),
    "organisation": msg("Organisation"),
    "packaging": msg("Packaging"),
    "packing_place": msg("Packing place"),
    "pair": msg("Pairing"),
    "parcels": msg("Parcels"),
    "payment": msg("Payment"),
    "ledger_month": msg("Month of the books"),
    "payout_run": msg("Payout run"),
    "pickup_point": msg("Pickup point"),
    "producer": msg("Producer"),
    "product": msg("Product"),
    "raw_good": msg("Raw good"),
    "refund": msg("Refund"),
    "report": msg("Report"),
    "run": msg("Run"),
    "seller": msg("Seller"),
    "shop_setting": msg("Setting"),
    "split_rule": msg("How prices are divided"),
    "unit": msg("Department"),
    "user": msg("User"),
    "variant": msg("Pack"),
    "variant_tax": msg("Tax rate with one seller"),
    "village": msg("Village"),
    "hub_rates": msg("Prices of the county hub"),
    "voucher": msg("Purchase voucher"),
    "waybill": msg("Waybill"),
}
_SETTINGS: Final = {spec.name: spec.label for spec in SETTINGS}
_PAGES: Final = {f"page.{name}": PAGE_NAMES[name] for name in PAGES}
# Subjects that are no row of a list.
_NO_ROWS: Final = {
    "unknown": msg("with an address that no account has"),
    "all": msg("all that could not be sent"),
}
# Subjects whose number or code leads to a screen of their own.
_SCREENS: Final = {
    "category": "categories_one", "certificate": "certificates_one", "compliance_class": "compliance_classes_one",
    "freight_zone": "freight_zones_one", "household": "households_one", "organisation": "organisations_one",
    "packing_place": "packing_places_one", "pair": "pairs_one", "pickup_point": "pickup_points_one", "product": "products_one",
    "raw_good": "raw_goods_one", "seller": "sellers_one", "unit": "units_one", "village": "villages_one",
}  # fmt: skip
_OWN_SCREENS: Final = {
    "invoice": ("invoices", "q"),
    "ledger_month": ("month", "month"),
    "order": ("order", "number"),
    "payout_run": ("payout_run", "number"),
    "user": ("user", "user_id"),
    "report": ("report", "name"),
    "variant": ("variant", "variant_id"),
    "voucher": ("vouchers", "q"),
}


def subject_word(subject_type: str) -> str:
    return str(gettext(SUBJECTS[subject_type])) if subject_type in SUBJECTS else subject_type


def subject_name(subject_type: str, subject_id: str, known: str) -> str:
    """Which one it was: `known` is its name where the caller found one."""
    if subject_type == "shop_setting":
        label = _SETTINGS.get(subject_id) or _PAGES.get(subject_id)
        return str(gettext(label)) if label else subject_id
    if subject_type == "account_code" and subject_id in ACCOUNT_NAMES:
        return str(gettext(ACCOUNT_NAMES[Account(subject_id)]))
    if subject_type == "report" and subject_id in REPORTS:
        return str(gettext(REPORTS[subject_id].title))
    if subject_id in _NO_ROWS:
        return str(gettext(_NO_ROWS[subject_id]))
    if not known and subject_id.isdigit():
        return str(gettext("number %(number)s", number=subject_id))
    return known or subject_id


def subject_href(subject_type: str, subject_id: str) -> str | None:
    if subject_type in _OWN_SCREENS:
        endpoint, argument = _OWN_SCREENS[subject_type]
        values: dict[str, Any] = {argument: subject_id}
        return url_for(f"admin.{endpoint}", **values) if _fits(subject_type, subject_id) else None
    if subject_type in _SCREENS and subject_id.isdigit():
        return url_for(f"admin.{_SCREENS[subject_type]}", record_id=int(subject_id))
    return None


def _fits(subject_type: str, subject_id: str) -> bool:
    if subject_type == "report":
        return subject_id in REPORTS
    return (
        subject_type in {"invoice", "ledger_month", "order", "payout_run", "voucher"} or subject_id.isdigit()
    )
