"""The fields of checkout. What they mean together is read in `checkout_wish`."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Length, Optional

from shop.ordering.models import DeliveryKind, InvoiceKind
from shop.web.forms import ShopForm

_TEL = {"autocomplete": "tel", "inputmode": "tel"}
_EMAIL = {"autocomplete": "email", "inputmode": "email", "type": "email"}


class _Marked:
    """Marks a field as needed; whether it is, depends on the choices and is judged in `checkout_wish`."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing to check here."""


class CheckoutForm(ShopForm):
    """`seen_freight` and `seen_total` carry what the form showed, so that nothing else is ever charged; `seen_harvests`
    the days of harvests that it showed, so that nobody waits longer than they agreed to.

    `bought_now` is the SKU of what was just put in by "buy now": whatever else lies in the basket is pointed out.
    `leave` is sent by a button instead of an order: so many units of one SKU, such as `TEA-50:3`; what was typed stays.
    `coupon` likewise: `use` puts the `code` into the basket, `goods` and `freight` take one out.
    """

    delivery = RadioField(
        _("How to receive it"),
        choices=[(DeliveryKind.PICKUP.value, ""), (DeliveryKind.COURIER.value, "")],
        default=DeliveryKind.PICKUP.value,
    )
    pickup_point = RadioField(_("Pickup point"), choices=[], validators=[Optional()])
    run = RadioField(_("Truck"), choices=[], validators=[Optional()])
    address_id = RadioField(_("Address"), choices=[], validators=[Optional()])
    recipient = StringField(_("Recipient"), [_Marked(), Length(max=60)], render_kw={"autocomplete": "name"})
    phone = StringField(_("Telephone"), [_Marked(), Length(max=40)], render_kw=_TEL)
    email = StringField(_("E-mail"), [Length(max=255)], render_kw=_EMAIL)
    province = SelectField(
        _("Province"),
        choices=[],
        validators=[_Marked(), Optional()],
        render_kw={"autocomplete": "address-level1"},
    )
    city = StringField(_("City"), [_Marked(), Length(max=40)], render_kw={"autocomplete": "address-level2"})
    district = StringField(
        _("District"), [_Marked(), Length(max=40)], render_kw={"autocomplete": "address-level3"}
    )
    street = StringField(
        _("Street and number"), [_Marked(), Length(max=200)], render_kw={"autocomplete": "street-address"}
    )
    payment_method = RadioField(_("Payment"), choices=[])
    organisation = SelectField(_("For whom"), choices=[], validators=[Optional()])
    project = SelectField(_("Project number"), choices=[], validators=[Optional()])
    handler = SelectField(_("Handler"), choices=[], validators=[Optional()])
    acceptor = SelectField(_("Acceptor"), choices=[], validators=[Optional()])
    invoice_kind = RadioField(
        _("Invoice"),
        choices=[(kind.value, "") for kind in InvoiceKind],
        default=InvoiceKind.NONE.value,
        validators=[Optional()],
    )
    invoice_title = StringField(
        _("Invoice title"), [Length(max=120)]
    )  # of a person: by default the recipient
    tax_number = StringField(
        _("Tax number"), [_Marked(), Length(max=40)], render_kw={"autocapitalize": "characters"}
    )
    note = StringField(_("Note for packing"), [Length(max=300)])
    return_exempt = SelectMultipleField(_("No 7-day return"), choices=[], validate_choice=False)
    consent = BooleanField(_("I have read how my information is used, and agree."))
    count_for_unit = BooleanField(_("Count what I buy here for my unit, now and from now on."))
    bought_now = HiddenField(validators=[Length(max=40)])
    leave = StringField(validators=[Length(max=60)])
    code = StringField(_("Code of a coupon"), [Length(max=60)])
    coupon = StringField(validators=[Length(max=20)])
    checkout_token = HiddenField(validators=[Length(max=64)])
    seen_freight = HiddenField(validators=[Length(max=2000)])
    seen_total = HiddenField(validators=[Length(max=20)])
    seen_harvests = HiddenField(validators=[Length(max=4000)])

    def offer(self, **choices: list[tuple[str, Any]]) -> None:
        """Fill in what can be chosen, by field name."""
        for name, offered in choices.items():
            self[name].choices = offered
