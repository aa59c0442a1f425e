"""What products are sorted by and sold under: categories and sellers."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField
from wtforms.validators import NumberRange

from shop.catalogue.desk import all_of
from shop.catalogue.editing.places import get_category, get_seller, save_category, save_seller
from shop.catalogue.models import Category, Seller
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, slug, text, typed_again
from shop.web.admin.listing import Asked, Column
from shop.web.admin.words import named
from shop.web.fields import WholeNumberField
from shop.web.forms import ShopForm

# Drawings that the shop has; `static/illustrations` holds one for each.
FAMILIES: Final = {
    "tea": _("Tea"), "jiaogulan": _("Jiaogulan"), "shiitake": _("Shiitake"), "woodear": _("Wood-ear"),
    "oyster": _("Fresh mushrooms"), "honey": _("Honey"), "eggs": _("Eggs"), "chicken": _("Chicken"),
    "walnut": _("Walnuts"), "meat": _("Cured meat"), "grain": _("Grain"), "beans": _("Beans"), "oil": _("Oil"),
    "konjac": _("Konjac"), "gift": _("Gift box"),
}  # fmt: skip
REGIMES: Final = {
    "cooperative": _("Farmers' cooperative"),
    "small_scale": _("Small-scale taxpayer"),
    "general": _("General taxpayer"),
}


def family_field() -> SelectField:
    return SelectField(_("Drawing"), [NEEDED], choices=list(FAMILIES.items()))


class CategoryForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 40, needed=True)
    name_en = text(_("Name in English"), 80, needed=True)
    family = family_field()
    position = WholeNumberField(_("Place in the list"), [NEEDED, NumberRange(0, 9999)], default=0)
    ready_hours = WholeNumberField(
        _("Hours to prepare a task"),
        [NEEDED, NumberRange(1, 720)],
        default=48,
        description=_("Fresh goods hours, dry goods days; a product may have its own."),
    )


class SellerForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 80, needed=True)
    name_en = text(_("Name in English"), 120, needed=True)
    legal_name = text(_("Name on the licence"), 120, needed=True)
    tax_number = text(_("Unified social credit code"), 18, needed=True)
    tax_regime = SelectField(_("Taxed as"), [NEEDED], choices=list(REGIMES.items()))
    buys_from_households = BooleanField(
        _("It buys from households: when one is paid, a purchase voucher has to be issued")
    )
    food_licence = text(_("Food licence number"), 40)
    bank_name = text(_("Bank and branch"), 80)
    bank_account = text(_("Account number"), 40, inputmode="numeric")
    bank_account_again = typed_again()
    phone = text(_("Phone"), 20)
    address = text(_("Address"), 200)


def _all(rows: list[Any]) -> Page[Any]:
    return Page(rows, len(rows), 1, max(1, len(rows)))


def _categories(session: Session, wanted: Asked) -> Page[Any]:
    return _all(sorted(all_of(session, Category), key=lambda row: (row.position, row.id)))


def _sellers(session: Session, wanted: Asked) -> Page[Any]:
    return _all(all_of(session, Seller))


add_entity(
    Entity(
        key="categories",
        subject="category",
        title=msg("Categories"),
        columns=(
            Column(
                "name",
                msg("Category"),
                value=named,
                head=True,
                link=lambda row: url_for("admin.categories_one", record_id=row.id),
            ),
            Column("slug", msg("Short name")),
            Column("position", msg("Place in the list"), kind="number"),
            Column("ready_hours", msg("Hours to prepare a task"), kind="number"),
            Column("product_count", msg("Products for sale"), kind="number"),
        ),
        rows=_categories,
        form=CategoryForm,
        fixed=("slug",),
        read=get_category,
        write=save_category,
        name=named,
        create_label=msg("Add a category"),
    )
)
add_entity(
    Entity(
        key="sellers",
        title=msg("Sellers"),
        note=msg("Who sells and invoices: a cooperative, a village company, the county's company."),
        columns=(
            Column(
                "name",
                msg("Seller"),
                value=named,
                head=True,
                link=lambda row: url_for("admin.sellers_one", record_id=row.id),
            ),
            Column("legal_name", msg("Name on the licence"), wide=True),
            Column("tax_number", msg("Unified social credit code")),
            Column(
                "tax_regime", msg("Taxed as"), value=lambda row: REGIMES.get(row.tax_regime, row.tax_regime)
            ),
        ),
        rows=_sellers,
        form=SellerForm,
        fixed=("slug",),
        read=get_seller,
        write=save_seller,
        name=named,
        create_label=msg("Add a seller"),
        hurts=True,
    )
)
