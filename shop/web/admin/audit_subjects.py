"""What the audit trail's entries are about: the kind in words, the one by name, and where it is looked after."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask_babel import gettext

from shop.accounts.page_texts import PAGES
from shop.accounts.setting_specs import SETTINGS
from shop.delivery.tariffs import PREFIX
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
    "campaign": msg("Welfare campaign"),
    "campus_unit": msg("Unit of a provider"),
    "canned_answer": msg("Ready answer"),
    "category": msg("Category"),
    "certificate": msg("Certificate"),
    "compliance_class": msg("Class of goods"),
    "coupon_campaign": msg("Coupons"),
    "quotation": msg("Quotation"),
    "freight_zone": msg("Freight zone"),
    "claim": msg("Claim"),
    "conversation": msg("Conversation with a buyer"),
    "gift": msg("Gift order"),
    "gift_packaging": msg("Packaging of gifts"),
    "joint_transfer": msg("Transfer of a gift"),
    "household": msg("Household"),
    "intake": msg("Slip of an intake"),
    "invoice": msg("Invoice"),
    "lot": msg("Lot"),
    "message": msg("Message"),
    "order": msg("Order"),
    "organisation": msg("Organisation"),
    "outside_import": msg("Table of orders from elsewhere"),
    "outside_source": msg("Source elsewhere"),
    "packaging": msg("Packaging"),
    "packing_place": msg("Packing place"),
    "pair": msg("Pairing"),
    "parcels": msg("Parcels"),
    "payment": msg("Payment"),
    "ledger_month": msg("Month of the books"),
    "origin_status": msg("County of origin"),
    "platform_import": msg("Table of the public platform"),
    "payout_run": msg("Payout run"),
    "pickup_point": msg("Pickup point"),
    "post": msg("Story"),
    "producer": msg("Producer"),
    "privacy_request": msg("Request about data"),
    "product": msg("Product"),
    "purchase_buyer": msg("Who buys for whom"),
    "purchase_channel": msg("Kind of help"),
    "raw_good": msg("Raw good"),
    "refund": msg("Refund"),
    "export": msg("Long file of a report"),
    "report": msg("Report"),
    "report_schedule": msg("Plan of files of a report"),
    "report_view": msg("View of a report"),
    "roster": msg("Roster"),
    "review": msg("Review"),
    "run": msg("Run"),
    "seller": msg("Seller"),
    "shelf": msg("Shelf"),
    "shop_setting": msg("Setting"),
    "statement_layout": msg("Layout of the statement"),
    "split_rule": msg("How prices are divided"),
    "thanks": msg("Thanks to a household"),
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
    "roster": msg("of staff and students"),
}
# Subjects whose number or code leads to a screen of their own.
_SCREENS: Final = {
    "canned_answer": "canned_answers_one", "category": "categories_one", "certificate": "certificates_one", "compliance_class": "compliance_classes_one",
    "freight_zone": "freight_zones_one", "gift_packaging": "gift_packagings_one", "household": "households_one", "organisation": "organisations_one", "outside_source": "outside_sources_one",
    "packing_place": "packing_places_one", "pair": "pairs_one", "pickup_point": "pickup_points_one", "product": "products_one",
    "origin_status": "origin_statuses_one", "purchase_buyer": "purchase_buyers_one", "raw_good": "raw_goods_one", "seller": "sellers_one", "unit": "units_one", "village": "villages_one",
}  # fmt: skip
_OWN_SCREENS: Final = {
    "campus_unit": ("campus_unit", "record_id"),
    "conversation": ("conversation", "conversation_id"),
    "coupon_campaign": ("coupon_campaign", "campaign_id"),
    "quotation": ("quotation", "number"),
    "invoice": ("invoices", "q"),
    "joint_transfer": ("joint_transfer", "joint_id"),
    "ledger_month": ("month", "month"),
    "order": ("order", "number"),
    "outside_import": ("outside_imported", "import_id"),
    "payout_run": ("payout_run", "number"),
    "post": ("story", "post_id"),
    "review": ("review", "review_id"),
    "privacy_request": ("privacy_request", "number"),
    "user": ("user", "user_id"),
    "report": ("report", "name"),
    "shelf": ("shelf", "shelf_id"),
    "statement_layout": ("statement_layout", "slug"),
    "variant": ("variant", "variant_id"),
    "voucher": ("vouchers", "q"),
}


def subject_word(subject_type: str) -> str:
    return str(gettext(SUBJECTS[subject_type])) if subject_type in SUBJECTS else subject_type


def subject_name(subject_type: str, subject_id: str, known: str) -> str:
    """Which one it was: `known` is its name where the caller found one."""
    if subject_type == "shop_setting":
        return _setting_name(subject_id)
    if subject_type == "account_code" and subject_id in ACCOUNT_NAMES:
        return str(gettext(ACCOUNT_NAMES[Account(subject_id)]))
    if subject_type == "report" and subject_id in REPORTS:
        return str(gettext(REPORTS[subject_id].title))
    if subject_id in _NO_ROWS:
        return str(gettext(_NO_ROWS[subject_id]))
    if not known and subject_id.isdigit():
        return str(gettext("number %(number)s", number=subject_id))
    return known or subject_id


def _setting_name(name: str) -> str:
    if name.startswith(PREFIX):
        return f"{gettext(SUBJECTS['freight_zone'])} {name.removeprefix(PREFIX)}"
    label = _SETTINGS.get(name) or _PAGES.get(name)
    return str(gettext(label)) if label else name


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
        subject_type in {"invoice", "ledger_month", "order", "payout_run", "privacy_request", "voucher"}
        or subject_id.isdigit()
    )
