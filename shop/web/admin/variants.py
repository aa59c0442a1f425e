"""Packs of a product: price, weights, tax, and what a gift box contains."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from shop.accounts.models import RoleName
from shop.catalogue.editing.products import get_product
from shop.catalogue.editing.variants import contents_of, get_variant, save_variant, set_contents
from shop.catalogue.models import Product, Variant
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg, normalise_digits, tidy, typed_number
from shop.ordering.order_desk import was_ordered
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, PercentField, text
from shop.web.admin.meanwhile import Trail, lock_record, save_over, values_of
from shop.web.admin.pages import desk_page
from shop.web.admin.words import named
from shop.web.database import read_session, transact
from shop.web.fields import WholeNumberField, YuanField
from shop.web.filters import yuan
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

BAD_PART = msg("Line %(line)s: please write the SKU, a space and how many.")

MOST_TIMES: Final = 10
NONE_OF_IT = msg("Line %(line)s: a box holds at least 1 of %(sku)s. Leave the line out if it holds none.")
SOLD_UNDER_IT = msg("It was ordered under this SKU, which stays. Add another pack, and switch this one off.")


class VariantForm(ShopForm):
    sku = text(_("SKU"), 40, needed=True, hint=_("Capital letters, digits and hyphens."))
    name_zh = text(_("Name in Chinese"), 60, needed=True)
    name_en = text(_("Name in English"), 100, needed=True)
    price_fen = YuanField(
        _("Price (¥)"),
        [NEEDED, NumberRange(min=1, message=_("Please enter a price above 0."))],
        description=_("Orders keep the price they were placed at."),
    )
    price_meant = HiddenField()
    net_weight_g = WholeNumberField(_("Net weight in g"), [NEEDED, NumberRange(1, 1_000_000)])
    gross_weight_g = WholeNumberField(_("Gross weight in g"), [NEEDED, NumberRange(1, 1_000_000)])
    tax_code = text(
        _("Tax code"), 24, hint=_("19 digits; the seller's accountant knows them."), inputmode="numeric"
    )
    tax_rate_bp = PercentField(
        _("Tax rate, per cent"), [NEEDED], default=0, description=_("0, 1, 3, 5, 6, 9 or 13.")
    )
    limit_per_buyer = WholeNumberField(_("Most for one buyer"), [Optional(), NumberRange(1, 9999)])
    low_stock_at = WholeNumberField(_("Few are left from"), [NEEDED, NumberRange(0, 100_000)], default=10)
    position = WholeNumberField(_("Place in the list"), [NEEDED, NumberRange(0, 9999)], default=0)
    active = BooleanField(_("It can be bought"), default=True)
    contents = TextAreaField(
        _("A gift box contains"),
        [Length(max=2000)],
        description=_("One a line: SKU and how many. Empty for everything that is no gift box."),
    )


@admin.route("/products/<int:product_id>/variants/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def new_variant(product_id: int) -> Any:
    product, form = get_product(read_session(), product_id), VariantForm()
    if request.method == "POST" and _saved(form, product_id, None):
        return _back(product_id)
    return _page(product, form, gettext("Add a pack")), _status()


@admin.route("/variants/<int:variant_id>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def variant(variant_id: int) -> Any:
    session = read_session()
    found = get_variant(session, variant_id)
    product_id, title = found.product_id, f"{found.sku} {named(found)}"
    form = _filled(session, variant_id, sent=True)
    if request.method == "POST" and _saved(form, product_id, variant_id):
        return _back(product_id)
    return _page(get_product(read_session(), product_id), form, title), _status()


def _filled(session: Session, variant_id: int, *, sent: bool) -> VariantForm:
    """The form as the pack fills it, and as it was sent with this request."""
    shown = _WithContents(get_variant(session, variant_id), contents_of(session, variant_id))
    return VariantForm(obj=shown) if sent else VariantForm(formdata=None, obj=shown)


class _WithContents:
    """A pack and its contents, as the form shows them."""

    def __init__(self, found: Variant, contents: dict[str, int]) -> None:
        self._variant = found
        self.contents = "\n".join(f"{sku} {units}" for sku, units in contents.items())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._variant, name)


def _saved(form: VariantForm, product_id: int, variant_id: int | None) -> bool:
    if not form.validate():
        return False
    if not _is_price_meant(form, variant_id):
        return False
    actor_id, now = current_user_id(), utc_now()

    def write(session: Session, typed: dict[str, Any]) -> None:
        _refuse_new_sku(session, variant_id, typed["sku"])
        typed.pop("price_meant", None)
        contents = _read_contents(typed.pop("contents") or "")
        given = {**typed, "product_id": product_id}
        saved_id = save_variant(session, variant_id, given, actor_id=actor_id, now=now)
        if contents != contents_of(session, saved_id):
            set_contents(session, saved_id, contents, actor_id=actor_id, now=now)

    try:
        if variant_id is None:
            transact(lambda session: write(session, values_of(form)))
        else:
            stored = partial(_stored, variant_id=variant_id)
            save_over(form, stored, write, trail=Trail("variant", str(variant_id)))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return False
    flash(gettext("Saved."), "ok")
    return True


def _is_price_meant(form: VariantForm, variant_id: int | None) -> bool:
    """A price of more than ten times the old one, or less than a tenth, is asked about once; saving again means it."""
    if variant_id is None:
        return True
    old_fen, new_fen = get_variant(read_session(), variant_id).price_fen, form.price_fen.data
    if max(old_fen, new_fen) <= MOST_TIMES * min(old_fen, new_fen) or form.price_meant.data == str(new_fen):
        return True
    form.price_meant.data = str(new_fen)
    form.price_fen.errors = [
        gettext(
            "Really %(new)s? It is %(old)s now. Save again if it is meant.",
            new=yuan(new_fen),
            old=yuan(old_fen),
        )
    ]
    return False


def _refuse_new_sku(session: Session, variant_id: int | None, sku: str) -> None:
    """Labels, invoices and the producer's notes name a pack by its SKU: once it was ordered it stays."""
    if variant_id is None or tidy(sku).upper() == get_variant(session, variant_id).sku.upper():
        return
    if was_ordered(session, variant_id):
        raise InvalidInput(SOLD_UNDER_IT, field="sku")


def _stored(session: Session, variant_id: int) -> VariantForm:
    lock_record(session, get_variant(session, variant_id))
    return _filled(session, variant_id, sent=False)


def _read_contents(typed: str) -> dict[str, int]:
    contents: dict[str, int] = {}
    for number, line in enumerate(typed.splitlines(), 1):
        if not tidy(line):
            continue
        sku, _space, typed_units = tidy(normalise_digits(line)).rpartition(" ")
        try:
            units = typed_number(typed_units)
        except ValueError:
            raise InvalidInput(BAD_PART, field="contents", line=number) from None
        if not sku:
            raise InvalidInput(BAD_PART, field="contents", line=number)
        if not units:
            raise InvalidInput(NONE_OF_IT, field="contents", line=number, sku=sku.upper()[:40])
        contents[sku.upper()] = contents.get(sku.upper(), 0) + units
    return contents


def _page(product: Product, form: VariantForm, title: str) -> str:
    screen = {
        "title": title,
        "note": named(product),
        "back_href": url_for("admin.products_one", record_id=product.id),
        "back_label": named(product),
        "action": request.path,
    }
    return desk_page("admin/form.html", "products", screen=screen, form=form)


def _back(product_id: int) -> Any:
    return redirect(url_for("admin.products_one", record_id=product_id), 303)


def _status() -> int:
    return 400 if request.method == "POST" else 200
