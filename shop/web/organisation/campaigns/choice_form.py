"""The form by which a member chooses: every mistake is found at once and named by its field."""

from __future__ import annotations

from typing import Any, Final

from flask import request
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import Length, Optional

from shop.accounts.addresses import get_address, list_addresses
from shop.accounts.contacts import normalise_mobile, normalise_phone, readable_phone
from shop.accounts.models import Address, User
from shop.campaigns.choosing import Wish
from shop.campaigns.home import Home
from shop.campaigns.reading import Offer
from shop.campaigns.top_ups import OwnPart
from shop.delivery.divisions import check_divisions, provinces
from shop.extensions import payment_providers
from shop.kit.references import secret_token
from shop.kit.text import form_number, msg, tidy, typed_number
from shop.ordering.invoice_wish import read_invoice_wish
from shop.ordering.models import InvoiceKind
from shop.ordering.wish import InvoiceWish
from shop.payments.models import ON_ACCOUNT
from shop.payments.offering import methods_for
from shop.web.database import read_session
from shop.web.form_errors import Problems
from shop.web.forms import ShopForm
from shop.web.language import current_language
from shop.web.preorder_words import preorder_terms
from shop.web.visit import current_visit

FREE: Final = "free"  # the form's word for: single goods
HOME: Final = "home"  # and, where a time stands else: sent home
LONGEST_TOKEN: Final = 64
_NEEDED: Final = msg("Please fill this in.")
_TEL: Final = {"type": "tel", "autocomplete": "tel", "inputmode": "tel"}


class ChoiceForm(ShopForm):
    """Address and own part; what is chosen is read from the fields of the goods."""

    address_id = RadioField(_("Address"), choices=[], validators=[Optional()])
    recipient = StringField(_("Recipient"), [Length(max=60)], render_kw={"autocomplete": "name"})
    phone = StringField(_("Telephone"), [Length(max=40)], render_kw=_TEL)
    province = SelectField(_("Province"), choices=[], validators=[Optional()])
    city = StringField(_("City"), [Length(max=40)])
    district = StringField(_("District"), [Length(max=40)])
    street = StringField(
        _("Street and number"), [Length(max=200)], render_kw={"autocomplete": "street-address"}
    )
    own_phone = StringField(
        _("Your mobile number"), [Length(max=40)], description=_("Your own order is collected with it."),
        render_kw=_TEL,
    )  # fmt: skip
    invoice_kind = RadioField(
        _("Invoice"),
        choices=[(kind.value, "") for kind in InvoiceKind],
        default=InvoiceKind.NONE.value,
        validators=[Optional()],
    )
    invoice_title = StringField(_("Invoice title"), [Length(max=120)])
    tax_number = StringField(_("Tax number"), [Length(max=40)], render_kw={"autocapitalize": "characters"})


def choice_form(
    user_id: int | None, home: Home | None = None, *, phone: str | None = None, is_sent: bool = False
) -> ChoiceForm:
    """With the addresses of who is signed in; before it was sent, with the one that was chosen and their telephone."""
    form = ChoiceForm() if is_sent else ChoiceForm(formdata=None)
    saved = saved_addresses(user_id)
    form.province.choices = [("", _("Please choose")), *((name, name) for name in provinces())]
    form.address_id.choices = [*((str(one.id), "") for one in saved), ("", _("Another address"))]
    if is_sent:
        return form
    user = read_session().get(User, user_id) if user_id is not None else None
    if user is not None and (known := user.phone or phone):
        form.own_phone.data = readable_phone(known)
    form.address_id.data = str(saved[0].id) if saved and home is None else ""
    if home is not None:
        form.recipient.data, form.phone.data = home.name, readable_phone(home.phone)
        form.province.data, form.city.data = home.province, home.city
        form.district.data, form.street.data = home.district, home.street
    return form


def saved_addresses(user_id: int | None) -> list[Address]:
    return list(list_addresses(read_session(), user_id)) if user_id is not None else []


def read_choice(form: ChoiceForm, offer: Offer, name: str, user_id: int | None) -> Wish:
    """A number that is none counts as none of it. Raises InvalidInput with a sentence for every field that is wrong."""
    package, problems = request.form.get("package", FREE), Problems()
    is_home = request.form.get("slot") == HOME
    home = problems.read(lambda: _home(form, user_id), None) if is_home else None
    own = problems.read(lambda: _own(form, offer, name, user_id), OwnPart())
    problems.check()
    return Wish(
        token=typed_token(),
        slot_id=number_of("slot"),
        package_id=None if package == FREE else number_of("package"),
        units=typed_units() if package == FREE else {},
        home=home,
        own=own,
    )


def typed_token() -> str:
    return request.form.get("token", "")[:LONGEST_TOKEN] or secret_token()


def typed_units() -> dict[int, int]:
    return {
        variant_id: number_of(name)
        for name in request.form
        if name.startswith("u-") and (variant_id := form_number(name[2:])) is not None
    }


def number_of(name: str) -> int:
    try:
        return typed_number(request.form.get(name, ""))
    except ValueError:
        return 0


def _home(form: ChoiceForm, user_id: int | None) -> Home:
    """A saved address, or what was typed. Raises InvalidInput, NotFound for somebody else's address."""
    picked = form_number(form.address_id.data or "")
    if user_id is not None and picked is not None:
        saved = get_address(read_session(), user_id, picked)
        return Home(
            saved.recipient, saved.phone, saved.province, saved.city, saved.district, saved.street
        )  # fmt: skip
    problems = Problems()
    province, city, district = problems.read(
        lambda: check_divisions(form.province.data or "", form.city.data or "", form.district.data or ""),
        ("", "", ""),
    )
    phone = problems.read(lambda: normalise_phone(form.phone.data or ""), "")
    typed = {"recipient": tidy(form.recipient.data or "")[:60], "street": tidy(form.street.data or "")[:200]}
    problems.errors |= {name: _NEEDED for name, text in typed.items() if not text}
    problems.check()
    return Home(typed["recipient"], phone, province, city, district, typed["street"])


def _own(form: ChoiceForm, offer: Offer, name: str, user_id: int | None) -> OwnPart:
    if not offer.campaign.own_top_up:
        return OwnPart()
    problems, typed = Problems(), form.own_phone.data or ""
    phone = problems.read(lambda: normalise_mobile(typed, field="own_phone") if typed else "", "")
    kinds = {kind.value: kind for kind in InvoiceKind}
    kind = kinds.get(form.invoice_kind.data or "", InvoiceKind.NONE)
    invoice = problems.read(
        lambda: read_invoice_wish(
            kind, form.invoice_title.data or "", form.tax_number.data or "", recipient=name
        ),
        InvoiceWish(),
    )
    problems.check()
    return OwnPart(
        payment_method=_first_method(offer, user_id),
        seen_fen=number_of("own_seen"),
        refund_seen_fen=number_of("refund_seen"),
        phone=phone,
        invoice=invoice,
        language=current_language(),
        preorder_terms=preorder_terms(),
    )


def _first_method(offer: Offer, user_id: int | None) -> str:
    """What its page of payment begins with; there the member chooses."""
    sellers = {good.variant.product.seller_id for good in offer.goods.values()}
    found: Any = methods_for(
        read_session(), payment_providers(), sellers, current_visit(), user_id=user_id
    ).methods
    return next((one for one in found if one != ON_ACCOUNT), "")
