"""The places of the back office: the side navigation, and the tabs of a place that has several lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.kit.text import msg
from shop.web.admin.blueprint import admin
from shop.web.viewer import current_viewer


@dataclass(frozen=True)
class Tab:
    key: str
    endpoint: str
    label: str
    finance: bool = False  # nobody else may open it


@dataclass(frozen=True)
class Place:
    """One line of the side navigation; it leads to the first tab that its viewer may open, and is hidden without."""

    key: str
    label: str
    icon: str
    tabs: tuple[Tab, ...]


def _alone(key: str, endpoint: str, label: str, icon: str) -> Place:
    return Place(key, label, icon=icon, tabs=(Tab(key, endpoint, label),))


PLACES: Final = (
    _alone("inbox", "admin.dashboard", msg("To do"), icon="inbox"),
    Place(
        "orders",
        msg("Orders"),
        icon="receipt-cutoff",
        tabs=(
            Tab("orders", "admin.orders", msg("Orders")),
            Tab("outside", "admin.outside_orders", msg("Orders from elsewhere")),
            Tab("outside-sources", "admin.outside_sources", msg("Sources elsewhere")),
            Tab("shelves", "admin.shelves_page", msg("Shelves and fairs")),
            Tab("quotations", "admin.quotations", msg("Quotations")),
            Tab("standing-prices", "admin.standing_prices", msg("Prices for organisations")),
            Tab("gift-packagings", "admin.gift_packagings", msg("Packaging of gifts")),
            Tab("canteen-goods", "admin.canteen_goods", msg("Goods for canteens")),
            Tab("claims", "admin.claims", msg("Claims")),
            Tab("reviews", "admin.reviews", msg("Reviews")),
        ),
    ),
    Place(
        "service",
        msg("Service desk"),
        icon="headset",
        tabs=(
            Tab("conversations", "admin.conversations", msg("Conversations")),
            Tab("thanks", "admin.thanks", msg("Thanks to households")),
            Tab("canned-answers", "admin.canned_answers", msg("Ready answers")),
        ),
    ),
    Place(
        "goods",
        msg("Products"),
        icon="boxes",
        tabs=(
            Tab("products", "admin.products", msg("Products")),
            Tab("categories", "admin.categories", msg("Categories")),
            Tab("coupons", "admin.coupon_campaigns", msg("Coupons")),
            Tab("sellers", "admin.sellers", msg("Sellers")),
            Tab("tax-rates", "admin.tax_rates", msg("Tax rates")),
            Tab("certificates", "admin.certificates", msg("Certificates")),
            Tab("compliance-classes", "admin.compliance_classes", msg("What the law demands")),
            Tab("split-rules", "admin.split_rules", msg("How prices are divided")),
        ),
    ),
    Place(
        "stock",
        msg("Stock"),
        icon="basket",
        tabs=(
            Tab("lots", "admin.lots", msg("Lots")),
            Tab("recalls", "admin.recalls", msg("Recalls")),
            Tab("expiring", "admin.expiring", msg("Best before soon")),
            Tab("prices", "admin.prices", msg("Prices for a time")),
            Tab("lot-import", "admin.lot_import", msg("Import lots")),
            Tab("raw-goods", "admin.raw_goods", msg("Raw goods")),
        ),
    ),
    Place(
        "money",
        msg("Money"),
        icon="cash-stack",
        tabs=(
            Tab("reconcile", "admin.reconcile", msg("Bank statement"), finance=True),
            Tab("transfers", "admin.transfers", msg("Bank transfers"), finance=True),
            Tab("outside-money", "admin.outside_money", msg("Money of sources"), finance=True),
            Tab("money-work", "admin.money_work", msg("Refunds and payments"), finance=True),
            Tab("receivables", "admin.receivables", msg("Owed by organisations"), finance=True),
            Tab("invoices", "admin.invoices", msg("Invoices"), finance=True),
            Tab("vouchers", "admin.vouchers", msg("Purchase vouchers"), finance=True),
            Tab("payouts", "admin.payouts", msg("Payouts"), finance=True),
            Tab("advance", "admin.advance", msg("Advance account"), finance=True),
            Tab("movements", "admin.movements", msg("Bank movements"), finance=True),
            Tab("books", "admin.books", msg("Books"), finance=True),
        ),
    ),
    _alone("reports", "admin.reports", msg("Reports"), icon="bar-chart"),
    Place(
        "purchases",
        msg("Purchases of departments"),
        icon="clipboard-data",
        tabs=(
            Tab("unit-board", "admin.unit_board", msg("Departments and targets")),
            Tab("statement", "admin.statement", msg("Procurement statement")),
            Tab("platform-orders", "admin.platform_orders", msg("Public platform (832)")),
            Tab("layouts", "admin.statement_layouts", msg("Layouts")),
            Tab("purchase-buyers", "admin.purchase_buyers", msg("Who buys for whom")),
            Tab("origin-statuses", "admin.origin_statuses", msg("Counties of origin")),
            Tab("purchase-channels", "admin.purchase_channels", msg("Kinds of help")),
        ),
    ),
    Place(
        "origins",
        msg("Villages and households"),
        icon="house-heart",
        tabs=(
            Tab("households", "admin.households", msg("Households")),
            Tab("workshops", "admin.workshops", msg("Workshops")),
            Tab("villages", "admin.villages", msg("Villages")),
            Tab("packing-places", "admin.packing_places", msg("Packing places")),
            Tab("hub-rates", "admin.hub_rates", msg("Prices of the county hub")),
            Tab("pairs", "admin.pairs", msg("Pairing")),
            Tab("tasks", "admin.tasks", msg("Tasks that are stuck")),
        ),
    ),
    _alone("stories", "admin.stories", msg("News and stories"), icon="newspaper"),
    Place(
        "delivery",
        msg("Runs and delivery"),
        icon="truck",
        tabs=(
            Tab("runs", "admin.runs", msg("Runs")),
            Tab("uncollected", "admin.uncollected", msg("Not collected")),
            Tab("pickup-points", "admin.pickup_points", msg("Pickup points")),
            Tab("freight-zones", "admin.freight_zones", msg("Freight zones")),
            Tab("calendar", "admin.calendar", msg("Calendar")),
        ),
    ),
    Place(
        "people",
        msg("People and organisations"),
        icon="people",
        tabs=(
            Tab("users", "admin.users", msg("Users")),
            Tab("organisations", "admin.organisations", msg("Organisations")),
            Tab("units", "admin.units", msg("Departments")),
            Tab("campus", "admin.campus", msg("Campus sign-on")),
            Tab("campus-units", "admin.campus_units", msg("Units of the university")),
            Tab("roster", "admin.roster", msg("Roster")),
            Tab("privacy", "admin.privacy_requests", msg("Personal data")),
            Tab("file-looks", "admin.file_looks", msg("Who opened files")),
        ),
    ),
    Place(
        "trail",
        msg("Messages and audit"),
        icon="journal-text",
        tabs=(
            Tab("audit", "admin.audit_trail", msg("Audit trail")),
            Tab("messages", "admin.messages", msg("Messages")),
        ),
    ),
    Place(
        "settings",
        msg("Settings"),
        icon="gear",
        tabs=(
            Tab("settings", "admin.settings", msg("Shop")),
            Tab("texts", "admin.texts", msg("Page texts")),
            Tab("versions", "admin.all_versions", msg("Versions of settings")),
        ),
    ),
)
_BY_TAB: Final = {tab.key: place for place in PLACES for tab in place.tabs}


def place_of(tab: str) -> str:
    """The key of the place that a tab stands in."""
    return _BY_TAB[tab].key


def tabs_of(tab: str) -> list[dict[str, Any]]:
    """The tabs beside this one; a place with a single list has none."""
    tabs = _open_tabs(_BY_TAB[tab])
    if len(tabs) < 2:
        return []
    return [
        {"label": gettext(one.label), "href": url_for(one.endpoint), "current": one.key == tab}
        for one in tabs
    ]


def _open_tabs(place: Place) -> list[Tab]:
    handles_money = RoleName.FINANCE in current_viewer().roles
    return [tab for tab in place.tabs if handles_money or not tab.finance]


@admin.context_processor
def navigation() -> dict[str, Any]:
    items = [
        {
            "key": place.key,
            "href": url_for(tabs[0].endpoint),
            "label": gettext(place.label),
            "icon": place.icon,
        }
        for place in PLACES
        if (tabs := _open_tabs(place))
    ]
    return {"nav_items": items, "face_title": gettext("Shop and finance")}
