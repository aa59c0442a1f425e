"""Tax rates by pack and seller: where a seller's own rate is not the pack's usual one, or it is exempt."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField

from shop.catalogue.desk import all_of
from shop.catalogue.editing.taxes import find_variant_taxes, get_variant_tax, save_variant_tax
from shop.catalogue.models import Seller, Variant, VariantTax
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, IdField, PercentField, text
from shop.web.admin.listing import Asked, Column, Filter
from shop.web.admin.words import choices, named, options
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.forms import ShopForm


class VariantTaxForm(ShopForm):
    sku = text(_("SKU"), 40, needed=True)
    seller_id = IdField(_("Sold by"), [NEEDED])
    tax_rate_bp = PercentField(
        _("Tax rate, per cent"), [NEEDED], default=0, description=_("0, 1, 3, 5, 6, 9 or 13.")
    )
    tax_exempt = BooleanField(_("Exempt from tax"))


def _offer(form: ShopForm, session: Session) -> None:
    if "seller_id" in form:
        form.seller_id.offer(choices(all_of(session, Seller)))


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return find_variant_taxes(session, seller_id=wanted.number("seller"), page=wanted.page)


def _sellers(session: Session) -> list[tuple[str, str]]:
    return options(all_of(session, Seller))


def _name(record: VariantTax) -> str:
    session = read_session()
    pack, seller = session.get_one(Variant, record.variant_id), session.get_one(Seller, record.seller_id)
    return f"{pack.sku} · {named(seller)}"


add_entity(
    Entity(
        key="tax-rates",
        subject="variant_tax",
        title=msg("Tax rates"),
        note=msg(
            "Only where a seller's rate is not the pack's own, or it is exempt. Orders keep the rate they were placed at."
        ),
        columns=(
            Column(
                "sku",
                msg("SKU"),
                head=True,
                link=lambda row: url_for("admin.tax_rates_one", record_id=row.id),
            ),
            Column("name", msg("Product"), value=named),
            Column("seller", msg("Sold by"), value=lambda row: bilingual(row, "seller")),
            Column(
                "usual_bp", msg("The pack's own rate"), "percent", value=lambda row: row.usual_bp / 10_000
            ),
            Column("tax_rate_bp", msg("Tax rate"), "percent", value=lambda row: row.tax_rate_bp / 10_000),
            Column("tax_exempt", msg("Exempt"), "flag"),
        ),
        filters=(Filter("seller", msg("Seller"), "select", _sellers),),
        rows=_rows,
        form=VariantTaxForm,
        fixed=("sku", "seller_id"),
        choices=_offer,
        read=get_variant_tax,
        write=save_variant_tax,
        name=_name,
        create_label=msg("Add a rate"),
        empty=msg("Every pack has its own rate with every seller."),
    )
)
