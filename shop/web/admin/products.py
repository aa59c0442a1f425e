"""Products: what they are called, what the law calls them, when they are in season; published or taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from shop.accounts.models import RoleName
from shop.catalogue.desk import all_of, certificates_of, variants_of
from shop.catalogue.editing.products import get_product, save_product
from shop.catalogue.errors import CannotPublish
from shop.catalogue.models import (
    Category,
    ComplianceClass,
    Product,
    Seller,
    Village,
)
from shop.catalogue.pictures import pictures_of
from shop.catalogue.product_desk import find_products
from shop.catalogue.publishing import publish, withdraw
from shop.inventory.supply import keepers_of
from shop.kit.clock import utc_now
from shop.kit.text import msg, tidy
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.entity import Entity, Values, add_entity
from shop.web.admin.fields import NEEDED, IdField, slug, text
from shop.web.admin.goods_base import family_field
from shop.web.admin.law import paper_state
from shop.web.admin.listing import Asked, Column
from shop.web.admin.pages import desk_page
from shop.web.admin.product_filters import PRODUCT_FILTERS, product_filter
from shop.web.admin.saving import act
from shop.web.admin.words import choices, named
from shop.web.certificate_words import kind_words
from shop.web.database import read_session, transact
from shop.web.fields import CheckboxesField, WholeNumberField
from shop.web.filters import bilingual
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.viewer import current_user_id

MONTHS = [(number, str(number)) for number in range(1, 13)]


class ProductForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 80, needed=True)
    name_en = text(_("Name in English"), 120, needed=True)
    summary_zh = text(_("Summary in Chinese"), 200, needed=True)
    summary_en = text(_("Summary in English"), 300)
    seller_id = IdField(_("Seller"), [NEEDED])
    category_id = IdField(_("Category"), [NEEDED])
    compliance_class_id = IdField(_("What the law calls it"), [NEEDED])
    village_id = IdField(_("Main origin"))
    family = family_field()
    shelf_life_days = WholeNumberField(_("Keeps for days"), [NEEDED, NumberRange(1, 3650)])
    own_ready_hours = WholeNumberField(
        _("Hours to prepare a task"),
        [Optional(), NumberRange(1, 720)],
        description=_("Empty: as its category says."),
    )
    recommended = WholeNumberField(
        _("Weight of the recommendation"),
        [NEEDED, NumberRange(0, 999_999)],
        default=0,
        description=_("Higher stands first."),
    )
    storage_zh = text(_("How to keep it, in Chinese"), 200)
    storage_en = text(_("How to keep it, in English"), 300)
    months = CheckboxesField(_("Season (none: all year)"), coerce=int, choices=MONTHS)
    return_exempt = BooleanField(
        _("No return within seven days"), description=_("Fresh goods: the buyer confirms it at checkout.")
    )
    description_zh = TextAreaField(_("Description in Chinese"), [Length(max=20_000)], render_kw={"rows": 8})
    description_en = TextAreaField(
        _("Description in English"), [Length(max=20_000)], description=_("Markdown")
    )
    synonyms = TextAreaField(_("Other words to find it by"), [Length(max=2000)], description=_("One a line."))


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return find_products(session, product_filter(wanted), page=wanted.page)


def _offer(form: ShopForm, session: Session) -> None:
    form.seller_id.offer(choices(all_of(session, Seller)))
    form.category_id.offer(choices(all_of(session, Category)))
    form.compliance_class_id.offer(choices(all_of(session, ComplianceClass)))
    form.village_id.offer(choices(all_of(session, Village)), empty=gettext("No single village"))


def _fill(_session: Session, product: Product) -> Values:
    """All twelve months are shown as none."""
    chosen = [month for month in range(1, 13) if product.season_mask >> (month - 1) & 1]
    return {"months": [] if len(chosen) == 12 else chosen}


def _save(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    months = values["months"] or range(1, 13)
    rest = {name: value for name, value in values.items() if name != "months"}
    mask = sum(1 << (month - 1) for month in months)
    return save_product(session, record_id, {**rest, "season_mask": mask}, actor_id=actor_id, now=now)


def _parts(session: Session, product: Product) -> Mapping[str, Any]:
    return {
        "variants": variants_of(session, product.id),
        "pictures": pictures_of(session, product.id),
        "certificates": _papers(session, product),
        "reasons": [],
    }


def _papers(session: Session, product: Product) -> list[dict[str, Any]]:
    kinds = kind_words(session)
    return [
        {"paper": paper, "kind": kinds.get(paper.kind, paper.kind), "state": paper_state(paper)}
        for paper in certificates_of(session, product, keepers_of(session, product.id))
    ]


PRODUCTS = Entity(
    key="products",
    opens_new=True,
    title=msg("Products"),
    columns=(
        Column("id", msg("Choose"), kind="choose", value=lambda row: row.Product.id),
        Column(
            "name",
            msg("Product"),
            value=lambda row: named(row.Product),
            head=True,
            link=lambda row: url_for("admin.products_one", record_id=row.Product.id),
        ),
        Column("status", msg("State"), kind="status:product", value=lambda row: row.Product.status),
        Column("stock", msg("Stock"), kind="status:stock", value=lambda row: row.Product.stock_state),
        Column("category", msg("Category"), value=lambda row: bilingual(row, "category")),
        Column("seller", msg("Seller"), value=lambda row: bilingual(row, "seller")),
        Column(
            "from_price_fen", msg("Price from"), kind="money", value=lambda row: row.Product.from_price_fen
        ),
        Column("sold_units", msg("Sold"), kind="number", value=lambda row: row.Product.sold_units),
    ),
    filters=PRODUCT_FILTERS,
    tables=("products", "packs"),
    many="admin.many_products",
    rows=_rows,
    form=ProductForm,
    fixed=("slug",),
    choices=_offer,
    fill=_fill,
    read=get_product,
    write=_save,
    name=named,
    create_label=msg("Add a product"),
    more=_parts,
    template="admin/product.html",
)
add_entity(PRODUCTS)


@admin.post("/products/<int:product_id>/publish")
@requires(RoleName.ADMIN)
def publish_product(product_id: int) -> Any:
    actor_id, now = current_user_id(), utc_now()

    def work(session: Session) -> None:
        publish(session, product_id, kept_by=keepers_of(session, product_id), actor_id=actor_id, now=now)

    try:
        transact(work)
    except CannotPublish as error:
        kinds = [reason.kind for reason in error.reasons]
        reasons = list(zip(reason_sentences(error), kinds, strict=True))
        return product_page(product_id, reasons=reasons), 400
    flash(gettext("It is in the shop now."), "ok")
    return redirect(_page_of(product_id), 303)


@admin.post("/products/<int:product_id>/withdraw")
@requires(RoleName.ADMIN)
def withdraw_product(product_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    reason = tidy(request.form.get("reason", ""))[:200]
    if not reason:
        flash(gettext("Please say why."), "bad")
        return redirect(_page_of(product_id), 303)
    return act(
        lambda session: withdraw(session, product_id, actor_id=actor_id, reason=reason, now=now),
        done=gettext("It is no longer sold. Orders that have it go on."),
        back=_page_of(product_id),
    )


def product_page(product_id: int, **more: Any) -> str:
    """The product's page as it stands, with what was refused and why."""
    session = read_session()
    product = get_product(session, product_id)
    form = ProductForm(formdata=None, obj=product, data=dict(_fill(session, product)))
    del form.slug
    _offer(form, session)
    screen = {
        "title": named(product),
        "note": "",
        "back_href": url_for("admin.products"),
        "back_label": gettext("Products"),
        "action": _page_of(product_id),
    }
    facts = {**_parts(session, product), **more}
    return desk_page("admin/product.html", "products", screen=screen, form=form, record=product, **facts)


def _page_of(product_id: int) -> str:
    return url_for("admin.products_one", record_id=product_id)
